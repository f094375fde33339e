"""A Redis of the tests' own."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Iterator

from tests.support.examples import running
from tests.support.programs import needed


@contextlib.contextmanager
def running_redis(wanted_by: str, folder: Path) -> Iterator[str]:
    """Run a Redis on a free port, which writes nothing to disk.

    Args:
        wanted_by: What is not tested where there is no Redis.
        folder: Where it runs.

    Yields:
        Its address.
    """
    program = needed("redis-server", wanted_by)

    def command(port: int) -> list[str]:
        return [program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]

    with running(command, folder) as server:
        yield f"redis://127.0.0.1:{server.port}"
