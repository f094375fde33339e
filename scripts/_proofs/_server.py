"""A server that counts how often it processed each message, and meets some of them with a fault.

It runs in a process of its own, `python _server.py SHARE SEED`, prints its port, and ends with its standard
input. SHARE is that of the sends that meet a fault. Numbers of messages are read from their texts, which are
`message <number>`.
"""

from __future__ import annotations

import json
import random
import re
import socket
import struct
import sys
import threading
import time
from typing import BinaryIO, Dict, List, Tuple

FILE_BYTES = 4_000_000
"""How long a downloaded file is."""
_PAUSE = 0.02
_RESET = struct.pack("ii", 1, 0)
_NUMBER = re.compile(rb'"message (\d+)')


class _LostError(Exception):
    """The connection has to be closed here."""


class CountingServer:
    """Takes connections on loopback, each in a thread.

    Args:
        share: The share of sends that meet a fault, from 0 to 1.
        seed: Makes the faults the same in each run, as far as threads allow.
    """

    def __init__(self, share: float, seed: int) -> None:
        self._share, self._random = share, random.Random(seed)
        self._lock = threading.Lock()
        self._processed: Dict[int, int] = {}
        self._faults: Dict[str, int] = {}
        self._uploads: List[int] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]

    def serve(self) -> None:
        """Take connections for ever."""
        while True:
            connection, _ = self._listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as reader:
            try:
                while True:
                    self._answer(connection, reader)
            except (_LostError, OSError, ValueError):
                pass

    def _answer(self, connection: socket.socket, reader: BinaryIO) -> None:
        route, length = _read_head(reader)
        body = _read_exactly(reader, length)
        if route.endswith("/counts"):
            with self._lock:
                counts = {"processed": self._processed, "faults": self._faults, "uploads": self._uploads}
                connection.sendall(_make_answer(counts))
        elif route.endswith("/messages/send"):
            self._take_message(connection, body)
        elif route.endswith("/download"):
            _send_file(connection)
        else:
            connection.sendall(_make_answer([{"name": "default", "status": "CONNECTED"}]))

    def _take_message(self, connection: socket.socket, body: bytes) -> None:
        with self._lock:
            fault = self._random.choice(_FAULTS) if self._random.random() < self._share else ""
            if fault:
                self._faults[fault] = self._faults.get(fault, 0) + 1
        if fault == "429":
            connection.sendall(_make_answer({}, "429 Too Many Requests", "Retry-After: 1\r\n"))
            return
        if fault in ("closed before it was processed", "reset before it was processed"):
            raise _close(connection, fault.startswith("reset"))
        answer = self._process(body)
        if fault in ("closed after it was processed", "reset after it was processed"):
            raise _close(connection, fault.startswith("reset"))
        if fault in ("500", "502", "503"):
            answer = _make_answer({}, f"{fault} Trouble")
        elif fault == "cut":
            connection.sendall(answer[: len(answer) - 5])
            raise _close(connection, False)
        elif fault == "late":
            time.sleep(_PAUSE)
        connection.sendall(answer)

    def _process(self, body: bytes) -> bytes:
        found = _NUMBER.search(body)
        if found is None:
            # A file; what comes of it shows in how much came.
            with self._lock:
                self._uploads.append(len(body))
            return _make_answer({"data": {"id": "msg_file", "text": "file"}})
        number = int(found[1])
        with self._lock:
            self._processed[number] = self._processed.get(number, 0) + 1
        return _make_answer({"data": {"id": f"msg_{number}", "text": f"message {number}"}})


_FAULTS = (
    *("429", "500", "502", "503", "late", "cut"),
    *("closed before it was processed", "reset before it was processed"),
    *("closed after it was processed", "reset after it was processed"),
)


def _read_head(reader: BinaryIO) -> Tuple[str, int]:
    line = reader.readline()
    if not line:
        raise _LostError
    length = 0
    while True:
        header = reader.readline()
        if header in (b"\r\n", b""):
            return line.split()[1].decode(), length
        if header.lower().startswith(b"content-length:"):
            length = int(header.partition(b":")[2])


def _read_exactly(reader: BinaryIO, length: int) -> bytes:
    body = reader.read(length)
    # A request that did not come whole was not sent, and is not processed.
    if len(body) < length:
        raise _LostError
    return body


def _make_answer(value: object, status: str = "200 OK", headers: str = "") -> bytes:
    body = json.dumps(value).encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    )
    return head.encode() + body


def _send_file(connection: socket.socket) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: {FILE_BYTES}\r\n\r\n"
    connection.sendall(head.encode())
    block = bytes(range(256)) * 625
    for _ in range(FILE_BYTES // len(block)):
        connection.sendall(block)


def _close(connection: socket.socket, with_reset: bool) -> _LostError:
    if with_reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    connection.close()
    return _LostError()


if __name__ == "__main__":
    server = CountingServer(float(sys.argv[1]), int(sys.argv[2]))
    print(server.port, flush=True)
    threading.Thread(target=server.serve, daemon=True).start()
    sys.stdin.read()
