"""Forks that Python does not see: a child that ran no hook has connections and locks of its own as well."""

from __future__ import annotations

import threading

import pytest

from tests.support.forks import fork_by, in_each_way, needs_fork
from tests.support.interpreter import run_script
from tests.support.libraries import LIBRARIES
from tests.support.loopback import echo, http_json, serving
from tests.support.tls import SecureLoopback

pytestmark = pytest.mark.slow

FORK_IN_C = fork_by("C")


@needs_fork
def test_a_child_never_reads_what_the_parent_asked_for():
    asked, released = threading.Event(), threading.Event()

    def answer(request):
        if request.target.endswith("slow"):
            asked.set()
            released.wait(60)
        if request.target.endswith("child-9"):
            released.set()
        return echo(request)

    with serving(answer) as server:
        run_script(
            FORK_IN_C
            + """
import threading, time
client = TitanClient(sys.argv[1], "titan_key")
call(client, "first")
failures = []

def wait_for_answer():
    try:
        call(client, "slow")
    except BaseException as error:
        failures.append(error)

thread = threading.Thread(target=wait_for_answer)
thread.start()
time.sleep(0.3)  # until it waits for its answer, with nothing else to do
ended(*[in_child(lambda: [call(client, f"child-{n}") for _ in range(20)]) for n in range(10)])
thread.join(60)
call(client, "last")
client.close()
assert failures == [] and not thread.is_alive()
""",
            server.url,
        )
        assert asked.is_set()
    ports = {}
    for request in server.requests:
        ports.setdefault(request.target.split("/")[-1], set()).add(request.client_port)
    children = [ports[f"child-{number}"] for number in range(10)]
    assert all(len(used) == 1 for used in children)
    assert len(set().union(*children) | ports["slow"]) == 11
    assert ports["first"] == ports["slow"] == ports["last"]


@needs_fork
@in_each_way
def test_a_child_has_locks_of_its_own(echoing, way):
    run_script(
        fork_by(way)
        + """
import threading
from titan.webhooks import RecentEvents
client = TitanClient(sys.argv[1], "titan_key", strict_responses=True)
call(client, "parent")
seen = RecentEvents()
assert seen.claim("before", "parent") == "new"
taken, released = threading.Event(), threading.Event()

def hold():
    with seen._lock():
        taken.set()
        released.wait(60)

thread = threading.Thread(target=hold)
thread.start()
assert taken.wait(60)

def child():
    assert seen.claim("before", "child") == "running"
    assert seen.claim("after", "child") == "new"
    seen.release("before", "child")
    call(client, "child")

ended(in_child(child))
released.set()
thread.join()
client.close()
""",
        echoing.url,
    )


@needs_fork
@in_each_way
def test_a_child_of_a_child_has_connections_of_its_own(echoing, way):
    run_script(
        fork_by(way)
        + """
client = TitanClient(sys.argv[1], "titan_key", strict_responses=True)
call(client, "0")

def descend(depth):
    if depth <= 4:
        ended(in_child(lambda: descend(depth + 1)))
        call(client, str(depth))
        call(client.with_options(timeout=9), str(depth))

ended(in_child(lambda: descend(1)))
call(client, "0")
client.close()
""",
        echoing.url,
    )
    ports = {}
    for request in echoing.requests:
        ports.setdefault(request.target.split("/")[-1], set()).add(request.client_port)
    assert sorted(ports) == ["0", "1", "2", "3", "4"]
    assert all(len(used) == 1 for used in ports.values())
    assert len(set().union(*ports.values())) == 5


@needs_fork
@in_each_way
def test_closing_and_dropping_a_client_in_a_child_leaves_the_parents_connections_open(echoing, way):
    run_script(
        fork_by(way)
        + """
import gc, warnings
client = TitanClient(sys.argv[1], "titan_key")
call(client, "parent")

def close():
    client.close()

def call_and_close():
    call(client, "child")
    client.close()

def drop():
    global client
    # A child cannot close the connections that it inherited without those of the parent ending too.
    warnings.simplefilter("ignore", ResourceWarning)
    call(client, "child")
    del client
    gc.collect()

for work in (close, call_and_close, drop):
    ended(in_child(work))
    call(client, "parent")
client.close()
""",
        echoing.url,
    )
    parent = [one.client_port for one in echoing.requests if one.target.endswith("parent")]
    assert len(parent) == 4
    assert len(set(parent)) == 1


@needs_fork
@in_each_way
def test_a_warning_is_given_once_in_each_process(way):
    deprecated = http_json({"data": []}, headers={"Deprecation": "true"})
    with serving(lambda request: deprecated) as server:
        printed = run_script(
            fork_by(way)
            + """
import warnings

def warned(name):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        client.sessions.list()
        client.sessions.list()
    print(json.dumps([name, [one.category.__name__ for one in caught]]), flush=True)

client = TitanClient(sys.argv[1], "titan_key")
ended(in_child(lambda: warned("child before")))
warned("parent")
ended(in_child(lambda: warned("child after")))
client.close()
""",
            server.url,
        )
    assert dict(printed) == {
        "child before": ["TitanDeprecationWarning"],
        "parent": ["TitanDeprecationWarning"],
        "child after": [],
    }


@needs_fork
@in_each_way
def test_a_child_does_not_end_the_parents_connections_over_tls(certificate, monkeypatch, way):
    monkeypatch.setenv("SSL_CERT_FILE", certificate[0])
    server = SecureLoopback(echo, certificate)
    try:
        run_script(
            fork_by(way)
            + """
import gc, warnings
client = TitanClient(sys.argv[1], "titan_key", strict_responses=True)
call(client, "parent")

def work():
    call(client, "child")

def close():
    call(client, "child")
    client.close()

def end():
    global client
    warnings.simplefilter("ignore", ResourceWarning)
    call(client, "child")
    del client
    gc.collect()

for task in (work, close, end):
    for _ in range(2):
        ended(in_child(task))
        call(client, "parent")
client.close()
""",
            server.url,
        )
    finally:
        server.close()
    parent = [one.client_port for one in server.requests if one.target.endswith("parent")]
    assert (len(parent), len(set(parent))) == (7, 1)
    assert len({one.client_port for one in server.requests if one.target.endswith("child")}) == 6


# How a client was used before the fork, and whether a child can use it.
USES = {
    "never": ("", True),
    "by itself": ("call(client, 'parent')", False),
    "by a copy": ("call(client.with_options(timeout=9), 'parent')", False),
    "by another client": ("call(TitanClient(sys.argv[1], 'titan_key', http_client=http), 'parent')", False),
}


@needs_fork
@in_each_way
@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.__name__)
@pytest.mark.parametrize("use", USES)
def test_an_http_client_that_was_used_before_a_fork_is_refused_in_the_child(echoing, way, library, use):
    before, works = USES[use]
    (outcome,) = run_script(
        fork_by(way)
        + f"""
import {library.__name__} as library
from titan import TitanError
http = library.Client()
client = TitanClient(sys.argv[1], "titan_key", http_client=http)
{before}

def child():
    try:
        call(client, "child")
    except TitanError as error:
        print(json.dumps([str(error), error.maybe_processed]), flush=True)
        with library.Client() as own:
            call(TitanClient(sys.argv[1], "titan_key", http_client=own), "own")
    else:
        http.close()
        print(json.dumps("worked"), flush=True)

ended(in_child(child))
call(client, "parent")
http.close()
""",
        echoing.url,
    )
    if works:
        assert outcome == "worked"
    else:
        assert "used before this process was forked" in outcome[0]
        assert outcome[1] is False
    assert [one.target.endswith("child") for one in echoing.requests].count(True) == int(works)
