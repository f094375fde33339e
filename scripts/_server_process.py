"""Runs a server in a process of its own, so that its costs and its threads are not those of the caller."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path
from typing import Iterator, Sequence

_SCRIPTS = Path(__file__).resolve().parent


@contextlib.contextmanager
def run_server(command: Sequence[str]) -> Iterator[str]:
    """Run a server that prints its address, and ends when its standard input does.

    Args:
        command: What this Python is to run, in the folder of the scripts.

    Returns:
        Its address.
    """
    with subprocess.Popen(
        [sys.executable, *command],
        cwd=_SCRIPTS,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.communicate()
