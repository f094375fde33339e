"""The examples that keep which events were handled: an event is claimed by one, for as long as its lease."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
import time
from typing import Dict, List

import pytest
import redis
import time_machine

from tests.support.examples import SECRET, documented, encoded, post, received, running
from tests.support.postgres import running_postgres
from tests.support.stores import DATABASES, environment, on_redis
from titan import WebhookInProgressError, WebhookRouter, sign_webhook


@pytest.fixture(scope="module", params=DATABASES)
def emptied(request, tmp_path_factory):
    with DATABASES[request.param](tmp_path_factory.mktemp(request.param)) as emptied:
        yield emptied


@pytest.fixture
def shared(emptied):
    """A store that several processes share."""
    return emptied()


@pytest.fixture
def store(shared):
    return shared.new()


@pytest.fixture
def short(shared):
    """A store whose leases are soon over."""
    return shared.new(lease=0.2)


def claim_after_the_lease(store, event_id, owner):
    """Ask until the event is new again."""
    deadline = time.monotonic() + 10
    while (state := store.claim(event_id, owner)) != "new":
        assert state == "running"
        assert time.monotonic() < deadline
        time.sleep(0.01)


# What a store answers


def test_event_is_new_for_one_owner_then_running_then_handled(shared):
    store, other = shared.new(), shared.new()
    assert store.claim("evt_1", "a") == "new"
    assert [one.claim("evt_1", "b") for one in (store, other)] == ["running", "running"]
    store.finish("evt_1", "a")
    assert [one.claim("evt_1", "c") for one in (store, other)] == ["handled", "handled"]


def test_released_event_is_new_again(store):
    assert [store.claim("evt_1", "a"), store.claim("evt_2", "a")] == ["new", "new"]
    store.release("evt_1", "a")
    assert [store.claim("evt_1", "b"), store.claim("evt_2", "b")] == ["new", "running"]


def test_owner_that_asks_again_since_the_answer_was_lost_is_told_new(store):
    assert [store.claim("evt_1", "a"), store.claim("evt_1", "a")] == ["new", "new"]
    assert store.claim("evt_1", "b") == "running"


@pytest.mark.parametrize("repeated", ["finish", "release"])
def test_end_that_is_told_again_changes_nothing(store, repeated):
    store.claim("evt_1", "a")
    for _ in range(3):
        getattr(store, repeated)("evt_1", "a")
    assert store.claim("evt_1", "b") == {"finish": "handled", "release": "new"}[repeated]


def test_claim_that_nobody_ended_is_new_again_after_the_lease_and_not_before(short):
    start = time.monotonic()
    assert [short.claim("evt_1", "a"), short.claim("evt_1", "b")] == ["new", "running"]
    claim_after_the_lease(short, "evt_1", "b")
    assert time.monotonic() - start > 0.19
    assert short.claim("evt_1", "a") == "running"


@pytest.mark.parametrize("moved", [-2 * 86400, 120, 2 * 86400])
def test_lease_goes_by_the_clock_of_the_database(shared, moved):
    store = shared.new()
    assert store.claim("evt_1", "a") == "new"
    with time_machine.travel(time.time() + moved):
        assert shared.new().claim("evt_1", "b") == "running"


@pytest.mark.parametrize("end", ["finish", "release"])
def test_stale_owner_ends_nothing_that_another_holds(shared, short, end):
    store = shared.new()
    short.claim("evt_1", "a")
    claim_after_the_lease(store, "evt_1", "b")
    getattr(short, end)("evt_1", "a")
    assert store.claim("evt_1", "c") == "running"
    store.release("evt_1", "b")
    assert store.claim("evt_1", "c") == "new"


def test_late_finish_marks_the_event_handled_when_the_lease_is_over(shared, short):
    short.claim("evt_1", "a")
    time.sleep(0.3)  # nobody may look whether it is over: that would claim it
    short.finish("evt_1", "a")
    assert shared.new().claim("evt_1", "b") == "handled"


def test_late_finish_marks_the_event_handled_when_the_next_owner_released_it(shared, short):
    store = shared.new()
    short.claim("evt_1", "a")
    claim_after_the_lease(store, "evt_1", "b")
    store.release("evt_1", "b")
    short.finish("evt_1", "a")
    assert store.claim("evt_1", "c") == "handled"


def test_late_finish_marks_the_event_handled_when_the_lease_of_the_next_owner_is_over_too(shared, short):
    short.claim("evt_1", "a")
    claim_after_the_lease(short, "evt_1", "b")
    time.sleep(0.3)
    short.finish("evt_1", "a")
    assert shared.new().claim("evt_1", "c") == "handled"


def test_late_release_leaves_a_handled_event_handled(shared, short):
    store = shared.new()
    short.claim("evt_1", "a")
    claim_after_the_lease(store, "evt_1", "b")
    store.finish("evt_1", "b")
    for owner in ("a", "b", "c"):
        short.release("evt_1", owner)
    assert store.claim("evt_1", "d") == "handled"


def test_release_of_an_event_that_nobody_claimed_changes_nothing(store):
    store.release("evt_1", "a")
    assert store.claim("evt_1", "a") == "new"


@pytest.mark.parametrize(
    "event_id", ["evt " * 1000, "é🐈", "'; DROP TABLE titan_events; --", "a\nb", "*", "?", "%s", "NOW", "{0}"]
)
def test_store_takes_any_id(store, event_id):
    assert [store.claim(event_id, "a"), store.claim(event_id, "b")] == ["new", "running"]
    store.release(event_id, "a")
    assert store.claim(event_id, "b") == "new"
    store.finish(event_id, "b")
    assert store.claim(event_id, "c") == "handled"


# With the router, and in several processes


def test_router_handles_to_success_exactly_once_with_the_store(shared):
    texts: List[str] = []
    routers = [WebhookRouter(SECRET, seen=shared.new()) for _ in range(2)]

    def note(event):
        texts.append(event.payload.text)
        with pytest.raises(WebhookInProgressError):
            routers[1].handle(body, signature)
        if len(texts) == 1:
            raise RuntimeError("the first time it fails")

    routers[0].on("message.received")(note)
    body = encoded(received(text="Hi!"))
    signature = sign_webhook(body, SECRET)
    with pytest.raises(RuntimeError, match="the first time"):
        routers[0].handle(body, signature)
    for router in routers * 2:
        router.handle(body, signature)
    assert texts == ["Hi!", "Hi!"]


CLAIMING = """
import sys
{store}
owner = sys.argv[1]
print("ready", flush=True)
for line in sys.stdin:
    print(*[store.claim("evt_" + number, owner) for number in line.split()], flush=True)
"""


# It starts processes.
@pytest.mark.slow
def test_of_several_processes_exactly_one_claims_each_event(shared):
    code = CLAIMING.format(store=shared.code(lease=60))
    ids = list(map(str, range(40)))
    won: Dict[str, List[str]] = {}
    with contextlib.ExitStack() as stack:
        processes = {owner: stack.enter_context(program(code, owner)) for owner in "abcd"}
        for process in processes.values():
            assert process.stdout.readline() == "ready\n"
        # A few at a time, or the process that comes first takes all, with nobody to race it.
        for start in range(0, len(ids), 5):
            asked = ids[start : start + 5]
            # The one that was asked last is asked first.
            processes = dict(reversed(processes.items()))
            for process in processes.values():
                process.stdin.write(" ".join(asked) + "\n")
                process.stdin.flush()
            states = {owner: process.stdout.readline().split() for owner, process in processes.items()}
            for event_id, told in zip(asked, zip(*states.values())):
                assert sorted(told) == ["new", "running", "running", "running"]
                won.setdefault(dict(zip(told, states))["new"], []).append(event_id)
    assert len(won) > 1, "they did not race"
    store = shared.new()
    for owner, events in won.items():
        for event_id in events:
            store.finish(f"evt_{event_id}", owner)
    assert {store.claim(f"evt_{event_id}", "e") for event_id in ids} == {"handled"}


@contextlib.contextmanager
def program(code, *arguments):
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


HANDLING = """
import sys, time
from titan import WebhookRouter
{store}
router = WebhookRouter({secret!r}, seen=store)
@router.on("*")
def hang(event):
    print("handling", flush=True)
    time.sleep(600)
router.handle(sys.argv[1], sys.argv[2])
"""


# It starts processes.
@pytest.mark.slow
def test_event_of_a_process_that_was_killed_is_handled_after_its_lease(shared):
    lease = 1.0
    body = encoded(received())
    signature = sign_webhook(body, SECRET)
    handled: List[float] = []
    router = WebhookRouter(SECRET, seen=shared.new(lease))
    router.on("*")(lambda event: handled.append(time.monotonic()))
    start = time.monotonic()
    code = HANDLING.format(store=shared.code(lease), secret=SECRET)
    with program(code, body.decode(), signature) as process:
        start = time.monotonic()
        assert process.stdout.readline() == "handling\n"
        with pytest.raises(WebhookInProgressError):
            router.handle(body, signature)
        process.kill()
        process.wait()
        while not handled:
            assert time.monotonic() < start + 30
            with contextlib.suppress(WebhookInProgressError):
                router.handle(body, signature)
            time.sleep(0.02)
    router.handle(body, signature)
    assert len(handled) == 1
    assert handled[0] - start > lease


# It starts processes.
@pytest.mark.slow
def test_of_two_servers_one_handles_a_delivery_that_both_get(shared, tmp_path):
    event = received()

    def start():
        command = documented(shared.example)
        return running(lambda port: command, tmp_path, TITAN_WEBHOOK_SECRET=SECRET, **shared.variables)

    with start() as one, start() as other:
        assert post(one.port, encoded(event), sign_webhook(b"", SECRET)) == 401
        assert [post(server.port, encoded(event)) for server in (one, other, one)] == [200, 200, 200]
        assert [server.output.count(event["id"]) for server in (one, other)] == [1, 0]


# Redis alone


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory):
    with on_redis(tmp_path_factory.mktemp("redis")) as emptied:
        yield emptied().variables["REDIS_URL"]


def test_redis_forgets_a_claim_after_its_lease_and_a_handled_event_after_a_day(load, redis_url):
    with redis.Redis.from_url(redis_url) as database:
        database.flushall()
        store = load("seen_redis").RedisEvents(database)
        store.claim("evt_1", "a")
        (key,) = database.keys()
        assert 50 < database.ttl(key) <= 60
        store.finish("evt_1", "a")
        assert 24 * 3600 - 60 < database.ttl(key) <= 24 * 3600


@pytest.mark.parametrize("decode_responses", [False, True])
@pytest.mark.parametrize(
    ("steps", "state"),
    [
        pytest.param(["claim"], "running", id="claim"),
        pytest.param(["claim", "finish"], "handled", id="finish"),
        pytest.param(["claim", "release"], "new", id="release"),
    ],
)
def test_command_is_repeated_without_harm_where_the_answer_of_redis_gets_lost(
    load, redis_url, decode_responses, steps, state
):
    lost: List[bytes] = []
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(losing_an_answer(int(redis_url.rpartition(":")[2]), b"evt_lost", lost))
        direct = stack.enter_context(redis.Redis.from_url(redis_url))
        direct.flushall()
        lossy = redis.Redis(port=port, decode_responses=decode_responses, socket_timeout=10)
        stack.callback(lossy.close)
        store, reliable = (load("seen_redis").RedisEvents(database) for database in (lossy, direct))
        for step in steps[:-1]:
            getattr(reliable, step)("evt_lost", "a")
        answer = getattr(store, steps[-1])("evt_lost", "a")
        assert answer == ("new" if steps == ["claim"] else None)
        assert reliable.claim("evt_lost", "b") == state
    assert len(lost) == 1


@contextlib.contextmanager
def losing_an_answer(redis_port, mark, lost):
    """A way to Redis on which the answer to the first command with this mark gets lost; gives its port."""

    def serve(client):
        with client, socket.create_connection(("127.0.0.1", redis_port)) as server:
            while True:
                command = client.recv(65536)
                if not command:
                    return
                server.sendall(command)
                answer = server.recv(65536)
                if mark in command and not lost:
                    lost.append(answer)
                    return
                client.sendall(answer)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                threads.append(threading.Thread(target=serve, args=(listener.accept()[0],)))
                threads[-1].start()

    listener = socket.create_server(("127.0.0.1", 0))
    threads = [threading.Thread(target=accept)]
    threads[0].start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in threads:
            thread.join(10)
            assert not thread.is_alive()


# Databases alone


@pytest.mark.parametrize("emptied", ["SQLite", "PostgreSQL"], indirect=True)
def test_database_forgets_old_events_now_and_then(shared, load, monkeypatch):
    store = shared.new()
    for event_id in ("evt_old", "evt_running", "evt_handled"):
        store.claim(event_id, "a")
    for event_id in ("evt_old", "evt_handled"):
        store.finish(event_id, "a")
    store._execute("UPDATE titan_events SET until = until - 90000 WHERE id = ?", "evt_old")
    assert store.claim("evt_old", "b") == "handled"
    monkeypatch.setattr("random.random", lambda: 0.0)
    assert store.claim("evt_old", "b") == "new"
    assert [store.claim(one, "b") for one in ("evt_running", "evt_handled")] == ["running", "handled"]


# It starts processes.
@pytest.mark.slow
def test_example_outlives_a_restart_of_postgresql(tmp_path):
    with running_postgres("examples/seen_database.py on PostgreSQL") as server:
        variables = {"DATABASE_URL": server.url, "TITAN_WEBHOOK_SECRET": SECRET}
        with running(lambda port: documented("seen_database"), tmp_path, **variables) as program:
            for _ in range(3):
                event = received()
                assert [post(program.port, encoded(event)) for _ in range(2)] == [200, 200]
                assert program.output.count(event["id"]) == 1
                server.restart()
