"""Handling one event: claim, enter what surrounds the handlers, call them, leave, finish."""

from __future__ import annotations

import contextlib
from typing import Any, Callable, List, Optional, Sequence

from ..._privacy import Secret
from ..events_gen import Event
from ..seen import Seen
from .around import Around, read_around
from .claims import Claim, check_store, claim_on
from .failures import Failures
from .functions import check_ran

Handler = Callable[[Any], object]


class Dispatcher:
    """Handles events one by one, in the threads of its callers.

    Args:
        seen: Where events are claimed, or None.
        around: What surrounds the handlers of each delivery, or None.
        failures: Told of what fails.

    Raises:
        TypeError: `seen` or `around` is of another form.
    """

    def __init__(self, seen: Optional[Seen], around: Optional[Around], failures: Failures) -> None:
        if seen is not None:
            check_store(seen)
        self._seen = seen
        self._enter = read_around(around)
        self._failures = failures

    def dispatch(self, event: Secret[Event], handlers: Sequence[Handler], *, is_logged: bool) -> bool:
        """Handle an event, unless another delivery of it was or is being handled.

        Args:
            event: The event, hidden, since an error that leaves takes all frames here with it.
            handlers: Called in this order.
            is_logged: Whether a failure is logged, since nobody else will tell of it.

        Returns:
            False where another delivery of the event is being handled now: this one must come again.

        Raises:
            Exception: A handler, `around` or the store raised it; nothing is claimed any more.
        """
        doing = "claiming"
        try:
            claim = None if self._seen is None else claim_on(event, self._seen)
            state = "new" if claim is None else self._begin(claim)
            if state == "new":
                doing = "handling"
                self._run(event, handlers, claim)
        except (KeyboardInterrupt, GeneratorExit):
            raise  # the end of the program, or of what called this: nothing of the event failed
        except BaseException as error:
            self._failures.tell(event, error)
            if is_logged:
                self._failures.log(event, doing, error, ", so Titan will deliver it again")
            raise
        if state == "new" and claim is not None:
            self._finish(event, claim)
        return state != "running"

    def _begin(self, claim: Claim) -> str:
        try:
            return claim.begin()
        except BaseException:
            # The store may have claimed it, and only its answer got lost.
            with contextlib.suppress(Exception):
                claim.release()
            raise

    def _run(self, event: Secret[Event], handlers: Sequence[Handler], claim: Optional[Claim]) -> None:
        try:
            self._run_inside(event, handlers)
        except BaseException:
            if claim is not None:
                self._release(event, claim)
            raise

    def _run_inside(self, event: Secret[Event], handlers: Sequence[Handler]) -> None:
        failures: List[BaseException] = []
        try:
            with self._enter(event):
                try:
                    for handler in handlers:
                        check_ran(handler(event.reveal()), _title(handler))
                except BaseException as error:
                    failures.append(error)
                    raise
            # What surrounds the handlers may keep their exceptions to itself; they did not run all the same.
            if failures:
                raise failures[0]
        finally:
            # An exception holds its frames: in a local variable of one of them it would hold itself.
            failures.clear()

    def _release(self, event: Secret[Event], claim: Claim) -> None:
        try:
            claim.release()
        except Exception as error:
            self._failures.log(event, "releasing", error, ", so its claim holds until the store's lease ends")
            self._failures.tell(event, error)

    def _finish(self, event: Secret[Event], claim: Claim) -> None:
        try:
            claim.finish()
        except Exception as error:
            self._failures.log(
                event, "finishing", error, ". Its handlers ran, and may run again after the store's lease"
            )
            self._failures.tell(event, error)


def _title(handler: Handler) -> str:
    return f"the handler {getattr(handler, '__qualname__', type(handler).__name__)}"
