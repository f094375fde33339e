"""`media.download_to` and streams that take less than they are given, nothing for now, or say nothing."""

from __future__ import annotations

import codecs
import gzip
import io
import os
import random
import socket
import sys
import tempfile
import threading
import time
import zipfile

import django.conf
import django.http
import pytest

from tests.support.downloads import DATA, WHOLE

SIZE = len(DATA)


@pytest.fixture
def client(server):
    running, client = server(lambda request: WHOLE["length"])
    client.requests_seen = running.requests
    return client


class SlowReader(threading.Thread):
    """Reads a descriptor to its end, but only after its buffer has become full."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(daemon=True)
        self._descriptor = descriptor
        self._pieces = []
        self.start()

    def run(self) -> None:
        time.sleep(0.2)
        while piece := os.read(self._descriptor, random.randrange(1, 50_000)):
            self._pieces.append(piece)

    def read(self) -> bytes:
        self.join(20)
        assert not self.is_alive()
        os.close(self._descriptor)
        return b"".join(self._pieces)


# --- less than was given


class Raw(io.RawIOBase):
    """A raw stream that takes what it is told to at each call, and then everything."""

    def __init__(self, *amounts) -> None:
        self.amounts = list(amounts)
        self.taken = b""

    def writable(self):
        return True

    def write(self, data):
        amount = self.amounts.pop(0) if self.amounts else len(data)
        self.taken += bytes(data[:amount])
        return amount


class Duck:
    """No stream of Python's own: it only has `write`, which returns what it is told to."""

    def __init__(self, *amounts) -> None:
        self.amounts = list(amounts)
        self.taken = b""

    write = Raw.write


@pytest.mark.parametrize("kind", [Raw, Duck])
@pytest.mark.parametrize("amounts", [[1], [7] * 50, [65_536, 1, 2, 3], [0, 5]], ids=str)
def test_a_stream_that_takes_less_than_it_was_given_gets_everything(client, kind, amounts):
    if kind is Raw or 0 not in amounts:
        read_end, write_end = os.pipe()
        stream = kind(*amounts)
        stream.fileno = lambda: write_end
        assert client.media.download_to("s", "m", stream) == SIZE
        assert stream.taken == DATA
        os.close(read_end)
        os.close(write_end)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of Windows always block")
@pytest.mark.parametrize("buffering", [0, -1, 16, 1_000_000], ids=lambda size: f"buffer of {size}")
def test_a_pipe_that_does_not_block_gets_everything(client, buffering):
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    reader = SlowReader(read_end)
    with os.fdopen(write_end, "wb", buffering) as stream:
        assert client.media.download_to("s", "m", stream) == SIZE
    assert reader.read() == DATA


@pytest.mark.skipif(sys.platform == "win32", reason="sockets have no descriptor that os.read takes there")
def test_a_pipe_that_does_not_block_behind_a_path_gets_everything(client):
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    reader = SlowReader(read_end)
    client.media.download_to("s", "m", f"/dev/fd/{write_end}")
    os.close(write_end)
    assert reader.read() == DATA


@pytest.mark.skipif(sys.platform == "win32", reason="sockets have no descriptor that os.read takes there")
@pytest.mark.parametrize("buffering", [0, None])
def test_a_socket_that_does_not_block_gets_everything(client, buffering):
    ours, theirs = socket.socketpair()
    reader = SlowReader(theirs.detach())
    ours.setblocking(False)
    with ours, ours.makefile("wb", buffering) as stream:
        client.media.download_to("s", "m", stream)
        ours.shutdown(socket.SHUT_WR)
    assert reader.read() == DATA


def test_a_descriptor_above_1023_can_be_waited_for(client):
    resource = pytest.importorskip("resource")
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 2000:
        resource.setrlimit(resource.RLIMIT_NOFILE, (2000, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    read_end, low = os.pipe()
    os.dup2(low, 1500)
    os.close(low)
    os.set_blocking(1500, False)
    reader = SlowReader(read_end)
    with os.fdopen(1500, "wb", 0) as stream:
        client.media.download_to("s", "m", stream)
    assert reader.read() == DATA


def test_a_raw_stream_that_takes_nothing_and_cannot_be_waited_for_says_how_much_it_took(client):
    stream = Raw(1000, 500, None)
    stream.write = lambda data, write=stream.write: write(data) if stream.amounts[0] else None
    with pytest.raises(BlockingIOError, match=f"1500 of {SIZE} bytes were written"):
        client.media.download_to("s", "m", stream)
    assert len(stream.taken) == 1500


def test_a_stream_that_never_takes_anything_is_given_up(client, monkeypatch):
    monkeypatch.setattr("titan._http.files.writing._PAUSE", 0.0001)
    read_end, write_end = os.pipe()
    stream = Raw(*[0] * 1_000_000)
    stream.fileno = lambda: write_end
    with pytest.raises(BlockingIOError, match=f"0 of {SIZE} bytes were written"):
        client.media.download_to("s", "m", stream)
    os.close(read_end)
    os.close(write_end)


@pytest.mark.parametrize("amount", [-1, SIZE + 1])
def test_a_stream_that_says_it_took_what_cannot_be_is_an_error(client, amount):
    with pytest.raises(OSError, match="says that it took"):
        client.media.download_to("s", "m", Duck(amount))


# --- nothing said


@pytest.mark.parametrize(
    "answer", [None, True, False, "ok", b"", [], object()], ids=lambda answer: type(answer).__name__
)
def test_a_write_that_returns_no_number_has_taken_everything(client, answer):
    class Writer:
        taken = b""

        def write(self, data):
            self.taken += data
            return answer

    stream = Writer()
    assert client.media.download_to("s", "m", stream) == SIZE
    assert stream.taken == DATA


def test_streams_of_python_and_of_frameworks_get_everything(client, tmp_path):
    if not django.conf.settings.configured:
        django.conf.settings.configure()
    response = django.http.HttpResponse()
    client.media.download_to("s", "m", response)
    assert response.content == DATA
    with gzip.open(tmp_path / "file.gz", "wb") as packed:
        client.media.download_to("s", "m", packed)
    assert gzip.decompress((tmp_path / "file.gz").read_bytes()) == DATA
    with zipfile.ZipFile(tmp_path / "file.zip", "w") as archive:
        with archive.open("file.png", "w") as member:
            client.media.download_to("s", "m", member)
        assert archive.read("file.png") == DATA
    for make in (tempfile.TemporaryFile, tempfile.NamedTemporaryFile, tempfile.SpooledTemporaryFile):
        with make() as file:
            client.media.download_to("s", "m", file)
            file.seek(0)
            assert file.read() == DATA


def test_what_a_stream_buffers_has_left_it_when_the_call_returns(client, tmp_path):
    path = tmp_path / "file.png"
    with path.open("wb", buffering=1_000_000) as file:
        client.media.download_to("s", "m", file)
        assert path.read_bytes() == DATA


# --- failures


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe that is closed is another error there")
@pytest.mark.parametrize("buffering", [0, -1, 1_000_000])
def test_a_pipe_that_is_closed_says_how_many_bytes_were_written(client, buffering):
    read_end, write_end = os.pipe()
    held = []

    def read_a_little():
        held.append(os.read(read_end, 70_000))
        time.sleep(0.2)  # the writer fills the pipe meanwhile
        held.append(os.read(read_end, 1_000_000))
        os.close(read_end)

    reading = threading.Thread(target=read_a_little)
    with os.fdopen(write_end, "wb", buffering) as stream:
        stream.write(b"before")
        reading.start()
        with pytest.raises(BrokenPipeError, match=f" of {SIZE} bytes were written") as caught:
            client.media.download_to("s", "m", stream)
        reading.join()
    written = int(str(caught.value).partition("; ")[2].partition(" of ")[0])
    assert written >= sum(map(len, held)) - len(b"before") > 0
    assert b"".join(held) == (b"before" + DATA)[: sum(map(len, held))]


def test_a_buffered_file_goes_on_where_the_download_ended(client, tmp_path):
    path = tmp_path / "file"
    with path.open("wb") as file:
        file.write(b"before")
        client.media.download_to("s", "m", file)
        assert file.tell() == 6 + SIZE
        file.write(b"after")
    assert path.read_bytes() == b"before" + DATA + b"after"


class Faulty:
    def __init__(self, error) -> None:
        self.error = error
        self.calls = 0

    def write(self, data):
        self.calls += 1
        if self.calls == 2:
            raise self.error
        return len(data)


@pytest.mark.parametrize(
    "error",
    [OSError("disk full"), OSError(28, "disk full"), TimeoutError("timed out"), ValueError("odd")],
    ids=repr,
)
def test_the_error_of_a_stream_stays_itself_and_says_how_many_bytes_were_written(client, error):
    with pytest.raises(type(error)) as caught:
        client.media.download_to("s", "m", Faulty(error))
    assert caught.value is error
    says = f"65536 of {SIZE} bytes were written"
    if isinstance(error, OSError):
        assert says in str(error)
        assert says in str(error.args)
    elif sys.version_info >= (3, 11):
        assert says in error.__notes__[0]


def test_a_stream_that_is_not_open_for_writing_is_an_error_before_anything_is_fetched(client, tmp_path):
    path = tmp_path / "file.png"
    path.write_bytes(b"old")
    with path.open("rb") as file, pytest.raises(io.UnsupportedOperation, match="not open for writing"):
        client.media.download_to("s", "m", file)
    closed = path.open("ab")
    closed.close()
    with pytest.raises(ValueError, match="closed"):
        client.media.download_to("s", "m", closed)
    assert client.requests_seen == []


class AsyncWriter:
    async def write(self, data):
        raise AssertionError


def test_an_async_or_a_text_stream_is_a_type_error_before_anything_is_fetched(client, tmp_path):
    with pytest.raises(TypeError, match="async"):
        client.media.download_to("s", "m", AsyncWriter())
    with tempfile.NamedTemporaryFile("w") as file, pytest.raises(TypeError, match="text"):
        client.media.download_to("s", "m", file)
    with codecs.open(str(tmp_path / "text"), "w", "utf-8") as file, pytest.raises(TypeError, match="text"):
        client.media.download_to("s", "m", file)
    assert client.requests_seen == []
