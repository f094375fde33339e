"""Files of any size in constant memory: base64 inside a JSON body on the way up, whole or nothing down."""

from __future__ import annotations

import base64
import contextlib
import io
import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import IO, BinaryIO, Callable, Generator, Iterator, Optional, Union

LARGEST_BASE64 = 70_000_000
"""Characters of base64 that Titan takes."""

Progress = Callable[[int, Optional[int]], None]
"""Called with the bytes of the file done so far, and of the whole file where that is known."""

# A multiple of 3, so that the pieces' base64 joins without padding in between.
_CHUNK = 48 * 1024
_IN_MEMORY = 1024 * 1024


class CallersError(Exception):
    """Carries what the caller's own file or callback raised, so that it is not taken for the request's."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


@contextlib.contextmanager
def _of_caller() -> Generator[None, None, None]:
    try:
        yield
    except Exception as error:
        raise CallersError(error) from None


class Base64Body:
    """A JSON object whose last field, `base64`, is a file read while it is sent."""

    def __init__(
        self, fields: bytes, file: BinaryIO, progress: Optional[Progress], *, repeatable: bool
    ) -> None:
        """Measure the file, from its current position to its end.

        Args:
            fields: The other fields, a JSON object.
            file: A binary stream that can seek.
            progress: Told of each piece that was read.
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
        self.length = len(self._head) + characters + 2

    def __iter__(self) -> Iterator[bytes]:
        with _of_caller():
            self._file.seek(self._start)
        yield self._head
        left = self._size
        while left:
            with _of_caller():
                piece = _read_exactly(self._file, min(_CHUNK, left))
            left -= len(piece)
            yield base64.b64encode(piece)
            if self._progress is not None:
                with _of_caller():
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
def opened(file: Union[str, os.PathLike[str], BinaryIO]) -> Generator[tuple[BinaryIO, bool], None, None]:
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


class Download:
    """Receives a file in pieces; the target gets it whole or not at all."""

    def __init__(self, target: Union[str, os.PathLike[str], BinaryIO], progress: Optional[Progress]) -> None:
        """Check the target before anything is fetched.

        Args:
            target: A path, which is replaced, or a binary stream that can be written.
            progress: Told of each piece that came.

        Raises:
            TypeError: The target is neither.
            OSError: The path is that of a folder, or its folder does not exist.
        """
        self._target: Union[Path, BinaryIO]
        if isinstance(target, (str, os.PathLike)):
            self._target = Path(target)
            if self._target.is_dir():
                raise IsADirectoryError(f"the target {str(target)!r} is a folder; name the file in it")
            if not self._target.parent.is_dir():
                raise FileNotFoundError(f"the folder of the target {str(target)!r} does not exist")
        elif isinstance(target, io.TextIOBase):
            raise TypeError("the target is a text stream; open it with mode 'wb'")
        elif hasattr(target, "write"):
            self._target = target
        else:
            raise TypeError(f"the target must be a path or a binary stream, not {type(target).__name__}")
        self._progress = progress
        self.size = 0

    def __call__(self, chunks: Iterator[bytes], total: Optional[int]) -> None:
        """Take the pieces of one attempt."""
        self.size = 0
        if isinstance(self._target, Path):
            self._to_path(self._target, chunks, total)
        else:
            with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as copy:
                self._write(copy, chunks, total)
                copy.seek(0)
                with _of_caller():
                    shutil.copyfileobj(copy, self._target)

    def _to_path(self, path: Path, chunks: Iterator[bytes], total: Optional[int]) -> None:
        # In the same folder, since a rename across file systems is not atomic.
        part = path.with_name(f".{secrets.token_hex(8)}.part")
        try:
            with open(part, "xb") as file:
                self._write(file, chunks, total)
            os.replace(part, path)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(part)
            raise

    def _write(self, file: IO[bytes], chunks: Iterator[bytes], total: Optional[int]) -> None:
        for chunk in chunks:
            file.write(chunk)
            self.size += len(chunk)
            if self._progress is not None:
                with _of_caller():
                    self._progress(self.size, total)
