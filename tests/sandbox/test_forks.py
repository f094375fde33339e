"""A process that was forked from the sandbox's own: it uses the sandbox over HTTP, and cannot control it."""

from __future__ import annotations

import json

import pytest

from tests.support.forks import FORK, fork_by, in_each_way, needs_fork
from tests.support.interpreter import run_python

pytestmark = pytest.mark.slow


# Not in development mode: there asyncio complains of a machine that is busy.
OPTIONS = ("-W", "error", "-W", "ignore:This process:DeprecationWarning")

START = """
from titan.sandbox import Sandbox
titan = Sandbox()
titan.start()
titan.connect("default")
client = TitanClient(titan.base_url, titan.api_key, strict_responses=True)
call(client, "default")
"""


@needs_fork
@in_each_way
def test_a_child_uses_the_sandbox_of_its_parent_over_http(way):
    printed = run_python(
        fork_by(way)
        + START
        + """
def send(text):
    client.messages.send_text("default", titan_jid, text)

titan_jid = "5511999999999@s.whatsapp.net"
# They begin when all are there. A child that C code forks while the server's threads are at work can wait for
# one of these, none of which it has, before any code of ours runs in it.
waiting, beginning = os.pipe()
children = [in_child(lambda: os.read(waiting, 1) and send(f"child {number}")) for number in range(3)]
os.write(beginning, b"all")
ended(*children)
send("parent")
print(json.dumps(sorted(message["text"] for message in titan.messages)))
client.close()
titan.stop()
""",
        options=OPTIONS,
    )
    assert json.loads(printed) == ["child 0", "child 1", "child 2", "parent"]


@needs_fork
@in_each_way
def test_a_child_that_calls_the_sandbox_itself_is_told_where_it_runs(way):
    printed = run_python(
        fork_by(way)
        + START
        + """
CALLS = {
    "messages": lambda: titan.messages,
    "connect": lambda: titan.connect("other"),
    "advance": lambda: titan.advance(1),
    "configure": lambda: titan.configure(scan_after=1),
    "wait_for_deliveries": lambda: titan.wait_for_deliveries(),
    "reset": lambda: titan.reset(),
    "start": lambda: titan.start(),
}

def child():
    for name, work in CALLS.items():
        try:
            work()
        except RuntimeError as error:
            print(json.dumps([name, str(error)]), flush=True)

# As when a thread of the server is just at work.
with titan._state.lock:
    ended(in_child(child))
client.close()
titan.stop()
""",
        options=OPTIONS,
    )
    told = [json.loads(line) for line in printed.splitlines()]
    assert [name for name, _ in told] == [
        *("messages", "connect", "advance", "configure", "wait_for_deliveries", "reset", "start")
    ]
    assert all("forked from" in text for _, text in told)


@needs_fork
@in_each_way
def test_a_child_that_leaves_the_block_of_a_sandbox_stops_nothing(way):
    run_python(
        fork_by(way)
        + """
from titan.sandbox import Sandbox

def child():
    call(client, "default")
    client.close()
    titan.stop()

with Sandbox() as titan:
    titan.connect("default")
    client = TitanClient(titan.base_url, titan.api_key, strict_responses=True)
    call(client, "default")
    ended(in_child(child), in_child(child))
    call(client, "default")
    client.close()
""",
        options=OPTIONS,
    )


# Not forked in C: whether a child can then start threads is chance, where the parent has any.
@needs_fork
def test_a_child_has_a_sandbox_of_its_own_if_it_starts_one():
    run_python(
        FORK
        + """
from titan.sandbox import Sandbox
made_before = Sandbox()

def use(titan):
    with titan:
        titan.connect("default")
        with TitanClient(titan.base_url, titan.api_key, strict_responses=True) as client:
            call(client, "default")

def child():
    use(made_before)
    use(Sandbox())

with Sandbox() as titan:
    ended(in_child(child))
use(made_before)
""",
        options=OPTIONS,
    )
