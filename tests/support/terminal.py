"""A terminal without a window: what a program writes to it ends up on a screen that tests can read."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from typing import Any, Callable, Iterator, List, Mapping, Optional

import pytest

from tests.support.project import ROOT

if sys.platform == "win32":
    pytest.skip("NOT TESTED: there are no pseudo-terminals on Windows", allow_module_level=True)

import fcntl
import pty
import struct
import termios

import pyte

# The child opens its terminal once more, as the first of its session, so that the terminal controls it:
# Ctrl-C is then a signal, and so is the end of the terminal.
_START = """
import os, sys
os.close(os.open(os.ttyname(0), os.O_RDWR))
from titan.cli.__main__ import main
sys.exit(main())
"""
_SECONDS = 30.0


class Terminal:
    """A running `titan` and the screen that it writes to.

    Args:
        arguments: Its arguments.
        environment: Its environment variables.
        columns: How wide the screen is.
        lines: How high it is.
        output: Where its stdout goes instead, if elsewhere.
    """

    def __init__(
        self,
        arguments: List[str],
        environment: Mapping[str, str],
        *,
        columns: int = 100,
        lines: int = 50,
        output: Optional[int] = None,
    ) -> None:
        self.screen = pyte.HistoryScreen(columns, lines, history=1000)
        self.raw = b""
        self._stream = pyte.ByteStream(self.screen)
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-c", _START, *arguments],
            env={**environment, "PYTHONPATH": str(ROOT)},
            stdin=theirs,
            stdout=theirs if output is None else output,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    @property
    def lines(self) -> List[str]:
        """The lines of the screen, without the spaces behind them."""
        return [line.rstrip() for line in self.screen.display]

    @property
    def text(self) -> str:
        """What the screen shows."""
        return "\n".join(self.lines).strip("\n")

    def wait_for(self, what: Any, seconds: float = _SECONDS) -> None:
        """Read until the screen has a text, or until a function of the terminal says so."""
        is_there: Callable[[Terminal], Any] = (
            what if callable(what) else lambda terminal: what in terminal.text
        )
        end = time.monotonic() + seconds
        while not is_there(self):
            if not self._read(end - time.monotonic()) and not is_there(self):
                pytest.fail(f"it never showed {what!r}, but\n{self.text}")

    def type(self, text: str) -> None:
        """Type on its keyboard; \\x03 is Ctrl-C."""
        os.write(self._ours, text.encode())

    def type_until_end(self, key: str) -> int:
        """Type something again and again until it ends, and give its exit status.

        At a prompt, Python writes the question before it waits for the answer: in between it does not see a
        Ctrl-C until the next key.
        """
        end = time.monotonic() + _SECONDS
        while self.process.poll() is None and time.monotonic() < end:
            self.type(key)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(3)
        return self.wait()

    def answer_hidden(self, text: str) -> int:
        """Type the answer to a question once nothing that is typed is shown, and give its exit status."""
        end = time.monotonic() + _SECONDS
        while termios.tcgetattr(self._ours)[3] & termios.ECHO:
            assert time.monotonic() < end, "what is typed would be shown"
            time.sleep(0.001)
        self.type(f"{text}\n")
        return self.wait()

    def resize(self, columns: int, lines: int) -> None:
        """Make the window another size."""
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.screen.resize(lines, columns)

    def wait(self) -> int:
        """Read until it ends, and give its exit status."""
        end = time.monotonic() + _SECONDS
        while self._read(end - time.monotonic()):
            pass
        return self.process.wait(max(end - time.monotonic(), 1))

    def hang_up(self) -> int:
        """Close the terminal under it, and give its exit status."""
        os.close(self._ours)
        self._ours = -1
        return self.process.wait(_SECONDS)

    def close(self) -> None:
        """End it, whatever it does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self._ours >= 0:
            os.close(self._ours)

    def _read(self, seconds: float) -> bool:
        """Read what comes; False where nothing will come any more."""
        if seconds <= 0 or not select.select([self._ours], [], [], seconds)[0]:
            return False
        try:
            piece = os.read(self._ours, 65536)
        except OSError:  # as Linux says that nobody has the other end open
            return False
        self.raw += piece
        self._stream.feed(piece)
        return bool(piece)


@contextlib.contextmanager
def terminal(*arguments: str, environment: Mapping[str, str], **options: Any) -> Iterator[Terminal]:
    """Run `titan` on a terminal; it is killed at the end."""
    opened = Terminal(list(arguments), environment, **options)
    try:
        yield opened
    finally:
        opened.close()
