"""Errors that leave the outbox show nothing of messages, nor do the variables on their way."""

from __future__ import annotations

import functools
from typing import Callable, TypeVar

from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError, SQLAlchemyError
from typing_extensions import ParamSpec

from .._privacy import mask
from ..services._base import without_our_frames

P = ParamSpec("P")
R = TypeVar("R")


def keeps_private(method: Callable[P, R]) -> Callable[P, R]:
    """Let what a method raises hold nothing private.

    Error trackers report the local variables of all frames that an error passes through; those of the
    database's libraries hold what was written.
    """

    @functools.wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(*args, **kwargs)
        except Exception as error:
            failure = clean(error)
        del args, kwargs
        raise failure

    return call


def clean(error: Exception) -> Exception:
    """Take what is private out of an error, and the frames of this package off its traceback."""
    if not isinstance(error, SQLAlchemyError):
        return without_our_frames(error)
    if isinstance(error, DBAPIError) and not isinstance(error.orig, _DriverError):
        # Other texts of the database may quote a row. Of this very class is what SQLite says of its file.
        is_harmless = isinstance(error, OperationalError) or type(error) is DatabaseError
        text = str(error.orig).partition("\n")[0] if is_harmless else ""
        trouble = _DriverError(f"{type(error.orig).__name__}: {mask(text)}")
        error = type(error)(None, None, trouble, connection_invalidated=error.connection_invalidated)
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


class _DriverError(Exception):
    """Stands in for the error of a database's driver, and says of which kind it was."""
