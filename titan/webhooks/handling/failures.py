"""What is told of a delivery that failed: to the log, and to the function that the user gave."""

from __future__ import annotations

import inspect
import logging
import traceback
from typing import Any, Callable, Optional

from ..._privacy import Secret, mask, mask_id
from ..events_gen import Event
from .functions import check_ran, runs_later, why_it_cannot_take

_logger = logging.getLogger("titan")

OnError = Callable[[Event, Any], object]
"""Called with an event and the exception with which its handling failed.

That is an Exception nearly always, and so functions take one by their annotations. It can also be a
SystemExit, or what libraries for concurrency end their tasks with.
"""


class Failures:
    """Tells of failures as the user of a router wants it.

    Args:
        on_error: Called for each of them, or None.
        log_errors: Whether the log shows the texts of exceptions, which may quote messages.

    Raises:
        TypeError: `on_error` is not a plain function of two arguments, or `log_errors` is not a bool.
    """

    def __init__(self, on_error: Optional[OnError], log_errors: bool) -> None:
        if on_error is not None:
            _check(on_error)
        if not isinstance(log_errors, bool):
            raise TypeError(f"log_errors must be True or False, not {type(log_errors).__name__}")
        self._on_error = on_error
        self._log_errors = log_errors

    def tell(self, event: Secret[Event], error: BaseException) -> None:
        """Call the user's function, while the exception is being handled."""
        if self._on_error is None:
            return
        try:
            check_ran(self._on_error(event.reveal(), error), "on_error")
        except Exception as failure:
            self._write(logging.ERROR, event, "on_error for", failure, "")

    def log(self, event: Secret[Event], what: str, error: BaseException, then: str = "") -> None:
        """Log a failure, as a warning where `on_error` is told of it too.

        Args:
            event: What was being handled.
            what: What was done with it, for people.
            error: What failed.
            then: What follows from it, for people.
        """
        # Error trackers make a report of each line that is an error: that would be a second one.
        self._write(logging.ERROR if self._on_error is None else logging.WARNING, event, what, error, then)

    def _write(self, level: int, event: Secret[Event], what: str, error: BaseException, then: str) -> None:
        text = f"{what} {_name(event)} failed with {type(error).__name__}{then}"
        if self._log_errors:
            _logger.log(level, "%s", text, exc_info=error)
            return
        # No exc_info: it ends with the exception's text, which may quote the message or a phone number.
        _logger.log(
            level,
            "%s. The text of the exception is withheld, since it may quote the message: "
            "WebhookRouter(..., log_errors=True) shows it\n%s",
            text,
            "".join(traceback.format_tb(error.__traceback__)).rstrip(),
        )


def _name(event: Secret[Event]) -> str:
    event_id = event.reveal().id
    shown = mask_id(event_id) if isinstance(event_id, str) else mask(str(event_id))
    return f"{mask(event.reveal().event)!r} ({shown!r})"


def _check(on_error: Any) -> None:
    form = "on_error must be a function that takes the event and the exception, and not async"
    if not callable(on_error) or runs_later(on_error):
        raise TypeError(form)
    problem = why_it_cannot_take(on_error, 2)
    if problem is not None:
        called = "this class" if inspect.isclass(on_error) else "this one"
        raise TypeError(f"{form}; {called} cannot: {problem}")
