"""Connections that a server ends without a word: the request that meets one goes over another."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading

import httpx
import pytest

from tests.support.fake_server import API_KEY
from tests.support.loopback import Loopback, Received, http_json, serving
from tests.support.socks import Socks
from tests.support.tls import SecureLoopback
from titan import APIConnectionError, DeadlineTransport, TitanClient
from titan._http.connections import transport
from titan._http.connections.sockets import StaleConnectionError, Stream

pytestmark = pytest.mark.slow

SEND = {"type": "text", "text": "Hello"}


def answer_and_end(request: Received) -> None:
    body = b"".join(request.pieces())
    request.connection.sendall(http_json({"data": {"id": body.decode()}}))


class Tunnels(Socks):
    """An HTTP proxy that opens tunnels to one server."""

    scheme = "http"

    def open_tunnel(self, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")


WAYS = {
    "direct": (Loopback, None),
    "TLS": (SecureLoopback, None),
    "HTTP proxy": (Loopback, "itself"),
    "HTTP proxy and TLS": (SecureLoopback, Tunnels),
    "SOCKS": (Loopback, Socks),
    "SOCKS and TLS": (SecureLoopback, Socks),
}


@pytest.mark.parametrize("most", [1, 2])
@pytest.mark.parametrize("way", WAYS)
def test_connections_that_ended_take_no_place_in_the_pool(way, most, certificate):
    kind, proxy_kind = WAYS[way]
    if proxy_kind is Socks:
        pytest.importorskip("socksio")
    with contextlib.ExitStack() as stack:
        running = kind(answer_and_end, *([certificate] if kind is SecureLoopback else []))
        stack.callback(running.close)
        address = running.url if proxy_kind == "itself" else None
        proxy = None
        if isinstance(proxy_kind, type):
            proxy = stack.enter_context(contextlib.closing(proxy_kind(running.url)))
            proxy.start()
            address = proxy.url
        ours = DeadlineTransport(
            verify=ssl.create_default_context(cafile=certificate[0]),
            proxy=address,
            limits=httpx.Limits(max_connections=most),
        )
        client = stack.enter_context(httpx.Client(transport=ours, timeout=2))
        for number in range(6):
            answer = client.post(running.url, content=b"%d" % number)
            assert answer.json() == {"data": {"id": str(number)}}
            running.wait_until_all_are_closed()
            if proxy is not None:
                proxy.wait_until_all_have_ended()
        assert len(set(running.client_ports)) == len(running.requests) == 6


def test_a_client_outlives_more_ended_connections_than_its_pool_has_places():
    with serving(answer_and_end) as running, TitanClient(running.url, API_KEY, total_timeout=5) as client:
        for _ in range(110):
            client.request("GET", "/api/x")
            running.wait_until_all_are_closed()


@pytest.mark.parametrize("is_own", [True, False])
def test_a_pool_with_nothing_but_ended_connections_gives_up(monkeypatch, is_own):
    refused = []

    def refuse(stream, buffer, timeout=None):
        refused.append(stream)
        raise StaleConnectionError

    monkeypatch.setattr(transport, "_MOST_STALE", 5)
    monkeypatch.setattr(Stream, "write", refuse)
    with contextlib.ExitStack() as stack:
        running = stack.enter_context(serving(answer_and_end))
        own = None if is_own else stack.enter_context(httpx.Client(transport=DeadlineTransport()))
        client = stack.enter_context(TitanClient(running.url, API_KEY, max_retries=0, http_client=own))
        with pytest.raises(APIConnectionError, match="ended each connection"):
            client.messages.send("s", SEND)
        assert len(set(refused)) == len(refused) == 5
        assert running.requests == []


class Vanishing:
    """Answers one request, and then is gone: its connection has ended, and its port takes no other."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        connection, _ = self.listener.accept()
        self.listener.close()
        with connection:
            connection.recv(65536)
            connection.sendall(http_json({"data": {"id": "1"}}))


@pytest.mark.parametrize("is_own", [True, False])
@pytest.mark.parametrize(
    "send",
    [
        lambda client: client.messages.send("s", SEND),
        lambda client: client.groups.create("s", {"name": "x", "participants": []}),
        lambda client: client.request("POST", "/api/any"),
        lambda client: client.request("PATCH", "/api/any", json={"text": "x" * 100_000}),
    ],
    ids=["send", "create", "POST", "long PATCH"],
)
def test_a_request_that_met_an_ended_connection_and_no_other_was_not_processed(is_own, send):
    server = Vanishing()
    with contextlib.ExitStack() as stack:
        own = None if is_own else stack.enter_context(httpx.Client(transport=DeadlineTransport()))
        client = stack.enter_context(TitanClient(server.url, API_KEY, max_retries=0, http_client=own))
        client.request("GET", "/api/first")
        server.thread.join(10)
        with pytest.raises(APIConnectionError, match="ConnectError") as caught:
            send(client)
    assert caught.value.maybe_processed is False
