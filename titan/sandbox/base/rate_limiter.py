"""Rate limits: how many requests a caller may still make."""

from __future__ import annotations

from collections import deque
from typing import Deque, Dict

from .errors import SandboxError


class RateLimiter:
    """Counts the requests of each caller in a sliding window of time.

    Times are in seconds, by whatever clock the window is of.

    Args:
        seconds: Length of the window.
        refusal: What the error says when the limit is reached.
    """

    def __init__(self, seconds: float, refusal: str) -> None:
        self._seconds = seconds
        self._refusal = refusal
        self._times: Dict[str, Deque[float]] = {}

    def take(self, caller: str, limit: int, now: float) -> int:
        """Count a request, if the limit allows one more.

        Returns:
            How many more it allows.

        Raises:
            SandboxError: 429, with `Retry-After`.
        """
        left = self.check(caller, limit, now) - 1
        self.add(caller, now)
        return left

    def add(self, caller: str, now: float) -> None:
        """Count a request, whatever the limit."""
        self._times.setdefault(caller, deque()).append(now)

    def check(self, caller: str, limit: int, now: float) -> int:
        """Tell how many more requests the limit allows.

        Raises:
            SandboxError: 429 with `Retry-After`, when it allows none.
        """
        times = self._times.setdefault(caller, deque())
        while times and now - times[0] >= self._seconds:
            times.popleft()
        # A test may have moved its clock back.
        while times and times[-1] > now:
            times.pop()
        if len(times) >= limit:
            # The limit may have been lowered: then more than the oldest request has to leave the window.
            last = times[len(times) - max(limit, 1)] if times else now
            wait = self._seconds - (now - last)
            raise SandboxError(429, self._refusal, {"Retry-After": str(max(1, -int(-wait // 1)))})
        return limit - len(times)
