"""Connections: built late and once, kept open, and never a reason to send something twice."""

from __future__ import annotations

import contextlib
import time

import certifi
import httpx
import pytest

from tests.support.environment import forget_proxies
from tests.support.fake_server import API_KEY
from tests.support.interpreter import run_python
from tests.support.loopback import Received, http, http_json, serving
from titan import (
    APIConnectionError,
    NotFoundError,
    TitanClient,
    TitanError,
)


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    forget_proxies(monkeypatch)


@pytest.fixture
def server():
    """Starts servers on loopback, and clients of them; all of them end with the test."""
    with contextlib.ExitStack() as stack:

        def start(answer, **options):
            running = stack.enter_context(serving(answer))
            client = stack.enter_context(TitanClient(running.url, API_KEY, **options))
            return running, client

        yield start


def answer_all(request: Received) -> bytes:
    for _ in request.pieces():
        pass
    return http_json({"data": [] if request.method == "GET" else {"id": "1"}})


# --- built late and once

CERTIFICATES = """
import ssl, sys

loads = []
load = ssl.SSLContext.load_verify_locations
def counting(self, *args, **kwargs):
    loads.append(1)
    return load(self, *args, **kwargs)
ssl.SSLContext.load_verify_locations = counting
ssl.SSLContext.load_default_certs = lambda self, purpose=None: loads.append(1)

from titan import TitanClient
first = TitanClient(sys.argv[1], "titan_key")
second = TitanClient(sys.argv[1], "titan_key")
other = first.with_options(timeout=3)
assert len(loads) == 0, loads
first.sessions.list()
assert len(loads) == 1, loads
second.sessions.list()
other.sessions.list()
first.close()
with TitanClient(sys.argv[1], "titan_key") as third:
    third.sessions.list()
assert len(loads) == 1, loads
second.close()
"""


def test_certificates_are_loaded_once_a_process_and_not_before_the_first_request(server):
    running, _ = server(answer_all)
    run_python(CERTIFICATES, running.url)
    assert len(set(running.client_ports)) == 3


def fastest(work, times: int = 5) -> float:
    durations = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        durations.append(time.perf_counter() - start)
    return min(durations)


def test_a_second_client_costs_a_tenth_of_one_of_httpx(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())
    TitanClient("https://api.example.com", API_KEY).close()
    ours = fastest(lambda: TitanClient("https://api.example.com", API_KEY).close())
    assert ours <= 0.10 * fastest(lambda: httpx.Client().close())


def test_making_a_client_connects_to_nothing(server):
    running, client = server(answer_all)
    client.with_options(max_retries=0)
    client.close()
    assert running.connections == 0


def test_certificates_of_the_environment_that_cannot_be_read_are_a_configuration_error(server, tmp_path):
    running, _ = server(answer_all)
    broken = tmp_path / "certificates.pem"
    broken.write_text("no certificate")
    script = """
import sys
from titan import ConfigurationError, TitanClient
client = TitanClient(sys.argv[1], "titan_key")
try:
    client.sessions.list()
except ConfigurationError as error:
    assert "certificates" in str(error)
else:
    raise AssertionError
"""
    run_python(f"import os; os.environ['SSL_CERT_FILE'] = {str(broken)!r}\n{script}", running.url)


# --- kept open


def test_calls_one_after_the_other_use_one_connection(server):
    def answer(request: Received) -> bytes:
        for _ in request.pieces():
            pass
        if "missing" in request.target:
            return http_json({"error": "no"}, 404)
        if request.method == "DELETE":
            return http(204)
        return http(200, b"bytes") if "download" in request.target else answer_all(request)

    running, client = server(answer)
    other = client.with_options(timeout=3)
    for _ in range(2):
        client.sessions.list()
        client.messages.send("s", {"type": "text"})
        other.sessions.list()
        client.sessions.delete("s")
        client.media.download("s", "m")
        with pytest.raises(NotFoundError):
            client.sessions.get("missing")
    assert len(running.requests) == 12
    assert len(set(running.client_ports)) == 1


def test_closing_ends_the_connections_and_the_client(server):
    running, client = server(answer_all)
    client.sessions.list()
    client.close()
    running.wait_until_all_are_closed()
    with pytest.raises(TitanError, match="closed") as caught:
        client.sessions.list()
    assert caught.value.maybe_processed is False
    assert len(running.requests) == 1


def test_closing_leaves_the_connections_of_a_given_client_open(server):
    running, _ = server(answer_all)
    with httpx.Client() as own:
        for _ in range(2):
            with TitanClient(running.url, API_KEY, http_client=own) as client:
                client.sessions.list()
        assert not own.is_closed
    assert len(set(running.client_ports)) == 1


def test_a_client_closed_by_another_thread_before_the_request_is_sent_is_a_titan_error(server, clock):
    class ClosedInBetween(httpx.Client):
        def build_request(self, *args, **kwargs):
            self.close()
            return super().build_request(*args, **kwargs)

    running, _ = server(answer_all)
    client = TitanClient(running.url, API_KEY, http_client=ClosedInBetween())
    with pytest.raises(TitanError, match="http_client of this client is closed"):
        client.sessions.list()
    assert running.requests == []


# --- and never a reason to send something twice


def idle_connections_close(request: Received) -> None:
    """Promises to keep the connection open, and closes it."""
    for _ in request.pieces():
        pass
    value = [] if request.method == "GET" else {"id": "1"}
    request.connection.sendall(http_json({"data": value}, headers={"Connection": "keep-alive"}))


@pytest.mark.parametrize(
    "call",
    [lambda client: client.sessions.list(), lambda client: client.messages.send("s", {"type": "text"})],
    ids=["GET", "POST"],
)
def test_an_idle_connection_that_the_server_closed_is_replaced(server, clock, call):
    running, client = server(idle_connections_close)
    for _ in range(5):
        call(client)
        running.wait_until_all_are_closed()
    assert len(running.requests) == 5
    assert len(set(running.client_ports)) == 5
    assert clock.slept == []


def closing_at_second_request(times: int = 1):
    """Closes a connection that was used before when the next request has come in over it: it may be done."""
    left = [times]

    def answer(request: Received):
        for _ in request.pieces():
            pass
        if "first" not in request.target and left[0]:
            left[0] -= 1
            return None
        return http_json({"data": {"id": "1", "name": "s", "status": "CONNECTED"}})

    return answer


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.messages.send("s", {"type": "text"}),
        lambda client: client.groups.create("s", {"name": "x", "participants": []}),
        lambda client: client.request("POST", "/api/any", json={}),
        lambda client: client.request("PATCH", "/api/any", json={}),
    ],
    ids=["send", "create", "POST", "PATCH"],
)
def test_a_post_whose_connection_is_closed_without_an_answer_is_not_repeated(server, clock, call):
    running, client = server(closing_at_second_request())
    client.sessions.get("first")
    with pytest.raises(APIConnectionError) as caught:
        call(client)
    assert caught.value.maybe_processed is True
    assert len(running.requests) == 2
    assert len(set(running.client_ports)) == 1
    call(client)
    assert len(running.requests) == 3


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.sessions.get("s"),
        lambda client: client.messages.typing("s", {"chatId": "c", "state": "paused"}),
        lambda client: client.webhooks.update(1, {"enabled": True}),
        lambda client: client.sessions.delete("s"),
    ],
    ids=["GET", "POST that can be repeated", "PUT", "DELETE"],
)
def test_what_can_be_repeated_is_repeated_on_a_new_connection(server, clock, call):
    running, client = server(closing_at_second_request(2))
    client.sessions.get("first")
    call(client)
    assert len(running.requests) == 4
    assert len(set(running.client_ports)) == 3
    assert clock.slept == [0.5, 1.0]


def test_a_refused_connection_is_tried_again_for_any_operation(server, clock):
    running, client = server(answer_all)
    running.close()
    with pytest.raises(APIConnectionError) as caught:
        client.messages.send("s", {"type": "text"})
    assert caught.value.maybe_processed is False
    assert clock.slept == [0.5, 1.0]
