"""Finds the Pythons of this machine, and keeps the virtual environments that the scripts run in.

An environment lives in `.venv/` at the root of the repository, has the SDK installed in editable form, and is
built anew when `pyproject.toml`, the Python or what it should hold has changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Iterator, List, NamedTuple, Optional, Sequence, Tuple

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ROOT / ".venv"
OLDEST = (3, 9)
# The oldest supported pydantic has no wheels for a later one.
NEWEST_FOR_LOWEST = (3, 12)

# An environment is built from its base Python, since a rebuild deletes the interpreter in it, which may be
# the one that runs this script. Pre-releases and free-threaded builds are left out: the dependencies have no
# wheels for them.
_PROBE = """
import importlib.util, json, sys, sysconfig
plain = sys.implementation.name == "cpython" and sys.version_info[3] == "final"
gil = not sysconfig.get_config_var("Py_GIL_DISABLED")
venv = all(map(importlib.util.find_spec, ("venv", "ensurepip")))
in_venv = sys.prefix != sys.base_prefix
base = "{}/bin/python{}.{}".format(sys.base_prefix, *sys.version_info) if in_venv else sys.executable
print(json.dumps([plain and gil, sys.version_info[:3], base, venv]))
"""


class SetUpError(Exception):
    """This machine lacks something; the text says what."""


class Python(NamedTuple):
    """An interpreter of this machine; sorts by version."""

    version: Tuple[int, ...]
    path: str
    has_venv: bool

    @property
    def minor(self) -> str:
        """Its version without the patch, as in `3.13`."""
        return "{}.{}".format(*self.version)


def find_pythons(minimum: Tuple[int, int] = OLDEST) -> List[Python]:
    """Every CPython of this machine that can make environments, one of a minor version, oldest first.

    Raises:
        SetUpError: There is none.
    """
    with ThreadPoolExecutor() as pool:
        probed = pool.map(_probe, dict.fromkeys(_candidates()))
        found = sorted(python for python in probed if python and python.version >= minimum)
    # Of one minor version the newest patch comes last, and stays.
    usable = {python.minor: python for python in found if python.has_venv}
    for minor in dict.fromkeys(python.minor for python in found if python.minor not in usable):
        say(f"Python {minor} is left out: it lacks venv (Debian, Ubuntu: apt install python{minor}-venv)")
    if not usable:
        wanted = "{}.{}".format(*minimum)
        how = "Debian, Ubuntu: apt install python3-venv" if found else "looked on PATH and in pyenv"
        raise SetUpError(f"this needs CPython {wanted} or later, with venv, and there is none ({how})")
    return list(usable.values())


def newest(minimum: Tuple[int, int] = OLDEST) -> Python:
    """The newest Python of this machine.

    Raises:
        SetUpError: None is new enough.
    """
    return find_pythons(minimum)[-1]


def environment(
    python: Python, extras: str, pins: Sequence[str] = (), name: str = "", *, uv_from: str = ""
) -> str:
    """Make sure that there is an environment which holds the SDK and some of its extras.

    Args:
        python: What to build it from.
        extras: Comma-separated extras of the SDK; may be empty.
        pins: Further requirements, such as `httpx==0.25`.
        name: Its name under `.venv/`, where Python and extras do not tell it from another.
        uv_from: Interpreter that has uv, which then installs instead of pip: with the oldest versions pinned,
            pip searches for minutes for others that go with them.

    Returns:
        Path of its interpreter.

    Raises:
        SetUpError: It could not be built; the text holds all that venv, pip or uv said.
    """
    home = ENVIRONMENTS / (name or f"{python.minor}-{extras}")
    interpreter, stamp = home / "bin" / "python", home / "titan-sdk.stamp"
    holds = [str(ROOT), (ROOT / "pyproject.toml").read_text(encoding="utf-8"), python.version, extras, *pins]
    wanted = hashlib.sha256(json.dumps(holds).encode()).hexdigest()
    if not (interpreter.exists() and stamp.exists() and stamp.read_text() == wanted):
        shown = home.relative_to(ROOT)
        # The pip of older Pythons cannot install a project without a setup.py in editable form.
        _run(f"creating {shown}", python.path, "-m", "venv", "--clear", "--upgrade-deps", str(home))
        pip = (
            [uv_from, "-m", "uv", "pip", "install", "--python", str(interpreter)]
            if uv_from
            else [str(interpreter), "-m", "pip", "install"]
        )
        what = f"{ROOT}[{extras}]" if extras else str(ROOT)
        _run(f"installing into {shown}", *pip, "-e", what, *pins)
        stamp.write_text(wanted)
    return str(interpreter)


def run_in_newest(extras: str, minimum: Tuple[int, int] = OLDEST) -> None:
    """Go on in an environment of the newest Python: where this is another, the script starts anew in it."""
    here = "{}.{}-{}".format(*sys.version_info[:2], extras)
    if sys.version_info >= minimum and Path(sys.prefix).resolve() == (ENVIRONMENTS / here).resolve():
        return
    try:
        interpreter = environment(newest(minimum), extras)
    except SetUpError as error:
        sys.exit(f"error: {error}")
    os.execv(interpreter, [interpreter, *sys.argv])


def say(line: str) -> None:
    """Tell what is going on, apart from what a script prints as its result."""
    print(line, file=sys.stderr, flush=True)


def _candidates() -> Iterator[str]:
    yield sys.executable
    for folder in filter(os.path.isdir, os.get_exec_path()):
        names = sorted(name for name in os.listdir(folder) if re.fullmatch(r"python3(\.\d+)?", name))
        yield from (os.path.join(folder, name) for name in names)
    yield from map(str, sorted(_pyenv_root().glob("versions/*/bin/python3")))


def _pyenv_root() -> Path:
    root = os.environ.get("PYENV_ROOT", "")
    if not root and shutil.which("pyenv"):
        root = subprocess.run(["pyenv", "root"], stdout=subprocess.PIPE, encoding="utf-8").stdout.strip()
    return Path(root) if root else Path.home() / ".pyenv"


def _probe(path: str) -> Optional[Python]:
    """Ask an interpreter what it is; None where it is of no use, or a pyenv shim that leads nowhere."""
    try:
        done = subprocess.run(
            [path, "-Ic", _PROBE], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60
        )
        usable, version, base, has_venv = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return Python(tuple(version), base, has_venv) if usable else None


def _run(step: str, *command: str) -> None:
    say(step)
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace"
    )
    if done.returncode:
        raise SetUpError(f"{step} failed:\n{done.stdout}")
