"""Answers of 2xx that are whole as HTTP, and cannot be read all the same."""

from __future__ import annotations

import functools
import gzip
import zlib

from tests.faults.catalogue.framing import parts_of
from tests.faults.model import ANSWERED, UNREADABLE, Fault, Group, Meaning, answered_with, by_result
from tests.faults.operations import FILE, Operation
from tests.faults.privacy import CHAT, TEXT
from tests.faults.server import END_OF_HEAD, Exchange, Play
from tests.support.loopback import http

_CUT = f'{{"data": {{"text": "{TEXT}'.encode()
_NO_TEXT = b'{"data": {"id": "\xff\xfe"}}'
_DEEP = b"[" * 100_000
_UNFOLDED = 64 * 1024 * 1024
_HTML = f"<!DOCTYPE html><html>Log in, {CHAT}: {TEXT}</html>".encode()


@functools.cache
def bomb() -> bytes:
    """A few kilobytes that stand for 64 MiB."""
    compressor = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    block = bytes(1024 * 1024)
    blocks = (compressor.compress(block) for _ in range(_UNFOLDED // len(block)))
    return b"".join(blocks) + compressor.flush()


def coded(coding: bytes, change: str) -> Play:
    """Answer in a content coding, cut off or otherwise broken."""

    def answer(exchange: Exchange) -> bool:
        exchange.read_whole()
        status, lines, body = parts_of(exchange.answer)
        packed = gzip.compress(body, mtime=0) if coding == b"gzip" else body
        packed = {
            "whole": packed,
            "cut": packed[:-9],
            "broken": packed[:15] + bytes([packed[15] ^ 0xFF] * 8) + packed[23:],
            "not at all": body,
            "bomb": bomb(),
        }[change]
        head = [status, lines, b"Content-Encoding: " + coding, b"Content-Length: %d" % len(packed)]
        exchange.send(b"\r\n".join(head) + END_OF_HEAD + packed)
        return True

    return answer


def answers(body: bytes, kind: str) -> Play:
    """Answer 200 with this body."""

    def answer(exchange: Exchange) -> bool:
        exchange.read_whole()
        exchange.send(http(200, body, {"Content-Type": kind}))
        return True

    return answer


def another_media_type(exchange: Exchange) -> bool:
    """Answer with a type that says nothing."""
    exchange.read_whole()
    kind = b"Content-Type: image/png" if FILE in exchange.answer else b"Content-Type: application/json"
    exchange.send(exchange.answer.replace(kind, b"Content-Type: application/octet-stream"))
    return True


@functools.cache
def _unfolded() -> Meaning:
    return answered_with(bytes(_UNFOLDED))


def _bounded(operation: Operation) -> Meaning:
    return _unfolded() if operation.name == "media.download_to" else UNREADABLE


JSON = "application/json"
GROUP = Group(
    "Answers of 2xx",
    "Answers that are whole as HTTP, and are not what was asked for. Of a document, only its content tells.",
    [
        Fault("gzip", "The answer is compressed, as it should be.", coded(b"gzip", "whole"), ANSWERED),
        Fault("gzip cut", "A compressed body is cut off.", coded(b"gzip", "cut"), UNREADABLE),
        Fault(
            "gzip broken", "A compressed body has wrong bytes in it.", coded(b"gzip", "broken"), UNREADABLE
        ),
        Fault(
            "gzip in name only",
            "A body says that it is compressed, and is not.",
            coded(b"gzip", "not at all"),
            UNREADABLE,
        ),
        Fault(
            "gzip bomb",
            "A body of 64 kB unfolds to 64 MiB: too long to be kept in memory, and written to a file.",
            coded(b"gzip", "bomb"),
            _bounded,
        ),
        Fault(
            "unasked coding",
            "A body is compressed in a way that was not asked for.",
            coded(b"br", "not at all"),
            UNREADABLE,
        ),
        Fault(
            "another media type",
            "The answer is right, but its media type says nothing.",
            another_media_type,
            ANSWERED,
        ),
        Fault(
            "HTML", "A page to log in comes in place of the answer.", answers(_HTML, "text/html"), UNREADABLE
        ),
        Fault(
            "says that it failed",
            "The status is 200, and the body says that it failed.",
            *(answers(f'{{"error": "no {CHAT}"}}'.encode(), JSON), UNREADABLE),
        ),
        Fault(
            "success: false",
            "The status is 200, and the body says `success: false`.",
            *(answers(b'{"success": false}', JSON), UNREADABLE),
        ),
        Fault(
            "cut JSON",
            "A document is cut off by whoever wrote it.",
            answers(_CUT, JSON),
            by_result(json=UNREADABLE, file=answered_with(_CUT)),
        ),
        Fault(
            "no UTF-8",
            "A document is not UTF-8.",
            answers(_NO_TEXT, JSON),
            by_result(json=UNREADABLE, file=answered_with(_NO_TEXT)),
        ),
        Fault(
            "deep nesting",
            "A document is a hundred thousand arrays in each other.",
            answers(_DEEP, JSON),
            by_result(json=UNREADABLE, file=answered_with(_DEEP)),
        ),
    ],
)
