"""What `messages.send_file` takes as a file, how large it may be, and what its errors are."""

from __future__ import annotations

import base64
import io
import os
import re
from pathlib import Path

import httpx
import pytest

from tests.support.fake_server import FakeServer, json_response
from tests.support.files import CHAT, CHUNK, LARGEST, MIB, SENT, OnDisk, StopError, accept, sent_by
from titan import (
    APIConnectionError,
    RateLimitError,
)
from titan._http.files.upload import LARGEST_BASE64

# --- what is taken as a file


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
        RateLimitError("of the callback", status_code=429, maybe_processed=False),
        APIConnectionError("of the callback", maybe_processed=False),
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
