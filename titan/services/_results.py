"""What `with_response` and `submit` return around the result of an operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Mapping, Optional, TypeVar

from ..errors import RateLimit, rate_limit

T = TypeVar("T")


@dataclass(frozen=True)
class Response(Generic[T]):
    """The result of an operation, with the response that it came in."""

    data: T
    """What the operation returns."""
    status_code: int
    """HTTP status, 200 to 299."""
    headers: Mapping[str, str]
    """The response's headers; names in any case."""

    @property
    def rate_limit(self) -> RateLimit:
        """Where the key stands in its rate limit."""
        return rate_limit(self.headers)

    def __repr__(self) -> str:
        return f"Response(data={_shown(self.data)}, status_code={self.status_code})"


@dataclass(frozen=True)
class Submitted(Generic[T]):
    """An operation handed over in async mode."""

    accepted: bool
    """Whether the result comes later, as webhook event `command.result`; else it is in `result`."""
    correlation_id: Optional[str]
    """The `correlationId` that the event will have; None where the server answered at once."""
    result: Optional[T]
    """What the operation returns, where the server answered at once."""

    def __repr__(self) -> str:
        outcome = (
            f"correlation_id={self.correlation_id!r}" if self.accepted else f"result={_shown(self.result)}"
        )
        return f"Submitted(accepted={self.accepted}, {outcome})"


def _shown(value: object) -> str:
    return f"<{len(value)} bytes>" if isinstance(value, bytes) else repr(value)
