"""Receiving files of any size in constant memory: a plain file gets the whole or nothing."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path
from typing import IO, Iterator, Optional, Union

from .targets import Place, StreamTarget
from .user_code import Progress, run_user_code
from .writing import BinaryWriter

_ENDS_OF_A_FOLDER = tuple(filter(None, (os.sep, os.altsep)))


class Download:
    """Receives a file in pieces; the target is written when all have come."""

    # Not attributes that a tracker of errors would show: what is in them is private.
    __slots__ = ("_progress", "_target", "size")

    def __init__(
        self, target: Union[str, os.PathLike[str], BinaryWriter], progress: Optional[Progress]
    ) -> None:
        """Check the target before anything is fetched.

        Args:
            target: A path, or a binary stream that can be written.
            progress: Called after each piece that came.

        Raises:
            TypeError: The target is neither.
            OSError: The target cannot be written.
        """
        self._progress = progress
        self.size = 0
        if isinstance(target, (str, os.PathLike)) and os.fsdecode(target).endswith(_ENDS_OF_A_FOLDER):
            raise IsADirectoryError(errno.EISDIR, "the target is a folder; name the file in it", target)
        place = (
            Place(str(Path(os.fsdecode(target))))
            if isinstance(target, (str, os.PathLike))
            else StreamTarget(target)
        )
        del target  # error trackers report locals, and a path is private
        self._target = place.choose_target()

    def __call__(self, chunks: Iterator[bytes], total: Optional[int]) -> None:
        """Take the pieces of one attempt."""
        self.size = 0
        try:
            with run_user_code():
                copy = self._target.open_copy()
            with contextlib.closing(copy):
                self._fill(copy, chunks, total)
                with run_user_code():
                    self._target.finish(copy, self.size)
        finally:
            self._target.discard_copy()

    def _fill(self, copy: IO[bytes], chunks: Iterator[bytes], total: Optional[int]) -> None:
        for chunk in chunks:
            with run_user_code():
                copy.write(chunk)
                self.size += len(chunk)
                if self._progress is not None:
                    self._progress(self.size, total)
