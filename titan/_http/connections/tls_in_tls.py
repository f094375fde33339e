"""TLS inside TLS: to a server by way of a proxy that is itself reached over TLS."""

from __future__ import annotations

import socket
import ssl
from typing import Any, Callable, Optional

from ..._clock import now

# What one write takes at most, as for the sockets below it.
_SLICE = 16 * 1024
_TLS_RECORD = 16 * 1024


class TLSInTLS:
    """TLS over a TLS connection to a proxy, which the `ssl` module has no socket for.

    Args:
        sock: The connection to the proxy.
        context: For the connection inside it.
        hostname: Name of the server.
        timeout: Seconds that the handshake may take; None: no limit.
    """

    def __init__(
        self,
        sock: ssl.SSLSocket,
        context: ssl.SSLContext,
        hostname: Optional[str],
        timeout: Optional[float],
    ) -> None:
        self._socket = sock
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._sslobj = context.wrap_bio(self._incoming, self._outgoing, server_hostname=hostname)
        self._timeout = timeout
        self._run(self._sslobj.do_handshake)

    def selected_alpn_protocol(self) -> Optional[str]:
        """What the server chose to speak inside."""
        return self._sslobj.selected_alpn_protocol()

    def settimeout(self, timeout: Optional[float]) -> None:
        """Set how many seconds each of the calls below may take."""
        self._timeout = timeout

    def recv(self, size: int) -> bytes:
        """Read what has come, at most so many bytes."""
        data: bytes = self._run(lambda: self._sslobj.read(size))
        return data

    def send(self, data: memoryview) -> int:
        """Write some of it; returns how much."""
        sent: int = self._run(lambda: self._sslobj.write(data))
        return sent

    def close(self) -> None:
        """Close the connection to the proxy."""
        self._socket.close()

    def pending(self) -> int:
        """How many bytes have come that were not read, in records of which no descriptor tells."""
        return self._incoming.pending + self._sslobj.pending()

    def fileno(self) -> int:
        """The descriptor of the connection to the proxy."""
        return self._socket.fileno()

    def getsockname(self) -> Any:
        """Our own address."""
        return self._socket.getsockname()

    def getpeername(self) -> Any:
        """The address of the proxy."""
        return self._socket.getpeername()

    def _run(self, step: Callable[[], Any]) -> Any:
        """Do a step of TLS, moving its bytes over the socket until it is done."""
        end = None if self._timeout is None else now() + self._timeout
        while True:
            wants_data = False
            result = None
            try:
                result = step()
            except ssl.SSLWantReadError:
                wants_data = True
            waiting = memoryview(self._outgoing.read())
            while waiting:
                self._socket.settimeout(_until(end))
                waiting = waiting[self._socket.send(waiting[:_SLICE]) :]
            if not wants_data:
                return result
            self._socket.settimeout(_until(end))
            came = self._socket.recv(_TLS_RECORD)
            if came:
                self._incoming.write(came)
            else:
                self._incoming.write_eof()


def _until(end: Optional[float]) -> Optional[float]:
    """Seconds until then.

    Raises:
        socket.timeout: None are left.
    """
    if end is None:
        return None
    left = end - now()
    if left <= 0:
        raise socket.timeout("timed out")
    return left
