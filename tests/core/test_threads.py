"""Many threads share a client, from its first use to its end."""

from __future__ import annotations

import gc
import io
import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.fake_server import API_KEY, BASE_URL, json_response
from tests.support.interpreter import run_script
from tests.support.loopback import Received, http, http_json, serving
from titan import TitanClient, TitanError
from titan._http.connections import own

THREADS = 32


def in_threads(work, count: int = THREADS) -> None:
    """Run `work(number)` in so many threads at once, and raise what one of them raised."""
    barrier, failures = threading.Barrier(count), []

    def run(number):
        barrier.wait(30)
        try:
            work(number)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    if failures:
        raise failures[0]


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


def test_copies_with_their_own_settings_do_not_mix_them_up(echoing):
    with TitanClient(echoing.url, API_KEY) as client:

        def work(number):
            other = client.with_options(headers={"X-Thread": str(number)})
            for _ in range(5):
                other.sessions.get(f"s{number}")

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

threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(THREADS)]
for thread in threads: thread.start()
for thread in threads: thread.join(60)
failures += [thread.name for thread in threads if thread.is_alive()]
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
                threading.Thread(target=use, args=(client, number, in_use, failures), daemon=True)
                for number in range(12)
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


def test_threads_share_a_client_and_each_gets_its_own_answer(connect):
    def handler(request):
        return json_response({"data": {"name": request.url.path.rpartition("/")[2], "status": "CONNECTED"}})

    client = connect(handler)
    barrier = threading.Barrier(32)

    def use(number):
        barrier.wait()
        name = f"session-{number}"
        return [client.sessions.get(name).name == name for _ in range(20)]

    with ThreadPoolExecutor(32) as threads:
        results = list(threads.map(use, range(32)))
    assert all(all(result) for result in results)


def test_first_use_from_many_threads_builds_one_pool(monkeypatch, server):
    pools = []

    def new_pool(certificates, proxy):
        pools.append(httpx.MockTransport(server))
        return pools[-1]

    monkeypatch.setattr(own, "new_pool", new_pool)
    client = TitanClient(BASE_URL, API_KEY)
    barrier = threading.Barrier(32)

    def use(_):
        barrier.wait()
        return client.sessions.list()

    with client, ThreadPoolExecutor(32) as threads:
        assert list(threads.map(use, range(32))) == [[]] * 32
    assert len(pools) == 1
