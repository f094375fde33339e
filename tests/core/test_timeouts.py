"""How long a call may take: what httpx is told, and what a server that drips its answer can do about it."""

from __future__ import annotations

import io

import httpx
import pytest

from tests.support.fake_server import FakeServer, json_response
from tests.support.loopback import listening, say_nothing
from titan import APITimeoutError, ServiceUnavailableError, TitanClient

IMAGE = {"chatId": "1@g.us", "type": "image"}

CALLS = {
    "get": lambda client: client.sessions.get("s"),
    "send text": lambda client: client.messages.send("s", {"chatId": "1@g.us", "type": "text", "text": "x"}),
    "send base64": lambda client: client.messages.send("s", {**IMAGE, "base64": "AA=="}),
    "request": lambda client: client.request("GET", "/api/x"),
    "media.get": lambda client: client.media.get("s", "m"),
    "send url": lambda client: client.messages.send("s", {**IMAGE, "url": "https://example.com/a.png"}),
    "submit url": lambda client: client.submit(
        client.messages.send, "s", {**IMAGE, "url": "https://example.com/a.png"}
    ),
    "send_file": lambda client: client.messages.send_file("s", "1@g.us", io.BytesIO(b"x")),
    "download": lambda client: client.media.download("s", "m"),
    "download_to": lambda client: client.media.download_to("s", "m", io.BytesIO()),
}
LONG = {"send url", "submit url", "send_file", "download", "download_to"}


def timeout_of(connect, call, **options):
    server = FakeServer(json_response({"data": {"id": "m"}}))
    call(connect(server, **options))
    return dict(server.request.extensions["timeout"])


def seconds(connect=5.0, **others):
    return {"connect": connect, **others}


@pytest.mark.parametrize("name", CALLS)
def test_default_is_30_seconds_and_300_for_media(connect, name):
    expected = 300.0 if name in LONG else 30.0
    assert timeout_of(connect, CALLS[name]) == seconds(read=expected, write=expected, pool=expected)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("given", [0.5, 60, 1000])
def test_a_number_sets_all_but_connect_for_every_call(connect, name, given):
    assert timeout_of(connect, CALLS[name], timeout=given) == seconds(read=given, write=given, pool=given)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    "given", [httpx.Timeout(9), httpx.Timeout(9, connect=1, pool=None), httpx.Timeout(None)]
)
def test_httpx_timeout_is_taken_as_it_is(connect, name, given):
    assert timeout_of(connect, CALLS[name], timeout=given) == given.as_dict()


@pytest.mark.parametrize("name", CALLS)
def test_copy_has_its_own_timeout_and_none_brings_back_the_default(connect, name):
    server = FakeServer(json_response({"data": {"id": "m"}}))
    client = connect(server, timeout=99)
    for given in (7, None, 8):
        CALLS[name](client.with_options(timeout=given))
    CALLS[name](client)
    default = 300 if name in LONG else 30
    assert [request.extensions["timeout"]["read"] for request in server.requests] == [7, default, 8, 99]


def test_timeout_of_http_client_is_not_used():
    server = FakeServer(json_response([]))
    with httpx.Client(transport=httpx.MockTransport(server), timeout=1) as http:
        TitanClient("https://api.example.com", "key", http_client=http).sessions.list()
    assert server.request.extensions["timeout"]["read"] == 30


def test_total_timeout_shortens_each_timeout_to_the_time_left(connect, clock):
    left = []

    def handler(request):
        timeout = request.extensions["timeout"]
        left.append({name: timeout.get(name) for name in ("connect", "read", "write", "pool")})
        clock.now += 6
        return httpx.Response(503)

    with pytest.raises(ServiceUnavailableError):
        connect(handler, total_timeout=20, timeout=httpx.Timeout(10, pool=None)).sessions.list()
    # 0.5 and 1 s are slept in between.
    assert left == [
        {"connect": 10, "read": 10, "write": 10, "pool": 20},
        {"connect": 10, "read": 10, "write": 10, "pool": 13.5},
        {"connect": 6.5, "read": 6.5, "write": 6.5, "pool": 6.5},
    ]


def test_total_timeout_ends_a_slow_upload(connect, clock):
    class Slow(io.BytesIO):
        def read(self, size=-1):
            clock.now += 1
            return super().read(size)

    with pytest.raises(APITimeoutError, match="total_timeout is over") as caught:
        connect(FakeServer(json_response({})), total_timeout=5).messages.send_file(
            "s", "1@g.us", Slow(b"x" * 1_000_000)
        )
    assert caught.value.maybe_processed is True


def test_target_of_a_download_that_took_too_long_gets_nothing(connect, clock, tmp_path):
    def body():
        for _ in range(10):
            clock.now += 1
            yield b"x"

    target = tmp_path / "file"
    with pytest.raises(APITimeoutError, match="total_timeout is over"):
        connect(lambda request: httpx.Response(200, content=body()), total_timeout=5).media.download_to(
            "s", "m", target
        )
    assert list(tmp_path.iterdir()) == []


# Over real sockets


def test_read_timeout_over_a_real_socket():
    with listening(say_nothing) as host:
        client = TitanClient(f"http://{host}", "key", timeout=0.1, max_retries=0)
        with client, pytest.raises(APITimeoutError, match="ReadTimeout") as caught:
            client.sessions.list()
    assert caught.value.maybe_processed is True
