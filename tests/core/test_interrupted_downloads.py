"""Ctrl-C at any line that writes a download: the file stays as it was, and nothing is left over or open."""

from __future__ import annotations

import errno
import gc
import itertools
import linecache
import os
import sys
from pathlib import Path
from typing import Callable, Optional
from unittest import mock

import httpx
import pytest

from tests.support.fake_server import API_KEY, BASE_URL, FakeServer
from tests.support.interpreter import run_python
from titan import TitanClient
from titan._http import files

FOLDER = os.path.dirname(files.__file__)
pytestmark = pytest.mark.slow

needs_list_of_files = pytest.mark.skipif(
    not os.path.isdir("/proc/self/fd"), reason="needs a system that lists what a process has open"
)


class Interrupt:
    """Raises KeyboardInterrupt at one line of those that write files, counted as they run.

    Args:
        at: Which line.
        when: Whether lines count yet.
    """

    def __init__(self, at: int, when: Callable[[], bool] = lambda: True) -> None:
        self.at = at
        self.when = when
        self.lines = 0

    def __call__(self, frame, event, argument):
        if not frame.f_code.co_filename.startswith(FOLDER):
            return None
        if event == "line" and self.when() and not cleans_up(frame):
            self.lines += 1
            if self.lines == self.at:
                raise KeyboardInterrupt
        return self


def cleans_up(frame) -> bool:
    """Whether the line begins to remove what is left: what ends that, nobody can make up for."""
    code = frame.f_code
    line = linecache.getline(code.co_filename, frame.f_lineno)
    if code.co_name == "discard_copy":
        return line.strip() == "try:"
    return "discard_copy" in line or "finally" in line


def download(client, target, at: int) -> None:
    """Download with an interrupt at the line of this number, where there are so many."""
    sys.settrace(Interrupt(at))
    try:
        client.media.download_to("s", "m", target)
    finally:
        sys.settrace(None)


def open_files():
    gc.collect()
    return sorted(os.listdir("/proc/self/fd"))


def interrupt_at_each_line(folder: str, old: Optional[bytes]) -> None:
    """Download again and again, each time with an interrupt one line later, until there is no such line."""
    target = Path(folder, "picture.png")
    server = FakeServer(httpx.Response(200, content=b"new", headers={"Content-Type": "image/png"}))
    with httpx.Client(transport=httpx.MockTransport(server)) as http:
        client = TitanClient(BASE_URL, API_KEY, http_client=http)
        client.media.download_to("s", "m", target)
        opened = open_files()
        for line in itertools.count(1):
            target.unlink(missing_ok=True)
            if old is not None:
                target.write_bytes(old)
            try:
                download(client, target, at=line)
            except KeyboardInterrupt:
                pass
            else:
                break
            assert open_files() == opened, f"line {line} left a file open"
            left = {one.name: one.read_bytes() for one in target.parent.iterdir()}
            as_before = {} if old is None else {"picture.png": old}
            assert left in (as_before, {"picture.png": b"new"}), f"line {line} left {left}"
    assert line > 20, "so few lines were tried"
    assert target.read_bytes() == b"new"


def interrupt_each_line_of_the_removal(folder: str) -> None:
    """Let a download fail that has come whole, each time with an interrupt one line later while it ends."""
    target = Path(folder, "picture.png")
    server = FakeServer(httpx.Response(200, content=b"new", headers={"Content-Type": "image/png"}))
    with httpx.Client(transport=httpx.MockTransport(server)) as http:
        client = TitanClient(BASE_URL, API_KEY, http_client=http)
        for line in itertools.count(1):
            target.write_bytes(b"old")
            with mock.patch("os.replace", side_effect=OSError(errno.ENOSPC, "full")) as replace:
                interrupt = Interrupt(line, when=lambda replace=replace: replace.called)
                sys.settrace(interrupt)
                try:
                    client.media.download_to("s", "m", target)
                except KeyboardInterrupt:
                    pass
                except OSError:
                    break
                finally:
                    sys.settrace(None)
            left = {one.name: one.read_bytes() for one in target.parent.iterdir()}
            assert left == {"picture.png": b"old"}, f"line {line} left {left}"
    assert line > 5, "so few lines were tried"


# In an interpreter of its own: what a trace function raises stays the context of errors for ever after.
def test_no_line_at_which_the_removal_of_a_failed_download_is_interrupted_leaves_anything(tmp_path):
    run_python(
        "from tests.core.test_interrupted_downloads import interrupt_each_line_of_the_removal\n"
        f"interrupt_each_line_of_the_removal({str(tmp_path)!r})",
        options=("-W", "ignore::ResourceWarning"),
    )


# In an interpreter of its own: what a trace function raises stays the context of errors for ever after.
@needs_list_of_files
@pytest.mark.parametrize("old", [b"old", None], ids=["replaced", "new"])
def test_no_line_at_which_a_download_is_interrupted_leaves_anything(tmp_path, old):
    run_python(
        "from tests.core.test_interrupted_downloads import interrupt_at_each_line\n"
        f"interrupt_at_each_line({str(tmp_path)!r}, {old!r})",
        # A file that nobody closed is closed by the interpreter, and `open_files` says whether it was.
        options=("-W", "ignore::ResourceWarning"),
    )
