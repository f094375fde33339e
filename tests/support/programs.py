"""Programs that tests need and PyPI does not have; .ci/run installs them."""

from __future__ import annotations

import os
import shutil

import pytest


def needed(program: str, what: str) -> str:
    """Find a program; without it the test is skipped, loudly, and in CI it fails.

    Args:
        program: Its name, which is that of its Debian package too.
        what: What is not tested without it.

    Returns:
        Its path.
    """
    path = shutil.which(program)
    if path is None:
        missing = f"NOT TESTED: {what}, for want of {program}: apt-get install {program}"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return path
