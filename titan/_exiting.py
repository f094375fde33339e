"""Calls from `__del__` while Python exits: a TitanError, since nothing can be loaded or sent any more."""

from __future__ import annotations

import sys
from typing import Optional

from .errors import TitanError


def is_exiting() -> bool:
    """Whether Python has begun to take its modules apart, so that nothing can be loaded any more."""
    return sys.meta_path is None  # pyright: ignore[reportUnnecessaryComparison] - so it is, while Python exits


def exiting_error(
    method: Optional[str] = None, route: Optional[str] = None, *, maybe_processed: bool
) -> TitanError:
    """The error for a call while Python exits."""
    return TitanError(
        "Python is exiting, and the request was not sent: make it earlier, at the end of a `with` "
        "statement or in a function for `atexit`"
        if not maybe_processed
        else "Python is exiting, and the answer cannot be read any more",
        method=method,
        route=route,
        maybe_processed=maybe_processed,
    )


def refuse_while_exiting(method: Optional[str] = None, route: Optional[str] = None) -> None:
    """Refuse a call at a time when Python exits.

    Without this, an ImportError would leave the first import that a library makes inside a function.

    Args:
        method: HTTP method of the request, where there is one.
        route: Its route template.

    Raises:
        TitanError: Python is exiting; nothing was sent.
    """
    if is_exiting():
        raise exiting_error(method, route, maybe_processed=False)
