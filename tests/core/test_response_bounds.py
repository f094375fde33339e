"""Bodies of responses are bounded, and a part is never taken for the whole."""

from __future__ import annotations

import contextlib
import functools
import gzip
import zlib

import httpx
import pytest

from tests.support.fake_server import API_KEY
from tests.support.interpreter import run_python
from tests.support.libraries import WAYS, name_of
from tests.support.loopback import Received, http, serving
from titan import APIConnectionError, APIResponseError, APIStatusError, TitanClient

pytestmark = pytest.mark.slow

LIST = b'{"data": [{"name": "s", "status": "CONNECTED"}]}'


# The time of compression would be in the ids of tests, which then differ between the workers of one run.
compress = functools.partial(gzip.compress, mtime=0)


def raw_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


@pytest.fixture(params=WAYS, ids=name_of)
def client_of(request):
    """Clients over connections of our own, and over those of each library."""
    with contextlib.ExitStack() as stack:

        def build(url, **options):
            http = None if request.param is None else stack.enter_context(request.param.Client())
            return stack.enter_context(TitanClient(url, API_KEY, http_client=http, **options))

        yield build


@contextlib.contextmanager
def answering(answer: bytes):
    def respond(request: Received) -> bytes:
        for _ in request.pieces():
            pass
        return answer

    with serving(respond) as running:
        yield running


def compressed(coding: str, body: bytes, status: int = 200) -> bytes:
    return http(status, body, {"Content-Encoding": coding, "Content-Type": "application/json"})


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", compress(LIST)),
        ("x-gzip", compress(LIST)),
        ("GZIP", compress(LIST)),
        ("deflate", zlib.compress(LIST)),
        ("deflate", raw_deflate(LIST)),
        ("gzip, deflate", zlib.compress(compress(LIST))),
        ("gzip, gzip", compress(compress(LIST))),
        ("identity", LIST),
        ("", LIST),
        ("gzip", compress(LIST[:20]) + compress(LIST[20:])),
        ("gzip", compress(LIST) + b"\0" * 100),
    ],
)
def test_compressed_bodies_are_read_in_every_usual_form(client_of, coding, body):
    with answering(compressed(coding, body)) as running:
        assert client_of(running.url).sessions.list()[0].name == "s"


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", compress(LIST)[:-4]),
        ("gzip", compress(LIST)[:-9]),
        ("gzip", compress(LIST)[:12]),
        ("gzip", compress(LIST) + compress(LIST)[:-4]),
        ("deflate", zlib.compress(LIST)[:-2]),
        ("deflate", raw_deflate(LIST)[:-3]),
        ("gzip, deflate", zlib.compress(compress(LIST)[:-4])),
        ("gzip", LIST),
        ("gzip", compress(LIST) + b"more"),
        ("deflate", b"\x00\x01\x02"),
        ("br", LIST),
        ("zstd", LIST),
        ("gzip, unknown", compress(LIST)),
    ],
)
def test_a_compressed_body_that_is_cut_or_strange_is_an_error(client_of, coding, body):
    with answering(compressed(coding, body)) as running:
        with pytest.raises(APIResponseError) as caught:
            client_of(running.url).messages.send("s", {"type": "text"})
        assert caught.value.maybe_processed is True
        assert len(running.requests) == 1


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_the_status_of_an_error_outlives_a_body_that_cannot_be_decompressed(client_of, coding):
    with answering(compressed(coding, b"nonsense", 404)) as running, pytest.raises(APIStatusError) as caught:
        client_of(running.url).sessions.get("s")
    assert caught.value.status_code == 404


@pytest.mark.parametrize("status", [200, 400, 500])
def test_a_body_of_bounded_size_may_be_this_large(client_of, status):
    text = "x" * 900_000
    body = b'{"error": "%s"}' % text.encode() if status != 200 else b'{"data": "%s"}' % text.encode()
    with answering(http(status, body)) as running:
        client = client_of(running.url, max_retries=0)
        if status == 200:
            assert client.request("GET", "/api/x") == text
        else:
            with pytest.raises(APIStatusError) as caught:
                client.request("GET", "/api/x")
            assert caught.value.body == body


@pytest.mark.parametrize("status", [400, 503])
def test_of_the_body_of_an_error_a_mebibyte_is_read(client_of, status):
    with answering(http(status, b"x" * 5_000_000)) as running, pytest.raises(APIStatusError) as caught:
        client_of(running.url, max_retries=0).sessions.list()
    assert caught.value.status_code == status
    assert caught.value.body == b"x" * 1024 * 1024


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.sessions.list(),
        lambda client: client.request("GET", "/api/x"),
        lambda client: client.messages.send("s", {"type": "text"}),
        lambda client: client.media.download("s", "m"),
        lambda client: client.sessions.delete("s"),
    ],
)
def test_a_body_over_the_limit_is_an_error(client_of, call):
    with answering(http(200, b'{"data": [%s]}' % (b" " * 10_000))) as running:
        with pytest.raises(APIResponseError, match="more than 10,000 bytes") as caught:
            call(client_of(running.url, max_response_bytes=10_000))
        assert caught.value.maybe_processed is True
        assert len(running.requests) == 1


def test_the_limit_of_responses_does_not_bound_downloads_to_a_file(client_of, tmp_path):
    with answering(http(200, b"x" * 100_000)) as running:
        client = client_of(running.url, max_response_bytes=10_000)
        with pytest.raises(APIResponseError, match="download_to takes files of any size"):
            client.media.download("s", "m")
        assert client.media.download_to("s", "m", tmp_path / "file") == 100_000


@pytest.mark.parametrize("given", [0, -1, "10", 1.5, None, True])
def test_a_limit_that_cannot_be_one_is_refused(given):
    with pytest.raises((ValueError, TypeError), match="max_response_bytes"):
        TitanClient("https://api.example.com", API_KEY, max_response_bytes=given)


MEMORY = """
import resource, sys
from titan import TitanClient, TitanError

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

client = TitanClient(sys.argv[1], "titan_key", max_retries=0)
try:
    client.sessions.get("warm-up")
except TitanError:
    pass
before = peak()
for _ in range(3):
    try:
        client.sessions.get("s")
    except TitanError as error:
        print(type(error).__name__)
    else:
        raise AssertionError
grown = peak() - before
assert grown < float(sys.argv[2]), f"{grown:.1f} MiB"
"""


def bomb(size: int) -> bytes:
    compressor = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    block = bytes(1024 * 1024)
    return b"".join(compressor.compress(block) for _ in range(size // len(block))) + compressor.flush()


@pytest.mark.parametrize("status", [400, 503])
def test_a_bomb_in_an_error_costs_a_few_mebibytes(status):
    with answering(compressed("gzip", bomb(512 * 1024 * 1024), status)) as running:
        run_python(MEMORY, running.url, "8")


def test_a_bomb_in_a_result_costs_what_the_limit_allows():
    with answering(compressed("gzip", bomb(512 * 1024 * 1024))) as running:
        # What is kept until the limit is reached; zeros are no JSON, so nothing is parsed.
        run_python(MEMORY, running.url, "80")


def endless(head: bytes):
    def answer(request: Received) -> None:
        for _ in request.pieces():
            pass
        if "warm-up" in request.target:
            request.connection.sendall(http(404))
            return
        request.connection.sendall(head)
        while True:
            request.connection.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")

    return answer


@pytest.mark.parametrize(("status", "mebibytes"), [(b"400 Bad", "8"), (b"500 Oops", "8"), (b"200 OK", "80")])
def test_an_endless_body_ends_at_the_limit(status, mebibytes):
    head = b"HTTP/1.1 " + status + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
    with serving(endless(head)) as running:
        run_python(MEMORY, running.url, mebibytes)


# A part for the whole


@pytest.mark.parametrize("status", [202, 206])
@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.messages.send("s", {"type": "text"}),
        lambda client: client.sessions.get("s"),
        lambda client: client.sessions.delete("s"),
        lambda client: client.media.download("s", "m"),
    ],
    ids=["send", "get", "delete", "download"],
)
def test_a_success_that_was_not_asked_for_is_an_error(client_of, status, call):
    body = b'{"data": {"correlationId": "c", "id": "1", "name": "s"}}'
    with answering(http(status, body, {"Content-Type": "application/json"})) as running:
        with pytest.raises(APIResponseError) as caught:
            call(client_of(running.url))
        assert caught.value.status_code == status
        assert caught.value.body == body
        assert caught.value.maybe_processed is True
        assert len(running.requests) == 1


def test_a_202_answers_what_was_submitted(client_of):
    with answering(http(202, b'{"data": {"correlationId": "c"}}')) as running:
        client = client_of(running.url)
        assert client.submit(client.messages.send, "s", {"type": "text"}).correlation_id == "c"


@pytest.mark.parametrize("status", [200, 201, 203])
def test_other_successes_are_results(client_of, status):
    with answering(http(status, LIST)) as running:
        assert client_of(running.url).sessions.list()[0].name == "s"


def test_a_request_of_the_users_own_takes_every_success(client_of):
    for status in (200, 202, 206):
        with answering(http(status, b'{"data": {"x": 1}}')) as running:
            assert client_of(running.url).request("POST", "/api/x") == {"x": 1}


ERROR = b'{"error": "no such file"}'


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (200, {"Content-Type": "text/html"}, b"<html>Log in</html>"),
        (200, {"Content-Type": "text/html; charset=utf-8"}, b""),
        (200, {"Content-Type": "application/xhtml+xml"}, b"<html/>"),
        (200, {"Content-Type": "application/json"}, ERROR),
        (200, {"Content-Type": "application/problem+json"}, ERROR),
        (200, {"Content-Type": "application/json"}, b'{"success": false}'),
        (204, {}, b""),
        (202, {}, b"picture"),
        (206, {"Content-Range": "bytes 0-6/100"}, b"picture"),
        (200, {"Content-Encoding": "gzip"}, compress(b"picture" * 100)[:-4]),
        (200, {"Content-Length": "100"}, b"picture"),
        (200, {"Content-Length": "", "Transfer-Encoding": "chunked"}, b"7\r\npicture\r\n"),
    ],
)
def test_what_is_not_the_whole_file_leaves_the_target_as_it_was(client_of, tmp_path, status, headers, body):
    head = {"Content-Length": str(len(body)), **headers}
    lines = [f"HTTP/1.1 {status} Status", *(f"{name}: {value}" for name, value in head.items() if value)]
    answer = "\r\n".join([*lines, "", ""]).encode() + body

    def respond(request: Received) -> None:
        for _ in request.pieces():
            pass
        request.connection.sendall(answer)

    target = tmp_path / "file"
    target.write_bytes(b"before")
    with serving(respond) as running:
        client = client_of(running.url, max_retries=0)
        for call in (
            lambda: client.media.download_to("s", "m", target),
            lambda: client.media.download("s", "m"),
        ):
            with pytest.raises((APIResponseError, APIConnectionError)) as caught:
                call()
            assert caught.value.maybe_processed is True
    assert target.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (
            {"Content-Type": "text/html", "Content-Disposition": "attachment"},
            b"<html>A page of theirs</html>",
        ),
        ({"Content-Type": "application/json"}, b'{"invoice": 1}'),
        ({"Content-Type": "application/json"}, b"[1, 2"),
        ({"Content-Type": "application/json"}, b'{"data": {"error": "theirs"}, "error": "theirs"}'),
        ({"Content-Type": "application/json"}, b'{"a": "' + b"x" * 200_000 + b'"}'),
        ({"Content-Type": "application/octet-stream"}, ERROR),
        ({}, b"<html>Without a type it is a file</html>"),
        ({"Content-Type": "image/png"}, b"\x89PNG" + bytes(100_000)),
        ({"Content-Type": "image/png"}, b""),
    ],
)
def test_files_of_every_type_come_as_they_are(client_of, tmp_path, headers, body):
    with answering(http(200, body, headers)) as running:
        client = client_of(running.url)
        assert client.media.download("s", "m") == body
        assert client.media.download_to("s", "m", tmp_path / "file") == len(body)
        assert (tmp_path / "file").read_bytes() == body
        for request in running.requests:
            assert request.headers["accept"] == "*/*"
            assert request.headers["accept-encoding"] == "identity"


def test_a_qr_code_as_a_picture_is_asked_for_as_one(client_of):
    def answer(request: Received) -> bytes:
        if "format=image" in request.target:
            return http(200, b"\x89PNG", {"Content-Type": "image/png"})
        return http(200, b'{"data": {"qr": "2@x"}}')

    with serving(answer) as running:
        assert client_of(running.url).pairing.qr_png("s") == b"\x89PNG"
        assert running.requests[-1].headers["accept"] == "image/png"


def test_a_response_that_a_hook_has_read_is_bounded_as_well():
    hooks = {"response": [lambda response: response.read()]}
    with (
        answering(compressed("gzip", compress(LIST))) as running,
        httpx.Client(event_hooks=hooks) as own,
    ):
        client = TitanClient(running.url, API_KEY, http_client=own)
        assert client.sessions.list()[0].name == "s"
        small = TitanClient(running.url, API_KEY, http_client=own, max_response_bytes=10)
        with pytest.raises(APIResponseError, match="more than 10 bytes"):
            small.sessions.list()
