"""Code in a fresh interpreter: what it prints, what it loads, and how much memory it takes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from typing import Any, List, Sequence, Set

import pytest

from tests.support.project import ROOT

# What the tests themselves find, and before all the package as it stands here.
_PATH = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))

_MEMORY = """
import os, resource, sys, traceback

{definitions}

def peak():
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit

# The high-water mark of a process begins with that of its parent where it was started by vfork; a fork has
# its own.
if os.fork() == 0:
    try:
        {before}
        at_first = peak()
        {measured}
        print(peak() - at_first, flush=True)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
_, status = os.wait()
sys.exit(os.waitstatus_to_exitcode(status))
"""


def run_python(
    code: str, *arguments: str, options: Sequence[str] = ("-W", "error"), timeout: float = 120
) -> str:
    """Run code, which finds the package and these tests; it must end well and complain of nothing.

    Returns:
        What it printed.
    """
    process = subprocess.Popen(
        [sys.executable, *options, "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": _PATH},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
    try:
        printed, complaint = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        _end_with_its_children(process)
        printed, complaint = process.communicate()
        pytest.fail(f"it did not end within {timeout:g} seconds; it printed {printed!r} and\n{complaint}")
    assert (process.returncode, complaint) == (0, ""), (
        f"status {process.returncode}; it complained:\n{complaint}"
    )
    return printed


def run_script(code: str, *arguments: str, timeout: float = 120) -> List[Any]:
    """What code prints as JSON, a value a line, in Python's development mode."""
    # A fork in a process with threads is what some of it tests, so what Python 3.12 says of it is left out.
    options = ("-X", "dev", "-W", "error", "-W", "ignore:This process:DeprecationWarning")
    return [
        json.loads(line)
        for line in run_python(code, *arguments, options=options, timeout=timeout).splitlines()
    ]


def _end_with_its_children(process: subprocess.Popen) -> None:
    """Children that it forked hold its output open."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def loaded_by(code: str, *options: str) -> Set[str]:
    """The modules that code adds to those that every interpreter has, given further options of it."""
    script = f"""
import sys
# With -S the interpreter has no site-packages, but it still has this package.
sys.path.insert(0, {str(ROOT)!r})
before = set(sys.modules)
{code}
added = set(sys.modules) - before
import json
print(json.dumps(sorted(added)))
"""
    return set(json.loads(run_python(script, options=("-W", "error", *options))))


def growth_of_peak_memory(definitions: str, before: str, measured: str, *arguments: str) -> int:
    """How many bytes more a process takes at its peak for one statement than for another before it.

    Args:
        definitions: Code that both need.
        before: The statement that loads what is loaded once.
        measured: The statement.
        arguments: What the statements find in `sys.argv`.
    """
    code = _MEMORY.format(definitions=definitions, before=before, measured=measured)
    return int(run_python(code, *arguments))


def complaint_without(missing: str, module: str) -> str:
    """What the import of a module says in an interpreter where another one is not installed."""
    code = f"""
import sys
sys.modules[{missing!r}] = None
try:
    import {module}
except ImportError as error:
    print(error)
"""
    return run_python(code)
