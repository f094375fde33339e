"""Calls while the interpreter exits: they work, or fail with a TitanError that says that nothing was sent."""

from __future__ import annotations

import json

import pytest

from tests.support.interpreter import run_python
from tests.support.loopback import echo, serving

pytestmark = pytest.mark.slow

# Its arguments: the address of a server, statements that use the client before, and a call at the end.
PROGRAM = """
import atexit, json, os, sys, threading
from titan import TitanClient, TitanError

url, used, call = sys.argv[1:]
client = TitanClient(url, "titan_key")
SEND = {{"chatId": "c", "type": "text", "text": "Hi"}}
exec(used)

# The names of the module may be gone when it is called.
def report(client=client, SEND=SEND, call=compile(call, "call", "eval"), eval=eval, TitanError=TitanError,
           type=type, write=os.write, dumps=json.dumps):
    try:
        eval(call, {{"client": client, "SEND": SEND}})
        said = ["worked", None]
    except TitanError as error:
        said = [str(error), error.maybe_processed]
    except BaseException as error:
        said = [f"{{type(error).__name__}}: {{error}}", "not one of ours"]
    write(1, dumps(said).encode())

{arranged}
"""
FINALIZER = """
class Holder:
    def __del__(self, report=report):
        report()

holder = Holder()
"""
AT_EXIT = {
    "in a global variable": FINALIZER,
    "in a cycle": f"{FINALIZER}\nholder.itself = holder",
    "in another module": f"{FINALIZER}\nimport builtins\nbuiltins.holder = holder",
}
BEFORE = {
    "by atexit": "atexit.register(report)",
    "in a thread that goes on": (
        "threading.Thread(target=lambda: (threading.main_thread().join(), report())).start()"
    ),
}
USED = {
    "nothing": "",
    "its services": "client.messages, client.sessions, client.labels, client.groups, client.pairing",
    "a connection": "client.sessions.list()",
}
CALLS = [
    "client.sessions.list()",
    "client.messages.send('s', SEND)",
    "client.messages.send_text('s', 'c', 'Hi')",
    "client.request('GET', '/api/sessions')",
    "client.submit(client.messages.send, 's', SEND)",
    "client.with_response(client.labels.list, 's')",
    "client.with_options(timeout=5).groups.list('s')",
    "client.pairing.wait('s')",
]


def run_to_the_end(arranged, used, call):
    """What the last call says, and how many requests it made."""
    with serving(echo) as server:
        printed = run_python(PROGRAM.format(arranged=arranged), server.url, used, call)
        return (*json.loads(printed), len(server.requests) - ("list()" in used))


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("used", USED)
def test_a_finalizer_at_exit_gets_an_error_that_says_that_nothing_was_sent(used, call):
    said, maybe_processed, requests = run_to_the_end(FINALIZER, USED[used], call)
    assert said.startswith("Python is exiting, and the request was not sent")
    assert (maybe_processed, requests) == (False, 0)


@pytest.mark.parametrize("place", AT_EXIT)
def test_that_holds_wherever_the_object_is_kept(place):
    said, maybe_processed, requests = run_to_the_end(AT_EXIT[place], "", CALLS[1])
    assert said.startswith("Python is exiting")
    assert (maybe_processed, requests) == (False, 0)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("moment", BEFORE)
def test_a_call_before_that_works(moment, call):
    said, _, requests = run_to_the_end(BEFORE[moment], "", call)
    assert (said, requests > 0) == ("worked", True)


@pytest.mark.parametrize(
    "statement", ["repr(client)", "client.close()", "client.with_options(max_retries=0)"]
)
def test_what_sends_nothing_works_at_exit(statement):
    assert run_to_the_end(FINALIZER, "", statement) == ("worked", None, 0)


@pytest.mark.parametrize("before", ["", "client.sessions.get('before')"])
def test_daemon_threads_that_are_calling_at_the_end_of_python_complain_of_nothing(echoing, before):
    printed = run_python(
        """
import sys, threading, time
from titan import TitanClient, TitanError
client = TitanClient(sys.argv[1], "titan_key")
BEFORE

def work():
    while True:
        try:
            client.sessions.get("daemon")
        except TitanError:
            pass
        except BaseException as error:
            print("something else", type(error), error)
            return

for _ in range(4):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.5)
""".replace("BEFORE", before),
        echoing.url,
        options=(),
    )
    assert printed == ""
