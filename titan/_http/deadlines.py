"""`total_timeout` as a point in time that every wait of a request keeps to."""

from __future__ import annotations

from typing import Any, Dict, Iterator, Mapping, Optional

from .._clock import now
from ..errors import APITimeoutError

NEVER = float("inf")
"""A deadline that does not come."""

# Longer than anybody waits, and short enough for sockets, which count milliseconds in 32 bits.
_UNLIMITED = 2_000_000.0


class Wait(float):
    """Seconds that one wait may take, as sockets get them, with the attempt that it belongs to."""

    __slots__ = ("attempt",)
    attempt: Attempt

    def left(self) -> float:
        """Seconds that are left of it now; never more than until the deadline."""
        deadline = self.attempt.deadline
        return self if deadline == NEVER else min(self, deadline - now())


class Attempt(Dict[str, Optional[float]]):
    """The timeouts of one attempt: httpx hands them down to its sockets, which read them for each wait.

    Sockets of ours ask a `Wait` anew how much is left; others keep to what was left when they began.

    Args:
        timeouts: Seconds for `connect`, `read`, `write` and `pool`; None means no limit.
        deadline: When `total_timeout` ends, by `_clock.now`.
    """

    __slots__ = ("deadline", "idle", "was_answered")

    def __init__(self, timeouts: Mapping[str, Optional[float]], deadline: float) -> None:
        super().__init__(timeouts)
        self.deadline = deadline
        self.idle: Optional[float] = None
        """Seconds that the connection had lain idle when this attempt took it; None for a new one."""
        self.was_answered = False
        """Whether the server has answered, and only a redirect of a download was still followed."""

    def get(self, key: str, default: Any = None) -> Any:
        seconds = super().get(key)
        if seconds is None:
            seconds = _UNLIMITED
        if self.deadline != NEVER:
            seconds = min(seconds, max(0.001, self.deadline - now()))
        wait = Wait(seconds)
        wait.attempt = self
        return wait

    @property
    def is_over(self) -> bool:
        """Whether the deadline has passed."""
        return self.deadline != NEVER and now() >= self.deadline


def pass_until(attempt: Attempt, chunks: Iterator[bytes], *, method: str, route: str) -> Iterator[bytes]:
    """Pass chunks on until the deadline.

    Raises:
        APITimeoutError: The deadline has passed; `method` and `route` are for its text.
    """
    for chunk in chunks:
        if attempt.is_over:
            raise APITimeoutError("total_timeout is over", method=method, route=route, maybe_processed=True)
        yield chunk
