"""Programs that tests start: Python itself, and those that .ci/run installs."""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import signal
import subprocess
import sys
from typing import Iterator, Optional

import pytest

from tests.support.project import ROOT


def needed(program: str, what: str, *, package: Optional[str] = None, elsewhere: str = "") -> str:
    """Find a program; without it the test is skipped, loudly, and in CI it fails.

    Args:
        program: Its name.
        what: What is not tested without it.
        package: Its Debian package, where that has another name.
        elsewhere: A pattern of folders in which it may be, beside those of PATH.

    Returns:
        Its path.
    """
    folders = [os.environ.get("PATH", os.defpath), *sorted(glob.glob(elsewhere), reverse=True)]
    path = shutil.which(program, path=os.pathsep.join(folders))
    if path is None:
        missing = f"NOT TESTED: {what}, for want of {program}: apt-get install {package or program}"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return path


@contextlib.contextmanager
def python(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run Python with the package on its path; it is killed at the end."""
    # A background job of a shell ignores Ctrl-C, and what it starts would too.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        try:
            yield process
        finally:
            process.kill()
