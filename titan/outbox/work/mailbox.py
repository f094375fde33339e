"""A queue that one thread reads, with a time-out, and that signal handlers may put something into."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from typing import Deque, Generic, Optional, TypeVar

from ..._clock import now

T = TypeVar("T")


class Mailbox(Generic[T]):
    """What other threads found out, for one thread to read.

    `queue.Queue` holds a lock that a signal handler could wait for in vain, and before Python 3.13
    `queue.SimpleQueue` can wait for ever where its time-out is over before it begins to wait.
    """

    def __init__(self) -> None:
        self._items: Deque[T] = deque()
        # Held while nothing came since the reader looked last.
        self._nothing_new = threading.Lock()
        self._nothing_new.acquire()

    def put(self, item: T) -> None:
        """Add something, and wake the reader."""
        self._items.append(item)
        # Something else that came has woken it already.
        with contextlib.suppress(RuntimeError):
            self._nothing_new.release()

    def take(self, seconds: float) -> Optional[T]:
        """Take what came first.

        Args:
            seconds: How long to wait for something, where nothing is there.

        Returns:
            What came; None where nothing did.
        """
        deadline = now() + seconds
        while not self._items:
            left = deadline - now()
            if left <= 0 or not self._nothing_new.acquire(timeout=min(left, threading.TIMEOUT_MAX)):
                break
        return self._items.popleft() if self._items else None
