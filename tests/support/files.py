"""What tests of files share: files and streams as users have them, and a server that accepts any message."""

from __future__ import annotations

import io
import json
import os
from typing import Any, Union

from tests.support.fake_server import FakeServer
from tests.support.loopback import Received, http_json
from titan._http.files.upload import LARGEST_BASE64

CHAT = "5511999999999@s.whatsapp.net"
SENT = {"data": {"id": "3EB0C767D82F9F3A1B2C", "status": "sent"}}
MIB = 1024 * 1024
CHUNK = 48 * 1024
"""What is read of a file at once."""
LARGEST = LARGEST_BASE64 // 4 * 3


def accept(request: Received) -> bytes:
    """Answer any message as sent, once its body is over."""
    for _ in request.pieces():
        pass
    return http_json(SENT, 201)


def sent_by(fake: FakeServer) -> Any:
    """The body of the only request."""
    return json.loads(fake.request.content)


class StopError(Exception):
    """What a callback of the tests raises."""


class OnDisk(os.PathLike):
    """A path that is neither a string nor a `Path`."""

    def __init__(self, path: Union[str, os.PathLike]) -> None:
        self.path = str(path)

    def __fspath__(self) -> str:
        return self.path


class OneWay(io.RawIOBase):
    """A stream that cannot seek and gives a few bytes at a time, as sockets and pipes do."""

    def __init__(self, data: bytes, most: int = 1000) -> None:
        self._data = io.BytesIO(data)
        self._most = most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._data.read(min(len(buffer), self._most))
        buffer[: len(piece)] = piece
        return len(piece)
