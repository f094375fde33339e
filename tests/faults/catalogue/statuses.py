"""Every status, and every form of `Retry-After`."""

from __future__ import annotations

import email.utils
import time
from typing import Callable, Dict, Optional, Tuple

from tests.faults.catalogue.framing import parts_of
from tests.faults.model import ANSWERED, TOO_LONG, UNREADABLE, Fault, Group, Kind, Meaning, OfOperation, Reads
from tests.faults.operations import ECHO
from tests.faults.privacy import CHAT, KEY, TEXT
from tests.faults.server import END_OF_HEAD, Exchange, Play
from tests.support.loopback import http_json

SUCCESSES = (200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 299)
ERRORS = (
    *(300, 301, 302, 303, 304, 305, 306, 307, 308, 399),
    *range(400, 419),
    *(419, 420, 421, 422, 423, 424, 425, 426, 428, 429, 431, 444, 449, 450, 451, 460, 499),
    *(
        500,
        501,
        502,
        503,
        504,
        505,
        506,
        507,
        508,
        509,
        510,
        511,
        520,
        521,
        522,
        523,
        524,
        525,
        526,
        529,
        530,
    ),
    *(598, 599, 600, 799, 999),
)
_WITHOUT_BODY = (204, 304)


def answers_with(status: int, *, headers: Callable[[], Dict[str, str]] = dict) -> Play:
    """Answer with a status: a success as usual, an error with a body that repeats what is private."""

    def answer(exchange: Exchange) -> bool:
        exchange.read_whole()
        if status in _WITHOUT_BODY:
            _, lines, _ = parts_of(exchange.answer)
            exchange.send(b"HTTP/1.1 %d Status\r\n%b" % (status, lines) + END_OF_HEAD)
        elif status < 300:
            exchange.send(exchange.answer.replace(b"200", b"%d" % status, 1))
        else:
            said = {"error": f"not for {CHAT} and {KEY}", "detail": TEXT, "number": CHAT}
            exchange.send(http_json(said, status, {**ECHO, **headers()}))
        return True

    return answer


def _success(status: int) -> OfOperation:
    """A 2xx is the answer, unless it says that it is something else."""
    if status in (202, 206):
        return lambda operation: UNREADABLE
    if status == 204:
        return lambda operation: ANSWERED if operation.result == "nothing" else UNREADABLE
    return lambda operation: ANSWERED


def _error(status: int) -> Meaning:
    return Meaning(Kind.STATUS, status)


GROUP = Group(
    "Statuses",
    "Each status with the body that goes with it: a result, or an error that repeats what is private.",
    [
        *(Fault(str(status), "", answers_with(status), _success(status)) for status in SUCCESSES),
        *(Fault(str(status), "", answers_with(status), _error(status)) for status in ERRORS),
    ],
)


def _date(seconds: float) -> str:
    return email.utils.formatdate(time.time() + seconds, usegmt=True)


def _plain(value: str) -> Callable[[], Dict[str, str]]:
    return lambda: {"Retry-After": value}


_FORMS: Dict[str, Tuple[Callable[[], Dict[str, str]], Optional[float]]] = {
    "without Retry-After": (dict, None),
    "Retry-After: 2": (_plain("2"), 2.0),
    "Retry-After: 1.5": (_plain("1.5"), 1.5),
    "Retry-After: 120": (_plain("120"), 120.0),
    "Retry-After: 121": (_plain("121"), TOO_LONG),
    "Retry-After: 0": (_plain("0"), None),
    "Retry-After: -5": (_plain("-5"), None),
    "Retry-After: 99999999999999999999": (_plain("9" * 20), TOO_LONG),
    "Retry-After: inf": (_plain("inf"), TOO_LONG),
    "Retry-After: nan": (_plain("nan"), None),
    "Retry-After: soon": (_plain("soon"), None),
    "an empty Retry-After": (_plain(""), None),
    "a date in 10 s": (lambda: {"Retry-After": _date(10), "Date": _date(0)}, 10.0),
    "a date in 10 s by a clock that is a day slow": (
        lambda: {"Retry-After": _date(10 - 86_400), "Date": _date(-86_400)},
        10.0,
    ),
    "a date in an hour": (lambda: {"Retry-After": _date(3600), "Date": _date(0)}, TOO_LONG),
    "a date that has passed": (lambda: {"Retry-After": _date(-10), "Date": _date(0)}, None),
    "a date that is none": (_plain("Someday, 32 Nov 2026 25:00:00 GMT"), None),
}


def answers_too_long(exchange: Exchange) -> None:
    """Refuse before the body of the request was read."""
    exchange.read_head()
    exchange.send(http_json({"error": "too large"}, 413, {"Connection": "close"}))
    exchange.drain()


def _wait_faults(status: int) -> Dict[str, Fault]:
    return {
        f"{status} {name}": Fault(
            f"{status} {name}",
            "",
            answers_with(status, headers=headers),
            Meaning(Kind.STATUS, status, wait, is_date="date" in name),
        )
        for name, (headers, wait) in _FORMS.items()
    }


WAITS = Group(
    "`Retry-After`",
    "What the header asks for is kept to, with a random addition, so that clients do not come back together. "
    "Where it asks for too much, the error comes at once. Zero, negative and past values, and what cannot be "
    "read, count as absent.",
    [
        *_wait_faults(429).values(),
        *_wait_faults(503).values(),
        Fault("413 before the body was read", "", answers_too_long, Meaning(Kind.STATUS, 413), Reads.HEAD),
    ],
)
