"""Time in the sandbox: it runs as everywhere, tests can move it forward, and what is due then happens."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from datetime import datetime, timedelta, timezone
from typing import Callable, List, Optional, Tuple

from .errors import SandboxError

_LONGEST = 10.0**9
"""Seconds. What is due later than that can wait for ever."""
_FURTHEST = 100 * _LONGEST
"""Seconds; the years after 9999 cannot be written as dates."""


def iso(moment: datetime) -> str:
    """Write a time as Titan does: `2025-05-01T12:00:00.000Z`."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Clock:
    """The sandbox's time, and what will happen.

    Actions run with the lock held, in their order, and as if each ran at its own time. They must check that
    they still apply.

    Args:
        lock: What guards the state that actions change.
    """

    def __init__(self, lock: threading.RLock) -> None:
        self._sooner = threading.Condition(lock)
        self._serial = itertools.count()
        self._stopped = False
        self.reset()

    def reset(self) -> None:
        """Show real time again, and forget what was to happen."""
        self._start = datetime.now(timezone.utc)
        # The wall clock of the machine may jump; this one does not.
        self._started = time.monotonic()
        self._moved = 0.0
        self._due: List[Tuple[datetime, int, Callable[[], None]]] = []
        self._running_at: Optional[datetime] = None

    def now(self) -> datetime:
        """Tell the time; inside an action, the time it was due."""
        return self._running_at or self._real()

    def _real(self) -> datetime:
        return self._start + timedelta(seconds=time.monotonic() - self._started + self._moved)

    def after(self, seconds: float, field: str) -> datetime:
        """Tell the time in a while that a request named.

        Raises:
            SandboxError: 400, when that is too far away.
        """
        if abs(seconds) > _LONGEST:
            raise SandboxError(400, f"{field} is too large")
        return self.now() + timedelta(seconds=seconds)

    def advance(self, seconds: float) -> None:
        """Move the time forward; what falls due happens.

        Raises:
            SandboxError: 400, when that is too far away.
        """
        if self._moved + seconds > _FURTHEST:
            raise SandboxError(400, "the clock cannot be moved that far")
        self._moved += seconds
        self.run_due()
        self._sooner.notify_all()

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Have something done in a while."""
        due = self.now() + timedelta(seconds=min(max(seconds, 0.0), _LONGEST))
        heapq.heappush(self._due, (due, next(self._serial), action))
        if self._due[0][0] == due:
            self._sooner.notify_all()

    def run_due(self) -> None:
        """Do what is due. Whoever looks at the state calls this first, and so sees nothing overdue."""
        if self._running_at is not None:
            return
        now = self._real()
        try:
            while self._due and self._due[0][0] <= now:
                self._running_at, _, action = heapq.heappop(self._due)
                action()
        finally:
            self._running_at = None

    def run(self) -> None:
        """Do what is due at its time, until `stop`: so that things also happen while nobody looks."""
        with self._sooner:
            while not self._stopped:
                self.run_due()
                wait = (self._due[0][0] - self._real()).total_seconds() if self._due else None
                self._sooner.wait(wait if wait is None else min(max(wait, 0.0), 3600.0))
            self._stopped = False

    def stop(self) -> None:
        """End `run`."""
        with self._sooner:
            self._stopped = True
            self._sooner.notify_all()
