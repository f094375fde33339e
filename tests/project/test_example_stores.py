"""The examples that keep which events were handled: each id is claimed once, by whoever asks first."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import subprocess
import sys
import threading

import pytest
import redis

from tests.support.examples import EXAMPLES, ROOT, SECRET, documented, encoded, post, received, running
from tests.support.programs import needed
from titan import WebhookRouter, sign_webhook


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory):
    program = needed("redis-server", "examples/seen_redis.py")

    def command(port):
        return [program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]

    with running(command, tmp_path_factory.mktemp("redis")) as server:
        yield f"redis://127.0.0.1:{server.port}"


@pytest.fixture(params=["seen_redis", "seen_database"])
def shared(request, tmp_path):
    """A store's example, its expression for a new store, and the variables of its program."""
    if request.param == "seen_database":
        return request.param, f"DatabaseEvents({str(tmp_path / 'titan-events.db')!r})", {}
    url = request.getfixturevalue("redis_url")
    with redis.Redis.from_url(url) as database:
        database.flushall()
    return request.param, f"RedisEvents(redis.Redis.from_url({url!r}))", {"REDIS_URL": url}


@pytest.fixture
def new_store(load, shared):
    """Makes stores on the same database."""
    name, expression, _ = shared
    module = load(name)
    return lambda: eval(expression, vars(module))


def test_store_claims_an_id_once_until_it_is_released(new_store):
    store, another = new_store(), new_store()
    assert [store.claim("evt_1"), store.claim("evt_1"), another.claim("evt_1")] == [True, False, False]
    assert another.claim("evt_2")
    another.release("evt_1")
    assert [store.claim("evt_1"), another.claim("evt_1"), store.claim("evt_2")] == [True, False, False]


@pytest.mark.parametrize(
    "event_id", ["", "evt " * 1000, "é🐈", "'; DROP TABLE titan_events; --", "a\nb", "*"]
)
def test_store_takes_any_id(new_store, event_id):
    store = new_store()
    assert [store.claim(event_id), store.claim(event_id)] == [True, False]
    store.release(event_id)
    assert store.claim(event_id)


def test_router_handles_to_success_exactly_once_with_the_store(new_store):
    texts = []
    routers = [WebhookRouter(SECRET, seen=new_store()) for _ in range(2)]

    def note(event):
        texts.append(event.payload.text)
        if len(texts) == 1:
            raise RuntimeError("the first time it fails")

    for router in routers:
        router.on("message.received")(note)
    body = encoded(received(text="Hi!"))
    with pytest.raises(RuntimeError, match="the first time"):
        routers[0].handle(body, sign_webhook(body, SECRET))
    for router in routers * 2:
        router.handle(body, sign_webhook(body, SECRET))
    assert texts == ["Hi!", "Hi!"]


CLAIMING = """
import sys
{imports}
sys.stdin.readline()
store = {store}
print("ready", flush=True)
for line in sys.stdin:
    print(*[number for number in line.split() if store.claim(f"evt_{{number}}")], flush=True)
"""


def test_of_several_processes_exactly_one_claims_each_id(shared):
    name, expression, _ = shared
    code = CLAIMING.format(imports=f"from {name} import *", store=expression)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(EXAMPLES), str(ROOT)])}
    ids = list(map(str, range(200)))
    claimed = {}

    def ask(line):
        for process in processes:
            process.stdin.write(line + "\n")
            process.stdin.flush()
        return {process: process.stdout.readline().split() for process in processes}

    with contextlib.ExitStack() as stack:
        processes = []
        for _ in range(4):
            process = subprocess.Popen(
                [sys.executable, "-c", code],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
            )
            processes.append(stack.enter_context(process))
            stack.callback(process.kill)
        assert list(ask("").values()) == [["ready"]] * 4
        # A few at a time, or the process that comes first takes all, with nobody to race it.
        for start in range(0, len(ids), 5):
            for process, won in ask(" ".join(ids[start : start + 5])).items():
                claimed.setdefault(process, []).extend(won)
            processes.append(processes.pop(0))
    assert sorted(itertools.chain.from_iterable(claimed.values()), key=int) == ids
    assert sum(map(bool, claimed.values())) > 1


def test_of_two_servers_one_handles_a_delivery_that_both_get(shared, tmp_path):
    name, _, variables = shared
    event = received()

    def start():
        return running(lambda port: documented(name), tmp_path, TITAN_WEBHOOK_SECRET=SECRET, **variables)

    with start() as one, start() as other:
        assert post(one.port, encoded(event), sign_webhook(b"", SECRET)) == 401
        assert [post(server.port, encoded(event)) for server in (one, other, one)] == [200, 200, 200]
        assert [server.output.count(event["id"]) for server in (one, other)] == [1, 0]


def test_redis_forgets_an_id_after_a_day(load, redis_url):
    with redis.Redis.from_url(redis_url) as database:
        database.flushall()
        load("seen_redis").RedisEvents(database).claim("evt_1")
        (key,) = database.keys()
        assert 24 * 3600 - 60 < database.ttl(key) <= 24 * 3600


@pytest.mark.parametrize("decode_responses", [False, True])
def test_id_is_claimed_even_where_the_answer_of_redis_gets_lost(load, redis_url, decode_responses):
    """The client repeats the command; the id, set by the first one, is still new."""
    lost = []
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(losing_an_answer(int(redis_url.rpartition(":")[2]), b"evt_lost", lost))
        database = redis.Redis(port=port, decode_responses=decode_responses, socket_timeout=10)
        stack.callback(database.close)
        database.flushall()
        store = load("seen_redis").RedisEvents(database)
        assert [store.claim("evt_lost"), store.claim("evt_lost")] == [True, False]
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
