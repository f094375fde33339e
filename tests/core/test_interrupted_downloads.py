"""Ctrl-C at any line that writes a download: the file stays as it was, and nothing is left over or open."""

from __future__ import annotations

import gc
import itertools
import linecache
import os
import sys

import httpx
import pytest

from tests.support.fake_server import API_KEY, BASE_URL, FakeServer
from titan import TitanClient
from titan._http import files

FOLDER = os.path.dirname(files.__file__)
# It collects garbage at each of about sixty lines.
pytestmark = pytest.mark.slow

needs_list_of_files = pytest.mark.skipif(
    not os.path.isdir("/proc/self/fd"), reason="needs a system that lists what a process has open"
)


class Interrupt:
    """Raises KeyboardInterrupt at one line of those that write files, counted as they run."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.lines = 0

    def __call__(self, frame, event, argument):
        if not frame.f_code.co_filename.startswith(FOLDER):
            return None
        if event == "line" and not cleans_up(frame):
            self.lines += 1
            if self.lines == self.at:
                raise KeyboardInterrupt
        return self


def cleans_up(frame) -> bool:
    """Whether the line removes what is left: what ends that too, nobody can make up for."""
    line = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
    return frame.f_code.co_name == "discard_copy" or "discard_copy" in line or "finally" in line


@pytest.fixture
def client():
    server = FakeServer(httpx.Response(200, content=b"new", headers={"Content-Type": "image/png"}))
    with httpx.Client(transport=httpx.MockTransport(server)) as http:
        yield TitanClient(BASE_URL, API_KEY, http_client=http)


def download(client, target, at: int) -> None:
    """Download with an interrupt at the line of this number, where there are so many."""
    before = sys.gettrace()
    sys.settrace(Interrupt(at))
    try:
        client.media.download_to("s", "m", target)
    finally:
        sys.settrace(before)


def open_files():
    gc.collect()
    return sorted(os.listdir("/proc/self/fd"))


@needs_list_of_files
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("old", [b"old", None], ids=["replaced", "new"])
def test_no_line_at_which_a_download_is_interrupted_leaves_anything(client, tmp_path, old):
    target = tmp_path / "picture.png"

    def prepare():
        target.unlink(missing_ok=True)
        if old is not None:
            target.write_bytes(old)

    opened = open_files()
    for line in itertools.count(1):
        prepare()
        try:
            download(client, target, at=line)
        except KeyboardInterrupt:
            pass
        else:
            break
        assert open_files() == opened, f"line {line} left a file open"
        left = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
        assert left in ({"picture.png": b"new"}, {} if old is None else {"picture.png": old}), f"line {line}"
    assert line > 20, "so few lines were tried"
    assert target.read_bytes() == b"new"
