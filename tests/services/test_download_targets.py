"""`media.download_to` and what its target is: plain files, links, devices, FIFOs, open descriptors."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from tests.support.downloads import CUT_OFF, DATA, WHOLE, names_in, script
from titan import APIConnectionError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no FIFOs and no modes")


@pytest.fixture
def client(server):
    """A client whose server gives the same file to everything."""
    running, client = server(lambda request: WHOLE["length"])
    client.requests_seen = running.requests
    return client


@pytest.fixture
def umask():
    before = os.umask(0o022)
    yield 0o022
    os.umask(before)


class Reader(threading.Thread):
    """Reads a descriptor, or what a path opens, to its end."""

    def __init__(self, source) -> None:
        super().__init__(daemon=True)
        self._source = source
        self.data = b""
        self.start()

    def run(self) -> None:
        with open(self._source, "rb") as file:
            self.data = file.read()

    def read(self) -> bytes:
        self.join(10)
        assert not self.is_alive()
        return self.data


# --- plain files keep what they are


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755, 0o400, 0o200])
def test_a_file_keeps_its_mode(client, tmp_path, umask, mode):
    path = tmp_path / "file.png"
    path.write_bytes(b"old")
    path.chmod(mode)
    client.media.download_to("s", "m", path)
    assert stat.S_IMODE(path.stat().st_mode) == mode
    path.chmod(0o600)
    assert path.read_bytes() == DATA


def test_nobody_else_can_read_the_new_file_while_it_comes(client, tmp_path, umask):
    path, seen = tmp_path / "file.png", set()
    path.write_bytes(b"old")
    path.chmod(0o600)
    client.media.download_to(
        "s",
        "m",
        path,
        progress=lambda done, total: seen.update(
            stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()
        ),
    )
    assert seen == {0o600}


def test_an_empty_file_that_is_replaced_is_new(server, tmp_path):
    _, client = server(script(WHOLE["empty"]))
    path = tmp_path / "file.png"
    path.write_bytes(b"old")
    os.utime(path, (1, 1))
    client.media.download_to("s", "m", path)
    assert path.read_bytes() == b""
    assert path.stat().st_mtime > 1


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize(("owner", "group"), [(65534, 65534), (0, 12345), (12345, 0)])
def test_a_file_keeps_its_owner(client, tmp_path, owner, group):
    path = tmp_path / "file.png"
    path.write_bytes(b"old")
    os.chown(path, owner, group)
    client.media.download_to("s", "m", path)
    assert (path.stat().st_uid, path.stat().st_gid) == (owner, group)
    assert path.read_bytes() == DATA


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="only Linux has them in os")
def test_a_file_keeps_its_extended_attributes(client, tmp_path):
    path = tmp_path / "file.png"
    path.write_bytes(b"old")
    try:
        os.setxattr(path, "user.titan", b"kept")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    client.media.download_to("s", "m", path)
    assert os.getxattr(path, "user.titan") == b"kept"


@pytest.mark.parametrize("length", [1, 400_000], ids=["growing", "shrinking"])
def test_all_names_of_a_file_show_the_new_one(client, tmp_path, length):
    path, other = tmp_path / "file.png", tmp_path / "other.png"
    path.write_bytes(bytes(length))
    os.link(path, other)
    client.media.download_to("s", "m", path)
    assert other.read_bytes() == DATA
    assert path.samefile(other)
    assert names_in(tmp_path) == ["file.png", "other.png"]


@pytest.mark.parametrize("form", CUT_OFF)
def test_a_cut_off_file_leaves_a_file_that_is_only_overwritten_as_it_was(server, tmp_path, form):
    _, client = server(script(CUT_OFF[form]), max_retries=0)
    path, other = tmp_path / "file.png", tmp_path / "other.png"
    path.write_bytes(b"old")
    os.link(path, other)
    with pytest.raises(APIConnectionError):
        client.media.download_to("s", "m", path)
    assert other.read_bytes() == b"old"
    assert names_in(tmp_path) == ["file.png", "other.png"]


@contextlib.contextmanager
def as_nobody(client):
    """Run as a user who may not do everything; in a folder of their own."""
    # The first call loads modules, which that user may have no right to read.
    client.media.download("s", "m")
    client.requests_seen.clear()
    if os.geteuid() != 0:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
        return
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        os.setegid(65534)
        os.seteuid(65534)
        try:
            yield Path(folder)
        finally:
            os.seteuid(0)
            os.setegid(0)


def test_a_file_in_a_folder_that_cannot_be_written_is_overwritten(client):
    with as_nobody(client) as folder:
        shut = folder / "shut"
        shut.mkdir()
        path = shut / "file.png"
        path.write_bytes(b"old" * 200_000)
        path.chmod(0o640)
        shut.chmod(0o555)
        client.media.download_to("s", "m", path)
        assert path.read_bytes() == DATA
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        assert names_in(shut) == ["file.png"]
        shut.chmod(0o755)


@pytest.mark.parametrize("case", ["new file", "file", "hard link", "device"])
def test_what_cannot_be_written_is_a_permission_error_before_anything_is_fetched(client, case):
    with as_nobody(client) as folder:
        shut = folder / "shut"
        shut.mkdir()
        path = shut / "file.png"
        if case == "device":
            os.mkfifo(path)
        elif case != "new file":
            path.write_bytes(b"old")
        if case == "hard link":
            os.link(path, shut / "other.png")
        if case != "new file":
            path.chmod(0o444)
        if case in ("new file", "file"):
            shut.chmod(0o555)
        with pytest.raises(PermissionError):
            client.media.download_to("s", "m", path)
        shut.chmod(0o755)
    assert client.requests_seen == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_somebody_else_that_may_be_written_stays_theirs(client):
    with as_nobody(client) as folder:
        path = folder / "file.png"
        path.write_bytes(b"old")
        path.chmod(0o666)
        os.seteuid(0)
        os.chown(path, 12345, 12345)
        os.seteuid(65534)
        client.media.download_to("s", "m", path)
        assert path.read_bytes() == DATA
        assert (path.stat().st_uid, stat.S_IMODE(path.stat().st_mode)) == (12345, 0o666)
        assert names_in(folder) == ["file.png"]


@pytest.mark.parametrize("number", [errno.EBUSY, errno.EXDEV, errno.EPERM])
def test_a_file_that_cannot_be_renamed_over_is_overwritten(client, tmp_path, monkeypatch, number):
    """As with a file that is mounted into a container: only root could mount one here."""
    path = tmp_path / "file.png"
    path.write_bytes(b"old")
    inode = path.stat().st_ino

    def refuse(source, target):
        raise OSError(number, os.strerror(number), source, None, target)

    monkeypatch.setattr(os, "replace", refuse)
    client.media.download_to("s", "m", path)
    assert path.read_bytes() == DATA
    assert path.stat().st_ino == inode
    assert names_in(tmp_path) == ["file.png"]


# --- links


@pytest.mark.parametrize("exists", [True, False], ids=["to a file", "dangling"])
@pytest.mark.parametrize("steps", [1, 2, 5])
@pytest.mark.parametrize("relative", [True, False], ids=["relative", "absolute"])
def test_a_link_is_followed_and_stays_a_link(client, tmp_path, exists, steps, relative):
    folder = tmp_path / "files"
    folder.mkdir()
    path = folder / "file.png"
    if exists:
        path.write_bytes(b"old")
        path.chmod(0o600)
    target = Path("files") / "file.png" if relative else path
    for number in range(steps):
        link = tmp_path / f"link{number}"
        link.symlink_to(target)
        target = Path(link.name) if relative else link
    client.media.download_to("s", "m", link)
    assert link.is_symlink()
    assert path.read_bytes() == DATA
    assert not path.is_symlink()
    assert names_in(folder) == ["file.png"]
    if exists:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_into_a_folder_that_is_missing_and_a_circle_of_links_are_errors(client, tmp_path):
    (tmp_path / "lost").symlink_to(tmp_path / "missing" / "file.png")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    with pytest.raises(FileNotFoundError):
        client.media.download_to("s", "m", tmp_path / "lost")
    with pytest.raises(OSError, match="symbolic links"):
        client.media.download_to("s", "m", tmp_path / "circle")
    assert names_in(tmp_path) == ["circle", "lost"]
    assert client.requests_seen == []


def test_a_link_to_a_folder_is_a_folder(client, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(IsADirectoryError):
        client.media.download_to("s", "m", tmp_path / "link")
    assert client.requests_seen == []


# --- what is not a plain file


def test_a_fifo_gets_the_file_and_stays_a_fifo(client, tmp_path):
    path = tmp_path / "fifo"
    os.mkfifo(path)
    reader = Reader(path)
    assert client.media.download_to("s", "m", path) == len(DATA)
    assert reader.read() == DATA
    assert stat.S_ISFIFO(path.stat().st_mode)
    assert names_in(tmp_path) == ["fifo"]


def test_a_link_to_a_fifo_is_followed(client, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to("fifo")
    reader = Reader(tmp_path / "fifo")
    client.media.download_to("s", "m", tmp_path / "link")
    assert reader.read() == DATA
    assert (tmp_path / "link").is_symlink()


@pytest.mark.parametrize("linked", [False, True], ids=["itself", "by a link"])
def test_a_character_device_stays_one(client, tmp_path, linked):
    path = "/dev/null"
    if linked:
        path = tmp_path / "null"
        path.symlink_to("/dev/null")
    assert client.media.download_to("s", "m", path) == len(DATA)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_terminal_gets_the_file(client):
    import pty
    import tty

    outer, inner = pty.openpty()
    tty.setraw(inner)
    data = b""
    sending = threading.Thread(
        target=client.media.download_to, args=("s", "m", os.ttyname(inner)), daemon=True
    )
    sending.start()
    while len(data) < len(DATA):
        data += os.read(outer, 65536)
    sending.join(10)
    assert data == DATA
    os.close(outer)
    os.close(inner)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has /dev/full")
def test_a_device_that_is_full_says_that_nothing_was_written(client):
    with pytest.raises(OSError, match=f"0 of {len(DATA)} bytes were written") as caught:
        client.media.download_to("s", "m", "/dev/full")
    assert caught.value.errno == errno.ENOSPC


def test_a_fifo_whose_reader_goes_away_says_how_many_bytes_were_written(client, tmp_path):
    path = tmp_path / "fifo"
    os.mkfifo(path)

    def read_a_little():
        with open(path, "rb", buffering=0) as file:
            while sum(map(len, taken)) < 100_000:
                taken.append(file.read(1000))

    taken = []
    reading = threading.Thread(target=read_a_little)
    reading.start()
    with pytest.raises(BrokenPipeError, match="bytes were written") as caught:
        client.media.download_to("s", "m", path)
    reading.join()
    written = int(str(caught.value).partition("; ")[2].partition(" of ")[0])
    assert 0 < written < len(DATA)


def test_nothing_of_a_cut_off_file_goes_to_a_fifo(server, tmp_path):
    _, client = server(script(CUT_OFF["length"], WHOLE["length"]), max_retries=0)
    path = tmp_path / "fifo"
    os.mkfifo(path)
    reader = Reader(path)
    with pytest.raises(APIConnectionError):
        client.media.download_to("s", "m", path)
    client.media.download_to("s", "m", path)
    assert reader.read() == DATA


@pytest.mark.parametrize("form", ["/dev/fd/%d", "/proc/self/fd/%d", "/proc/thread-self/fd/%d"])
@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_an_open_descriptor_is_written_to(client, tmp_path, form, kind):
    if not os.path.isdir(os.path.dirname(form)):
        pytest.skip("this system has no such folder")
    if kind == "pipe":
        read_end, write_end = os.pipe()
    else:
        read_end, write_end = (one.detach() for one in socket.socketpair())
    reader = Reader(read_end)
    client.media.download_to("s", "m", form % write_end)
    os.close(write_end)  # it is still ours, and open
    assert reader.read() == DATA


def test_a_log_behind_a_descriptor_keeps_what_is_in_it(client, tmp_path):
    path, link = tmp_path / "log", tmp_path / "link"
    with path.open("ab", buffering=0) as file:
        file.write(b"first;")
        link.symlink_to(f"/dev/fd/{file.fileno()}")
        client.media.download_to("s", "m", link)
        file.write(b";last")
    assert path.read_bytes() == b"first;" + DATA + b";last"


def test_a_deleted_file_behind_a_descriptor_is_written(client, tmp_path):
    with tempfile.TemporaryFile(dir=tmp_path) as file:
        client.media.download_to("s", "m", f"/dev/fd/{file.fileno()}")
        file.seek(0)
        assert file.read() == DATA
    assert names_in(tmp_path) == []


def test_a_descriptor_that_is_not_open_is_an_error_before_anything_is_fetched(client):
    free = os.dup(0)
    os.close(free)
    with pytest.raises(OSError, match="descriptor"):
        client.media.download_to("s", "m", f"/dev/fd/{free}")
    assert client.requests_seen == []


TO_STDOUT = """
import sys
from titan import TitanClient
with TitanClient(sys.argv[1], "titan_key") as client:
    client.media.download_to("s", "m", "/dev/stdout")
"""


@pytest.mark.parametrize("into", ["pipe", "file"])
def test_standard_output_is_written_to(server, tmp_path, into):
    running, _ = server(script(WHOLE["length"]))
    path = tmp_path / "out"
    with path.open("wb") as file:
        file.write(b"before;")
        file.flush()
        run = subprocess.run(
            [sys.executable, "-c", TO_STDOUT, running.url],
            stdout=subprocess.PIPE if into == "pipe" else file,
            check=True,
        )
    assert (run.stdout or path.read_bytes()) == (DATA if into == "pipe" else b"before;" + DATA)
    assert names_in(tmp_path) == ["out"]


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="only Linux has /proc")
def test_a_file_that_another_process_has_open_is_not_taken_from_it(client, tmp_path):
    path = tmp_path / "log"
    with path.open("wb") as file:
        file.write(bytes(400_000))
        file.flush()
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=file) as other:
            inode = path.stat().st_ino
            client.media.download_to("s", "m", f"/proc/{other.pid}/fd/1")
            other.communicate(b"\n")
    assert path.read_bytes() == DATA
    assert path.stat().st_ino == inode


def test_a_socket_in_a_folder_is_an_error_that_says_what_to_pass(client, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        with pytest.raises(OSError, match="makefile"):
            client.media.download_to("s", "m", "socket")
    assert stat.S_ISSOCK((tmp_path / "socket").stat().st_mode)
    assert client.requests_seen == []


@pytest.mark.parametrize("path", ["missing/file.png", "file/in/a/file", "", "nul\0"])
def test_a_path_that_leads_nowhere_is_an_error_before_anything_is_fetched(
    client, tmp_path, monkeypatch, path
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises((OSError, ValueError)):
        client.media.download_to("s", "m", path)
    assert client.requests_seen == []
    assert names_in(tmp_path) == ["file"]


def test_a_path_of_bytes_inside_a_path_object_is_taken(client, tmp_path):
    class BytesPath(os.PathLike):
        def __fspath__(self):
            return os.fsencode(tmp_path / "file.png")

    client.media.download_to("s", "m", BytesPath())
    assert (tmp_path / "file.png").read_bytes() == DATA


def test_an_error_leaves_no_path_in_a_local_below_the_helper(client, tmp_path):
    private = tmp_path / "5511999999999"
    private.mkdir()
    (private / "file").write_bytes(b"")
    seen = 0
    for target in (private, private / "missing" / "file", private / "file" / "x", private / "nul\0"):
        with pytest.raises((OSError, ValueError)) as caught:
            client.media.download_to("s", "m", target)
        for frame in caught.traceback:
            if "_http" in str(frame.path):
                seen += 1
                assert "5511999999999" not in repr(frame.frame.f_locals)
    assert seen >= 8
