"""Connections of which there are only so many, and over which a request has to come in time."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any, Callable, List, NamedTuple, Optional, Type, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from ..responses import create_error

_BYTES_A_SECOND = 100_000
"""A body that comes faster is waited for."""
_MOST_BYTES_TO_JOIN = 1 << 16
"""Copying more costs more than another call of the system."""


class Limits(NamedTuple):
    """What connections may do."""

    seconds: float
    """For how long the head of a request may come, and its body."""
    connections: int
    """How many there may be."""


def create_protocol(get_limits: Callable[[], Limits]) -> Type[asyncio.Protocol]:
    """Make the class of a server's connections.

    Args:
        get_limits: Tells the limits as they now are.
    """

    class Protocol(_LimitedProtocol):
        def get_limits(self) -> Limits:
            return get_limits()

    return Protocol


class _LimitedProtocol(H11Protocol):
    _timer: Optional[asyncio.TimerHandle] = None
    _awaited: Any = None
    """What the client is about to send, as h11 calls that: IDLE before a head, SEND_BODY before a body."""
    _since = 0.0
    _bytes = 0
    """How many have come since then."""

    def get_limits(self) -> Limits:
        raise NotImplementedError

    def connection_made(self, transport: Any) -> None:
        super().connection_made(cast(Any, JoiningTransport(transport, self.loop)))
        most = self.get_limits().connections
        if len(self.connections) > most:
            self._refuse(503, f"there are more than {most} connections")
        else:
            self._watch()

    def data_received(self, data: bytes) -> None:
        self._bytes += len(data)
        super().data_received(data)
        self._watch()

    def eof_received(self) -> None:
        # asyncio closes its own transport next, and would drop what still waits in ours.
        cast(JoiningTransport, self.transport).flush()
        super().eof_received()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        # The beginning of the next request may have come with the one before.
        if self.conn.their_state is h11.SEND_BODY or self.conn.trailing_data[0]:
            self._watch()

    def connection_lost(self, exc: Optional[Exception]) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """Begin to count the time, where something else is to come now."""
        awaited = self.conn.their_state
        if awaited is self._awaited:
            return
        self._stop_timer()
        self._awaited, self._since, self._bytes = awaited, self.loop.time(), 0
        if awaited in (h11.IDLE, h11.SEND_BODY):
            self._look()

    def _look(self) -> None:
        seconds = self.get_limits().seconds
        allowed = seconds + (self._bytes / _BYTES_A_SECOND if self._awaited is h11.SEND_BODY else 0)
        left = self._since + allowed - self.loop.time()
        if left > 0:
            self._timer = self.loop.call_later(left, self._look)
        else:
            self._refuse(408, f"the request did not come in {seconds:g} seconds")

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, status: int, message: str) -> None:
        # None before the first request, whatever its annotation says.
        cycle: Any = self.cycle
        if cycle is None or not cycle.response_started or cycle.response_complete:
            error = create_error(status, message, {"Connection": "close"})
            head = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()]
            head += [name + b": " + value for name, value in error.raw_headers]
            self.transport.write(b"\r\n".join([*head, b"", bytes(error.body)]))
        self.transport.close()


class JoiningTransport:
    """Sends with one call of the system what is written in one go: the head of a response, and its body."""

    def __init__(self, transport: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._written: List[bytes] = []

    def write(self, data: bytes) -> None:
        """Write with what else is written before the loop goes round."""
        if len(data) > _MOST_BYTES_TO_JOIN:
            self.flush()
            self._transport.write(data)
        elif data:
            if not self._written:
                self._loop.call_soon(self.flush)
            self._written.append(data)

    def close(self) -> None:
        """Close the connection, when all was sent."""
        self.flush()
        self._transport.close()

    def flush(self) -> None:
        """Send what waits."""
        if self._written:
            data = b"".join(self._written)
            self._written.clear()
            self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
