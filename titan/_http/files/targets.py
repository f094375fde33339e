"""What a download is written to: plain files, which get the whole or nothing, and all else."""

from __future__ import annotations

import abc
import contextlib
import errno
import inspect
import io
import os
import secrets
import shutil
import stat
import tempfile
from typing import IO, Any, Iterator, Optional, Tuple, cast

from .writing import BinaryWriter, Copying

_IN_MEMORY = 1024 * 1024
_MOST_LINKS = 40
_WRITE = os.O_WRONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)
_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)

# Why a file that can be written cannot be replaced: its folder is not ours to change, or it is mounted.
_CANNOT_BE_REPLACED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY, errno.EXDEV})


def _open_file(path: str, flags: int, mode: str, rights: int = 0o777, buffering: int = -1) -> IO[bytes]:
    """Open a file under a descriptor, since the `repr` of one that was opened by its path shows the path."""
    return _wrap(map(os.open, (path,), (flags,), (rights,)), mode, buffering)


def _wrap(descriptor: Iterator[int], mode: str, buffering: int = -1) -> IO[bytes]:
    """Make a file of the one descriptor that an iterator opens when it is asked.

    A signal handler that raises can run between any two steps of Python code, and would leave the descriptor
    open there. `map` takes it from the one to the other without such a step.
    """
    (file,) = map(open, descriptor, (mode,), (buffering,))
    return cast("IO[bytes]", file)


class Target(abc.ABC):
    """Where a download goes. Its parts are in slots: error trackers report locals, and a path is private."""

    __slots__ = ()

    def open_copy(self) -> IO[bytes]:
        """Open what takes the pieces while they come."""
        return cast("IO[bytes]", tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY))

    @abc.abstractmethod
    def finish(self, copy: IO[bytes], size: int) -> None:
        """Write the whole to the target."""

    def discard_copy(self) -> None:  # noqa: B027 - most have nothing to remove
        """Remove what is left of the copy, after a failure too."""


class StreamTarget(Target):
    """A stream of the user, written after everything has come."""

    __slots__ = ("_stream",)

    def __init__(self, stream: BinaryWriter) -> None:
        self._stream = stream

    def choose_target(self) -> Target:
        """Refuse what cannot be written to.

        Raises:
            TypeError: It is not a binary stream.
            OSError: It is not open for writing.
        """
        name = type(self._stream).__name__
        if not hasattr(self._stream, "write"):
            raise TypeError(f"the target must be a path or a binary stream, not {name}")
        if inspect.iscoroutinefunction(self._stream.write):
            raise TypeError(f"the target is of the class {name}, whose write is async; pass a binary stream")
        if isinstance(getattr(self._stream, "encoding", None), str) or isinstance(
            self._stream, io.TextIOBase
        ):
            raise TypeError("the target is a text stream; open it with mode 'wb', or pass its buffer")
        if hasattr(self._stream, "writable") and cast("Any", self._stream).writable() is False:
            raise io.UnsupportedOperation("the target is not open for writing")
        return self

    def finish(self, copy: IO[bytes], size: int) -> None:
        """Write the whole to the stream."""
        copy.seek(0)
        Copying(self._stream, size).copy(copy)


class DeviceTarget(Target):
    """What is not a plain file (device, FIFO, open descriptor): written through, never replaced."""

    __slots__ = ("_descriptor", "_path")

    def __init__(self, path: str, descriptor: Optional[int]) -> None:
        self._path = path
        self._descriptor = descriptor

    def finish(self, copy: IO[bytes], size: int) -> None:
        """Write the whole to the device; a FIFO waits for its reader."""
        copy.seek(0)
        # A descriptor is used as it is: opened anew by its path, a log would lose what is in it, and a socket
        # cannot be opened at all.
        with self._open_stream() as stream:
            Copying(stream, size).copy(copy)

    def _open_stream(self) -> IO[bytes]:
        if self._descriptor is None:
            return _open_file(self._path, _WRITE, "wb", buffering=0)
        return _wrap(map(os.dup, (self._descriptor,)), "wb", buffering=0)


class PlainFileTarget(Target):
    """A plain file, or one that does not exist yet: replaced by the whole, keeping mode and owner.

    Where the old file cannot be replaced, it is overwritten once everything has come.

    Args:
        path: The file itself, no link to it.
        old: What is there, or None.
        is_replaced: Whether to try to replace it.
    """

    __slots__ = ("_is_replaced", "_old", "_part", "_path")

    def __init__(self, path: str, old: Optional[os.stat_result], *, is_replaced: bool) -> None:
        self._path = path
        self._old = old
        self._is_replaced = is_replaced
        self._part = ""

    def open_copy(self) -> IO[bytes]:
        """Open a new file in the same folder, since a rename across file systems is not atomic."""
        if self._is_replaced:
            try:
                return self._open_part()
            except OSError as error:
                self.discard_copy()
                if not self._may_be_overwritten(error):
                    raise
        return super().open_copy()

    def _open_part(self) -> IO[bytes]:
        self._part = os.path.join(os.path.dirname(self._path), f".{secrets.token_hex(8)}.part")
        # Until the mode of the old file is on the new one, nobody else may read it.
        part = _open_file(self._part, _CREATE, "wb", 0o666 if self._old is None else 0o600)
        try:
            if self._old is not None:
                self._keep_owner_and_mode(self._old)
        except BaseException:
            part.close()
            raise
        return part

    def _may_be_overwritten(self, error: OSError) -> bool:
        return self._old is not None and error.errno in _CANNOT_BE_REPLACED

    def _keep_owner_and_mode(self, old: os.stat_result) -> None:
        new = os.stat(self._part)
        if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
            os.chown(self._part, old.st_uid, old.st_gid)
        # Access lists too: without them the mode alone would mean more rights than before.
        shutil.copystat(self._path, self._part)
        os.utime(self._part)

    def finish(self, copy: IO[bytes], size: int) -> None:
        """Put the whole in the place of the file."""
        if not self._part:
            copy.seek(0)
            self._overwrite(copy, size)
            return
        copy.close()
        try:
            os.replace(self._part, self._path)
        except OSError as error:
            if not self._may_be_overwritten(error):
                raise
            with _open_file(self._part, _READ, "rb") as whole:
                self._overwrite(whole, size)

    def _overwrite(self, whole: IO[bytes], size: int) -> None:
        with _open_file(self._path, _WRITE, "wb", buffering=0) as file:
            Copying(file, size).copy(whole)
            if os.fstat(file.fileno()).st_size > size:
                file.truncate(size)

    def discard_copy(self) -> None:
        """Remove the new file where it did not take the old one's place."""
        try:
            self._remove_part()
        except BaseException:  # interrupted, perhaps before it was removed
            self._remove_part()
            raise

    def _remove_part(self) -> None:
        if self._part:
            with contextlib.suppress(OSError):
                os.unlink(self._part)
            self._part = ""


class Place:
    """What a path leads to, links followed. In slots, as in `Target`.

    Args:
        path: The path.
    """

    __slots__ = ("_path",)

    def __init__(self, path: str) -> None:
        self._path = path

    def choose_target(self) -> Target:
        """Find out how to write there.

        Raises:
            OSError: It cannot be written: a folder, a socket, a path that leads nowhere.
        """
        found = self._look()
        descriptor, in_proc = _follow_links(self._path)
        if descriptor is not None:
            found = os.fstat(descriptor)
        if found is None:
            return self._choose_new_file(in_proc=in_proc)
        if stat.S_ISDIR(found.st_mode):
            raise self._error(errno.EISDIR, "the target is a folder; name the file in it")
        if descriptor is not None:
            return DeviceTarget(self._path, descriptor)
        if stat.S_ISSOCK(found.st_mode):
            raise self._error(errno.ENXIO, "the target is a socket; connect, and pass socket.makefile('wb')")
        return self._choose_existing_file(found, in_proc=in_proc)

    def _look(self) -> Optional[os.stat_result]:
        try:
            return os.stat(self._path)
        except FileNotFoundError:
            return None

    def _choose_existing_file(self, found: os.stat_result, *, in_proc: bool) -> Target:
        is_plain = stat.S_ISREG(found.st_mode)
        # In /proc stand files that other processes have open, which a new file would not reach.
        is_replaced = is_plain and not in_proc and found.st_nlink == 1 and self._folder_is_writable()
        if not is_replaced and not _may_write(self._path):
            raise self._error(errno.EACCES, "the target cannot be written")
        if not is_plain:
            return DeviceTarget(self._path, None)
        path = self._path if in_proc else os.path.realpath(self._path)
        return PlainFileTarget(path, found, is_replaced=is_replaced)

    def _choose_new_file(self, *, in_proc: bool) -> Target:
        if in_proc or not os.path.isdir(os.path.dirname(os.path.realpath(self._path))):
            raise self._error(errno.ENOENT, "the folder of the target does not exist")
        if not self._folder_is_writable():
            raise self._error(errno.EACCES, "the folder of the target cannot be written")
        return PlainFileTarget(os.path.realpath(self._path), None, is_replaced=True)

    def _folder_is_writable(self) -> bool:
        return _may_write(os.path.dirname(os.path.realpath(self._path)))

    def _error(self, number: int, text: str) -> OSError:
        return OSError(number, text, self._path)


def _may_write(path: str) -> bool:
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


_DESCRIPTOR_FOLDERS = ("/dev/fd", "/proc/self/fd", "/proc/thread-self/fd")


def _follow_links(path: str) -> Tuple[Optional[int], bool]:
    """The descriptor of this process that a path stands for, and whether it leads to something in /proc.

    `/dev/stdout`, `/dev/fd/7` and `/proc/self/fd/7` look like links to a file, but mean what is open there.
    """
    own = {os.path.realpath(folder) for folder in _DESCRIPTOR_FOLDERS if os.path.isdir(folder)}
    for _ in range(_MOST_LINKS):
        folder, name = os.path.realpath(os.path.dirname(path)), os.path.basename(path)
        if folder in own and name.isdigit():
            return int(name), True
        if folder == "/proc" or folder.startswith("/proc/"):
            return None, True
        try:
            path = os.path.join(folder, os.readlink(os.path.join(folder, name)))
        except OSError:
            break
    return None, False
