"""What `with_response` and `submit` return around the result of an operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Mapping, Optional, TypeVar

from ..errors import RateLimit, rate_limit

T = TypeVar("T")


@dataclass(frozen=True)
class Response(Generic[T]):
    """The result of an operation, with the response that it came in.

    Attributes:
        data: What the operation returns.
        status_code: HTTP status, 200 to 299.
        headers: The response's headers; names in any case.
    """

    data: T
    status_code: int
    headers: Mapping[str, str]

    @property
    def rate_limit(self) -> RateLimit:
        """Where the key stands in its rate limit."""
        return rate_limit(self.headers)

    def __repr__(self) -> str:
        return f"Response(data={_shown(self.data)}, status_code={self.status_code})"


@dataclass(frozen=True)
class Submitted(Generic[T]):
    """An operation handed over in async mode.

    Attributes:
        accepted: True: the result comes as webhook event `command.result`. False: the server answered at
            once, and `result` is it.
        correlation_id: What the event will carry as `correlationId`; None where the server answered at once.
        result: What the operation returns, where the server answered at once.
    """

    accepted: bool
    correlation_id: Optional[str]
    result: Optional[T]

    def __repr__(self) -> str:
        outcome = (
            f"correlation_id={self.correlation_id!r}" if self.accepted else f"result={_shown(self.result)}"
        )
        return f"Submitted(accepted={self.accepted}, {outcome})"


def _shown(value: object) -> str:
    return f"<{len(value)} bytes>" if isinstance(value, bytes) else repr(value)
