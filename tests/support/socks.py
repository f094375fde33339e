"""A SOCKS5 proxy on loopback."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import List, Optional


class Socks(threading.Thread):
    """A SOCKS5 proxy that connects everybody to one server; or only says this after the greeting."""

    scheme = "socks5"

    def __init__(self, target: str, *, says: Optional[bytes] = None) -> None:
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"{self.scheme}://127.0.0.1:{self.listener.getsockname()[1]}"
        self._target = target
        self._says = says
        self.open: list = []
        self._answering: List[threading.Thread] = []

    def run(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.open.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.recv(1000)
        if self._says is not None:
            connection.sendall(self._says)
            return
        self.open_tunnel(connection)
        host, _, port = self._target.rpartition("/")[2].partition(":")
        server = socket.create_connection((host, int(port)))
        self.open.append(server)
        self._answering.append(threading.Thread(target=pump, args=(server, connection), daemon=True))
        self._answering[-1].start()
        pump(connection, server)

    def wait_until_all_have_ended(self) -> None:
        """Returns when each client has been told that the server ended its connection."""
        for thread in self._answering:
            thread.join(10)
            assert not thread.is_alive()

    def open_tunnel(self, connection: socket.socket) -> None:
        connection.sendall(b"\x05\x00")
        connection.recv(1000)
        connection.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")

    def close(self) -> None:
        self.listener.close()
        for one in self.open:
            one.close()


def pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            data = source.recv(65536)
            if not data:
                target.shutdown(socket.SHUT_WR)
                return
            target.sendall(data)
