"""The sandbox's time: it runs like any clock, tests can move it forward, and actions wait for their time."""

from __future__ import annotations

import datetime as time_of_test
import heapq
import itertools
import logging
import threading
import traceback
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from time import sleep
from typing import Callable, List, Optional, Set, Tuple

from ..._clock import now
from ..._privacy import mask
from .errors import SandboxError

_logger = logging.getLogger("titan.sandbox")

_LONGEST_WAIT = 10.0**9
"""Seconds. What is due later than that never comes."""
_FURTHEST_MOVE = 100 * _LONGEST_WAIT
"""Seconds; the years after 9999 cannot be written as dates."""
_MOST_READINGS = 100


def format_time(moment: datetime) -> str:
    """Write a time as Titan does: `2025-05-01T12:00:00.000Z`."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Clock:
    """The time, and the actions that wait for theirs.

    It starts at the time of the process, which a test may have frozen or moved, and then goes on by itself.
    Where it follows the test, its dates are always those of the test; waits take their real time still.

    Actions run with the lock held, in their order, and as if each ran at its own time. They must check that
    they still apply.

    Args:
        lock: What guards the state that actions change.
        follows_test: Tells whether dates are those of the process, as a test may have changed them.
    """

    def __init__(self, lock: threading.RLock, follows_test: Callable[[], bool]) -> None:
        self._due_sooner = threading.Condition(lock)
        self._serial = itertools.count()
        self._follows_test = follows_test
        self.reset()

    def reset(self) -> None:
        """Show real time again, and drop the actions that wait."""
        self._start = _read_date()
        # The wall clock of the machine may jump; this one does not.
        self._started = now()
        self._moved = 0.0
        self._waiting: List[Tuple[float, int, Callable[[], None]]] = []
        self._awaited: Set[int] = set()
        self._running_at: Optional[float] = None

    def now(self) -> datetime:
        """Tell the time; inside an action, the time it was due."""
        try:
            if self._follows_test():
                return _read_date() + timedelta(seconds=self._moved)
            return self._start + timedelta(seconds=self.seconds())
        except OverflowError:
            return datetime.max.replace(tzinfo=timezone.utc)

    def seconds(self) -> float:
        """Tell for how long it has run, moves included; inside an action, for how long when it was due.

        No test stops it: this is for whoever waits.
        """
        return self._actual_seconds() if self._running_at is None else self._running_at

    def _actual_seconds(self) -> float:
        return now() - self._started + self._moved

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
        try:
            if abs(seconds) <= _LONGEST_WAIT:
                return self.now() + timedelta(seconds=seconds)
        except OverflowError:
            # The test's clock is near the year 9999.
            pass
        raise SandboxError(400, f"{field} is too large")

    def advance(self, seconds: float) -> None:
        """Move the time forward, and run what falls due.

        Raises:
            SandboxError: 400, when that is too far away.
        """
        if self._moved + seconds > _FURTHEST_MOVE:
            raise SandboxError(400, "the clock cannot be moved that far")
        self.run_due()
        end = self._moved + seconds
        while self._waiting and self._running_at is None:
            # Not all at once: an action has the date at which it is due.
            moved = self._waiting[0][0] - (now() - self._started)
            if moved > end:
                break
            self._moved = max(self._moved, moved)
            self._run_first()
        self._moved = end
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
        due = self.seconds() + min(max(seconds, 0.0), _LONGEST_WAIT)
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
        moment = self._actual_seconds()
        while self._waiting and self._waiting[0][0] <= moment:
            self._run_first()

    def _run_first(self) -> None:
        self._running_at, serial, action = heapq.heappop(self._waiting)
        try:
            _run_safely(action)
        finally:
            self._running_at = None
            self._awaited.discard(serial)

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
                    wait = min(max(self._waiting[0][0] - self._actual_seconds(), 0.0), 3600.0)
                self._due_sooner.wait(wait)

    def wake(self) -> None:
        """Let `run` look whether it is over."""
        with self._due_sooner:
            self._due_sooner.notify_all()


def _read_date() -> datetime:
    for _ in range(_MOST_READINGS):
        # It is raised while freezegun ends in another thread, and has half undone what it had replaced.
        with suppress(IndexError):
            # By its module, whose attribute is replaced first and put back last: freezegun overlooks names in
            # modules that were first imported while it had frozen the time.
            return time_of_test.datetime.now(timezone.utc)
        sleep(0)
    return time_of_test.datetime.now(timezone.utc)


def _run_safely(action: Callable[[], None]) -> None:
    # Whoever has just looked at the state, and so runs it, has nothing to do with it.
    try:
        action()
    except Exception as error:
        shown = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        _logger.error("an action of the sandbox's clock failed\n%s", mask(shown))
