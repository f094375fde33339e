"""`messages.send_file`: any file, byte for byte, in constant memory, and never a message twice."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import json
import os
import queue
import re
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from tests.support.fake_server import API_KEY, FakeServer, json_response
from tests.support.loopback import Received, http, http_json, serving
from tests.support.project import ROOT
from titan import (
    APIConnectionError,
    APIStatusError,
    AuthenticationError,
    RateLimitError,
    TitanClient,
    TitanError,
)
from titan._http.upload import LARGEST_BASE64

CHAT = "5511999999999@s.whatsapp.net"
SENT = {"data": {"id": "3EB0C767D82F9F3A1B2C", "status": "sent"}}
MIB = 1024 * 1024
LARGEST = LARGEST_BASE64 // 4 * 3


def accept(request: Received) -> bytes:
    for _ in request.pieces():
        pass
    return http_json(SENT, 201)


@pytest.fixture
def server():
    """Starts servers on loopback, and clients of them; all of them end with the test."""
    with contextlib.ExitStack() as stack:

        def start(answer, **options):
            running = stack.enter_context(serving(answer))
            credential = {} if "client_token" in options else {"api_key": API_KEY}
            client = stack.enter_context(TitanClient(running.url, **credential, **options))
            return running, client

        yield start


@pytest.fixture
def messages(connect):
    """The service of a client that talks to a FakeServer, and that server."""
    fake = FakeServer(json_response(SENT, 201))
    return connect(fake).messages, fake


def sent_by(fake: FakeServer) -> dict:
    return json.loads(fake.request.content)


class OneWay(io.RawIOBase):
    """A stream that cannot seek and gives a few bytes at a time, as sockets and pipes do."""

    def __init__(self, data: bytes, most: int = 1000) -> None:
        self._data = io.BytesIO(data)
        self._most = most

    def readable(self):
        return True

    def readinto(self, buffer):
        piece = self._data.read(min(len(buffer), self._most))
        buffer[: len(piece)] = piece
        return len(piece)


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


MEMORY = """
import os, resource, sys
from titan import TitanClient

unit = 1 if sys.platform == "darwin" else 1024
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit

def send(name):
    with TitanClient(sys.argv[1], "titan_key") as client:
        client.messages.send_file("s", "5511999999999@s.whatsapp.net", name)

# The high-water mark of a process begins with that of its parent where it was started by vfork; a fork has
# its own.
if os.fork() == 0:
    try:
        send(sys.argv[2])
        before = peak()
        send(sys.argv[3])
        print(peak() - before, flush=True)
    finally:
        os._exit(0)
_, status = os.wait()
sys.exit(status)
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
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, running.url, str(warm_up), str(large)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
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
    record_property("growth_of_peak_memory", int(done.stdout))
    assert int(done.stdout) <= 4 * MIB


CHUNK = 48 * 1024


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


class StopError(Exception):
    pass


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


# --- what is taken as a file


class OnDisk(os.PathLike):
    def __init__(self, path):
        self.path = str(path)

    def __fspath__(self):
        return self.path


@pytest.mark.parametrize("form", [str, Path, OnDisk])
def test_a_path_in_any_form_is_opened_and_closed(messages, tmp_path, form):
    service, fake = messages
    path = tmp_path / "notes.txt"
    path.write_bytes(b"notes")
    service.send_file("s", CHAT, form(path))
    assert sent_by(fake)["base64"] == base64.b64encode(b"notes").decode()
    assert sent_by(fake)["filename"] == "notes.txt"


def test_a_stream_is_sent_from_where_it_stands_and_left_open(messages, tmp_path):
    service, fake = messages
    path = tmp_path / "notes.txt"
    path.write_bytes(b"headerbody")
    with path.open("rb") as file:
        file.seek(6)
        service.send_file("s", CHAT, file)
        assert not file.closed
    assert sent_by(fake)["base64"] == base64.b64encode(b"body").decode()


def test_an_unbuffered_file_is_sent_whole(messages, tmp_path):
    service, fake = messages
    data = os.urandom(200_000)
    path = tmp_path / "data.bin"
    path.write_bytes(data)
    with path.open("rb", buffering=0) as file:
        service.send_file("s", CHAT, file)
    assert base64.b64decode(sent_by(fake)["base64"]) == data


class Trickle(io.BytesIO):
    def read(self, size=-1):
        return super().read(min(size, 7))


def test_a_stream_that_gives_less_than_was_asked_for_is_sent_whole(messages):
    service, fake = messages
    data = os.urandom(1000)
    service.send_file("s", CHAT, Trickle(data))
    assert base64.b64decode(sent_by(fake)["base64"], validate=True) == data


def test_a_stream_without_seekable_is_sent(messages):
    class Reader:
        def __init__(self, data):
            self.read = io.BytesIO(data).read

    service, fake = messages
    service.send_file("s", CHAT, Reader(b"data"))
    assert sent_by(fake)["base64"] == base64.b64encode(b"data").decode()


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (io.StringIO("text"), "text stream"),
        (b"bytes", "path or a binary stream"),
        (None, "path or a binary stream"),
        (7, "path or a binary stream"),
    ],
    ids=["text stream", "bytes", "None", "int"],
)
def test_what_is_no_file_is_a_type_error(messages, file, says):
    service, fake = messages
    with pytest.raises(TypeError, match=says):
        service.send_file("s", CHAT, file)
    assert fake.requests == []


def test_a_file_opened_as_text_is_a_type_error_that_says_how_to_open_it(messages, tmp_path):
    service, fake = messages
    path = tmp_path / "notes.txt"
    path.write_text("notes")
    with path.open() as file, pytest.raises(TypeError, match="rb"):
        service.send_file("s", CHAT, file)
    assert fake.requests == []


def test_errors_of_the_file_pass_through(messages, tmp_path):
    service, fake = messages
    with pytest.raises(FileNotFoundError):
        service.send_file("s", CHAT, tmp_path / "missing.png")
    with pytest.raises(IsADirectoryError):
        service.send_file("s", CHAT, tmp_path)
    closed = io.BytesIO(b"data")
    closed.close()
    with pytest.raises(ValueError, match="closed"):
        service.send_file("s", CHAT, closed)
    assert fake.requests == []


def test_an_error_while_reading_passes_through_and_is_not_repeated(connect, clock):
    class Faulty(io.BytesIO):
        def read(self, size=-1):
            if self.tell() > 0:
                raise StopError
            return super().read(size)

    fake = FakeServer(json_response(SENT))
    with pytest.raises(StopError):
        connect(fake).messages.send_file("s", CHAT, Faulty(bytes(200_000)))
    assert clock.slept == []


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("of the callback"),
        httpx.ReadTimeout("of the callback"),
        RateLimitError("of the callback", status_code=429),
        APIConnectionError("of the callback"),
        RuntimeError("of the callback"),
        KeyboardInterrupt(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_a_callback_raises_is_not_taken_for_a_failure_of_the_request(server, clock, error):
    running, client = server(accept)
    cause = error.__cause__ = ValueError("its cause")

    def fail(done, total):
        raise error

    with pytest.raises(type(error)) as caught:
        client.messages.send_file("s", CHAT, io.BytesIO(b"data"), progress=fail)
    assert caught.value is error
    if isinstance(error, Exception):
        assert caught.value.__cause__ is cause
    assert clock.slept == []
    assert len(running.requests) <= 1
    if isinstance(error, TitanError):
        assert error.maybe_processed is False


# --- limits


def test_a_file_over_the_limit_is_refused_before_anything_is_sent(messages, tmp_path):
    service, fake = messages
    path = tmp_path / "film.mp4"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(ValueError, match=re.escape("52,500,000")):
        service.send_file("s", CHAT, path)
    with path.open("rb") as file, pytest.raises(ValueError, match=re.escape("52,500,001")):
        service.send_file("s", CHAT, file)
    assert fake.requests == []


def test_the_largest_file_is_taken(server, tmp_path):
    path = tmp_path / "film.mp4"
    with path.open("wb") as file:
        file.truncate(LARGEST)
    seen = []

    def first_piece(done, total):
        seen.append((done, total))
        raise StopError

    _, client = server(accept)
    with pytest.raises(StopError):
        client.messages.send_file("s", CHAT, path, progress=first_piece)
    assert seen == [(CHUNK, LARGEST)]


def test_an_endless_stream_is_refused_and_read_no_further_than_the_limit(messages):
    class Endless(io.RawIOBase):
        given = 0

        def readable(self):
            return True

        def readinto(self, buffer):
            self.given += len(buffer)
            return len(buffer)

    service, fake = messages
    endless = Endless()
    with pytest.raises(ValueError, match="at most"):
        service.send_file("s", CHAT, endless)
    assert endless.given < LARGEST_BASE64 + MIB
    assert fake.requests == []


# --- what the message says


@pytest.mark.parametrize(
    ("name", "mime_type", "kind"),
    [
        ("a.jpg", None, "image"),
        ("a.JPEG", None, "image"),
        ("a.png", None, "image"),
        ("a.webp", None, "image"),
        ("a.mp4", None, "video"),
        ("a.ogg", None, "voice"),
        ("a.oga", None, "voice"),
        ("a.opus", None, "voice"),
        ("a.mp3", None, "voice"),
        ("a.gif", None, "file"),
        ("a.pdf", None, "file"),
        ("a.jpg.zip", None, "file"),
        ("jpg", None, "file"),
        ("a.bin", "image/jpeg", "image"),
        ("a", "IMAGE/PNG", "image"),
        ("a", "image/webp", "image"),
        ("a", "video/mp4", "video"),
        ("a", "audio/ogg; codecs=opus", "voice"),
        ("a", "audio/mpeg", "voice"),
        ("a.jpg", "application/pdf", "file"),
        ("a.mp4", "video/quicktime", "file"),
    ],
)
def test_the_type_follows_from_the_mime_type_else_from_the_ending(messages, tmp_path, name, mime_type, kind):
    service, fake = messages
    path = tmp_path / name
    path.write_bytes(b"data")
    service.send_file("s", CHAT, path, mime_type=mime_type)
    expected = {
        "session": "s",
        "chatId": CHAT,
        "type": kind,
        "base64": base64.b64encode(b"data").decode(),
    }
    if kind == "file":
        expected["filename"] = name
    assert sent_by(fake) == expected


def test_a_given_filename_tells_the_type_of_a_stream(messages):
    service, fake = messages
    service.send_file("s", CHAT, io.BytesIO(b"data"), filename="cat.PNG")
    assert (sent_by(fake)["type"], sent_by(fake)["filename"]) == ("image", "cat.PNG")


@pytest.mark.parametrize("kind", ["image", "video", "voice", "file", "sticker", "hologram"])
def test_a_given_type_goes_as_given(messages, tmp_path, kind):
    service, fake = messages
    path = tmp_path / "a.mp4"
    path.write_bytes(b"data")
    service.send_file("s", CHAT, path, type=kind, mime_type="image/png")
    assert sent_by(fake)["type"] == kind


def test_a_stream_over_a_descriptor_has_no_name(messages):
    service, fake = messages
    with open(os.open(os.devnull, os.O_RDONLY), "rb") as file:
        service.send_file("s", CHAT, file)
    assert sent_by(fake)["filename"] == "file"


def test_a_path_of_bytes_has_no_name(messages, tmp_path):
    service, fake = messages
    path = tmp_path / "a.pdf"
    path.write_bytes(b"data")

    class BytesPath(os.PathLike):
        def __fspath__(self):
            return os.fsencode(path)

    service.send_file("s", CHAT, BytesPath())
    assert (sent_by(fake)["type"], sent_by(fake)["filename"]) == ("file", "file")


def test_text_in_a_message_travels_in_any_script(messages):
    service, fake = messages
    service.send_file(
        "s", CHAT, io.BytesIO(b"x"), filename='relatório "final".pdf', caption="Olá 👋\n\\ 你好"
    )
    assert sent_by(fake)["filename"] == 'relatório "final".pdf'
    assert sent_by(fake)["caption"] == "Olá 👋\n\\ 你好"


def test_further_fields_travel_as_given(messages):
    service, fake = messages
    extra = {"ptt": True, "quotedMessage": {"id": "3EB0"}, "session": "s"}
    service.send_file("s", CHAT, io.BytesIO(b"x"), type="voice", extra=extra)
    sent = sent_by(fake)
    assert (sent["ptt"], sent["quotedMessage"], sent["session"]) == (True, {"id": "3EB0"}, "s")
    assert extra == {"ptt": True, "quotedMessage": {"id": "3EB0"}, "session": "s"}


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        ({"base64": "AAAA"}, "base64"),
        ({"base64": None}, "base64"),
        ({"url": "https://example.com/a.png"}, "url"),
        ({"session": "other"}, "another session"),
    ],
    ids=["base64", "base64 null", "url", "other session"],
)
def test_further_fields_cannot_replace_the_file_or_the_session(messages, extra, says):
    service, fake = messages
    with pytest.raises(ValueError, match=says):
        service.send_file("s", CHAT, io.BytesIO(b"x"), extra=extra)
    assert fake.requests == []


def test_a_client_token_uses_the_route_it_may_call(server):
    bodies = []

    def keep(request: Received) -> bytes:
        bodies.append(request.json())
        return http_json(SENT, 201)

    running, client = server(keep, client_token="titan_ct_x.y.z")
    client.messages.send_file("my-session", CHAT, io.BytesIO(b"data"))
    assert running.requests[0].target == "/api/sessions/my-session/messages/send"
    assert running.requests[0].headers["authorization"] == "Bearer titan_ct_x.y.z"
    assert bodies[0]["session"] == "my-session"


def test_progress_counts_the_bytes_of_the_file(messages):
    service, _ = messages
    seen = []
    service.send_file(
        "s", CHAT, OneWay(bytes(CHUNK + 5)), progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(CHUNK, CHUNK + 5), (CHUNK + 5, CHUNK + 5)]


def test_a_callback_can_use_the_same_client(server):
    def answer(request: Received) -> bytes:
        for _ in request.pieces():
            pass
        return http_json({"data": {"success": True}}) if "presence" in request.target else http_json(SENT)

    running, client = server(answer)
    message = client.messages.send_file(
        "s",
        CHAT,
        io.BytesIO(bytes(100_000)),
        progress=lambda done, total: client.presence.set("s", {"presence": "available"}),
    )
    assert message.id == SENT["data"]["id"]
    assert len(running.requests) == 4


def test_a_call_inside_a_callback_leaves_no_address_of_the_outer_call_in_the_logs(server, caplog):
    def answer(request: Received) -> bytes:
        for _ in request.pieces():
            pass
        return http(204) if "presence" in request.target else http_json(SENT)

    _, client = server(answer, client_token="titan_ct_x.y.z")
    caplog.set_level("DEBUG")
    client.messages.send_file(
        "s-5511999999999",
        CHAT,
        io.BytesIO(b"data"),
        progress=lambda done, total: client.presence.set("s", {"presence": "available"}),
    )
    assert "{session}/messages/send" in caplog.text
    assert "5511999999999" not in caplog.text
