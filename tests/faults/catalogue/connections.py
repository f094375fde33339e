"""Connections that are not made, say nothing, or end."""

from __future__ import annotations

from tests.faults.model import (
    ANSWERED,
    LOST,
    NOT_SENT,
    STALLED,
    TOTAL,
    UNREADABLE,
    Fault,
    Group,
    Kind,
    Meaning,
    Reads,
    answered_with,
    by_result,
)
from tests.faults.operations import FILE
from tests.faults.server import END_OF_HEAD, Exchange, Play, answer_well

_TIMEOUT = 0.3


def say_nothing(exchange: Exchange) -> None:
    exchange.read_whole()
    exchange.stall()


def answer_late(exchange: Exchange) -> bool:
    exchange.read_whole()
    exchange.server.over.wait(0.2)
    exchange.send(exchange.answer)
    return True


def read(exchange: Exchange, reads: Reads) -> None:
    """Read so much of the request."""
    if reads is Reads.WHOLE:
        exchange.read_whole()
    elif reads is Reads.HEAD:
        exchange.read_head()


def ends(reads: Reads, *, with_reset: bool) -> Play:
    """End the connection once so much of the request was read."""

    def end(exchange: Exchange) -> None:
        read(exchange, reads)
        if with_reset:
            # Not before the client knows of the connection, which may be reset before it is made.
            exchange.wait_for_request()
            exchange.reset()

    return end


def send_until(exchange: Exchange, place: str) -> bytes:
    """Send an answer up to a place in it; returns its rest."""
    head = exchange.answer.index(END_OF_HEAD) + len(END_OF_HEAD)
    body = len(exchange.answer) - head
    length = {"the status line": len(b"HTTP/1."), "the headers": head - 20, "the body": head + body // 2}[
        place
    ]
    exchange.send(exchange.answer[:length])
    return exchange.answer[length:]


def ends_inside(place: str, *, with_reset: bool) -> Play:
    """End the connection inside the answer."""

    def end(exchange: Exchange) -> None:
        exchange.read_whole()
        send_until(exchange, place)
        if with_reset:
            # Or what was sent would be taken back with it.
            exchange.server.over.wait(0.05)
            exchange.reset()

    return end


def stalls_inside(place: str) -> Play:
    """Say no more, inside the answer."""

    def stall(exchange: Exchange) -> None:
        exchange.read_whole()
        send_until(exchange, place)
        exchange.stall()

    return stall


def dribbles_from(place: str) -> Play:
    """Send the answer up to a place, and its rest a byte at a time."""

    def dribble(exchange: Exchange) -> None:
        exchange.read_whole()
        exchange.dribble(send_until(exchange, place))

    return dribble


def without_length(*, whole: bool, with_reset: bool = False) -> Play:
    """Answer without saying how long the answer is: it ends with the connection."""

    def answer(exchange: Exchange) -> None:
        exchange.read_whole()
        head, _, body = exchange.answer.partition(END_OF_HEAD)
        kept = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-Length")]
        exchange.send(b"\r\n".join([*kept, b"Connection: close"]) + END_OF_HEAD)
        exchange.send(body if whole else body[: len(body) // 2])
        if with_reset:
            exchange.server.over.wait(0.05)
            exchange.reset()

    return answer


_ENDS = {"closed": "closes", "reset": "resets"}
_PLACES = ("the status line", "the headers", "the body")

GROUP = Group(
    "Connections",
    "Connections that are not made, say nothing, or end: by a close, or by a reset as after a crash.",
    [
        Fault("refused", "Nobody listens.", answer_well, NOT_SENT, is_refused=True),
        Fault(
            "silent",
            "The request is taken, and nothing comes back until `total_timeout` is over.",
            *(say_nothing, STALLED),
            total_timeout=TOTAL,
        ),
        Fault(
            "silent for one wait",
            "The request is taken, and nothing comes back until `timeout` is over.",
            *(say_nothing, Meaning(Kind.STALLED)),
            timeout=_TIMEOUT,
        ),
        Fault("late", "The answer comes late, but within both time limits.", answer_late, ANSWERED),
        *(
            Fault(
                f"{verb} {place}",
                f"The server {does} the connection when it has read {what}.",
                ends(reads, with_reset=verb == "reset"),
                LOST,
                reads,
            )
            for verb, does in _ENDS.items()
            for place, what, reads in (
                ("before the request", "nothing", Reads.NOTHING),
                ("after the request's head", "the head of the request", Reads.HEAD),
                ("after the request", "the whole request", Reads.WHOLE),
            )
        ),
        *(
            Fault(
                f"{verb} inside {place}",
                f"The server {does} the connection inside {place} of its answer.",
                ends_inside(place, with_reset=verb == "reset"),
                LOST,
            )
            for verb, does in _ENDS.items()
            for place in _PLACES
        ),
        *(
            Fault(
                f"silent inside {place}",
                f"Nothing more comes in the middle of {place} of the answer.",
                *(stalls_inside(place), STALLED),
                total_timeout=TOTAL,
            )
            for place in _PLACES
        ),
        Fault(
            "a byte at a time",
            "The answer comes so slowly that `timeout` never passes, from its first byte on.",
            *(dribbles_from("the status line"), STALLED),
            total_timeout=TOTAL,
        ),
        Fault(
            "a byte at a time in the body",
            "The body comes so slowly that `timeout` never passes.",
            *(dribbles_from("the body"), STALLED),
            total_timeout=TOTAL,
        ),
        Fault(
            "whole without a length",
            "The answer does not say how long it is, and ends with the connection.",
            *(without_length(whole=True), ANSWERED),
        ),
        Fault(
            "cut without a length",
            "The answer does not say how long it is, and the connection is closed inside it.",
            without_length(whole=False),
            by_result(json=UNREADABLE, file=answered_with(FILE[: len(FILE) // 2])),
        ),
        Fault(
            "reset without a length",
            "The answer does not say how long it is, and the connection is reset inside it.",
            *(without_length(whole=False, with_reset=True), LOST),
        ),
    ],
)
