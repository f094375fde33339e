"""Connections that have carried a request before."""

from __future__ import annotations

from tests.faults.catalogue.connections import say_nothing
from tests.faults.model import ANSWERED, LOST, STALLED, TOTAL, Fault, Group, Reads
from tests.faults.operations import ANSWERS, STRAY
from tests.faults.server import Exchange, Play, answer_well
from tests.support.loopback import http, http_json

_ANSWER = http_json({"data": {"id": STRAY, "pushName": STRAY}}, 200, {ANSWERS: STRAY})
_FILE = http(200, STRAY.encode(), {"Content-Type": "image/png"})


def close_when_written_to(exchange: Exchange) -> None:
    """End the connection as soon as the first byte of another request arrives."""
    exchange.connection.recv(1)


def reset_when_written_to(exchange: Exchange) -> None:
    exchange.connection.recv(1)
    exchange.reset()


def close_unread(exchange: Exchange) -> None:
    exchange.read_whole()


def answer_and_close(exchange: Exchange) -> None:
    """Answer, and end the connection without having said so."""
    exchange.read_whole()
    exchange.send(exchange.answer)


def with_bytes_behind(behind: bytes, *, later: bool = False) -> Play:
    """Answer, and send something behind the answer that nobody asked for."""

    def answer(exchange: Exchange) -> bool:
        exchange.read_whole()
        exchange.send(exchange.answer + (b"" if later else behind))
        if later:
            exchange.server.over.wait(0.02)
            exchange.send(behind)
        return True

    return answer


def in_chunks_with_bytes_behind(exchange: Exchange) -> bool:
    """The same behind an answer in chunks."""
    exchange.read_whole()
    head, _, body = exchange.answer.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-Length")]
    exchange.send(b"\r\n".join([*lines, b"Transfer-Encoding: chunked", b"", b""]))
    exchange.send(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) + _FILE + _ANSWER)
    return True


GROUP = Group(
    "Connections that were used before",
    "An earlier call has used the connection and was answered; what is shown is the call after it.",
    [
        Fault(
            "closed while idle",
            "The connection was closed since: another is opened.",
            *(answer_well, ANSWERED),
            warm=answer_and_close,
        ),
        Fault(
            "closed as it is used again",
            "The connection is closed when the next request arrives.",
            *(close_when_written_to, LOST, Reads.NOTHING),
            warm=answer_well,
        ),
        Fault(
            "reset as it is used again",
            "The connection is reset when the next request arrives.",
            *(reset_when_written_to, LOST, Reads.NOTHING),
            warm=answer_well,
        ),
        Fault(
            "closed after it is used again",
            "The connection is closed when the next request was read.",
            *(close_unread, LOST),
            warm=answer_well,
        ),
        Fault(
            "silent as it is used again",
            "Nothing comes back on a connection that worked before.",
            *(say_nothing, STALLED),
            total_timeout=TOTAL,
            warm=answer_well,
        ),
        Fault(
            "an answer behind the answer",
            "Behind the earlier answer came another, which belongs to no request.",
            *(answer_well, ANSWERED),
            warm=with_bytes_behind(_ANSWER),
        ),
        Fault(
            "a file behind the answer",
            "The same with a file.",
            *(answer_well, ANSWERED),
            warm=with_bytes_behind(_FILE),
        ),
        Fault(
            "an answer behind chunks",
            "The same behind an answer in chunks.",
            *(answer_well, ANSWERED),
            warm=in_chunks_with_bytes_behind,
        ),
        Fault(
            "an answer some time later",
            "An answer that belongs to no request comes while the connection is idle.",
            *(answer_well, ANSWERED),
            warm=with_bytes_behind(_ANSWER, later=True),
        ),
        Fault(
            "half an answer behind the answer",
            "Behind the earlier answer came the beginning of another.",
            *(answer_well, ANSWERED),
            warm=with_bytes_behind(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"),
        ),
        Fault(
            "noise behind the answer",
            "Behind the earlier answer came bytes that are no HTTP.",
            *(answer_well, ANSWERED),
            warm=with_bytes_behind(b"\0\1\2noise"),
        ),
    ],
)
