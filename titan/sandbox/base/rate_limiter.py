"""A limit on how often somebody may do something."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import Deque, Dict

from .errors import SandboxError


class RateLimiter:
    """Counts what somebody did in a sliding window of time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._taken: Dict[str, Deque[datetime]] = {}

    def take(self, who: str, limit: int, now: datetime, refusal: str = "rate limit exceeded") -> int:
        """Count one request.

        Returns:
            How many are left.

        Raises:
            SandboxError: 429, with `Retry-After`.
        """
        left = self.left(who, limit, now, refusal) - 1
        self.add(who, now)
        return left

    def add(self, who: str, now: datetime) -> None:
        """Count one request, whatever the limit."""
        self._taken.setdefault(who, deque()).append(now)

    def left(self, who: str, limit: int, now: datetime, refusal: str = "rate limit exceeded") -> int:
        """Tell how many are left.

        Raises:
            SandboxError: None is: 429, with `Retry-After`.
        """
        taken = self._taken.setdefault(who, deque())
        while taken and (now - taken[0]).total_seconds() >= self._seconds:
            taken.popleft()
        if len(taken) >= limit:
            # The limit may have been lowered: then more than the oldest has to leave.
            last = taken[len(taken) - max(limit, 1)] if taken else now
            wait = self._seconds - (now - last).total_seconds()
            raise SandboxError(429, refusal, {"Retry-After": str(max(1, -int(-wait // 1)))})
        return limit - len(taken)
