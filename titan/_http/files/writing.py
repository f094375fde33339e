"""Writing to streams that take less than they are given, or nothing for now."""

from __future__ import annotations

import errno
import io
import selectors
import sys
import time
from typing import IO, Any, Optional, Protocol, cast

from ..._interruptions import find_interruption, raise_if_interrupted

_PIECE = 64 * 1024
# A descriptor can look ready and still take nothing: a stream may write to another one than it names.
_MOST_VAIN_ATTEMPTS = 100
_PAUSE = 0.01


class BinaryWriter(Protocol):
    """What can be written to: a file that is open in binary mode, or an object like one."""

    def write(self, data: bytes, /) -> object:
        """Take bytes, and return how many were taken; None and the like mean all of them."""
        ...


class Copying:
    """Writes the rest of a file to a stream, all of it, and says in an error how much was written.

    Args:
        stream: The target.
        total: Bytes that are to be written.
    """

    __slots__ = ("_stream", "_total", "_written")

    def __init__(self, stream: BinaryWriter, total: int) -> None:
        self._stream = stream
        self._total = total
        self._written = 0

    def copy(self, source: IO[bytes]) -> None:
        """Write all that is left in the source, waiting wherever the stream takes no more for now.

        Raises:
            BlockingIOError: The stream takes no more for now, and there is no way to wait for it.
            Exception: What the stream raises, with the number of bytes written in it.
        """
        try:
            if type(self._stream) is io.BufferedWriter:
                # Only the raw stream under it tells how much was written when it fails.
                self._flush()
                self._stream = self._stream.raw
            while self._write(source.read(_PIECE)):
                pass
            self._flush()
        except Exception as error:
            if find_interruption(error) is not None:
                raise
            about = "" if isinstance(self._stream, io.RawIOBase) else "about "
            _add_to_text(error, f"{about}{self._written} of {self._total} bytes were written")
            raise

    def _write(self, data: bytes) -> bool:
        """Write one piece; False for an empty one."""
        given, vain = len(data), 0
        while data:
            taken, blocked = self._offer(data)
            self._written += taken
            data = data[taken:]
            vain = 0 if taken else vain + 1
            if not taken or (blocked is not None and data):
                self._wait(vain, blocked)
        return given > 0

    def _offer(self, data: bytes) -> tuple[int, Optional[BlockingIOError]]:
        """Write once: how much was taken, and what the stream raised if it would have had to wait."""
        try:
            taken = self._stream.write(data)
        except BlockingIOError as error:
            return getattr(error, "characters_written", 0), error
        if taken is None and isinstance(self._stream, io.RawIOBase):
            return 0, None
        # Many streams of frameworks return nothing, or themselves, and have taken everything.
        if not isinstance(taken, int) or isinstance(taken, bool):
            return len(data), None
        if not 0 <= taken <= len(data):
            raise OSError(f"the stream says that it took {taken} bytes of {len(data)}")
        return taken, None

    def _flush(self) -> None:
        vain = 0
        while hasattr(self._stream, "flush") and (blocked := self._try_to_flush()) is not None:
            vain += 1
            self._wait(vain, blocked)

    def _try_to_flush(self) -> Optional[BlockingIOError]:
        try:
            cast("Any", self._stream).flush()
        except BlockingIOError as error:
            return error
        return None

    def _wait(self, vain: int, blocked: Optional[BlockingIOError]) -> None:
        """Wait until the stream's descriptor can be written to.

        Args:
            vain: How often in a row the stream took nothing.
            blocked: What it raised instead, if anything.

        Raises:
            BlockingIOError: It has no descriptor, or one that cannot be waited for.
        """
        if vain > 1:
            time.sleep(_PAUSE)
        if vain <= _MOST_VAIN_ATTEMPTS and _wait_for_descriptor(self._stream):
            return
        raise blocked or BlockingIOError(
            errno.EAGAIN, "the stream takes no more bytes for now, and cannot be waited for", self._written
        )


def _wait_for_descriptor(stream: Any) -> bool:
    """Wait until a stream can be written to; False where its descriptor does not tell."""
    # Not select.select, which takes no descriptor above 1023.
    selector = getattr(selectors, "PollSelector", selectors.SelectSelector)()
    try:
        selector.register(stream, selectors.EVENT_WRITE)
        selector.select()
    except (OSError, ValueError) as error:
        raise_if_interrupted(error)
        return False
    finally:
        selector.close()
    return True


def _add_to_text(error: Exception, text: str) -> None:
    """Add to the text of an error that stays the object it is, since it may be the user's own."""
    if isinstance(error, OSError) and isinstance(error.strerror, str):
        error.strerror = f"{error.strerror}; {text}"
        error.args = (error.errno, error.strerror)
    elif isinstance(error, OSError) and len(error.args) == 1:
        error.args = (f"{error.args[0]}; {text}",)
    elif sys.version_info >= (3, 11):
        error.add_note(text)
