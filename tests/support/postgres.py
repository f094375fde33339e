"""A real PostgreSQL, in a folder of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Iterator, Optional

from tests.support.programs import needed

# Nothing of it has to outlive the machine.
_OPTIONS = "-c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=60 -c shared_buffers=16MB"


class Postgres:
    """A running server.

    Attributes:
        url: Its database, for psycopg.
    """

    def __init__(self, programs: Path, folder: Path, port: int) -> None:
        self._programs = programs
        self._folder = folder
        self._port = port
        self.url = f"postgresql://postgres@127.0.0.1:{port}/postgres"

    def create(self) -> None:
        self._run(
            "initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"
        )

    def start(self) -> None:
        options = f"{_OPTIONS} -p {self._port} -k {self._folder}"
        self._run("pg_ctl", "start", "-w", "-o", options, "-l", str(self._folder / "log.txt"))

    def restart(self) -> None:
        """Start it anew, and drop every connection, as after a crash or a failover."""
        self._run("pg_ctl", "restart", "-w", "-m", "immediate", "-l", str(self._folder / "log.txt"))

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "-w", "-m", "immediate")

    def _run(self, program: str, *arguments: str) -> None:
        # Not a pipe: the server would inherit it, and keep it open.
        with (self._folder / "output.txt").open("w+b") as output:
            done = subprocess.run(
                [str(self._programs / program), "-D", str(self._folder / "data"), *arguments],
                cwd=self._folder,
                user=_owner(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            output.seek(0)
            assert done.returncode == 0, output.read().decode()


def _owner() -> Optional[str]:
    """Who runs it, where we are root: it refuses to be."""
    return "nobody" if os.getuid() == 0 else None


@contextlib.contextmanager
def running_postgres(what: str) -> Iterator[Postgres]:
    """Run a PostgreSQL; without its programs the test is skipped, loudly, and in CI it fails.

    Args:
        what: What is not tested without it.
    """
    initdb = needed("initdb", what, package="postgresql", elsewhere="/usr/lib/postgresql/*/bin")
    # Not below the folders of pytest, which nobody else may enter.
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        if _owner() is not None:
            shutil.chown(folder, _owner())
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        server = Postgres(Path(initdb).resolve().parent, folder, port)
        server.create()
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)
