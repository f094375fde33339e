"""Answers that are no HTTP, or do not end where they say."""

from __future__ import annotations

from typing import Iterator, Tuple

from tests.faults.model import (
    ANSWERED,
    LOST,
    STALLED,
    TOTAL,
    UNREADABLE,
    Fault,
    Group,
    Kind,
    Meaning,
    answered_with,
    by_result,
)
from tests.faults.operations import FILE, Operation
from tests.faults.server import BLOCK, END_OF_HEAD, Exchange, Play

_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked" + END_OF_HEAD


def parts_of(answer: bytes) -> Tuple[bytes, bytes, bytes]:
    """Status line, the other lines of the head but its length, and body."""
    head, _, body = answer.partition(END_OF_HEAD)
    status, *lines = head.split(b"\r\n")
    return status, b"\r\n".join(line for line in lines if not line.startswith(b"Content-Length")), body


def with_length(*headers: bytes, add: int = 0, is_open: bool = False) -> Play:
    """Answer with other headers about the length of the body, or with a length that is wrong by so much."""

    def answer(exchange: Exchange) -> None:
        exchange.read_whole()
        status, lines, body = parts_of(exchange.answer)
        length = headers or (b"Content-Length: %d" % (len(body) + add),)
        exchange.send(b"\r\n".join([status, lines, *length]) + END_OF_HEAD + body)
        if is_open:
            exchange.stall()

    return answer


def in_chunks(body: bytes) -> Iterator[bytes]:
    half = len(body) // 2
    for part in (body[:half], body[half:]):
        yield b"%x\r\n%b\r\n" % (len(part), part)


def chunked(end: bytes, *, first: bytes = b"") -> Play:
    """Answer in chunks, with this before and behind them."""

    def answer(exchange: Exchange) -> None:
        exchange.read_whole()
        _, lines, body = parts_of(exchange.answer)
        exchange.send(_CHUNKED[: -len(END_OF_HEAD)] + b"\r\n" + lines + END_OF_HEAD)
        exchange.send(first + b"".join(in_chunks(body)) + end)

    return answer


def sends(data: bytes) -> Play:
    """Answer with these bytes, and close the connection."""

    def answer(exchange: Exchange) -> None:
        exchange.read_whole()
        exchange.send(data)
        exchange.drain()

    return answer


def endless(first: bytes, again: bytes) -> Play:
    """Answer without an end."""

    def answer(exchange: Exchange) -> None:
        exchange.read_whole()
        exchange.send(first)
        exchange.send_endlessly(again)

    return answer


def behind(first: bytes) -> Play:
    """Send something, and then the good answer behind it."""

    def answer(exchange: Exchange) -> bool:
        exchange.read_whole()
        exchange.send(first + exchange.answer)
        return True

    return answer


def in_version(version: bytes, *headers: bytes) -> Play:
    """Answer in another version of HTTP."""

    def answer(exchange: Exchange) -> None:
        exchange.read_whole()
        exchange.send(
            exchange.answer.replace(b"HTTP/1.1", version, 1).replace(b"\r\n", b"\r\n" + b"".join(headers), 1)
        )

    return answer


def only_body(exchange: Exchange) -> None:
    exchange.read_whole()
    exchange.send(parts_of(exchange.answer)[2])


def bounded(operation: Operation) -> Meaning:
    """An endless body that comes fast: `max_response_bytes` ends it; one that goes to a file, the time."""
    return STALLED if operation.name == "media.download_to" else UNREADABLE


_ENDLESS_CHUNK = b"10000\r\n" + BLOCK + b"\r\n"
_ERROR = b"HTTP/1.1 503 Service Unavailable\r\n"

GROUP = Group(
    "HTTP",
    "Answers that are no HTTP, that are longer or shorter than they say, and that do not end.",
    [
        Fault(
            "too short",
            "`Content-Length` promises more than comes, and the connection is closed.",
            *(with_length(add=100), LOST),
        ),
        Fault(
            "too short and open",
            "`Content-Length` promises more than comes, and the connection stays open.",
            *(with_length(add=100, is_open=True), STALLED),
            total_timeout=TOTAL,
        ),
        Fault(
            "too long",
            "`Content-Length` promises less than comes.",
            with_length(add=-20),
            by_result(json=UNREADABLE, file=answered_with(FILE[:-20])),
        ),
        Fault(
            "two lengths",
            "Two `Content-Length`s contradict each other.",
            with_length(b"Content-Length: 5", b"Content-Length: 6"),
            LOST,
        ),
        Fault("negative length", "`Content-Length` is negative.", with_length(b"Content-Length: -1"), LOST),
        Fault(
            "length in words", "`Content-Length` is no number.", with_length(b"Content-Length: many"), LOST
        ),
        Fault(
            "whole in chunks", "The answer comes in chunks, as it should.", chunked(b"0\r\n\r\n"), ANSWERED
        ),
        Fault(
            "without the last chunk", "The connection is closed before the last chunk.", chunked(b""), LOST
        ),
        Fault("no size of a chunk", "The size of a chunk is no number.", chunked(b"many\r\n"), LOST),
        Fault(
            "huge chunk",
            "A chunk claims to have 2⁶⁴ bytes, and the connection is closed.",
            chunked(b"f" * 16 + b"\r\nx"),
            LOST,
        ),
        Fault(
            "chunk without its end",
            "Behind a chunk stands something else than its end.",
            chunked(b"", first=b"1\r\nxyz"),
            LOST,
        ),
        Fault(
            "unknown transfer coding",
            "`Transfer-Encoding` is one that nobody asked for.",
            with_length(b"Transfer-Encoding: gzip"),
            LOST,
        ),
        Fault(
            "endless size of a chunk",
            "The line with the size of a chunk has no end.",
            endless(_CHUNKED, b"0" * 4096),
            LOST,
        ),
        Fault(
            "endless trailers",
            "The headers behind the last chunk have no end.",
            endless(_CHUNKED + b"0\r\n", b"X-Y: 1\r\n" * 512),
            LOST,
        ),
        Fault(
            "endless chunks",
            "Chunks come without an end.",
            endless(_CHUNKED, _ENDLESS_CHUNK),
            bounded,
            total_timeout=TOTAL,
        ),
        Fault(
            "endless body",
            "The body has no length and no end.",
            endless(b"HTTP/1.1 200 OK" + END_OF_HEAD, BLOCK),
            bounded,
            total_timeout=TOTAL,
        ),
        Fault(
            "endless body of an error",
            "The body of a 503 has no end: of it, 1 MiB is read.",
            *(endless(_ERROR + b"\r\n", BLOCK), Meaning(Kind.STATUS, 503)),
        ),
        Fault(
            "slow body of an error",
            "The body of a 503 has no end, and comes slowly.",
            *(endless(_ERROR + b"\r\n", b"x"), Meaning(Kind.STATUS, 503, spends_all=True)),
            total_timeout=TOTAL,
        ),
        Fault(
            "endless header",
            "One header has no end.",
            endless(b"HTTP/1.1 200 OK\r\nX-Y: ", b"x" * 8192),
            LOST,
        ),
        Fault(
            "endless headers",
            "Headers come without an end.",
            endless(b"HTTP/1.1 200 OK\r\n", b"X-Y: 1\r\n" * 512),
            LOST,
        ),
        Fault(
            "endless status line", "The status line has no end.", endless(b"HTTP/1.1 200 ", b"O" * 8192), LOST
        ),
        Fault(
            "endless 1xx",
            "One `100 Continue` follows the other.",
            *(endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 10), STALLED),
            total_timeout=TOTAL,
        ),
        Fault(
            "100 first",
            "A `100 Continue` comes before the answer.",
            behind(b"HTTP/1.1 100 Continue\r\n\r\n"),
            ANSWERED,
        ),
        Fault(
            "103 first",
            "Two `103 Early Hints` come before the answer.",
            behind(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 2),
            ANSWERED,
        ),
        Fault(
            "199 first",
            "An unknown status of 1xx comes before the answer.",
            behind(b"HTTP/1.1 199 Unknown\r\n\r\n"),
            ANSWERED,
        ),
        Fault(
            "101",
            "The server switches to a protocol that nobody asked for.",
            sends(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
            LOST,
        ),
        Fault("HTTP/0.9", "A body comes without status line and headers.", only_body, LOST),
        Fault("HTTP/1.0", "The answer is one of HTTP/1.0.", in_version(b"HTTP/1.0"), ANSWERED),
        Fault(
            "HTTP/1.0 kept alive",
            "The answer is one of HTTP/1.0 that keeps the connection.",
            in_version(b"HTTP/1.0", b"Connection: keep-alive\r\n"),
            ANSWERED,
        ),
        Fault("HTTP/2 in text", "The status line says HTTP/2.", in_version(b"HTTP/2"), LOST),
        Fault(
            "HTTP/2 unasked",
            "The server speaks HTTP/2 without being asked.",
            sends(b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80\0\x04\0\1\0\0\0\5\0\xff\xff\xff"),
            LOST,
        ),
        Fault(
            "another protocol",
            "The server greets as one for mail does.",
            sends(b"220 mail.example ESMTP\r\n"),
            LOST,
        ),
        Fault("noise", "Bytes come that are no text at all.", sends(bytes(range(256)) * 4), LOST),
        Fault(
            "status of two digits",
            "The status has two digits.",
            sends(b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n"),
            LOST,
        ),
        Fault(
            "header without a colon",
            "A line among the headers is not a header.",
            sends(b"HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: 0\r\n\r\n"),
            LOST,
        ),
        Fault(
            "zero in a header",
            "A header holds a zero byte.",
            sends(b"HTTP/1.1 200 OK\r\nX-Y: a\0b\r\nContent-Length: 0\r\n\r\n"),
            LOST,
        ),
        Fault(
            "bytes beyond ASCII in a header",
            "A header holds bytes that are no ASCII, as old servers send.",
            in_version(b"HTTP/1.1", b"X-Y: caf\xe9 \xff\r\n"),
            ANSWERED,
        ),
    ],
)
