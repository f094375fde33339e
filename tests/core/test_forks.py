"""A forked process gets connections of its own, and no fork hangs."""

from __future__ import annotations

import pytest

from tests.support.forks import FORK, fork_by, in_each_way, needs_fork
from tests.support.interpreter import run_python, run_script


@needs_fork
@in_each_way
def test_a_client_made_before_a_fork_works_on_both_sides(echoing, way):
    run_script(
        fork_by(way)
        + """
client = TitanClient(sys.argv[1], "titan_key", strict_responses=True)
children = [in_child(lambda: [call(client, f"child-{n}") for _ in range(3)]) for n in range(3)]
call(client, "parent")
ended(*children)
call(client, "parent")
client.close()
""",
        echoing.url,
    )
    ports = {}
    for request in echoing.requests:
        ports.setdefault(request.target.split("/")[-1], set()).add(request.client_port)
    assert {name: len(used) for name, used in ports.items()} == {
        "parent": 1,
        "child-0": 1,
        "child-1": 1,
        "child-2": 1,
    }
    assert len(set().union(*ports.values())) == 4


@needs_fork
@in_each_way
def test_a_fork_after_a_call_shares_no_connection(echoing, way):
    run_script(
        fork_by(way)
        + """
client = TitanClient(sys.argv[1], "titan_key", strict_responses=True)
other = client.with_options(timeout=20)
call(client, "parent")

def child():
    call(client, "child")
    call(other, "child")
    grandchild = in_child(lambda: call(client, "grandchild"))
    call(client, "child")
    ended(grandchild)
    client.close()

children = [in_child(child)]
call(client, "parent")
ended(*children)
call(client, "parent")
call(other, "parent")
client.close()
""",
        echoing.url,
    )
    ports = {}
    for request in echoing.requests:
        ports.setdefault(request.target.split("/")[-1], []).append(request.client_port)
    assert [len(ports[name]) for name in ("parent", "child", "grandchild")] == [4, 3, 1]
    assert all(len(set(used)) == 1 for used in ports.values())
    assert len({used[0] for used in ports.values()}) == 3


@needs_fork
@in_each_way
def test_a_child_that_ends_in_the_ordinary_way_disturbs_nobody(echoing, way):
    run_python(
        fork_by(way)
        + """
client = TitanClient(sys.argv[1], "titan_key")
call(client, "parent")
pid = fork()
if pid == 0:
    with client:
        call(client, "child")
    sys.exit(0)
ended(pid)
call(client, "parent")
client.close()
""",
        echoing.url,
        # The child cannot close the connections that it inherited: their locks may be held for ever.
        options=(),
    )
    assert [request.target.split("/")[-1] for request in echoing.requests] == ["parent", "child", "parent"]
    assert echoing.client_ports[0] == echoing.client_ports[2] != echoing.client_ports[1]


@needs_fork
@in_each_way
def test_a_closed_client_is_closed_in_a_child_too(echoing, way):
    run_script(
        fork_by(way)
        + """
from titan import TitanError
client = TitanClient(sys.argv[1], "titan_key")
call(client, "parent")
client.close()
def child():
    try:
        call(client, "child")
    except TitanError as error:
        assert "closed" in str(error)
    else:
        raise AssertionError
ended(in_child(child))
""",
        echoing.url,
    )
    assert len(echoing.requests) == 1


@needs_fork
@pytest.mark.heavy  # 20 forks beside 8 busy threads: with other tests beside it, it takes many seconds
def test_a_fork_while_other_threads_are_calling_does_not_hang(echoing):
    run_script(
        FORK
        + """
import threading
client = TitanClient(sys.argv[1], "titan_key", strict_responses=True)
stopped, failures = threading.Event(), []

def calling(number):
    try:
        while not stopped.is_set():
            call(client, f"thread-{number}")
    except BaseException as error:
        failures.append(error)

threads = [threading.Thread(target=calling, args=(number,), daemon=True) for number in range(8)]
for thread in threads: thread.start()
for number in range(20):
    ended(in_child(lambda: [call(client, f"child-{number}") for _ in range(2)]))
stopped.set()
for thread in threads:
    thread.join(60)
    assert not thread.is_alive()
client.close()
assert failures == []
""",
        echoing.url,
    )
    ports = {}
    for request in echoing.requests:
        side, _, number = request.target.split("/")[-1].partition("-")
        side = "thread" if side == "first" else side
        ports.setdefault((side, number if side == "child" else ""), set()).add(request.client_port)
    everybody = [port for used in ports.values() for port in used]
    assert len(everybody) == len(set(everybody))
    assert sum(side == "child" for side, _ in ports) == 20


SLOW_SET_UP = {
    "modules": """
class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "titan.types_gen":
            pause()
sys.meta_path.insert(0, Finder)
""",
    "connections": """
import httpx
create_ssl_context = httpx.create_ssl_context
def create_slowly(**options):
    pause()
    # As modules do that are loaded with the first connection.
    logging.getLogger("new")
    return create_ssl_context(**options)
httpx.create_ssl_context = create_slowly
""",
    "schemas": """
import titan._models.validation
TypeAdapter = titan._models.validation.TypeAdapter
def build_slowly(shape):
    pause()
    return TypeAdapter(shape)
titan._models.validation.TypeAdapter = build_slowly
""",
}


@needs_fork
@pytest.mark.parametrize("set_up", SLOW_SET_UP)
def test_a_fork_in_the_middle_of_the_first_use_does_not_hang(echoing, set_up):
    run_script(
        FORK
        + """
import logging, threading, time
client = TitanClient(sys.argv[1], "titan_key", strict_responses=True)
in_the_middle, failures = threading.Event(), []
paused = False

def pause():
    global paused
    if not paused:
        paused = True
        in_the_middle.set()
        time.sleep(0.2)

def first_use():
    try:
        call(client, "thread")
    except BaseException as error:
        failures.append(error)
"""
        + SLOW_SET_UP[set_up]
        + """
thread = threading.Thread(target=first_use, daemon=True)
thread.start()
assert in_the_middle.wait(60)
ended(in_child(lambda: call(client, "child")))
thread.join(60)
assert not thread.is_alive()
client.close()
assert failures == []
""",
        echoing.url,
    )
    assert sorted(request.target.split("/")[-1] for request in echoing.requests) == ["child", "thread"]


# What pydantic does for a call, replaced by a slow form of it.
SLOW_WORK = {
    "validation": """
validate_json = TypeAdapter.validate_json
TypeAdapter.validate_json = lambda *args, **options: do_slowly(validate_json, *args, **options)
""",
    "encoding": """
to_json = titan.services._payload.encoding.to_json
titan.services._payload.encoding.to_json = lambda *args: do_slowly(to_json, *args)
""",
}


@needs_fork
@pytest.mark.parametrize("work", SLOW_WORK)
def test_a_fork_waits_for_what_pydantic_is_doing(echoing, work):
    run_script(
        FORK
        + """
import threading, time
import titan.services._payload.encoding
from pydantic import TypeAdapter
client = TitanClient(sys.argv[1], "titan_key", strict_responses=True)
in_the_middle, done = threading.Event(), []

def do_slowly(function, *args, **options):
    in_the_middle.set()
    time.sleep(0.2)
    result = function(*args, **options)
    done.append(True)
    return result

def check():
    assert done

def send():
    client.messages.send("s", {"type": "text", "text": "x"})
"""
        + SLOW_WORK[work]
        + """
thread = threading.Thread(target=send, daemon=True)
thread.start()
assert in_the_middle.wait(60)
ended(in_child(check))
thread.join(60)
client.close()
""",
        echoing.url,
    )


@needs_fork
def test_a_pool_of_forked_processes_works(echoing):
    (names,) = run_script(
        FORK
        + """
import multiprocessing
client = TitanClient(sys.argv[1], "titan_key")
call(client, "parent")

def work(number):
    return client.sessions.get(f"child-{number}").name

with multiprocessing.get_context("fork").Pool(4) as pool:
    names = pool.map(work, range(20))
    pool.close()
    pool.join()
call(client, "parent")
client.close()
print(json.dumps(names))
""",
        echoing.url,
    )
    assert names == [f"child-{number}" for number in range(20)]
    parents = {one.client_port for one in echoing.requests if one.target.endswith("parent")}
    children = {one.client_port for one in echoing.requests if "child" in one.target}
    assert len(parents) == 1
    assert parents.isdisjoint(children)


@needs_fork
def test_results_and_errors_cross_a_process_boundary(echoing):
    (names,) = run_script(
        FORK
        + """
import pickle
with TitanClient(sys.argv[1], "titan_key") as client:
    sessions = [pickle.loads(pickle.dumps(client.sessions.get("s")))]
print(json.dumps([session.name for session in sessions]))
""",
        echoing.url,
    )
    assert names == ["s"]
