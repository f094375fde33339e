"""The sandbox's time: it runs like any clock, tests can move it forward, and actions wait for their time."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import traceback
from datetime import datetime, timedelta, timezone
from typing import Callable, List, Optional, Set, Tuple

from ..._clock import now
from ..._privacy import mask
from .errors import SandboxError

_logger = logging.getLogger("titan.sandbox")

_LONGEST_WAIT = 10.0**9
"""Seconds. What is due later than that never comes."""
_FURTHEST_MOVE = 100 * _LONGEST_WAIT
"""Seconds; the years after 9999 cannot be written as dates."""


def format_time(moment: datetime) -> str:
    """Write a time as Titan does: `2025-05-01T12:00:00.000Z`."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Clock:
    """The time, and the actions that wait for theirs.

    It starts at the time of the process, which a test may have frozen or moved, and then goes on by itself.

    Actions run with the lock held, in their order, and as if each ran at its own time. They must check that
    they still apply.

    Args:
        lock: What guards the state that actions change.
    """

    def __init__(self, lock: threading.RLock) -> None:
        self._due_sooner = threading.Condition(lock)
        self._serial = itertools.count()
        self.reset()

    def reset(self) -> None:
        """Show real time again, and drop the actions that wait."""
        self._start = datetime.now(timezone.utc)
        # The wall clock of the machine may jump; this one does not.
        self._started = now()
        self._moved = 0.0
        self._waiting: List[Tuple[datetime, int, Callable[[], None]]] = []
        self._awaited: Set[int] = set()
        self._running_at: Optional[datetime] = None

    def now(self) -> datetime:
        """Tell the time; inside an action, the time it was due."""
        return self._running_at or self._actual_time()

    def _actual_time(self) -> datetime:
        return self._start + timedelta(seconds=now() - self._started + self._moved)

    def add_seconds(self, seconds: float, field: str) -> datetime:
        """Tell the time so many seconds from now.

        Args:
            seconds: How many.
            field: Name of the field in which a request gave them.

        Returns:
            The time then.

        Raises:
            SandboxError: 400, when that is too far away.
        """
        if abs(seconds) > _LONGEST_WAIT:
            raise SandboxError(400, f"{field} is too large")
        return self.now() + timedelta(seconds=seconds)

    def advance(self, seconds: float) -> None:
        """Move the time forward, and run what falls due.

        Raises:
            SandboxError: 400, when that is too far away.
        """
        if self._moved + seconds > _FURTHEST_MOVE:
            raise SandboxError(400, "the clock cannot be moved that far")
        self._moved += seconds
        self.run_due()
        self._due_sooner.notify_all()

    @property
    def has_awaited(self) -> bool:
        """Whether an action that counts as work under way has not ended."""
        return bool(self._awaited)

    def call_later(self, seconds: float, action: Callable[[], None], *, is_awaited: bool = False) -> None:
        """Schedule an action so many seconds from now.

        Args:
            seconds: How many.
            action: What to do.
            is_awaited: Whether it counts as work under way until it has ended.
        """
        due = self.now() + timedelta(seconds=min(max(seconds, 0.0), _LONGEST_WAIT))
        serial = next(self._serial)
        heapq.heappush(self._waiting, (due, serial, action))
        if is_awaited:
            self._awaited.add(serial)
        if self._waiting[0][0] == due:
            self._due_sooner.notify_all()

    def run_due(self) -> None:
        """Run the actions that are due. Who looks at the state does so first, and misses nothing."""
        if self._running_at is not None:
            return
        moment = self._actual_time()
        try:
            while self._waiting and self._waiting[0][0] <= moment:
                self._running_at, serial, action = heapq.heappop(self._waiting)
                try:
                    _run_safely(action)
                finally:
                    self._awaited.discard(serial)
        finally:
            self._running_at = None

    def run(self, over: threading.Event) -> None:
        """Run each action at its time: things happen also while nobody looks.

        Args:
            over: Ends it when it is set; then `wake`.
        """
        with self._due_sooner:
            while not over.is_set():
                self.run_due()
                wait = None
                if self._waiting:
                    wait = (self._waiting[0][0] - self._actual_time()).total_seconds()
                self._due_sooner.wait(wait if wait is None else min(max(wait, 0.0), 3600.0))

    def wake(self) -> None:
        """Let `run` look whether it is over."""
        with self._due_sooner:
            self._due_sooner.notify_all()


def _run_safely(action: Callable[[], None]) -> None:
    # Whoever has just looked at the state, and so runs it, has nothing to do with it.
    try:
        action()
    except Exception as error:
        shown = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        _logger.error("an action of the sandbox's clock failed\n%s", mask(shown))
