"""`messages.send_file`: any file, byte for byte, in constant memory, and never a message twice."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import queue
import threading

import httpx
import pytest

from tests.support.fake_server import API_KEY, FakeServer, json_response
from tests.support.files import CHAT, CHUNK, MIB, SENT, OneWay, StopError, accept
from tests.support.interpreter import growth_of_peak_memory
from tests.support.loopback import Received, http_json
from titan import (
    APIConnectionError,
    APIStatusError,
    AuthenticationError,
    TitanClient,
    TitanError,
)

# --- over real sockets


class Digest:
    """Decodes the base64 in a body while it comes, and keeps nothing but its hash."""

    def __init__(self) -> None:
        self.fields: dict = {}
        self.size = 0
        self.sha256 = hashlib.sha256()
        self.end = b""

    def __call__(self, request: Received) -> bytes:
        self.__init__()
        head, rest = b"", b""
        for piece in request.pieces():
            if not self.fields:
                head += piece
                before, mark, rest = head.partition(b'"base64":"')
                if not mark:
                    continue
                self.fields = json.loads(before + b'"base64":""}')
            else:
                rest += piece
            coded, quote, tail = rest.partition(b'"')
            usable = len(coded) if quote else len(coded) // 4 * 4
            data = base64.b64decode(coded[:usable], validate=True)
            self.size += len(data)
            self.sha256.update(data)
            rest = b"" if quote else coded[usable:]
            self.end += quote + tail
        return http_json(SENT, 201)


SEND = """
from titan import TitanClient

def send(name):
    with TitanClient(sys.argv[1], "titan_key", timeout=100) as client:
        client.messages.send_file("s", "5511999999999@s.whatsapp.net", name)
"""


def test_50_mb_go_up_exactly_and_in_4_mib_of_memory(server, tmp_path, record_property):
    warm_up, large = tmp_path / "warm-up.bin", tmp_path / "large.bin"
    warm_up.write_bytes(b"x" * MIB)
    block, sha256 = os.urandom(MIB), hashlib.sha256()
    with large.open("wb") as file:
        for number in range(50):
            file.write(number.to_bytes(1, "big") + block)
            sha256.update(number.to_bytes(1, "big") + block)
    digest = Digest()
    running, _ = server(digest)
    growth = growth_of_peak_memory(
        SEND, "send(sys.argv[2])", "send(sys.argv[3])", running.url, str(warm_up), str(large)
    )
    assert digest.size == 50 * (MIB + 1)
    assert digest.sha256.digest() == sha256.digest()
    assert digest.fields == {
        "session": "s",
        "chatId": CHAT,
        "type": "file",
        "filename": "large.bin",
        "base64": "",
    }
    assert digest.end == b'"}'
    record_property("growth_of_peak_memory", growth)
    assert growth <= 4 * MIB


@pytest.mark.parametrize(
    "size", [0, 1, 2, 3, 4, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 2, 300_001]
)
@pytest.mark.parametrize("given", ["path", "stream", "one way"])
def test_the_bytes_of_a_file_arrive_in_valid_json_of_the_announced_length(server, tmp_path, size, given):
    data = os.urandom(size)
    path = tmp_path / "file.bin"
    path.write_bytes(data)
    bodies = []

    def keep(request: Received) -> bytes:
        bodies.append(b"".join(request.pieces()))
        return http_json(SENT, 201)

    running, client = server(keep)
    file = {"path": path, "stream": io.BytesIO(data), "one way": OneWay(data)}[given]
    message = client.messages.send_file("s", CHAT, file)
    # On the same connection, so that a wrong length would end in a broken second request.
    client.messages.send_file("s", CHAT, path)
    assert message.id == SENT["data"]["id"]
    assert len(set(running.client_ports)) == 1
    for request, body in zip(running.requests, bodies):
        assert request.headers["content-length"] == str(len(body))
        assert "transfer-encoding" not in request.headers
        assert request.headers["content-type"] == "application/json"
        assert base64.b64decode(json.loads(body)["base64"], validate=True) == data


@pytest.mark.parametrize("keeps_reading", [True, False], ids=["drains", "resets"])
@pytest.mark.parametrize(("status", "kind"), [(413, APIStatusError), (401, AuthenticationError)])
def test_a_refusal_before_the_body_is_over_is_reported_as_what_it_is(server, status, kind, keeps_reading):
    def refuse(request: Received) -> None:
        for _ in request.pieces(at_most=100_000):
            pass
        refusal = http_json({"error": "no"}, status, {"Connection": "close"})
        request.connection.sendall(refusal)
        if keeps_reading:
            for _ in request.pieces():
                pass

    running, client = server(refuse, timeout=10)
    with pytest.raises(TitanError) as caught:
        client.messages.send_file("s", CHAT, io.BytesIO(bytes(20_000_000)))
    error = caught.value
    # Where the server resets the connection, the network may lose the answer on its way.
    if not keeps_reading and not isinstance(error, APIStatusError):
        assert isinstance(error, APIConnectionError)
        assert error.maybe_processed is True
    else:
        assert isinstance(error, kind)
        assert (error.status_code, error.message, error.maybe_processed) == (status, "no", False)
    assert len(running.requests) == 1


def test_a_server_that_is_gone_while_the_body_is_sent_gets_it_once(server):
    def hang_up(request: Received) -> None:
        for _ in request.pieces(at_most=100_000):
            pass

    running, client = server(hang_up)
    with pytest.raises(APIConnectionError) as caught:
        client.messages.send_file("s", CHAT, io.BytesIO(bytes(20_000_000)))
    assert caught.value.maybe_processed is True
    assert len(running.requests) == 1


def test_a_rate_limit_before_the_body_is_over_is_waited_out(server, clock):
    data = os.urandom(1_000_000)
    bodies = []

    def limited_at_first(request: Received):
        if bodies:
            bodies.append(request.json())
            return http_json(SENT, 201)
        bodies.append(None)
        for _ in request.pieces(at_most=100_000):
            pass
        refusal = http_json({"error": "slow"}, 429, {"Retry-After": "7", "Connection": "close"})
        request.connection.sendall(refusal)
        for _ in request.pieces():
            pass
        return None

    _, client = server(limited_at_first)
    client.messages.send_file("s", CHAT, io.BytesIO(data))
    assert clock.slept == [7.0]
    assert base64.b64decode(bodies[1]["base64"]) == data


def test_a_failing_callback_frees_the_connection(server):
    running, _ = server(accept)
    limited = httpx.Client(limits=httpx.Limits(max_connections=1), timeout=5)
    one_connection = TitanClient(running.url, API_KEY, http_client=limited, timeout=5)

    def interrupt(done, total):
        raise StopError

    with limited:
        for _ in range(3):
            with pytest.raises(StopError):
                one_connection.messages.send_file("s", CHAT, io.BytesIO(bytes(200_000)), progress=interrupt)
        assert one_connection.messages.send_file("s", CHAT, io.BytesIO(b"x")).id == SENT["data"]["id"]


def test_a_file_that_becomes_shorter_while_it_is_sent_is_an_os_error_and_no_message(server, tmp_path):
    path = tmp_path / "log.bin"
    path.write_bytes(bytes(200_000))
    received: queue.Queue = queue.Queue()

    def keep(request: Received) -> bytes:
        received.put(sum(map(len, request.pieces())))
        return http_json(SENT, 201)

    running, client = server(keep)

    def shorten(done, total):
        os.truncate(path, 100_000)

    with pytest.raises(OSError, match="shorter"):
        client.messages.send_file("s", CHAT, path, progress=shorten)
    assert received.get(timeout=10) < int(running.requests[0].headers["content-length"])
    assert len(running.requests) == 1


def test_a_file_that_grows_while_it_is_sent_goes_as_long_as_it_was(server, tmp_path):
    path = tmp_path / "log.bin"
    path.write_bytes(b"a" * 100_000)

    def grow(done, total):
        with path.open("ab") as file:
            file.write(b"b" * 1000)

    digest = Digest()
    _, client = server(digest)
    client.messages.send_file("s", CHAT, path, progress=grow)
    assert digest.sha256.digest() == hashlib.sha256(b"a" * 100_000).digest()


def test_a_pipe_is_sent(server):
    data = os.urandom(3 * MIB)
    digest = Digest()
    _, client = server(digest)
    read_end, write_end = os.pipe()

    def fill():
        with os.fdopen(write_end, "wb") as file:
            file.write(data)

    filling = threading.Thread(target=fill)
    filling.start()
    with os.fdopen(read_end, "rb") as file:
        client.messages.send_file("s", CHAT, file)
    filling.join()
    assert digest.sha256.digest() == hashlib.sha256(data).digest()
    assert digest.fields["filename"] == "file"


def test_a_pipe_that_has_nothing_yet_is_refused_instead_of_cut_off(messages):
    service, fake = messages
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    os.write(write_end, b"beginning")
    with os.fdopen(read_end, "rb", buffering=0) as file, pytest.raises(BlockingIOError):
        service.send_file("s", CHAT, file)
    os.close(write_end)
    assert fake.requests == []


# --- what is sent again


LIMITED = json_response({"error": "slow down"}, 429, {"Retry-After": "1"})


@pytest.mark.parametrize(
    "file",
    [lambda path: path, lambda path: io.BytesIO(path.read_bytes()), lambda path: path.open("rb")],
    ids=["path", "BytesIO", "open file"],
)
def test_a_file_that_can_seek_is_sent_again_identically(connect, clock, tmp_path, file):
    path = tmp_path / "file.bin"
    path.write_bytes(os.urandom(100_000))
    fake = FakeServer(LIMITED, httpx.ConnectError("refused"), json_response(SENT, 201))
    given, progress = file(path), []
    connect(fake).messages.send_file("s", CHAT, given, progress=lambda *seen: progress.append(seen))
    if hasattr(given, "close"):
        given.close()
    assert len(fake.requests) == 3
    assert len({request.content for request in fake.requests}) == 1
    once = [(49_152, 100_000), (98_304, 100_000), (100_000, 100_000)]
    assert progress == once * 3


@pytest.mark.parametrize("answer", [LIMITED, httpx.ConnectError("refused")], ids=["429", "refused"])
def test_a_stream_that_cannot_seek_is_never_sent_again(connect, clock, answer):
    fake = FakeServer(answer)
    with pytest.raises(TitanError) as caught:
        connect(fake).messages.send_file("s", CHAT, OneWay(b"data"))
    assert caught.value.maybe_processed is False
    assert len(fake.requests) == 1
    assert clock.slept == []


@pytest.mark.parametrize(
    "answer",
    [json_response({}, 500), json_response({}, 503), httpx.ReadTimeout("late"), httpx.WriteError("gone")],
    ids=["500", "503", "read timeout", "write error"],
)
def test_a_file_is_not_sent_again_after_an_unclear_outcome(connect, clock, answer):
    fake = FakeServer(answer)
    with pytest.raises(TitanError) as caught:
        connect(fake).messages.send_file("s", CHAT, io.BytesIO(b"data"))
    assert caught.value.maybe_processed is True
    assert len(fake.requests) == 1
