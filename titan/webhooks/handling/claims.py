"""A delivery's claim on its event, in the store of the user."""

from __future__ import annotations

import hashlib
import os
from typing import Any, Optional, Tuple

from ..._privacy import Secret
from ..events_gen import Event
from ..seen import Claimed, Seen
from .functions import check_ran, runs_later, why_it_cannot_take

_STATES: Tuple[Claimed, ...] = ("new", "running", "handled")
_LONGEST_ID = 200
_FORM = (
    "seen must be an object with the methods claim(event_id, owner), which returns "
    '"new", "running" or "handled", finish(event_id, owner) and release(event_id, owner), none of them async'
)


def check_store(seen: object) -> None:
    """Refuse what is not a store, such as one of the form that stores had before claims had owners.

    Raises:
        TypeError: A method is missing or async or takes other arguments, or this is a class.
    """
    if isinstance(seen, type):
        raise TypeError(f"{_FORM}. This is a class: pass an object of it, such as {seen.__name__}()")
    for name in ("claim", "finish", "release"):
        method = getattr(seen, name, None)
        if not callable(method):
            raise TypeError(f"{_FORM}. This {type(seen).__name__} has no method {name}")
        if runs_later(method):
            raise TypeError(f"{_FORM}. Its {name} is async")
        problem = why_it_cannot_take(method, 2)
        if problem is not None:
            raise TypeError(f"{_FORM}. Its {name} takes other arguments: {problem}")


def claim_on(event: Secret[Event], seen: Seen) -> Optional[Claim]:
    """The claim of a new delivery on its event; None where nothing tells the event apart from others."""
    event_id = _id_of(event.reveal())
    return None if event_id is None else Claim(seen, _storable(event_id))


def _id_of(event: Event) -> Optional[str]:
    """What tells an event apart from all others; None where nothing does.

    The result of a command may come without an id: its session and correlation id stand for it.
    """
    event_id = _text(event.id)
    if event_id is None and event.event == "command.result":
        came = event.to_dict()
        for outcome in (came.get("payload"), came.get("data")):
            correlation_id = _text(outcome.get("correlationId")) if isinstance(outcome, dict) else None
            if correlation_id is not None:
                return f"command.result:{_text(came.get('session')) or ''}:{correlation_id}"
    return event_id


def _storable(event_id: str) -> str:
    """An id that every store takes: a short text without control characters and lone surrogates."""
    if len(event_id) <= _LONGEST_ID and event_id.isprintable():
        return event_id
    return "sha256:" + hashlib.sha256(event_id.encode("utf-8", "surrogatepass")).hexdigest()


def _text(value: Any) -> Optional[str]:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


class Claim:
    """The claim of one delivery. Its id is in no local variable: it may hold a phone number."""

    __slots__ = ("_event_id", "_owner", "_seen")

    def __init__(self, seen: Seen, event_id: str) -> None:
        # An async method that was not refused returns something all the same.
        self._seen: Any = seen
        self._event_id = event_id
        self._owner = os.urandom(16).hex()

    def begin(self) -> Claimed:
        """Ask for the claim.

        Raises:
            TypeError: The store answered something else, such as the True of an old store.
        """
        answer: Any = self._seen.claim(self._event_id, self._owner)
        for state in _STATES:
            if isinstance(answer, str) and answer == state:
                return state
        check_ran(answer, "claim of the store")
        shown = repr(answer) if answer is None or isinstance(answer, bool) else type(answer).__name__
        raise TypeError(f'claim must return "new", "running" or "handled", and it returned {shown}. {_FORM}')

    def finish(self) -> None:
        """Note that the event was handled."""
        check_ran(self._seen.finish(self._event_id, self._owner), "finish of the store")

    def release(self) -> None:
        """Give the claim back."""
        check_ran(self._seen.release(self._event_id, self._owner), "release of the store")
