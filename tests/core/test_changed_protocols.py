"""Connections on which a request asked for another protocol: the user then speaks it unhindered."""

from __future__ import annotations

import contextlib
import time

import httpx
import pytest

from tests.support.fake_server import API_KEY
from tests.support.loopback import http, http_json, listening, serving
from titan import DeadlineTransport, TitanClient

pytestmark = pytest.mark.slow

UPGRADE = {"Upgrade": "echo", "Connection": "Upgrade"}
SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n"
ANSWERS = {
    "101": ("GET", UPGRADE, [SWITCH]),
    "lower case": ("GET", {"upgrade": "echo", "connection": "upgrade"}, [SWITCH]),
    "POST": ("POST", UPGRADE, [SWITCH]),
    "in pieces": ("GET", UPGRADE, [SWITCH[:10], SWITCH[10:11], SWITCH[11:40], SWITCH[40:]]),
    "a hint before it": ("GET", UPGRADE, [b"HTTP/1.1 103 Early Hints\r\n\r\n" + SWITCH]),
    "CONNECT": ("CONNECT", {}, [b"HTTP/1.1 200 OK\r\n\r\n"]),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_each_byte_goes_out_and_comes_in_at_once(case):
    method, headers, pieces = ANSWERS[case]

    def echo(connection, over):
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(65536)
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(0.01)
        while data := connection.recv(65536):
            connection.sendall(data)

    with (
        listening(echo) as address,
        httpx.Client(transport=DeadlineTransport()) as client,
        client.stream(method, f"http://{address}/", headers=headers) as response,
    ):
        stream = response.extensions["network_stream"]
        # Nothing is read between the first two, and the answer to the first waits by then.
        for sent in (b"a", b"GET / HTTP/1.1\r\n\r\n"):
            stream.write(sent, timeout=2)
            time.sleep(0.02)
        assert read(stream, 19) == b"aGET / HTTP/1.1\r\n\r\n"
        for sent in (b"b", http_json({"data": 1}), b"x" * 50_000):
            stream.write(sent, timeout=2)
            assert read(stream, len(sent)) == sent


def read(stream, size: int) -> bytes:
    received = b""
    while len(received) < size:
        data = stream.read(65536, timeout=2)
        assert data, f"it ended after {received!r}"
        received += data
    return received


@pytest.mark.parametrize("behind", [b"", b"H", http_json({"data": {"id": "stray"}})])
@pytest.mark.parametrize("status", [200, 400, 426])
def test_where_the_server_keeps_to_its_protocol_the_next_request_has_another_connection(status, behind):
    own = http_json({"data": {"id": "own"}})

    def refuse(request):
        return http(status, b"{}") + behind if "upgrade" in request.headers else own

    with serving(refuse) as running, TitanClient(running.url, API_KEY, max_retries=0) as client:
        asking = client.with_options(headers=UPGRADE)
        for _ in range(3):
            with contextlib.suppress(Exception):
                asking.request("GET", "/api/x")
            assert client.request("GET", "/api/x") == {"id": "own"}
