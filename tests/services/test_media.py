"""`media.download` and `media.download_to`: the whole file or nothing."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from pathlib import Path

import httpx
import pytest

from tests.support.downloads import CUT_OFF, DATA, ROUTE, WHOLE, names_in, script
from tests.support.fake_server import API_KEY
from tests.support.files import MIB, OnDisk, StopError
from tests.support.interpreter import growth_of_peak_memory
from tests.support.loopback import Received, http
from titan import (
    APIConnectionError,
    APIResponseError,
    APITimeoutError,
    TitanClient,
)

# --- whole


@pytest.mark.parametrize("form", WHOLE)
def test_a_file_is_downloaded_exactly(server, tmp_path, form):
    expected = b"" if form == "empty" else DATA
    running, client = server(script(*[WHOLE[form]] * 3))
    path, stream = tmp_path / "file.png", io.BytesIO()
    assert client.media.download("s", "m") == expected
    assert client.media.download_to("s", "m", path) == len(expected)
    assert client.media.download_to("s", "m", stream) == len(expected)
    assert path.read_bytes() == expected
    assert stream.getvalue() == expected
    assert not stream.closed
    assert names_in(tmp_path) == ["file.png"]
    assert {(one.method, one.target) for one in running.requests} == {("POST", ROUTE)}


@pytest.mark.parametrize("form", [str, Path, OnDisk])
def test_a_path_in_any_form_is_replaced(server, tmp_path, form):
    path = tmp_path / "file.png"
    path.write_bytes(b"old and longer than nothing")
    _, client = server(script(http(200, b"new")))
    assert client.media.download_to("s", "m", form(path)) == 3
    assert path.read_bytes() == b"new"
    assert names_in(tmp_path) == ["file.png"]


def test_a_path_is_replaced_at_once(server, tmp_path):
    """Who opened the old file goes on reading it, and nobody ever reads half of the new one."""
    path = tmp_path / "file.png"
    path.write_bytes(b"old")
    seen = []
    _, client = server(script(http(200, DATA)))
    with path.open("rb") as reader:
        client.media.download_to("s", "m", path, progress=lambda done, total: seen.append(path.read_bytes()))
        assert reader.read() == b"old"
    assert set(seen) == {b"old"}
    assert path.read_bytes() == DATA


def test_a_relative_path_is_taken_from_the_current_folder(server, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, client = server(script(http(200, b"new")))
    client.media.download_to("s", "m", "file.png")
    assert names_in(tmp_path) == ["file.png"]


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o007])
def test_a_new_file_has_the_mode_that_the_umask_asks_for(server, tmp_path, umask):
    path = tmp_path / "file.png"
    _, client = server(script(http(200, b"new")))
    before = os.umask(umask)
    try:
        client.media.download_to("s", "m", path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask


def test_a_file_with_the_longest_name_that_the_file_system_takes(server, tmp_path):
    path = tmp_path / ("x" * 255)
    _, client = server(script(http(200, b"new")))
    client.media.download_to("s", "m", path)
    assert names_in(tmp_path) == [path.name]


def test_a_stream_is_written_where_it_stands(server):
    _, client = server(script(http(200, b"body")))
    stream = io.BytesIO(b"header")
    stream.seek(0, os.SEEK_END)
    client.media.download_to("s", "m", stream)
    assert stream.getvalue() == b"headerbody"


DOWNLOAD = """
from titan import TitanClient

def download(media_id):
    with TitanClient(sys.argv[1], "titan_key", timeout=100) as client:
        if sys.argv[2] == "path":
            client.media.download_to("s", media_id, sys.argv[3])
        else:
            with open(sys.argv[3], "wb") as file:
                client.media.download_to("s", media_id, file)
"""


@pytest.mark.parametrize("target", ["path", "stream"])
def test_50_mb_come_down_exactly_and_in_4_mib_of_memory(server, tmp_path, target, record_property):
    block, sha256 = os.urandom(MIB), hashlib.sha256()
    for number in range(50):
        sha256.update(number.to_bytes(1, "big") + block)

    def answer(request: Received):
        if "small" in request.target:
            return http(200, bytes(2 * MIB))
        request.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (50 * (MIB + 1)))
        for number in range(50):
            request.connection.sendall(number.to_bytes(1, "big") + block)
        return None

    running, _ = server(answer)
    path = tmp_path / "large.bin"
    growth = growth_of_peak_memory(
        DOWNLOAD, "download('small')", "download('large')", running.url, target, str(path)
    )
    assert path.stat().st_size == 50 * (MIB + 1)
    assert hashlib.sha256(path.read_bytes()).digest() == sha256.digest()
    record_property("growth_of_peak_memory", growth)
    assert growth <= 4 * MIB


@pytest.mark.parametrize(
    ("form", "total"), [("length", len(DATA)), ("chunked", None), ("gzip", None), ("until closed", None)]
)
def test_progress_tells_the_whole_size_where_the_server_does(server, tmp_path, form, total):
    seen = []
    _, client = server(script(WHOLE[form]))
    client.media.download_to(
        "s", "m", tmp_path / "file", progress=lambda done, whole: seen.append((done, whole))
    )
    done = [one for one, _ in seen]
    assert done == sorted(set(done))
    assert done[-1] == len(DATA)
    assert {whole for _, whole in seen} == {total}


# --- or nothing


@pytest.mark.parametrize("form", CUT_OFF)
@pytest.mark.parametrize("exists", [True, False], ids=["replacing", "new"])
def test_a_cut_off_file_leaves_a_path_as_it_was(server, tmp_path, form, exists):
    path = tmp_path / "file.png"
    if exists:
        path.write_bytes(b"old")
    running, client = server(script(CUT_OFF[form]), max_retries=0)
    with pytest.raises(APIConnectionError) as caught:
        client.media.download_to("s", "m", path)
    assert caught.value.maybe_processed is True
    assert names_in(tmp_path) == (["file.png"] if exists else [])
    assert not exists or path.read_bytes() == b"old"
    assert len(running.requests) == 1


@pytest.mark.parametrize("form", CUT_OFF)
def test_a_cut_off_file_leaves_a_stream_untouched(server, form):
    _, client = server(script(CUT_OFF[form]), max_retries=0)
    stream = io.BytesIO()
    with pytest.raises(APIConnectionError):
        client.media.download_to("s", "m", stream)
    assert stream.getvalue() == b""


@pytest.mark.parametrize("form", CUT_OFF)
def test_a_cut_off_file_is_an_error_and_no_bytes(server, form):
    _, client = server(script(CUT_OFF[form]), max_retries=0)
    with pytest.raises(APIConnectionError):
        client.media.download("s", "m")


@pytest.mark.parametrize("target", ["path", "stream", "bytes"])
def test_an_interrupted_download_starts_anew(server, tmp_path, clock, target):
    running, client = server(script(CUT_OFF["length"], http(503, b"{}"), WHOLE["length"]))
    path, stream, seen = tmp_path / "file.png", io.BytesIO(), []

    def progress(done, total):
        seen.append(done)

    if target == "path":
        assert client.media.download_to("s", "m", path, progress=progress) == len(DATA)
        assert path.read_bytes() == DATA
    elif target == "stream":
        assert client.media.download_to("s", "m", stream, progress=progress) == len(DATA)
        assert stream.getvalue() == DATA
    else:
        assert client.media.download("s", "m") == DATA
    assert len(running.requests) == 3
    assert clock.slept == [0.5, 1.0]
    if seen:
        assert sum(later < earlier for earlier, later in zip(seen, seen[1:])) == 1
        assert seen[-1] == len(DATA)
    assert names_in(tmp_path) == (["file.png"] if target == "path" else [])


def test_a_server_that_stops_in_the_middle_is_a_timeout_and_nothing_is_left(server, tmp_path):
    def stop(request: Received) -> None:
        request.connection.sendall(CUT_OFF["length"])
        request.connection.recv(1)

    _, client = server(stop, timeout=0.1, max_retries=0)
    with pytest.raises(APITimeoutError):
        client.media.download_to("s", "m", tmp_path / "file.png")
    assert names_in(tmp_path) == []


def test_a_body_that_cannot_be_decompressed_is_a_response_error_and_nothing_is_left(server, tmp_path):
    broken = http(200, b"no gzip at all", {"Content-Encoding": "gzip"})
    running, client = server(script(broken, broken))
    with pytest.raises(APIResponseError, match="decompressed"):
        client.media.download_to("s", "m", tmp_path / "file.png")
    with pytest.raises(APIResponseError, match="decompressed"):
        client.media.download("s", "m")
    assert names_in(tmp_path) == []
    assert len(running.requests) == 2


@pytest.mark.parametrize("target", ["path", "stream"])
@pytest.mark.parametrize(
    "error",
    [StopError(), httpx.ReadError("of the callback"), APIConnectionError("of the callback"), SystemExit()],
    ids=lambda error: type(error).__name__,
)
def test_what_a_callback_raises_passes_through_and_nothing_is_left(server, tmp_path, clock, target, error):
    running, client = server(script(*[WHOLE["length"]] * 3))
    stream = io.BytesIO()

    def fail(done, total):
        raise error

    with pytest.raises(type(error)) as caught:
        client.media.download_to(
            "s", "m", tmp_path / "file.png" if target == "path" else stream, progress=fail
        )
    assert caught.value is error
    assert names_in(tmp_path) == []
    assert stream.getvalue() == b""
    assert (len(running.requests), clock.slept) == (1, [])


def test_a_failing_callback_frees_the_connection(server, tmp_path):
    running, _ = server(lambda request: WHOLE["length"])

    def fail(done, total):
        raise StopError

    with httpx.Client(limits=httpx.Limits(max_connections=1)) as limited:
        client = TitanClient(running.url, API_KEY, http_client=limited, timeout=5)
        for _ in range(3):
            with pytest.raises(StopError):
                client.media.download_to("s", "m", tmp_path / "file.png", progress=fail)
        assert client.media.download("s", "m") == DATA


def test_what_a_stream_raises_while_it_is_written_passes_through(server, clock):
    class Full(io.RawIOBase):
        def __init__(self, error):
            self.error = error

        def writable(self):
            return True

        def write(self, data):
            raise self.error

    for error in (OSError("disk full"), httpx.ReadError("of the stream")):
        running, client = server(script(*[WHOLE["length"]] * 3))
        with pytest.raises(type(error)) as caught:
            client.media.download_to("s", "m", Full(error))
        assert caught.value is error
        assert len(running.requests) == 1


def test_a_path_that_cannot_be_written_is_an_os_error_before_anything_is_fetched(server, tmp_path):
    running, client = server(script(WHOLE["length"]))
    with pytest.raises(FileNotFoundError):
        client.media.download_to("s", "m", tmp_path / "missing" / "file.png")
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(OSError, match="folder"):
        client.media.download_to("s", "m", folder)
    assert names_in(tmp_path) == ["folder"]
    assert not running.requests


@pytest.mark.parametrize("target", [None, 7, b"file.png"], ids=["None", "int", "bytes"])
def test_what_is_no_target_is_a_type_error_before_anything_is_fetched(connect, target):
    calls = []
    client = connect(calls.append)
    with pytest.raises(TypeError, match="path or a binary stream"):
        client.media.download_to("s", "m", target)
    assert calls == []


def test_a_text_stream_is_a_type_error_before_anything_is_fetched(connect, tmp_path):
    calls = []
    client = connect(calls.append)
    with (tmp_path / "file.txt").open("w") as file:
        for text in (io.StringIO(), file):
            with pytest.raises(TypeError, match="text"):
                client.media.download_to("s", "m", text)
    assert calls == []
