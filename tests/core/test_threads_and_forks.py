"""Threads share a client; a forked process gets connections of its own."""

from __future__ import annotations

import gc
import io
import itertools
import json
import os
import subprocess
import sys
import threading
from typing import Sequence

import httpx
import pytest

from tests.support.fake_server import API_KEY
from tests.support.loopback import Received, http, http_json, serving
from tests.support.project import ROOT
from titan import TitanClient, TitanError

THREADS = 32


def echo(request: Received) -> bytes:
    """Answers every operation, with what it was asked for in the answer."""
    body = b"".join(request.pieces())
    if request.method == "POST" and request.target.endswith("/send"):
        sent = json.loads(body)
        return http_json({"data": {"id": sent.get("text", ""), "session": sent["session"]}}, 201)
    last = request.target.split("/")[-1]
    if last in ("sessions", "groups", "contacts", "chats", "labels", "channels", "webhooks", "presence"):
        return http_json({"data": []})
    return http_json({"data": {"name": last, "status": "CONNECTED"}})


@pytest.fixture
def echoing():
    with serving(echo) as running:
        yield running


def in_threads(work, count: int = THREADS) -> None:
    """Run `work(number)` in so many threads at once, and raise what one of them raised."""
    barrier, failures = threading.Barrier(count), []

    def run(number):
        barrier.wait(30)
        try:
            work(number)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    if failures:
        raise failures[0]


# A fork in a process with threads is what is tested, so what Python 3.12 says of it is left out.
STRICT = ("-X", "dev", "-W", "error", "-W", "ignore:This process:DeprecationWarning")


def run_script(script: str, *arguments: str, options: Sequence[str] = STRICT) -> list:
    """What a new process prints as JSON, a value a line; it must not warn of anything."""
    done = subprocess.run(
        [sys.executable, *options, "-c", script, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


# --- threads


def test_each_of_many_threads_gets_its_own_answers(echoing):
    with TitanClient(echoing.url, API_KEY, strict_responses=True) as client:

        def work(number):
            for call in range(10):
                name = f"s{number}-{call}"
                assert client.sessions.get(name).name == name
                sent = client.messages.send(name, {"chatId": "c", "type": "text", "text": f"{number}.{call}"})
                assert (sent.session, sent.id) == (name, f"{number}.{call}")

        in_threads(work)
    assert len(echoing.requests) == THREADS * 10 * 2


def test_twins_with_their_own_settings_do_not_mix_them_up(echoing):
    with TitanClient(echoing.url, API_KEY) as client:

        def work(number):
            twin = client.with_options(headers={"X-Thread": str(number)})
            for _ in range(5):
                twin.sessions.get(f"s{number}")

        in_threads(work)
    assert len(echoing.requests) == THREADS * 5
    for request in echoing.requests:
        assert request.target == f"/api/sessions/s{request.headers['x-thread']}"


def test_files_are_sent_and_downloaded_side_by_side(tmp_path):
    def keep(request: Received) -> bytes:
        if request.target.endswith("/download"):
            return http(200, request.target.encode() * 5000)
        fields = request.json()
        return http_json({"data": {"id": fields["caption"], "text": fields["base64"][:8]}})

    with serving(keep) as running, TitanClient(running.url, API_KEY) as client:

        def work(number):
            content = bytes([number]) * 200_000
            sent = client.messages.send_file("s", "c", io.BytesIO(content), caption=str(number))
            assert sent.id == str(number)
            path = tmp_path / str(number)
            client.media.download_to("s", f"m{number}", path)
            assert path.read_bytes() == f"/api/sessions/s/media/m{number}/download".encode() * 5000

        in_threads(work, 16)


FIRST_USE = """
import json, sys, threading
from titan import TitanClient

THREADS = 32
barrier, failures = threading.Barrier(THREADS), []
shared = TitanClient(sys.argv[1], "titan_key", strict_responses=True)

def use(number):
    client = shared if number % 2 else TitanClient(sys.argv[1], "titan_key", strict_responses=True)
    barrier.wait(30)
    calls = [
        lambda: client.sessions.get("s").name == "s" or 1 / 0,
        lambda: client.sessions.list() == [] or 1 / 0,
        lambda: client.messages.send("s", {"type": "text", "text": "x"}).id == "x" or 1 / 0,
        lambda: client.groups.list("s") == [] or 1 / 0,
        lambda: client.webhooks.list() == [] or 1 / 0,
        lambda: construct(),
    ]
    for turn in range(len(calls)):
        calls[(number + turn) % len(calls)]()
    if client is not shared:
        client.close()

def construct():
    from titan.types_gen import Session, TextMessage
    assert TextMessage(chat_id="c", text="x").to_dict() == {"chatId": "c", "type": "text", "text": "x"}
    assert Session(name="s", status="CONNECTED").name == "s"

def run(number):
    try:
        use(number)
    except BaseException as error:
        failures.append(repr(error))
        print(repr(error), file=sys.stderr)

threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
for thread in threads: thread.start()
for thread in threads: thread.join(30)
shared.close()
print(json.dumps(failures))
"""


def test_the_first_use_may_come_from_many_threads_at_once(echoing):
    for _ in range(2):
        assert run_script(FIRST_USE, echoing.url) == [[]]


def in_pieces(request: Received) -> bytes:
    """Keeps a client in the middle of something."""
    for _ in request.pieces():
        pass
    body = http_json({"data": {"name": "s", "status": "CONNECTED", "more": "x" * 50_000}})
    for start in range(0, len(body), 10_000):
        request.connection.sendall(body[start : start + 10_000])
    return b""


# A connection that is opened while the pool is being closed, httpx leaves to the garbage collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("whose", ["ours", "the user's"])
def test_a_client_closed_while_threads_use_it_fails_as_documented(whose):
    def use(client, number, in_use, failures):
        try:
            for call in itertools.count():
                if number % 2:
                    client.sessions.get("s")
                else:
                    client.messages.send_file("s", "c", io.BytesIO(bytes(300_000)))
                if call == 2:
                    in_use.release()
        except BaseException as error:
            failures.append(error)

    with serving(in_pieces) as running:
        for _ in range(3):
            own = httpx.Client() if whose != "ours" else None
            client = TitanClient(running.url, API_KEY, http_client=own, max_retries=0, timeout=1)
            in_use, failures = threading.Semaphore(0), []
            threads = [
                threading.Thread(target=use, args=(client, number, in_use, failures)) for number in range(12)
            ]
            for thread in threads:
                thread.start()
            for _ in range(4):
                assert in_use.acquire(timeout=30)
            (own or client).close()
            for thread in threads:
                thread.join(30)
                assert not thread.is_alive()
            assert len(failures) == 12
            assert [error for error in failures if not isinstance(error, TitanError)] == []
            failures.clear()
    gc.collect()


# --- forks

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")

FORK = """
import json, os, signal, sys
from titan import TitanClient

def call(client, name):
    assert client.sessions.get(name).name == name

def in_child(work):
    pid = os.fork()
    if pid == 0:
        signal.alarm(20)
        status = 1
        try:
            work()
            status = 0
        finally:
            sys.stderr.flush()
            os._exit(status)
    return pid

def ended(*pids):
    for pid in pids:
        assert os.waitpid(pid, 0)[1] == 0
"""


@needs_fork
def test_a_client_made_before_a_fork_works_on_both_sides(echoing):
    run_script(
        FORK
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
def test_a_fork_after_a_call_shares_no_connection(echoing):
    run_script(
        FORK
        + """
client = TitanClient(sys.argv[1], "titan_key", strict_responses=True)
twin = client.with_options(timeout=20)
call(client, "parent")

def child():
    call(client, "child")
    call(twin, "child")
    grandchild = in_child(lambda: call(client, "grandchild"))
    call(client, "child")
    ended(grandchild)
    client.close()

children = [in_child(child)]
call(client, "parent")
ended(*children)
call(client, "parent")
call(twin, "parent")
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
def test_a_child_that_ends_in_the_ordinary_way_disturbs_nobody(echoing):
    run_script(
        FORK
        + """
client = TitanClient(sys.argv[1], "titan_key")
call(client, "parent")
pid = os.fork()
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
def test_a_closed_client_is_closed_in_a_child_too(echoing):
    run_script(
        FORK
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

threads = [threading.Thread(target=calling, args=(number,)) for number in range(8)]
for thread in threads: thread.start()
for number in range(20):
    ended(in_child(lambda: [call(client, f"child-{number}") for _ in range(2)]))
stopped.set()
for thread in threads: thread.join()
client.close()
assert failures == []
""",
        echoing.url,
    )
    ports = {}
    for request in echoing.requests:
        side, _, number = request.target.split("/")[-1].partition("-")
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
def create_slowly():
    pause()
    # As modules do that are loaded with the first connection.
    logging.getLogger("new")
    return create_ssl_context()
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
thread = threading.Thread(target=first_use)
thread.start()
assert in_the_middle.wait(20)
ended(in_child(lambda: call(client, "child")))
thread.join()
client.close()
assert failures == []
""",
        echoing.url,
    )
    assert sorted(request.target.split("/")[-1] for request in echoing.requests) == ["child", "thread"]


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
