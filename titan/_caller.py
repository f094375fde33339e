"""Warnings that point to the line of the user's code from which the SDK was called."""

from __future__ import annotations

import sys
import warnings
from types import FrameType
from typing import Type

_PACKAGE = __name__.partition(".")[0]


def warn_caller(message: str, category: Type[Warning]) -> None:
    """Warn at the first line outside this package that led here.

    Each warning gets a new registry: with a shared one, Python shows a warning from one line once a process,
    and that of a second client would be lost.
    """
    frame = sys._getframe(1)
    while frame.f_back is not None and is_ours(frame):
        frame = frame.f_back
    warnings.warn_explicit(
        message,
        category,
        frame.f_code.co_filename,
        frame.f_lineno,
        module=frame.f_globals.get("__name__"),
        registry={},
    )


def is_ours(frame: FrameType) -> bool:
    """Whether a frame is of code in this package."""
    module: str = frame.f_globals.get("__name__", "")
    return module == _PACKAGE or module.startswith(f"{_PACKAGE}.")
