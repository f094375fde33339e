"""Stores of event ids, so that an event that is delivered twice is handled once."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Protocol

from .._init_lock import ProcessLock


class Seen(Protocol):
    """Remembers event ids, so that an event that is delivered twice is handled once."""

    def claim(self, event_id: str) -> bool:
        """Note the id, and return whether it is new."""
        ...

    def release(self, event_id: str) -> None:
        """Forget the id: its event could not be handled, and Titan will deliver it again."""
        ...


class RecentEvents:
    """Remembers event ids in the memory of this process; several processes need a store that they share.

    Args:
        most: How many ids to remember at most; the oldest are forgotten first.
        seconds: How long to remember an id. Titan's retries should be over by then.
    """

    def __init__(self, most: int = 100_000, seconds: float = 24 * 3600.0) -> None:
        if most < 1 or seconds <= 0:
            raise ValueError("RecentEvents must remember at least one id for some time")
        self._most = most
        self._seconds = seconds
        self._claimed: OrderedDict[str, float] = OrderedDict()
        self._lock = ProcessLock()

    def claim(self, event_id: str) -> bool:
        """Note the id, and return whether it is new."""
        now = time.monotonic()
        with self._lock():
            while self._claimed and next(iter(self._claimed.values())) <= now - self._seconds:
                self._claimed.popitem(last=False)
            if event_id in self._claimed:
                return False
            self._claimed[event_id] = now
            if len(self._claimed) > self._most:
                self._claimed.popitem(last=False)
            return True

    def release(self, event_id: str) -> None:
        """Forget the id."""
        with self._lock():
            self._claimed.pop(event_id, None)
