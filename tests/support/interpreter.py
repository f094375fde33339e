"""Code in a fresh interpreter: what it prints, what it loads, and how much memory it takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Sequence, Set

from tests.support.project import ROOT

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
    done = subprocess.run(
        [sys.executable, *options, "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        timeout=timeout,
    )
    assert (done.returncode, done.stderr) == (0, ""), f"{done.returncode}: {done.stderr}"
    return done.stdout


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
