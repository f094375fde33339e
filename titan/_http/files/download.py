"""Receiving files of any size in constant memory: the target gets the whole file or nothing."""

from __future__ import annotations

import contextlib
import io
import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import IO, BinaryIO, Iterator, Optional, Union

from .user_code import Progress, run_user_code

_IN_MEMORY = 1024 * 1024


class Download:
    """Receives a file in pieces; the target gets the whole file or nothing."""

    def __init__(self, target: Union[str, os.PathLike[str], BinaryIO], progress: Optional[Progress]) -> None:
        """Check the target before anything is fetched.

        Args:
            target: A path, which is replaced, or a binary stream that can be written.
            progress: Called after each piece that came.

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
                with run_user_code():
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
                with run_user_code():
                    self._progress(self.size, total)
