"""Idle connections are dropped before the server ends them, and a loss names the one that was idle."""

from __future__ import annotations

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.fake_server import API_KEY
from tests.support.loopback import Received, http_json, serving
from titan import APIConnectionError, TitanClient
from titan._http.connections import sockets
from titan._http.connections.transport import LONGEST_IDLE, DeadlineTransport

pytestmark = pytest.mark.slow

SEND = {"type": "text"}


class Clock:
    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


@pytest.fixture
def idle_clock(monkeypatch):
    """The clock of the sockets, which a test can move."""
    clock = Clock()
    monkeypatch.setattr(sockets, "now", clock)
    return clock


def answering(headers=None):
    def answer(request: Received) -> bytes:
        for _ in request.pieces():
            pass
        return http_json({"data": {"id": "1"}}, headers=headers)

    return serving(answer)


@pytest.mark.parametrize(("seconds", "connections"), [(0.0, 1), (3.8, 1), (4.1, 2), (60.0, 2)])
def test_a_connection_is_used_again_within_four_seconds(idle_clock, seconds, connections):
    with answering() as running, TitanClient(running.url, API_KEY) as client:
        client.messages.send("s", SEND)
        idle_clock.ahead += seconds
        client.messages.send("s", SEND)
        assert len(set(running.client_ports)) == connections
    assert LONGEST_IDLE == 4.0


@pytest.mark.parametrize(
    ("announced", "seconds", "connections"),
    [
        ("timeout=3", 1.9, 1),
        ("timeout=3", 2.1, 2),
        ("timeout=2, max=100", 1.1, 2),
        ("max=100, timeout=2", 0.5, 1),
        ("Timeout = 2", 1.1, 2),
        ("timeout=1", 0.1, 2),
        ("timeout=0", 0.0, 2),
        ("timeout=600", 4.1, 2),
        ("timeout=600", 3.8, 1),
        ("timeout=", 3.8, 1),
        ("nonsense", 3.8, 1),
        ("timeout=99999999999999999999", 3.8, 1),
    ],
)
def test_a_connection_is_left_a_second_before_the_server_announced_to_end_it(
    idle_clock, announced, seconds, connections
):
    with answering({"Keep-Alive": announced}) as running, TitanClient(running.url, API_KEY) as client:
        client.messages.send("s", SEND)
        idle_clock.ahead += seconds
        client.messages.send("s", SEND)
        assert len(set(running.client_ports)) == connections


def test_frozen_time_does_not_keep_an_idle_connection():
    freezegun = pytest.importorskip("freezegun")
    with answering() as running, TitanClient(running.url, API_KEY) as client:
        client.messages.send("s", SEND)
        with freezegun.freeze_time("2020-01-01"):
            client.messages.send("s", SEND)
            time.sleep(LONGEST_IDLE + 0.1)
            client.messages.send("s", SEND)
    assert running.client_ports[1] != running.client_ports[2]


def test_the_connections_of_our_transport_in_another_client_have_the_limits_given(idle_clock):
    import httpx

    limits = httpx.Limits(keepalive_expiry=1.0)
    with answering() as running, httpx.Client(transport=DeadlineTransport(limits=limits)) as own:
        for ahead in (0.0, 0.5, 1.5):
            idle_clock.ahead += ahead
            own.get(running.url)
    assert len(set(running.client_ports)) == 2


class ClosesAtTheNextRequest:
    """Answers the first request on a connection, and ends it unanswered at the next."""

    def __init__(self) -> None:
        self.seen: set = set()

    def __call__(self, request: Received):
        for _ in request.pieces():
            pass
        if request.client_port in self.seen:
            return None
        self.seen.add(request.client_port)
        return http_json({"data": {"id": "1"}})


def test_a_send_that_meets_the_end_of_an_idle_connection_says_so(idle_clock):
    with serving(ClosesAtTheNextRequest()) as running, TitanClient(running.url, API_KEY) as client:
        client.messages.send("s", SEND)
        idle_clock.ahead += 3.5
        with pytest.raises(APIConnectionError, match=r"had been idle for 3\.\d s") as caught:
            client.messages.send("s", SEND)
        assert caught.value.maybe_processed is True
        assert len(running.requests) == 2


def test_a_loss_on_a_connection_that_was_not_idle_says_nothing_of_it():
    with serving(ClosesAtTheNextRequest()) as running, TitanClient(running.url, API_KEY) as client:
        client.messages.send("s", SEND)
        with pytest.raises(APIConnectionError) as caught:
            client.messages.send("s", SEND)
    assert "idle" not in str(caught.value)


def test_a_loss_on_a_new_connection_says_nothing_of_it():
    with serving(lambda request: None) as running, TitanClient(running.url, API_KEY) as client:
        with pytest.raises(APIConnectionError) as caught:
            client.messages.send("s", SEND)
        assert "idle" not in str(caught.value)
        assert len(running.requests) == 1


def test_what_can_be_repeated_is_repeated_on_a_new_connection_after_an_idle_one_ended(idle_clock, clock):
    answer = ClosesAtTheNextRequest()
    with serving(answer) as running, TitanClient(running.url, API_KEY) as client:
        client.sessions.get("s")
        idle_clock.ahead += 3.5
        client.sessions.get("s")
    assert len(running.requests) == 3


def test_the_head_of_a_request_goes_out_with_its_body():
    pieces = []

    def answer(request: Received) -> bytes:
        # What has come by the time that the head is read: with a packet for each, the body comes later.
        request.connection.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            pieces.append(request._stream.peek())
        request.connection.setblocking(True)
        for _ in request.pieces():
            pass
        return http_json({"data": {"id": "1"}})

    with serving(answer) as running, TitanClient(running.url, API_KEY) as client:
        for _ in range(5):
            client.messages.send("s", {"type": "text", "text": "Hello"})
    assert [b"Hello" in piece for piece in pieces] == [True] * 5


THREADS = 8


def in_threads(work):
    """Do it in several threads at the same time, so that each needs a connection of its own."""
    together = threading.Barrier(THREADS)

    def begin(number):
        together.wait(10)
        return work(number)

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(begin, range(THREADS)))


def test_a_request_does_not_look_at_the_sockets_of_all_idle_connections(monkeypatch):
    looks = []
    look = sockets.Stream._is_readable
    monkeypatch.setattr(sockets.Stream, "_is_readable", lambda *args: looks.append(args) or look(*args))

    def answer_late(request: Received) -> bytes:
        time.sleep(0.02)
        return http_json({"data": {"id": "1"}})

    with serving(answer_late) as running, TitanClient(running.url, API_KEY) as client:
        in_threads(lambda _: client.messages.send("s", SEND))
        assert running.connections == THREADS
        looks.clear()
        client.messages.send("s", SEND)
        # At the one that it used.
        assert len(looks) == 1


@pytest.mark.parametrize("pause", [0.0, 0.05, 0.15])
def test_a_connection_that_ended_just_after_its_answer_costs_no_send(pause):
    received = []

    def answer_and_close(request: Received):
        received.append(request.json()["text"])
        # Nothing in it says that the connection ends.
        request.connection.sendall(http_json({"data": {"id": "1"}}))

    with serving(answer_and_close) as running, TitanClient(running.url, API_KEY) as client:
        for number in range(20):
            client.messages.send("s", {**SEND, "text": str(number)})
            # What is under way nobody can know of.
            running.wait_until_all_are_closed()
            time.sleep(pause)
    assert received == [*map(str, range(20))]
