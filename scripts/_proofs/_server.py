"""A server that counts how often it processed each message, and meets some of them with a fault.

It runs in a process of its own, `python -m _proofs._server SHARE SEED`, prints its address, and ends with its
standard input. SHARE is that of the sends that meet a fault. Numbers of messages are read from their texts,
which are `message <number>`.
"""

from __future__ import annotations

import random
import re
import socket
import struct
import sys
import threading
import time
from pathlib import Path
from typing import Dict, List, Optional

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support.loopback import Received, http, http_json, serving

FILE_BYTES = 4_000_000
"""How long a downloaded file is."""
_FILE = bytes(range(256)) * (FILE_BYTES // 256)
_PAUSE = 0.02
_RESET = struct.pack("ii", 1, 0)
_NUMBER = re.compile(rb'"message (\d+)')
_FAULTS = (
    *("429", "500", "502", "503", "late", "cut"),
    *("closed before it was processed", "reset before it was processed"),
    *("closed after it was processed", "reset after it was processed"),
)


class Counting:
    """Answers requests, and knows what it has processed.

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

    def __call__(self, request: Received) -> Optional[bytes]:
        """Answer a request; None closes its connection."""
        body = b"".join(request.pieces())
        if len(body) < int(request.headers.get("content-length", 0)):
            # A request that did not come whole was not sent, and is not processed.
            return None
        if request.target.endswith("/counts"):
            with self._lock:
                counts = {"processed": self._processed, "faults": self._faults, "uploads": self._uploads}
                return http_json(counts)
        if request.target.endswith("/messages/send"):
            return self._take_message(request.connection, body)
        if request.target.endswith("/download"):
            return http(200, _FILE, {"Content-Type": "video/mp4"})
        return http_json([{"name": "default", "status": "CONNECTED"}])

    def _take_message(self, connection: socket.socket, body: bytes) -> Optional[bytes]:
        with self._lock:
            fault = self._random.choice(_FAULTS) if self._random.random() < self._share else ""
            if fault:
                self._faults[fault] = self._faults.get(fault, 0) + 1
        if fault == "429":
            return http_json({}, 429, {"Retry-After": "1"})
        if fault.startswith("reset"):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        if fault.endswith("before it was processed"):
            return None
        answer = self._process(body)
        if fault.endswith("after it was processed"):
            return None
        if fault == "cut":
            connection.sendall(answer[:-5])
            return None
        if fault == "late":
            time.sleep(_PAUSE)
        return http_json({}, int(fault)) if fault.isdigit() else answer

    def _process(self, body: bytes) -> bytes:
        found = _NUMBER.search(body)
        with self._lock:
            if found is None:
                # A file; what comes of it shows in how much came.
                self._uploads.append(len(body))
                return http_json({"data": {"id": "msg_file", "text": "file"}})
            number = int(found[1])
            self._processed[number] = self._processed.get(number, 0) + 1
        return http_json({"data": {"id": f"msg_{number}", "text": f"message {number}"}})


if __name__ == "__main__":
    with serving(Counting(float(sys.argv[1]), int(sys.argv[2])), keeps_requests=False) as server:
        print(server.url, flush=True)
        sys.stdin.read()
