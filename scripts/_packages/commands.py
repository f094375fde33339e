"""Runs the commands of a step, and shows what they said where one fails."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Mapping, Optional, Sequence, Union

Argument = Union[str, Path]


class CheckError(Exception):
    """A package is not as it should be; the text says what is wrong."""


def run(
    command: Sequence[Argument],
    *,
    cwd: Optional[Path] = None,
    env: Optional[Mapping[str, str]] = None,
) -> str:
    """Run a command.

    Args:
        command: Program and arguments.
        cwd: Where it runs; by default here.
        env: What to add to its environment variables.

    Returns:
        What it printed on standard output.

    Raises:
        CheckError: It failed; the text holds all that it printed.
    """
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode:
        said = f"{done.stdout}{done.stderr}".strip()
        raise CheckError(f"{' '.join(map(str, command))} ended with status {done.returncode}:\n{said}")
    return done.stdout
