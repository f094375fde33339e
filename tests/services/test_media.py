"""`media.download` and `media.download_to`: the whole file or nothing, from Titan or from its storage."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.support.fake_server import API_KEY
from tests.support.loopback import Received, http, http_json, serving
from tests.support.project import ROOT
from titan import (
    APIConnectionError,
    APIResponseError,
    APIStatusError,
    APITimeoutError,
    NotFoundError,
    PermissionDeniedError,
    ServiceUnavailableError,
    TitanClient,
    TitanError,
)

MIB = 1024 * 1024
DATA = os.urandom(300_000)
ROUTE = "/api/sessions/s/media/m/download"


@pytest.fixture
def server():
    """Starts servers on loopback, and clients of them; all of them end with the test."""
    with contextlib.ExitStack() as stack:

        def start(answer, **options):
            running = stack.enter_context(serving(answer))
            client = stack.enter_context(TitanClient(running.url, API_KEY, **options))
            return running, client

        yield start


def in_chunks(data: bytes, *, last: bytes = b"0\r\n\r\n") -> bytes:
    """A response in chunked encoding; without its last chunk it is cut off."""
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (data[:1000], data[1000:]) if part)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + last


WHOLE = {
    "length": http(200, DATA, {"Content-Type": "image/png"}),
    "chunked": in_chunks(DATA),
    "gzip": http(200, gzip.compress(DATA), {"Content-Encoding": "gzip"}),
    "until closed": b"HTTP/1.1 200 OK\r\n\r\n" + DATA,
    "empty": http(200, b""),
}
CUT_OFF = {
    "length": http(200, DATA)[:-1],
    "length, without a body": http(200, DATA)[: -len(DATA)],
    "chunked": in_chunks(DATA, last=b""),
    "gzip": http(200, gzip.compress(DATA), {"Content-Encoding": "gzip"})[:-100_000],
}


def script(*answers: bytes):
    """Answers with the given bytes one after the other, each on a connection of its own."""
    left = list(answers)

    def answer(request: Received) -> None:
        for _ in request.pieces():
            pass
        status, _, rest = left.pop(0).partition(b"\r\n")
        request.connection.sendall(status + b"\r\nConnection: close\r\n" + rest)

    return answer


def names_in(folder: Path) -> list:
    return sorted(path.name for path in folder.iterdir())


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


class OnDisk(os.PathLike):
    def __init__(self, path):
        self.path = str(path)

    def __fspath__(self):
        return self.path


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


MEMORY = """
import os, resource, sys
from titan import TitanClient

unit = 1 if sys.platform == "darwin" else 1024
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit

def download(media_id):
    with TitanClient(sys.argv[1], "titan_key") as client:
        if sys.argv[2] == "path":
            client.media.download_to("s", media_id, sys.argv[3])
        else:
            with open(sys.argv[3], "wb") as file:
                client.media.download_to("s", media_id, file)

# The high-water mark of a process begins with that of its parent where it was started by vfork; a fork has
# its own.
if os.fork() == 0:
    try:
        download("small")
        before = peak()
        download("large")
        print(peak() - before, flush=True)
    finally:
        os._exit(0)
_, status = os.wait()
sys.exit(status)
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
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, running.url, target, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert path.stat().st_size == 50 * (MIB + 1)
    assert hashlib.sha256(path.read_bytes()).digest() == sha256.digest()
    record_property("growth_of_peak_memory", int(done.stdout))
    assert int(done.stdout) <= 4 * MIB


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


class StopError(Exception):
    pass


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


# --- redirects


CREDENTIAL = f"Bearer {API_KEY}"


def redirect(location: str, status: int = 302) -> bytes:
    return http(status, b"moved", {"Location": location})


def test_a_redirect_on_the_same_origin_is_followed_with_the_credential(server, tmp_path):
    def answer(request: Received) -> bytes:
        return redirect(f"{running.url}/files/1") if request.target == ROUTE else http(200, DATA)

    running, client = server(answer)
    assert client.media.download("s", "m") == DATA
    assert client.media.download_to("s", "m", tmp_path / "file") == len(DATA)
    followed = running.requests[1]
    assert (followed.method, followed.target) == ("GET", "/files/1")
    assert followed.headers["authorization"] == CREDENTIAL
    assert "content-length" not in followed.headers


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_origin_is_followed_without_the_credential(server, tmp_path, status):
    storage, _ = server(lambda request: http(200, DATA))
    running, client = server(
        lambda request: redirect(f"{storage.url}/bucket/1?signature=a%2Fb", status),
        headers={"X-Tenant": "ours"},
    )
    assert client.media.download("s", "m") == DATA
    assert client.media.download_to("s", "m", tmp_path / "file") == len(DATA)
    assert (tmp_path / "file").read_bytes() == DATA
    assert running.requests[0].headers["authorization"] == CREDENTIAL
    for followed in storage.requests:
        assert (followed.method, followed.target) == ("GET", "/bucket/1?signature=a%2Fb")
        assert API_KEY not in str(followed.headers)
        assert "authorization" not in followed.headers
        assert "x-tenant" not in followed.headers
        assert followed.headers["user-agent"].startswith("titan-sdk/")
        assert followed.headers["accept"] == "application/json"


def test_a_redirect_by_way_of_another_origin_gets_the_credential_only_at_home(server):
    def home(request: Received) -> bytes:
        return redirect(f"{storage.url}/away") if request.target == ROUTE else http(200, DATA)

    running, client = server(home)
    storage, _ = server(lambda request: redirect(f"{running.url}/back"))
    assert client.media.download("s", "m") == DATA
    assert [one.target for one in running.requests] == [ROUTE, "/back"]
    assert "authorization" not in storage.requests[0].headers
    assert running.requests[1].headers["authorization"] == CREDENTIAL


def test_another_host_name_on_the_same_port_is_another_origin(server):
    def answer(request: Received) -> bytes:
        port = running.url.rpartition(":")[2]
        return redirect(f"http://localhost:{port}/files/1") if request.target == ROUTE else http(200, DATA)

    running, client = server(answer)
    assert client.media.download("s", "m") == DATA
    assert "authorization" not in running.requests[1].headers


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/files/1", "/files/1"),
        ("../files/1?x=1", "/api/sessions/s/media/files/1?x=1"),
        ("other", "/api/sessions/s/media/m/other"),
        ("?again", f"{ROUTE}?again"),
    ],
)
def test_a_relative_location_is_relative_to_the_request(server, location, target):
    def answer(request: Received) -> bytes:
        return redirect(location) if request.target == ROUTE else http(200, DATA)

    running, client = server(answer)
    assert client.media.download("s", "m") == DATA
    assert running.requests[1].target == target
    assert running.requests[1].headers["authorization"] == CREDENTIAL


def test_a_relative_location_at_another_origin_stays_there_without_the_credential(server):
    storage, _ = server(
        lambda request: redirect("/second") if request.target == "/first" else http(200, DATA)
    )
    _, client = server(lambda request: redirect(f"{storage.url}/first"))
    assert client.media.download("s", "m") == DATA
    assert [one.target for one in storage.requests] == ["/first", "/second"]
    assert all("authorization" not in one.headers for one in storage.requests)


def test_a_redirect_loop_ends_as_a_status_error(server, tmp_path):
    running, client = server(lambda request: redirect("/again"))
    with pytest.raises(APIStatusError) as caught:
        client.media.download_to("s", "m", tmp_path / "file")
    assert caught.value.status_code == 302
    assert 2 <= len(running.requests) <= 10
    assert names_in(tmp_path) == []


@pytest.mark.parametrize(
    "location",
    [
        "http://[",
        "http://",
        "http:///files",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:port/",
        "ftp://127.0.0.1/file",
        "file:///etc/hostname",
        "javascript:alert(1)",
        "http://exa mple/",
        "http://ex\tample/",
        f"http://{'a' * 70}.invalid/",
        "http://.invalid/",
        "http://xn--/",
        "/" + "a" * 70_000,
    ],
)
def test_a_location_that_leads_nowhere_is_a_titan_error(connect, clock, location):
    client = connect(lambda request: httpx.Response(302, headers={"Location": location}))
    for operation in (client.media.download, client.media.get):
        with pytest.raises(TitanError) as caught:
            operation("s", "m")
        assert caught.value.maybe_processed is True


def test_a_location_that_leads_nowhere_is_a_titan_error_on_real_sockets_too(server, clock):
    for location in ("http://127.0.0.1:99999/", "http://127.0.0.1:0/", "http:///files", "ftp://127.0.0.1/"):
        _, client = server(lambda request, location=location: redirect(location))
        with pytest.raises(TitanError):
            client.media.download("s", "m")


def test_a_redirect_without_a_location_is_a_status_error(server):
    _, client = server(lambda request: http(302, b""))
    with pytest.raises(APIStatusError) as caught:
        client.media.download("s", "m")
    assert caught.value.status_code == 302


@pytest.mark.parametrize(
    ("status", "kind"), [(403, PermissionDeniedError), (404, NotFoundError), (410, APIStatusError)]
)
def test_a_refusal_of_the_storage_is_a_status_error_and_nothing_is_left(server, tmp_path, status, kind):
    storage, _ = server(
        lambda request: http(status, b"<Error>expired</Error>", {"Content-Type": "application/xml"})
    )
    running, client = server(lambda request: redirect(f"{storage.url}/1"))
    with pytest.raises(kind) as caught:
        client.media.download_to("s", "m", tmp_path / "file")
    error = caught.value
    assert (error.status_code, error.body) == (status, b"<Error>expired</Error>")
    assert error.route == "/api/sessions/{session}/media/{mediaId}/download"
    assert storage.url not in str(error)
    assert names_in(tmp_path) == []
    assert len(running.requests) == 1


def test_a_failure_of_the_storage_is_repeated_from_the_start(server, clock):
    answers = [http(503, b""), CUT_OFF["length"], WHOLE["length"]]
    storage, _ = server(script(*answers))
    running, client = server(lambda request: redirect(f"{storage.url}/1"))
    assert client.media.download("s", "m") == DATA
    assert (len(running.requests), len(storage.requests)) == (3, 3)


def test_a_storage_that_keeps_failing_is_reported(server, clock):
    storage, _ = server(lambda request: http(503, b""))
    _, client = server(lambda request: redirect(f"{storage.url}/1"))
    with pytest.raises(ServiceUnavailableError):
        client.media.download("s", "m")


def test_a_storage_that_cannot_be_reached_is_a_connection_error(server, clock):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    running, client = server(lambda request: redirect(f"http://127.0.0.1:{port}/1"))
    with pytest.raises(APIConnectionError):
        client.media.download("s", "m")
    assert len(running.requests) == 3


def test_the_address_at_the_storage_stays_out_of_the_logs(server, caplog):
    storage, _ = server(lambda request: http(200, DATA))
    _, client = server(lambda request: redirect(f"{storage.url}/1?signature=5511999999999"))
    caplog.set_level("DEBUG")
    client.media.download("s", "m")
    assert "media/{mediaId}/download" in caplog.text
    assert "5511999999999" not in caplog.text
    assert API_KEY not in caplog.text


@pytest.mark.parametrize(
    "operation",
    [
        lambda client: client.media.get("s", "m"),
        lambda client: client.media.persist("s", "m"),
        lambda client: client.sessions.list(),
        lambda client: client.messages.send("s", {"type": "text"}),
        lambda client: client.messages.send_file("s", "c", io.BytesIO(b"x")),
        lambda client: client.pairing.qr_png("s"),
        lambda client: client.request("GET", ROUTE),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_other_redirect_is_followed(server, operation, status):
    storage, _ = server(lambda request: http_json({"data": {}}))
    running, client = server(lambda request: redirect(f"{storage.url}/1", status))
    with pytest.raises(APIStatusError) as caught:
        operation(client)
    assert caught.value.status_code == status
    assert caught.value.headers["location"] == f"{storage.url}/1"
    assert len(running.requests) == 1
    assert storage.requests == []


def test_a_client_of_the_user_that_follows_redirects_does_not_do_so_for_titan(server):
    storage, _ = server(lambda request: http_json({"data": []}))
    running, _ = server(lambda request: redirect(f"{storage.url}/1"))
    with httpx.Client(follow_redirects=True, auth=("user", "password"), headers={"X-Own": "1"}) as own:
        client = TitanClient(running.url, API_KEY, http_client=own)
        with pytest.raises(APIStatusError):
            client.sessions.list()
        client.media.download("s", "m")
    assert running.requests[0].headers["authorization"] == CREDENTIAL
    assert "authorization" not in storage.requests[0].headers
