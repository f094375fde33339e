"""A server on loopback that costs little: it answers each path with bytes that it made once.

Run as a process of its own, it prints its address and ends when its input does.
"""

from __future__ import annotations

import contextlib
import functools
import json
import re
import socket
import sys
import threading
from typing import Tuple

from .samples import KILOBYTE, MESSAGE, SESSION_ANSWER, contacts_body

PIECE = 1 << 16
# The name of the session says how many contacts, or kilobytes of a file, are asked for.
_SIZE = re.compile(rb" /api/sessions/size-(\d+)/(contacts|media/m/download) ")


def serve() -> None:
    """Listen until the input ends."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        threading.Thread(target=_accept, args=(listening,), daemon=True).start()
        sys.stdin.read()


def _accept(listening: socket.socket) -> None:
    while True:
        connection, _ = listening.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=_answer_all, args=(connection,), daemon=True).start()


def _answer_all(connection: socket.socket) -> None:
    with connection, contextlib.suppress(ConnectionError):
        received = b""
        while True:
            while b"\r\n\r\n" not in received:
                piece = connection.recv(PIECE)
                if not piece:
                    return
                received += piece
            head, _, body = received.partition(b"\r\n\r\n")
            _discard(connection, _length(head) - len(body))
            received = b""
            start, length = _answer(head.partition(b"\r\n")[0])
            connection.sendall(start)
            _send_file(connection, length)


def _length(head: bytes) -> int:
    found = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    return int(found[1]) if found else 0


def _discard(connection: socket.socket, left: int) -> None:
    buffer = memoryview(bytearray(PIECE))
    while left > 0:
        count = connection.recv_into(buffer, min(left, PIECE))
        if not count:
            raise ConnectionError("the client closed inside its body")
        left -= count


def _answer(line: bytes) -> Tuple[bytes, int]:
    """The bytes to send at once, and how many of a file come behind them."""
    sized = _SIZE.search(line)
    if sized and sized[2] != b"contacts":
        length = int(sized[1]) * KILOBYTE
        return _head("application/octet-stream", length), length
    return _json_answer(line.startswith(b"GET "), int(sized[1]) if sized else None), 0


@functools.cache
def _json_answer(is_get: bool, contacts: int | None) -> bytes:
    if contacts is not None:
        body = contacts_body(contacts)
    else:
        body = json.dumps({"data": SESSION_ANSWER if is_get else MESSAGE}).encode()
    return _head("application/json", len(body)) + body


def _head(content_type: str, length: int) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n".encode()


def _send_file(connection: socket.socket, length: int) -> None:
    piece = bytes(PIECE)
    for sent in range(0, length, PIECE):
        connection.sendall(piece[: length - sent])


if __name__ == "__main__":
    serve()
