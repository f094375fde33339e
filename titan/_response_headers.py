"""What the headers of a response say: limits, how long to wait."""

from __future__ import annotations

from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Iterator, Mapping, NamedTuple, Optional


class Headers(Mapping[str, str]):
    """Headers of a response, found by their names in any case."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._values = {name.lower(): value for name, value in headers.items()}

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Headers({list(self._values)})"


class RateLimit(NamedTuple):
    """Where the key stands in its rate limit, as the response headers say; `None` where they do not."""

    limit: Optional[int]
    """Requests that the key may make in one window (`X-RateLimit-Limit`)."""
    remaining: Optional[int]
    """Requests left in the current window (`X-RateLimit-Remaining`)."""


def rate_limit(headers: Mapping[str, str]) -> RateLimit:
    """Read the rate-limit headers of a response."""

    def number(name: str) -> Optional[int]:
        text = headers.get(name, "")
        # isdigit() alone is true for digits that int() refuses; a longer number is not a count of requests.
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None

    return RateLimit(number("X-RateLimit-Limit"), number("X-RateLimit-Remaining"))


def retry_after(headers: Mapping[str, str]) -> Optional[float]:
    """Read `Retry-After`, in either of its forms.

    Args:
        headers: The response's headers.

    Returns:
        Seconds from now; None where the header is missing, unreadable, or names no time to come.
    """
    text = headers.get("Retry-After")
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        then = _moment(text)
        if then is None:
            return None
        # By the server's own clock where it says it: ours may be wrong, or frozen.
        seconds = (then - (_moment(headers.get("Date")) or datetime.now(timezone.utc))).total_seconds()
    return seconds if seconds > 0 else None


def _moment(text: Optional[str]) -> Optional[datetime]:
    """Read a date of HTTP; None where it is none."""
    try:
        moment = parsedate_to_datetime(text)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment
