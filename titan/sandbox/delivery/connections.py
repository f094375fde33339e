"""The connections over which events are posted; another thread can abort them."""

from __future__ import annotations

import http.client
import socket
import ssl
from contextlib import suppress
from typing import Optional


class Connection(http.client.HTTPConnection):
    """An HTTP connection that another thread can abort."""

    # Kept here too: the base class drops its socket when a response begins that ends with the connection.
    _socket: Optional[socket.socket] = None

    def connect(self) -> None:
        """Connect to the host."""
        super().connect()
        self._socket = self.sock

    def abort(self) -> None:
        """End the wait of whoever waits for the other side."""
        if self._socket is not None:
            with suppress(OSError):
                # The method of the class: that of a TLS socket pulls it away from under its reader.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class SecureConnection(Connection):
    """The same over TLS."""

    # Not `http.client.HTTPSConnection`: that has its socket only after the handshake, too late to abort it.
    default_port = 443

    def connect(self) -> None:
        """Connect to the host, with a TLS handshake."""
        super().connect()
        context = ssl.create_default_context()
        secured = context.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
        self._socket = secured
        self.sock: socket.socket = secured
        secured.do_handshake()
