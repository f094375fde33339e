"""Which outcome is repeated, and when. Pure functions: the caller brings the time and the random number."""

from __future__ import annotations

from typing import Optional

from ...errors import APIConnectionError, APIStatusError, TitanError, retry_after

# Statuses after which nobody knows whether the request was carried out.
_UNCLEAR = frozenset({408, 500, 502, 503, 504})

LONGEST_RETRY_AFTER = 120.0
"""Seconds; a server that asks for more gets its error reported at once."""


def maybe_processed(status: int) -> bool:
    """Whether a request answered with this status may have been carried out all the same.

    A 303, and in practice a 301 or 302, can follow a POST that was carried out; 307 and 308 say that it
    was not.
    """
    return (status < 400 and status not in (307, 308)) or status == 408 or status >= 500


def is_repeated(error: TitanError, *, idempotent: bool) -> bool:
    """Whether a request that ended in this error is sent again.

    Args:
        error: The outcome of one attempt.
        idempotent: Whether carrying the request out twice does no harm.

    Returns:
        True for what surely was not carried out and can succeed later; for an unclear outcome, only where
        repeating does no harm.
    """
    if isinstance(error, APIStatusError):
        return error.status_code == 429 or (idempotent and error.status_code in _UNCLEAR)
    if isinstance(error, APIConnectionError):
        return idempotent or not error.maybe_processed
    return False


def delay(attempt: int, error: TitanError, jitter: float) -> Optional[float]:
    """How long to wait before the next attempt.

    Args:
        attempt: Number of the attempt that failed, from 0.
        error: How it failed.
        jitter: Random number from 0 to 1, so that clients do not come back all at once.

    Returns:
        Seconds, or None where the server asks for more than anybody should wait inside a call.
    """
    asked = retry_after(error.headers) if isinstance(error, APIStatusError) else None
    # Many servers send 0, or a date that has passed: that is no time to come back at.
    if asked is not None and asked > 0:
        # On top, and at least a second: all that were refused together got the same answer.
        return asked + jitter * max(1.0, 0.1 * asked) if asked <= LONGEST_RETRY_AFTER else None
    # The power is bounded before it is taken: max_retries may be any number.
    return min(8.0, 0.5 * 2.0 ** min(attempt, 10)) * (1.0 - 0.5 * jitter)
