"""Runs the commands of a step, and shows what they said where one fails."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import List, Mapping, NamedTuple, Optional, Sequence, Union

from _environment import program_of

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


class Environment(NamedTuple):
    """A clean environment, without even pip where uv made it."""

    interpreter: Path
    install: List[Argument]
    """The command that installs what follows it."""


def create_environment(python: str, home: Path, tools: str = "") -> Environment:
    """Make an environment with nothing in it.

    Args:
        python: The interpreter to make it from.
        home: Where to make it.
        tools: Interpreter that has uv, which is faster; without one, `venv` and pip do it, as for most users.
    """
    interpreter = program_of(home, "python")
    if tools:
        uv: List[Argument] = [tools, "-m", "uv"]
        run([*uv, "venv", "--quiet", "--python", python, home])
        return Environment(interpreter, [*uv, "pip", "install", "--quiet", "--python", interpreter])
    run([python, "-m", "venv", home])
    return Environment(interpreter, [interpreter, "-m", "pip", "install", "--quiet"])
