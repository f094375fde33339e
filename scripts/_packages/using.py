"""Installs a package into clean environments and uses it there."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import List

from _environment import program_of

from .commands import Argument, CheckError, create_environment, run

_HERE = Path(__file__).resolve().parent
# The extras of the SDK itself, by what shows that each works.
PROGRAMS = {
    "": "smoke.py",
    "cli": "smoke_cli.py",
    "outbox": "smoke_outbox.py",
    "celery": "smoke_celery.py",
    "sandbox": "smoke_sandbox.py",
    "opentelemetry": "smoke_opentelemetry.py",
}


def use_newest(python: str, package: Path, home: Path, tools: str = "") -> str:
    """Install a package with the newest versions of what it needs, as its users do, and use it.

    Args:
        python: The interpreter that its user has.
        package: Wheel or sdist.
        home: Where to make the environment.
        tools: Interpreter that has uv; without one, pip installs.

    Returns:
        What was shown.

    Raises:
        CheckError: It cannot be installed, or does not work.
    """
    interpreter, install = create_environment(python, home, tools)
    run([*install, package])
    run([interpreter, "-I", _HERE / "smoke.py"])
    _show_hint(interpreter, [program_of(home, "titan"), "--version"], "cli")
    _show_hint(interpreter, [program_of(home, "titan-sandbox")], "sandbox")
    run([*install, f"{package}[cli]"])
    run([interpreter, "-I", _HERE / "smoke_cli.py"])
    run([*install, f"{package}[outbox,sandbox]"])
    run([interpreter, "-I", _HERE / "smoke_outbox.py"])
    run([interpreter, "-I", _HERE / "smoke_sandbox.py"])
    run([*install, f"{package}[celery]"])
    run([interpreter, "-I", _HERE / "smoke_celery.py"])
    installer = "uv" if tools else "pip"
    parts = "the client, the command line, the outbox, its tasks of Celery and the local Titan"
    return f"installed with {installer}; {parts} work"


def use_lowest(tools: str, python: str, package: Path, project: Path, home: Path) -> str:
    """Install a package, alone and with each extra, with the lowest versions it allows, and use it.

    Args:
        tools: Interpreter that has uv.
        python: The interpreter to use it with: an old one, since old versions have no wheels for others.
        package: The wheel.
        project: The `pyproject.toml` with its bounds.
        home: Where to make the environments.

    Returns:
        Which versions these are.

    Raises:
        CheckError: It cannot be installed, or does not work.
    """
    lowest = []
    for extra, program in PROGRAMS.items():
        interpreter, install = create_environment(python, home / (extra or "plain"), tools)
        needed: List[Argument] = ["-r", project, *(["--extra", extra] if extra else [])]
        run([*install, "--resolution", "lowest-direct", *needed])
        run([*install, "--no-deps", package])
        run([interpreter, "-I", _HERE / program])
        frozen = run([tools, "-m", "uv", "pip", "freeze", "--quiet", "--python", interpreter]).split("\n")
        named = (
            "httpx",
            "httpcore",
            "pydantic",
            "click",
            "rich",
            "celery",
            "sqlalchemy",
            "starlette",
            "uvicorn",
            "opentelemetry-api",
        )
        lowest += [line for line in frozen if line.partition("==")[0] in named]
    return f"works with {', '.join(dict.fromkeys(lowest))}"


def _show_hint(interpreter: Path, command: List[Argument], extra: str) -> None:
    """Without its extra, a program must say how to get it, and do nothing else."""
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=60
    )
    code = f'from titan._distribution import install_hint; print(install_hint("{extra}"))'
    hint = run([interpreter, "-I", "-c", code]).strip()
    if not done.returncode or hint not in done.stdout:
        raise CheckError(
            f"without its extra, {command[0]} should fail with {hint!r}; it said {done.stdout!r}"
        )
