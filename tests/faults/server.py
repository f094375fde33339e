"""A server on raw sockets that plays a fault, and counts what it received."""

from __future__ import annotations

import contextlib
import functools
import select
import socket
import ssl
import struct
import threading
from typing import Callable, Dict, List, Optional

END_OF_HEAD = b"\r\n\r\n"
BLOCK = b" " * 65_536
# So that endless answers fill no disk while they wait for a deadline.
PAUSE = 0.002
CALL = "X-Call"
"""The header in which a client gives each request an id, so that answers can name it."""


class Exchange:
    """One request, from the server's side: what is left to read of it, and what can be sent."""

    def __init__(self, server: FaultServer, connection: socket.socket) -> None:
        self.connection = connection
        self.server = server
        self.path = ""
        self.call = ""
        """The id that the client gave the request."""
        self._received = b""
        self._length = 0

    @property
    def answer(self) -> bytes:
        """A good answer to this request."""
        return self.server.answer_to(self.call)

    def wait_for_request(self) -> None:
        """Wait until a byte of it has come, and read none."""
        if not self.path:
            select.select([self.connection], [], [], 10)

    def read_head(self) -> None:
        """Read to the end of the head, and no byte of the body."""
        while not self._received.endswith(END_OF_HEAD):
            self._receive(1)
        head, self._received = self._received, b""
        lines = head.decode("latin-1").split("\r\n")
        self.path = lines[0].split(" ")[1]
        pairs = (line.partition(":") for line in lines[1:] if line)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        self.call = headers.get(CALL.lower(), "")
        self._length = int(headers.get("content-length", 0))
        self.server.note_head(self.path, headers)
        self._note_whole()

    def read_whole(self) -> None:
        """Read the whole request."""
        self.read_head()
        while len(self._received) < self._length:
            self._receive()
            self._note_whole()

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def send_endlessly(self, data: bytes) -> None:
        """Send the same again and again, until the client has gone or the test is over."""
        while not self.server.over.wait(PAUSE):
            self.send(data)

    def dribble(self, data: bytes) -> None:
        """Send a byte at a time, as slowly as no time limit of a single wait notices."""
        for byte in data:
            self.send(bytes([byte]))
            if self.server.over.wait(0.05):
                return

    def stall(self) -> None:
        """Do nothing, until the client has gone or the test is over."""
        while not self.server.over.is_set():
            readable, _, _ = select.select([self.connection], [], [], 0.05)
            if readable and not self.connection.recv(65_536):
                return

    def reset(self) -> None:
        """End the connection as a crash does: the other side gets a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def drain(self) -> None:
        """Say that nothing more comes, and let what still comes in arrive."""
        self.connection.shutdown(socket.SHUT_WR)
        while self.connection.recv(65_536):
            pass

    def _receive(self, size: int = 65_536) -> None:
        data = self.connection.recv(size)
        if not data:
            raise ConnectionResetError("the client has gone")
        self._received += data

    def _note_whole(self) -> None:
        if self._length >= 0 and len(self._received) >= self._length:
            self._length = -1
            self.server.note_whole(self.path)


Play = Callable[[Exchange], Optional[bool]]
"""Does its part of an exchange. What it returns says whether the connection goes on."""


def answer_well(exchange: Exchange) -> bool:
    """Carry the request out."""
    exchange.read_whole()
    exchange.send(exchange.answer)
    return True


class FaultServer:
    """Serves each connection on a thread of its own, and plays one thing after the other.

    Args:
        plays: What is played to each request in turn; the last one again and again.
        answer_to: Gives the bytes of a good answer to the request with an id.
        context: For a server over TLS.
        listens: Whether connections are accepted from the beginning.
    """

    def __init__(
        self,
        plays: List[Play],
        answer_to: Callable[[str], bytes],
        context: Optional[ssl.SSLContext] = None,
        *,
        listens: bool = True,
    ) -> None:
        self.answer_to = answer_to
        self.over = threading.Event()
        self.settled = threading.Event()
        """Set once the first exchange is over, and its connection closed where it is not kept."""
        self.heads = 0
        """How many requests of the operation it began to read."""
        self.whole = 0
        """How many requests of the operation it read to their end."""
        self.credentials = 0
        """How many requests brought a credential."""
        self._plays = plays
        self._context = context
        self._lock = threading.Lock()
        self._connections: List[socket.socket] = []
        self._threads: List[threading.Thread] = []
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        if listens:
            self.listen()

    @property
    def connections(self) -> int:
        """How many there have been."""
        return len(self._connections)

    def listen(self) -> None:
        """Accept connections from now on."""
        if not self._threads:
            self._listener.listen(16)
            self._start(self._accept)

    def mend(self, context: Optional[ssl.SSLContext]) -> None:
        """From now on, listen where it did not yet, and show another certificate."""
        self._context = context
        self.listen()

    def forget(self) -> None:
        """Begin to count anew."""
        self.heads = self.whole = 0

    @functools.cached_property
    def elsewhere(self) -> FaultServer:
        """Another origin, which answers everything and must not get a credential."""
        return FaultServer([answer_well], self.answer_to)

    @property
    def credentials_elsewhere(self) -> int:
        """How many requests to the other origin brought a credential."""
        return self.elsewhere.credentials if "elsewhere" in vars(self) else 0

    def note_head(self, path: str, headers: Dict[str, str]) -> None:
        self.credentials += "authorization" in headers
        if path.startswith("/api/"):
            self.heads += 1

    def note_whole(self, path: str) -> None:
        if path.startswith("/api/"):
            self.whole += 1

    def close(self) -> None:
        self.over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()
        if "elsewhere" in vars(self):
            self.elsewhere.close()

    def _start(self, run: Callable[..., None], *args: socket.socket) -> None:
        thread = threading.Thread(target=run, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._connections.append(connection)
                self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), contextlib.ExitStack() as stack:
            stack.enter_context(connection)
            play = self._next_play()
            if self._context is not None and not getattr(play, "is_below_tls", False):
                connection = stack.enter_context(self._context.wrap_socket(connection, server_side=True))
            while play(Exchange(self, connection)):
                self.settled.set()
                if not _has_more(connection):
                    break
                play = self._next_play()
        self.settled.set()

    def _next_play(self) -> Play:
        with self._lock:
            return self._plays.pop(0) if len(self._plays) > 1 else self._plays[0]


def _has_more(connection: socket.socket) -> bool:
    """Wait for the next request on a connection; False where it ends instead."""
    if isinstance(connection, ssl.SSLSocket):
        select.select([connection], [], [], 10)
        return True
    return bool(connection.recv(1, socket.MSG_PEEK))


def below_tls(play: Play) -> Play:
    """Mark what is played on the bare connection of a server over TLS."""
    play.is_below_tls = True  # type: ignore[attr-defined]
    return play
