"""Finds the Pythons of this machine, and keeps the virtual environments that the scripts run in.

An environment lives in `.venv/` at the root of the repository, has the SDK installed in editable form, and is
built anew when `pyproject.toml`, the Python or what it should hold has changed. What differs between Windows
and other systems stands here, and nowhere else in the scripts.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType
from typing import Iterator, List, NamedTuple, NoReturn, Optional, Sequence, Tuple

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ROOT / ".venv"
WINDOWS = os.name == "nt"
OLDEST = (3, 9)
# The oldest supported pydantic has no wheels for a later one.
NEWEST_FOR_LOWEST = (3, 12)

# An environment is built from its base Python, since a rebuild deletes the interpreter in it, which may be
# the one that runs this script. Pre-releases and free-threaded builds are left out: the dependencies have no
# wheels for them.
_PROBE = """
import importlib.util, json, os, sys, sysconfig
plain = sys.implementation.name == "cpython" and sys.version_info[3] == "final"
gil = not sysconfig.get_config_var("Py_GIL_DISABLED")
venv = all(map(importlib.util.find_spec, ("venv", "ensurepip")))
in_venv = sys.prefix != sys.base_prefix
in_base = "python.exe" if os.name == "nt" else "bin/python{}.{}".format(*sys.version_info)
base = os.path.join(sys.base_prefix, in_base) if in_venv else sys.executable
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
        how = "Debian, Ubuntu: apt install python3-venv" if found else "looked on PATH, in pyenv and py"
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
        uv_from: Interpreter that has uv, which then installs instead of pip: what the tests need costs it
            3 seconds of CPU time and pip 40, and with the oldest versions pinned, pip searches for minutes.

    Returns:
        Path of its interpreter.

    Raises:
        SetUpError: It could not be built; the text holds all that venv, pip or uv said.
    """
    home = ENVIRONMENTS / (name or f"{python.minor}-{extras}")
    interpreter, stamp = program_of(home, "python"), home / "titan-sdk.stamp"
    holds = [str(ROOT), (ROOT / "pyproject.toml").read_text(encoding="utf-8"), python.version, extras, *pins]
    wanted = hashlib.sha256(json.dumps(holds).encode()).hexdigest()
    if not (interpreter.exists() and stamp.exists() and stamp.read_text() == wanted):
        shown = home.relative_to(ROOT)
        if uv_from:
            create, install = [], [uv_from, "-m", "uv", "pip", "install", "--python", str(interpreter)]
        else:
            # The pip of older Pythons cannot install a project without a setup.py in editable form.
            create, install = ["--upgrade-deps"], [str(interpreter), "-m", "pip", "install"]
        _run(f"creating {shown}", python.path, "-m", "venv", "--clear", *create, str(home))
        what = f"{ROOT}[{extras}]" if extras else str(ROOT)
        _run(f"installing into {shown}", *install, "-e", what, *pins)
        stamp.write_text(wanted)
    return str(interpreter)


def program_of(home: Path, name: str) -> Path:
    """Where an environment has a program, such as `python`."""
    return home / "Scripts" / f"{name}.exe" if WINDOWS else home / "bin" / name


def run_in_newest(extras: str, minimum: Tuple[int, int] = OLDEST) -> None:
    """Go on in an environment of the newest Python: where this is another, the script starts anew in it."""
    tolerate_any_text()
    here = "{}.{}-{}".format(*sys.version_info[:2], extras)
    if sys.version_info >= minimum and Path(sys.prefix).resolve() == (ENVIRONMENTS / here).resolve():
        return
    try:
        interpreter = environment(newest(minimum), extras)
    except SetUpError as error:
        sys.exit(f"error: {error}")
    run_instead([interpreter, *sys.argv])


def run_instead(command: List[str]) -> NoReturn:
    """Run a command in the place of this process."""
    if WINDOWS:
        # There, `os.execv` returns to the shell at once, and leaves the script running beside it.
        sys.exit(run_as_child(command))
    os.execv(command[0], command)


def run_as_child(command: Sequence[str]) -> int:
    """Run a command that has the terminal and its Ctrl-C; return the exit status to end with.

    A terminal sends Ctrl-C to both processes: the command decides what comes of it, and this one waits.
    """

    def leave_to_the_command(_number: int, _frame: Optional[FrameType]) -> None: ...

    # A function, since a command would inherit that signals are ignored.
    before = signal.signal(signal.SIGINT, leave_to_the_command)
    try:
        with subprocess.Popen(command) as process:
            status = process.wait()
    finally:
        signal.signal(signal.SIGINT, before)
    # Where a signal ended it, shells add 128. Windows gives numbers that `sys.exit` takes only with a sign.
    return 128 - status if status < 0 else status - (1 << 32) if status >= 1 << 31 else status


def tolerate_any_text() -> None:
    """Print what a terminal or a pipe has no characters for as question marks, rather than fail."""
    for stream in (sys.stdout, sys.stderr):
        # Not where something else has taken the place of a stream.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def say(line: str) -> None:
    """Tell what is going on, apart from what a script prints as its result."""
    print(line, file=sys.stderr, flush=True)


def _candidates() -> Iterator[str]:
    yield sys.executable
    names = re.compile(r"python(3(\.\d+)?)?\.exe" if WINDOWS else r"python3(\.\d+)?")
    for folder in filter(os.path.isdir, os.get_exec_path()):
        found = sorted(name for name in os.listdir(folder) if names.fullmatch(name))
        yield from (os.path.join(folder, name) for name in found)
    versions = _pyenv_root().glob("versions/*")
    inside = "python.exe" if WINDOWS else "bin/python3"
    yield from (str(version / inside) for version in sorted(versions) if (version / inside).exists())
    yield from _known_to_launcher()


def _known_to_launcher() -> Iterator[str]:
    """What the launcher of Windows has found, whose Pythons need not be on PATH."""
    launcher = shutil.which("py") if WINDOWS else None
    if launcher:
        listed = subprocess.run(
            [launcher, "-0p"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8"
        )
        yield from re.findall(r"^ *-\S+ +(?:\* +)?(\S.*\.exe)\s*$", listed.stdout, re.MULTILINE)


def _pyenv_root() -> Path:
    root, pyenv = os.environ.get("PYENV_ROOT", ""), shutil.which("pyenv")
    if not root and pyenv:
        root = subprocess.run([pyenv, "root"], stdout=subprocess.PIPE, encoding="utf-8").stdout.strip()
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
