"""What a call must come to, by the rules of the SDK.

Nothing here was recorded from what the SDK does: it is what its documentation promises, said once more as
code, from what is known of a fault and what `sdk.yaml` says of an operation.
"""

from __future__ import annotations

from typing import List, NamedTuple, Optional, Tuple

from tests.faults.model import ANSWERED, TOO_LONG, Fault, Kind, Meaning, Reads, When
from tests.faults.operations import Operation

MAX_RETRIES = 2
"""What clients repeat a request by default."""

_MAY_HAVE_BEEN_DONE = frozenset({408})
"""Of the statuses of 4xx, all of which refuse, the one that says nothing about the request."""
_KEEP_THE_METHOD = frozenset({307, 308})
"""Redirects that ask for the same request elsewhere: it was not carried out. Others may follow what was."""
_PASSING = frozenset({408, 500, 502, 503, 504})
"""Statuses behind which another attempt may succeed, though nobody knows what became of this one."""

_EXCEPTIONS = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    409: "ConflictError",
    429: "RateLimitError",
    502: "BadGatewayError",
    503: "ServiceUnavailableError",
}


class Expected(NamedTuple):
    """What one call must come to."""

    exception: str
    """Name of the class; empty where it returns."""
    maybe_processed: bool
    """What the exception must say; without one, whether an earlier attempt may have been carried out."""
    whole: int
    """How often the server reads the whole request."""
    pauses: List[Tuple[float, float]]
    """The least and the most seconds of each pause between attempts."""
    file: str = ""
    """The name of the file that it returns, where that is not the usual one."""


def expect(fault: Fault, operation: Operation, when: When) -> Expected:
    """What a call must come to that meets a fault.

    Args:
        fault: The fault.
        operation: What is called.
        when: At which attempts the fault is played; at the others all is well.
    """
    unclear, whole = False, 0
    pauses: List[Tuple[float, float]] = []
    for number in range(MAX_RETRIES + 1):
        is_played = when is When.EVERY or number == 0
        meaning = fault.meaning_for(operation) if is_played else ANSWERED
        whole += _is_read_whole(fault, operation, meaning) if is_played else 1
        if meaning.kind is Kind.ANSWERED:
            return Expected("", unclear, whole, pauses, meaning.file)
        unclear = unclear or may_be_processed(meaning)
        pause = pause_after(meaning, operation, number)
        if pause is None:
            return Expected(exception_of(meaning), unclear, whole, pauses)
        pauses.append(pause)
    raise AssertionError("the last attempt is followed by none")


def exception_of(meaning: Meaning) -> str:
    """Rule 5: the class says what happened."""
    if meaning.kind is Kind.STALLED:
        return "APITimeoutError"
    if meaning.kind is Kind.UNREADABLE:
        return "APIResponseError"
    if meaning.kind is Kind.STATUS:
        usual = "ServerError" if meaning.status >= 500 else "APIStatusError"
        return _EXCEPTIONS.get(meaning.status, usual)
    return "APIConnectionError"


def may_be_processed(meaning: Meaning) -> bool:
    """Rule 4: False is said only where it is sure that the request was not carried out."""
    if meaning.kind is Kind.NOT_SENT or not meaning.is_connected:
        return False
    if meaning.kind is Kind.STATUS:
        refuses = 400 <= meaning.status < 500 and meaning.status not in _MAY_HAVE_BEEN_DONE
        return not refuses and meaning.status not in _KEEP_THE_METHOD
    return True


def is_repeated(meaning: Meaning, operation: Operation) -> bool:
    """Rule 4: anything where it surely was not carried out; else only what does no harm when done twice."""
    if meaning.kind is Kind.UNREADABLE:
        return False
    if meaning.kind is Kind.STATUS:
        return meaning.status == 429 or (meaning.status in _PASSING and operation.is_repeatable)
    return operation.is_repeatable or not may_be_processed(meaning)


def pause_after(meaning: Meaning, operation: Operation, number: int) -> Optional[Tuple[float, float]]:
    """How long to wait before the next attempt, at least and at most; None where there is none."""
    if number == MAX_RETRIES or meaning.spends_all or not is_repeated(meaning, operation):
        return None
    if meaning.wait is None:
        longest = min(8.0, 0.5 * 2.0**number)
        return longest / 2, longest
    if meaning.wait == TOO_LONG:
        return None
    # A date names whole seconds, and the time until then has gone on since it was written.
    least = meaning.wait - (1.1 if meaning.is_date else 0.0)
    return least, meaning.wait + max(1.0, 0.1 * meaning.wait)


def _is_read_whole(fault: Fault, operation: Operation, meaning: Meaning) -> bool:
    if meaning.kind is Kind.NOT_SENT or not meaning.is_connected:
        return False
    return fault.reads is Reads.WHOLE or (fault.reads is Reads.HEAD and not operation.has_body)
