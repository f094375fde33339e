"""The body of a request while it is read."""

from __future__ import annotations

from typing import Optional

from ..._privacy import Secret
from ..parsing import Body
from .answers import CUT_OFF, TOO_LARGE, RefusedError


class ReceivedBody:
    """The body of a request, as far as it came: in here no error tracker sees it.

    Args:
        length: How many bytes the request says that it has, or None.
        max_bytes: Largest body that is read.
    """

    __slots__ = ("_bytes", "_length", "_max_bytes")

    def __init__(self, length: Optional[int], max_bytes: int) -> None:
        self._bytes = bytearray()
        self._length = length
        self._max_bytes = max_bytes

    def __len__(self) -> int:
        return len(self._bytes)

    def add(self, piece: Secret[bytes]) -> int:
        """Add a piece, and return how many bytes it has.

        Raises:
            RefusedError: The body is larger than what is read.
        """
        if len(self._bytes) + len(piece.reveal()) > self._max_bytes:
            raise RefusedError(TOO_LARGE)
        self._bytes += piece.reveal()
        return len(piece.reveal())

    def whole(self) -> Secret[Body]:
        """The body, which has come to its end.

        Raises:
            RefusedError: It is shorter than the request says.
        """
        if self._length is not None and len(self._bytes) < self._length:
            raise RefusedError(CUT_OFF)
        return Secret(bytes(self._bytes))
