"""Sending files of any size in constant memory, as base64 inside a JSON body."""

from __future__ import annotations

import base64
import contextlib
import inspect
import os
import tempfile
from types import TracebackType
from typing import IO, Any, Iterator, Optional, Protocol, Type, Union, cast

from .user_code import Progress, run_user_code

LARGEST_BASE64 = 70_000_000
"""Characters of base64 that Titan takes."""
LARGEST_FILE = LARGEST_BASE64 // 4 * 3

# A multiple of 3, so that the pieces' base64 joins without padding in between.
_CHUNK = 48 * 1024
_IN_MEMORY = 1024 * 1024

# Where the uploads of web frameworks, which cannot be read themselves, hold the file.
_INNER_FILES = ("file", "stream")


class BinaryReader(Protocol):
    """What can be read: a file that is open in binary mode, or what frameworks give for an uploaded one."""

    def read(self, size: int = ..., /) -> Optional[bytes]:
        """Read at most so many bytes; nothing at the end."""
        ...


class Upload:
    """A file to send, open for as long as the `with` block lasts, and as a stream that can seek.

    Its parts are in slots: error trackers report locals, and a path is private.

    Args:
        file: A path or a binary stream; a stream is sent from where it stands, and left open.
    """

    __slots__ = ("_file", "_opened", "repeatable", "size", "start", "stream")

    def __init__(self, file: Union[str, os.PathLike[str], BinaryReader]) -> None:
        self._file = file
        self._opened = contextlib.ExitStack()
        self.stream: IO[bytes]
        self.repeatable: bool = True
        """Whether what the caller gave could itself be read again."""
        self.start: int = 0
        """Where in the stream the file begins."""
        self.size: int = 0

    def __enter__(self) -> Upload:
        """Open the file and measure it.

        Raises:
            TypeError: It is neither a path nor a binary stream.
            ValueError: It is too large.
            OSError: It cannot be read.
        """
        with contextlib.ExitStack() as stack:
            if isinstance(self._file, (str, os.PathLike)):
                self.stream = stack.enter_context(open(self._file, "rb"))
            else:
                self._check_stream()
                self.stream = cast("IO[bytes]", self._file)
            self._measure()
            # So few bytes are no matter, and files of the system lie about their size.
            if not self.repeatable or self.size <= _CHUNK:
                self._copy_to(stack.enter_context(tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)))
            if self.size > LARGEST_FILE:
                raise ValueError(
                    f"the file has {self.size:,} bytes or more; Titan takes at most {LARGEST_FILE:,} "
                    "(70,000,000 characters of base64)"
                )
            self._opened = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        """Close what was opened."""
        self._opened.close()

    def read(self, size: int) -> bytes:
        """Read so many bytes, also from a raw stream, which may return fewer at a time."""
        piece = self.stream.read(size)
        while len(piece) < size:
            more = self.stream.read(size - len(piece))
            if not more:
                raise OSError("the file became shorter while it was being sent; the message was not sent")
            piece += more
        return piece

    def peek(self, offset: int, size: int) -> bytes:
        """Look at bytes of the file, fewer at its end, before it is sent.

        Args:
            offset: Where they begin in the file.
            size: How many.
        """
        self.stream.seek(self.start + offset)
        return self.read(max(0, min(size, self.size - offset)))

    def _check_stream(self) -> None:
        """Refuse what is not a binary stream, and say what to pass instead."""
        name = type(self._file).__name__
        inner = next((one for one in _INNER_FILES if hasattr(getattr(self._file, one, None), "read")), None)
        instead = f"; pass `upload.{inner}`, with filename= and mime_type=" if inner else ""
        if not hasattr(self._file, "read"):
            raise TypeError(f"file must be a path or a binary stream, not {name}{instead}")
        if self._is_async():
            instead = instead or "; read it first, and pass io.BytesIO(data)"
            raise TypeError(f"file is of the class {name}, whose read is async{instead}")
        if isinstance(cast(Any, self._file).read(0), str):
            raise TypeError("file is a text stream; open it with mode 'rb', or pass its buffer")

    def _is_async(self) -> bool:
        if inspect.iscoroutinefunction(cast(Any, self._file).read):
            return True
        nothing = cast(Any, self._file).read(0)
        if inspect.iscoroutine(nothing):
            nothing.close()  # or it would be warned that nobody waited for it
        return inspect.isawaitable(nothing)

    def _measure(self) -> None:
        self.repeatable = self._can_seek()
        if self.repeatable:
            self.start = self.stream.tell()
            # Files in /proc do not know where they end; their size stays 0, so that they are copied.
            with contextlib.suppress(OSError):
                self.stream.seek(0, os.SEEK_END)
                # Not what `seek` returns: Python before 3.11 has files whose `seek` returns nothing.
                self.size = self.stream.tell() - self.start
            self.stream.seek(self.start)

    def _can_seek(self) -> bool:
        if not hasattr(self.stream, "seekable"):  # as in the temporary files of Python before 3.11
            return hasattr(self.stream, "seek") and hasattr(self.stream, "tell")
        return self.stream.seekable()

    def _copy_to(self, copy: Any) -> None:
        while copy.tell() <= LARGEST_FILE:
            piece = self.stream.read(_CHUNK)
            if piece is None:  # pyright: ignore[reportUnnecessaryComparison] - from a pipe that does not block
                raise BlockingIOError("the stream does not block, and has nothing to read yet")
            if not piece:
                break
            copy.write(piece)
        self.stream, self.start, self.size = copy, 0, copy.tell()


class Base64Body:
    """A JSON object whose last field, `base64`, is a file read while it is sent.

    Args:
        fields: The other fields, a JSON object.
        upload: The file, open.
        progress: Called after each piece that was read.
    """

    # What is in them is private, as in `Upload`.
    __slots__ = ("_head", "_progress", "_upload", "length", "repeatable")

    def __init__(self, fields: bytes, upload: Upload, progress: Optional[Progress]) -> None:
        self._upload = upload
        self._progress = progress
        self._head = fields[:-1] + b',"base64":"'
        self.repeatable: bool = upload.repeatable
        """Whether the body may be sent a second time."""
        self.length: int = len(self._head) + (upload.size + 2) // 3 * 4 + 2

    def __iter__(self) -> Iterator[bytes]:
        with run_user_code():
            self._upload.stream.seek(self._upload.start)
        yield self._head
        done, size = 0, self._upload.size
        while done < size:
            with run_user_code():
                encoded = base64.b64encode(self._upload.read(min(_CHUNK, size - done)))
            done = min(done + _CHUNK, size)
            yield encoded
            if self._progress is not None:
                with run_user_code():
                    self._progress(done, size)
        yield b'"}'
