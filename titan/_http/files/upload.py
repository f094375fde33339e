"""Sending files of any size in constant memory, as base64 inside a JSON body."""

from __future__ import annotations

import base64
import contextlib
import os
import tempfile
from typing import BinaryIO, Generator, Iterator, Optional, Tuple, Union

from .user_code import Progress, run_user_code

LARGEST_BASE64 = 70_000_000
"""Characters of base64 that Titan takes."""

# A multiple of 3, so that the pieces' base64 joins without padding in between.
_CHUNK = 48 * 1024
_IN_MEMORY = 1024 * 1024


class Base64Body:
    """A JSON object whose last field, `base64`, is a file read while it is sent."""

    def __init__(
        self, fields: bytes, file: BinaryIO, progress: Optional[Progress], *, repeatable: bool
    ) -> None:
        """Measure the file, from its current position to its end.

        Args:
            fields: The other fields, a JSON object.
            file: A binary stream that can seek.
            progress: Called after each piece that was read.
            repeatable: Whether the body may be sent a second time.

        Raises:
            ValueError: The file is too large.
        """
        self.repeatable = repeatable
        self._file = file
        self._progress = progress
        self._start = file.tell()
        self._size = file.seek(0, os.SEEK_END) - self._start
        characters = (self._size + 2) // 3 * 4
        if characters > LARGEST_BASE64:
            raise ValueError(
                f"the file has {self._size:,} bytes; Titan takes at most {LARGEST_BASE64 // 4 * 3:,} "
                "(70,000,000 characters of base64)"
            )
        self._head = fields[:-1] + b',"base64":"'
        self.length: int = len(self._head) + characters + 2

    def __iter__(self) -> Iterator[bytes]:
        with run_user_code():
            self._file.seek(self._start)
        yield self._head
        left = self._size
        while left:
            with run_user_code():
                piece = _read_exactly(self._file, min(_CHUNK, left))
            left -= len(piece)
            yield base64.b64encode(piece)
            if self._progress is not None:
                with run_user_code():
                    self._progress(self._size - left, self._size)
        yield b'"}'


def _read_exactly(file: BinaryIO, size: int) -> bytes:
    """Read so many bytes, also from a raw stream, which may return fewer at a time."""
    pieces = []
    while size:
        piece = file.read(size)
        if not piece:
            raise OSError("the file became shorter while it was being sent; the message was not sent")
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


@contextlib.contextmanager
def open_upload(file: Union[str, os.PathLike[str], BinaryIO]) -> Generator[Tuple[BinaryIO, bool], None, None]:
    """Open a path, or take a stream as it is, and make it one that can seek.

    Yields:
        The stream, and whether what the caller gave could itself seek.

    Raises:
        TypeError: It is neither a path nor a binary stream.
    """
    if isinstance(file, (str, os.PathLike)):
        with open(file, "rb") as stream:
            yield stream, True
        return
    if not hasattr(file, "read"):
        raise TypeError(f"file must be a path or a binary stream, not {type(file).__name__}")
    if isinstance(file.read(0), str):
        raise TypeError("file is a text stream; open it with mode 'rb'")
    if hasattr(file, "seekable") and file.seekable():
        yield file, True
        return
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as copy:
        while copy.tell() <= LARGEST_BASE64:
            piece = file.read(_CHUNK)
            if piece is None:  # pyright: ignore[reportUnnecessaryComparison] - from a pipe that does not block
                raise BlockingIOError("the stream does not block, and has nothing to read yet")
            if not piece:
                break
            copy.write(piece)
        copy.seek(0)
        yield copy, False  # type: ignore[misc]
