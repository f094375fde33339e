"""The connections over which events are posted; another thread can abort them."""

from __future__ import annotations

import errno
import http.client
import os
import selectors
import socket
import ssl
from contextlib import suppress
from typing import Any, Optional

from ..._clock import now

_SECONDS_BETWEEN_CHECKS = 0.05
"""How often a connection that is being made looks whether it was aborted: no thread can wake it."""
_UNDER_WAY = (0, errno.EINPROGRESS, errno.EWOULDBLOCK)


class Connection(http.client.HTTPConnection):
    """An HTTP connection that another thread can abort, at any time and before it is made too.

    Args:
        host: Where it leads.
        port: Port there; that of the protocol when None.
        seconds: For how long each wait may last.
    """

    # Kept here too: the base class drops its socket when a response begins that ends with the connection.
    _socket: Optional[socket.socket] = None
    _is_aborted = False

    def __init__(self, host: str, port: Optional[int], seconds: float) -> None:
        super().__init__(host, port)
        self._seconds = seconds

    def connect(self) -> None:
        """Connect to the host."""
        failure = OSError("the host has no address")
        for family, kind, protocol, _, address in socket.getaddrinfo(
            self.host, self.port, type=socket.SOCK_STREAM
        ):
            opened = socket.socket(family, kind, protocol)
            try:
                self._reach(opened, address)
                opened.settimeout(self._seconds)
                opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.sock: socket.socket = opened
                self._take(opened)
                return
            except OSError as error:
                opened.close()
                failure = error
        raise failure

    def abort(self) -> None:
        """End the wait of whoever waits for the other side, and let nobody begin one."""
        self._is_aborted = True
        if self._socket is not None:
            with suppress(OSError):
                # The method of the class: that of a TLS socket pulls it away from under its reader.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def _take(self, opened: socket.socket) -> None:
        """Make it the one that `abort` ends; or raise, where that was called before."""
        self._socket = opened
        self._check()

    def _check(self) -> None:
        if self._is_aborted:
            raise ConnectionAbortedError("the sandbox was stopped or reset")

    def _reach(self, opened: socket.socket, address: Any) -> None:
        opened.setblocking(False)
        _raise_unless(opened.connect_ex(address), *_UNDER_WAY)
        end = now() + self._seconds
        with selectors.DefaultSelector() as selector:
            selector.register(opened, selectors.EVENT_WRITE)
            self._check()
            while not selector.select(_SECONDS_BETWEEN_CHECKS):
                self._check()
                if now() >= end:
                    raise TimeoutError("timed out")
        _raise_unless(opened.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), 0)


def _raise_unless(status: int, *expected: int) -> None:
    if status not in expected:
        raise OSError(status, os.strerror(status))


class SecureConnection(Connection):
    """The same over TLS."""

    # Not `http.client.HTTPSConnection`: that has its socket only after the handshake, too late to abort it.
    default_port = 443

    def connect(self) -> None:
        """Connect to the host, with a TLS handshake."""
        super().connect()
        context = ssl.create_default_context()
        secured = context.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock: socket.socket = secured
        self._take(secured)
        secured.do_handshake()
