"""httpx2, the successor of httpx: as the user's client, its Timeout, and in place of httpx itself."""

from __future__ import annotations

import base64
import io
import time

import pytest

from tests.support.fake_server import API_KEY
from tests.support.interpreter import run_script
from tests.support.libraries import needs_httpx2
from tests.support.loopback import Received, echo, http, http_json, serving
from titan import (
    APIConnectionError,
    APITimeoutError,
    NotFoundError,
    TitanClient,
    TitanError,
)

pytestmark = needs_httpx2
httpx2 = pytest.importorskip("httpx2", reason="NOT TESTED: httpx2 needs Python 3.11 or later")

NUMBER = "5511999998888"
JID = f"{NUMBER}@s.whatsapp.net"
PNG = b"\x89PNG" + bytes(100_000)


def answer(request: Received):
    """A Titan that has files, knows no session called `missing`, and hangs up on one called `cut`."""
    if request.target.endswith("/download"):
        return http(302, b"", {"Location": "/bucket/1"})
    if request.target == "/bucket/1":
        return http(200, PNG, {"Content-Type": "image/png"})
    if "missing" in request.target:
        return http_json({"error": "no such session"}, 404)
    if "cut" in request.target:
        return None
    if "slow" in request.target:
        request.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{")
        request.connection.recv(1)
        return None
    return echo(request)


@pytest.fixture
def titan():
    with serving(answer) as running:
        yield running


@pytest.fixture
def client(titan):
    with httpx2.Client() as given, TitanClient(titan.url, API_KEY, http_client=given, max_retries=0) as ours:
        yield ours


def test_calls_files_and_downloads_go_through_a_client_of_httpx2(client, titan):
    assert client.messages.send("s", {"chatId": JID, "type": "text", "text": "Hi"}).id == "Hi"
    received = []

    def keep(request: Received):
        received.append(request.json())
        return http_json({"data": {"id": "m"}}, 201)

    with serving(keep) as other, httpx2.Client() as given:
        theirs = TitanClient(other.url, API_KEY, http_client=given)
        theirs.messages.send_file("s", JID, io.BytesIO(PNG))
    assert base64.b64decode(received[0]["base64"]) == PNG
    assert client.media.download("s", "m") == PNG
    file = io.BytesIO()
    client.media.download_to("s", "m", file)
    assert file.getvalue() == PNG
    assert titan.requests[0].headers["authorization"] == f"Bearer {API_KEY}"


@pytest.mark.parametrize(
    ("session", "kind"), [("missing", NotFoundError), ("cut", APIConnectionError), ("slow", APITimeoutError)]
)
def test_failures_of_httpx2_are_errors_of_ours(client, session, kind):
    with pytest.raises(kind) as caught:
        client.with_options(timeout=httpx2.Timeout(0.3)).sessions.get(session)
    assert isinstance(caught.value, TitanError)


def test_a_refused_connection_and_a_closed_client_of_httpx2_are_errors_of_ours():
    given = httpx2.Client()
    client = TitanClient("http://127.0.0.1:1", API_KEY, http_client=given, max_retries=0)
    with pytest.raises(APIConnectionError, match="ConnectError") as caught:
        client.sessions.list()
    assert caught.value.maybe_processed is False
    given.close()
    with pytest.raises(TitanError, match="http_client of this client is closed"):
        client.sessions.list()


@pytest.mark.parametrize("reads_first", [False, True])
def test_a_hook_of_httpx2_that_raises_for_status_gives_the_error_of_the_status(titan, reads_first):
    def hook(response):
        if reads_first:
            response.read()
        response.raise_for_status()

    with httpx2.Client(event_hooks={"response": [hook]}) as given, pytest.raises(NotFoundError) as caught:
        TitanClient(titan.url, API_KEY, http_client=given).sessions.get("missing")
    assert caught.value.status_code == 404


def test_a_timeout_of_httpx2_is_taken_as_it_is(connect):
    timeouts = []

    def keep(request):
        timeouts.append(dict(request.extensions["timeout"]))
        return json_list()

    def json_list():
        import httpx

        return httpx.Response(200, json={"data": []})

    connect(keep, timeout=httpx2.Timeout(7, connect=3, pool=None)).sessions.list()
    assert timeouts == [{"connect": 3, "read": 7, "write": 7, "pool": None}]


def test_total_timeout_bounds_a_call_on_a_client_of_httpx2(client):
    start = time.monotonic()
    with pytest.raises(APITimeoutError, match="total_timeout"):
        client.with_options(total_timeout=0.3).sessions.get("slow")
    assert time.monotonic() - start < 2


class AsyncLibraryClient:
    """Stands for clients of other libraries."""


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (httpx2.AsyncClient, "httpx2.AsyncClient"),
        (AsyncLibraryClient, f"{__name__}.AsyncLibraryClient"),
        (dict, "builtins.dict"),
    ],
)
def test_what_is_no_client_is_refused_with_its_module(given, named):
    with pytest.raises(TypeError, match=r"must be an httpx\.Client, not ") as caught:
        TitanClient("https://api.example.com", API_KEY, http_client=given())
    assert str(caught.value).endswith(f" {named}")


ALIASED = """
import io, json, sys, time
import httpx2
httpx2.alias_httpx()

import titan
from titan import TitanClient
from titan._http.connections.transport import DeadlineTransport
import httpx, httpcore
assert httpx is httpx2 and httpcore.__name__ == "httpcore2"
assert issubclass(DeadlineTransport, httpx2.HTTPTransport)

def outcome(call):
    start = time.monotonic()
    try:
        result = call()
    except titan.TitanError as error:
        result = [type(error).__name__, error.maybe_processed]
    assert time.monotonic() - start < 2
    print(json.dumps(result))

url, jid = sys.argv[1:]
for given in (None, httpx2.Client(), httpx2.Client(transport=DeadlineTransport())):
    client = TitanClient(url, "titan_key", max_retries=0, http_client=given)
    outcome(lambda: client.messages.send("s", {"chatId": jid, "type": "text", "text": "Hi"}).id)
    outcome(lambda: client.messages.send_file("s", jid, io.BytesIO(bytes(200_000)), filename="a.bin").session)
    outcome(lambda: len(client.media.download("s", "m")))
    file = io.BytesIO()
    client.media.download_to("s", "m", file)
    outcome(lambda: len(file.getvalue()))
    outcome(lambda: client.sessions.get("missing"))
    outcome(lambda: client.sessions.get("cut"))
    outcome(lambda: client.with_options(timeout=httpx2.Timeout(0.3)).sessions.get("slow"))
    outcome(lambda: client.with_options(total_timeout=0.3).sessions.get("slow"))
    client.close()
    outcome(lambda: client.sessions.list())
    if given is not None:
        given.close()
"""
OUTCOMES = [
    *("Hi", "s", len(PNG), len(PNG)),
    ["NotFoundError", False],
    *(["APIConnectionError", True], ["APITimeoutError", True], ["APITimeoutError", True]),
    ["TitanError", False],
]


def test_all_works_where_httpx2_stands_in_for_httpx(titan):
    assert run_script(ALIASED, titan.url, JID) == OUTCOMES * 3


def test_own_connections_of_an_aliased_process_keep_to_the_deadline(titan):
    dribbling = """
import httpx2
httpx2.alias_httpx()
import json, sys, time, titan
with titan.TitanClient(sys.argv[1], "titan_key", max_retries=0, total_timeout=0.5) as client:
    client.with_options(total_timeout=30).sessions.get("s")  # which loads what the first call loads
    start = time.monotonic()
    try:
        client.sessions.list()
    except titan.APITimeoutError:
        print(json.dumps(time.monotonic() - start))
"""

    def dribble(request: Received):
        if request.target.endswith("/s"):
            return echo(request)
        for letter in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 200:
            request.connection.sendall(bytes([letter]))
            time.sleep(0.1)
        return None

    with serving(dribble) as slow:
        (seconds,) = run_script(dribbling, slow.url)
    assert 0.4 < seconds < 0.9
