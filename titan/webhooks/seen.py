"""Stores of event ids, so that an event that is delivered twice is handled once."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple, Protocol

from typing_extensions import Literal

from .._clock import now
from .._init_lock import ProcessLock

Claimed = Literal["new", "running", "handled"]
"""What a store says of an event: handle it, another delivery of it is being handled, it was handled."""


class Seen(Protocol):
    """Remembers event ids, so that an event that is delivered twice is handled once.

    A delivery claims its event, and ends the claim when its handlers have run (`finish`) or failed
    (`release`). A claim that nobody ended, since its process died, is new again after a time that the store
    chooses: its lease. It must be longer than handlers take.
    """

    def claim(self, event_id: str, owner: str) -> Claimed:
        """Claim an event for one delivery, in one step that no other process can come into.

        Args:
            event_id: The event.
            owner: Names the delivery; no other one has it.

        Returns:
            "new" where the delivery has the claim now, and only then; "running" where another one has it;
            "handled" where the event was finished.
        """
        ...

    def finish(self, event_id: str, owner: str) -> None:
        """Note that the event was handled.

        Changes nothing where another owner has the claim. Where nobody has it, since this claim ran out in
        the meantime, the event counts as handled all the same.
        """
        ...

    def release(self, event_id: str, owner: str) -> None:
        """Forget the claim: the event could not be handled, and Titan will deliver it again.

        Changes nothing where this owner does not have the claim, or the event was handled.
        """
        ...


class _Claim(NamedTuple):
    owner: str
    ends: float


class RecentEvents:
    """Remembers event ids in the memory of this process; several processes need a store that they share.

    Args:
        most: How many ids to remember at most; the oldest are forgotten first.
        seconds: How long to remember that an event was handled, in seconds. Titan's retries should be over by
            then.
        lease: How long a claim holds that nobody ended, in seconds; longer than your handlers take.

    Raises:
        ValueError: A number is not positive.
    """

    def __init__(self, most: int = 100_000, seconds: float = 24 * 3600.0, lease: float = 60.0) -> None:
        if not (most >= 1 and seconds > 0):
            raise ValueError("RecentEvents must remember at least one id for some time")
        if not lease > 0:
            raise ValueError("the lease of RecentEvents must be positive: a claim must hold for some time")
        self._most = most
        self._seconds = seconds
        self._lease = lease
        # Each in the order in which it ends, since all last equally long.
        self._running: OrderedDict[str, _Claim] = OrderedDict()
        self._handled: OrderedDict[str, float] = OrderedDict()
        self._lock = ProcessLock()

    def claim(self, event_id: str, owner: str) -> Claimed:
        """Claim an event for one delivery; see `Seen.claim`."""
        time = now()
        with self._lock():
            self._forget_what_ended(time)
            if event_id in self._handled:
                return "handled"
            if event_id in self._running:
                return "running"
            self._running[event_id] = _Claim(owner, time + self._lease)
            self._forget_the_oldest()
            return "new"

    def finish(self, event_id: str, owner: str) -> None:
        """Note that the event was handled; see `Seen.finish`."""
        time = now()
        with self._lock():
            self._forget_what_ended(time)
            claim = self._running.get(event_id)
            if claim is not None:
                if claim.owner != owner:
                    return
                del self._running[event_id]
            self._handled.setdefault(event_id, time + self._seconds)
            self._forget_the_oldest()

    def release(self, event_id: str, owner: str) -> None:
        """Forget the claim; see `Seen.release`."""
        with self._lock():
            claim = self._running.get(event_id)
            if claim is not None and claim.owner == owner:
                del self._running[event_id]

    def _forget_what_ended(self, time: float) -> None:
        while self._running and next(iter(self._running.values())).ends <= time:
            self._running.popitem(last=False)
        while self._handled and next(iter(self._handled.values())) <= time:
            self._handled.popitem(last=False)

    def _forget_the_oldest(self) -> None:
        while len(self._running) + len(self._handled) > self._most:
            # A claim that is forgotten lets the same event in while it is being handled: those go last.
            (self._handled or self._running).popitem(last=False)
