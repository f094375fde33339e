"""`total_timeout` as a point in time that every wait of a request keeps to."""

from __future__ import annotations

from typing import Any, Dict, Iterator, Mapping, Optional

from .._clock import now
from .._interruptions import raise_if_interrupted
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

    __slots__ = ("_was_sent_before", "deadline", "idle", "was_answered", "was_sent")

    def __init__(self, timeouts: Mapping[str, Optional[float]], deadline: float) -> None:
        super().__init__(timeouts)
        self.deadline = deadline
        self.idle: Optional[float] = None
        """Seconds that the connection had lain idle when this attempt took it; None for a new one."""
        self.was_sent = False
        """Whether a part of the request went out, as far as our sockets, or httpcore, tell."""
        self._was_sent_before = False
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

    def is_of(self, error: Any) -> bool:
        """Whether an exception of httpx is about this attempt, and not about a request that a hook made."""
        try:
            request = error.request
        except RuntimeError:  # it has none yet, like all that comes from below a client
            return True
        return request.extensions.get("timeout") is self

    def note(self, event: str, info: Mapping[str, Any]) -> None:
        """Told by httpcore what it does for this attempt.

        Args:
            event: What it does.
            info: The request, or the exception.
        """
        if event.endswith("send_request_headers.started"):
            self._was_sent_before = self.was_sent
            # Not where it asks a proxy for a tunnel.
            self.was_sent = self.was_sent or info["request"].method != b"CONNECT"
        elif event.endswith(("send_request_headers.failed", "send_request_body.failed")):
            # Errors of writing go no further in httpcore, a signal handler's included.
            raise_if_interrupted(info["exception"])

    def note_refused(self) -> None:
        """Told by our sockets that what httpcore began to send has not gone out, nor will it there."""
        self.was_sent = self._was_sent_before

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
