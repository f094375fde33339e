"""Responses with a file in them, whole and cut off, and servers that give them."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

from tests.support.loopback import Received, http

DATA = os.urandom(300_000)
ROUTE = "/api/sessions/s/media/m/download"


def in_chunks(data: bytes, *, last: bytes = b"0\r\n\r\n") -> bytes:
    """A response in chunked encoding; without its last chunk it is cut off."""
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (data[:1000], data[1000:]) if part)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + last


WHOLE = {
    "length": http(200, DATA, {"Content-Type": "image/png"}),
    "chunked": in_chunks(DATA),
    "gzip": http(200, gzip.compress(DATA), {"Content-Encoding": "gzip"}),
    "until closed": b"HTTP/1.1 200 OK\r\n\r\n" + DATA,
    "empty": http(200, b""),
}
CUT_OFF = {
    "length": http(200, DATA)[:-1],
    "length, without a body": http(200, DATA)[: -len(DATA)],
    "chunked": in_chunks(DATA, last=b""),
    "gzip": http(200, gzip.compress(DATA), {"Content-Encoding": "gzip"})[:-100_000],
}


def script(*answers: bytes):
    """Answers with the given bytes one after the other, each on a connection of its own."""
    left = list(answers)

    def answer(request: Received) -> None:
        for _ in request.pieces():
            pass
        status, _, rest = left.pop(0).partition(b"\r\n")
        request.connection.sendall(status + b"\r\nConnection: close\r\n" + rest)

    return answer


def names_in(folder: Path) -> list:
    return sorted(path.name for path in folder.iterdir())
