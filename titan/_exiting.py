"""Calls from `__del__` while Python exits: a TitanError, since nothing can be loaded or sent any more."""

from __future__ import annotations

import sys
from typing import Optional

from .errors import TitanError


def refuse_while_exiting(method: Optional[str] = None, route: Optional[str] = None) -> None:
    """Refuse a call at a time when Python has begun to take its modules apart.

    Without this, an ImportError would leave the first import that a library makes inside a function.

    Args:
        method: HTTP method of the request, where there is one.
        route: Its route template.

    Raises:
        TitanError: Python is exiting; nothing was sent.
    """
    if sys.meta_path is None:  # pyright: ignore[reportUnnecessaryComparison] - so it is, while Python exits
        raise TitanError(
            "Python is exiting, and the request was not sent: make it earlier, at the end of a `with` "
            "statement or in a function for `atexit`",
            method=method,
            route=route,
            maybe_processed=False,
        )
