"""Error trackers report the locals of frames: below a helper, those of files hold nothing private."""

from __future__ import annotations

import io
import os
import sys

import pytest

from tests.support.downloads import CUT_OFF, WHOLE, script
from tests.support.fake_server import FakeServer, json_response
from tests.support.files import CHAT, LARGEST, SENT, StopError
from tests.support.loopback import http_json
from titan import TitanError

PRIVATE = "5511999999999"
OWN = (os.path.join("_http", "files"), "_file_kinds.py", "_send_body")


def own_frames(error):
    """The frames of this part of the package, helpers apart, from which an error left."""
    while error is not None:
        traceback = error.__traceback__
        while traceback is not None:
            code = traceback.tb_frame.f_code
            if any(part in f"{code.co_filename} {code.co_name}" for part in OWN):
                yield traceback.tb_frame
            traceback = traceback.tb_next
        error = error.__cause__ or error.__context__


def assert_nothing_private(error, at_least):
    frames = list(own_frames(error))
    assert len(frames) >= at_least
    for frame in frames:
        # The error itself may name a path: it is the user's own.
        shown = {name: value for name, value in frame.f_locals.items() if not isinstance(value, Exception)}
        assert PRIVATE not in repr(shown), (frame.f_code.co_name, sorted(shown))
        for value in shown.values():
            assert PRIVATE not in str(getattr(value, "__dict__", ""))


class Faulty(io.BytesIO):
    name = f"/home/{PRIVATE}/file.bin"
    fails_at = 100_000

    def __repr__(self):
        return f"<Faulty {self.name}>"

    def read(self, size=-1):
        if self.tell() >= self.fails_at:
            raise StopError
        return super().read(size)


class Shrinking(Faulty):
    def read(self, size=-1):
        return b"" if self.tell() >= self.fails_at else io.BytesIO.read(self, size)


class Async(Faulty):
    async def read(self, size=-1):
        raise AssertionError


def stop(done, total):
    raise StopError


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / PRIVATE
    folder.mkdir()
    (folder / "text.txt").write_text("text")
    with (folder / "large.mp4").open("wb") as file:
        file.truncate(LARGEST + 1)
    return folder


UPLOADS = {
    "missing": (lambda folder: folder / "missing.pdf", {}),
    "folder": (lambda folder: folder, {}),
    "too large": (lambda folder: folder / "large.mp4", {}),
    "async": (lambda folder: Async(), {}),
    "bytes": (lambda folder: PRIVATE.encode(), {}),
    "read fails": (lambda folder: Faulty(bytes(300_000)), {}),
    "becomes shorter": (lambda folder: Shrinking(bytes(300_000)), {}),
    "callback fails": (lambda folder: folder / "text.txt", {"progress": stop}),
}


@pytest.mark.parametrize("helper", ["send_file", "send_voice"])
@pytest.mark.parametrize("kind", UPLOADS)
def test_a_failing_upload_leaves_nothing_private(server, folder, kind, helper):
    _, client = server(lambda request: http_json(SENT, 201))
    make, options = UPLOADS[kind]
    extra = {"caption": PRIVATE}
    with pytest.raises((OSError, ValueError, TypeError, StopError)) as caught:
        getattr(client.messages, helper)("s", CHAT, make(folder), extra=extra, **options)
    assert_nothing_private(caught.value, at_least=1)


def test_a_text_stream_leaves_nothing_private(messages, folder):
    service, _ = messages
    with (folder / "text.txt").open() as file, pytest.raises(TypeError) as caught:
        service.send_file("s", CHAT, file)
    assert_nothing_private(caught.value, at_least=2)


@pytest.mark.parametrize("status", [400, 404, 500])
def test_a_refused_upload_leaves_nothing_private(connect, folder, status):
    client = connect(FakeServer(json_response({"error": "no"}, status)))
    with pytest.raises(TitanError) as caught:
        client.messages.send_file("s", CHAT, folder / "text.txt", caption=PRIVATE)
    assert_nothing_private(caught.value, at_least=1)


class FaultyWriter:
    name = f"/home/{PRIVATE}/file.bin"

    def __repr__(self):
        return f"<FaultyWriter {self.name}>"

    def write(self, data):
        raise StopError


@pytest.mark.parametrize(
    "kind", ["stream", "callback", "folder", "text", "read only", "cut off", "broken pipe"]
)
def test_a_failing_download_leaves_nothing_private(server, folder, kind):
    if kind == "broken pipe" and sys.platform == "win32":
        pytest.skip("Windows has no FIFOs")
    _, client = server(script((CUT_OFF if kind == "cut off" else WHOLE)["length"]), max_retries=0)
    target, options = folder / "file.png", {}
    if kind == "stream":
        target = FaultyWriter()
    elif kind == "callback":
        options = {"progress": stop}
    elif kind == "folder":
        target = folder
    elif kind == "text":
        target = (folder / "text.txt").open("a")
    elif kind == "read only":
        target = (folder / "text.txt").open("rb")
    elif kind == "broken pipe":
        target = "/dev/full" if os.path.exists("/dev/full") else folder / "missing" / "file.png"
    try:
        with pytest.raises((OSError, TypeError, StopError, TitanError)) as caught:
            client.media.download_to("s", "m", target, **options)
        # A failure of the network is raised anew, above the frames of the file.
        assert_nothing_private(caught.value, at_least=0 if kind == "cut off" else 1)
    finally:
        if hasattr(target, "close"):
            target.close()


def test_a_callback_that_fails_leaves_no_code_in_the_frames_of_pairing(server):
    def answer(request):
        if request.target.endswith("/qr"):
            return http_json({"data": {"qr": f"2@{PRIVATE}"}})
        return http_json({"data": {"name": "s", "status": "CONNECTING"}})

    def fail(qr):
        raise StopError

    _, client = server(answer)
    with pytest.raises(StopError) as caught:
        client.pairing.wait("s", on_qr=fail)
    frames = [one.frame for one in caught.traceback if "pairing.py" in str(one.path)]
    assert len(frames) >= 2
    assert not [frame for frame in frames if PRIVATE in repr(frame.f_locals)]
