"""A server on loopback whose answers are bytes: for what only real sockets show."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from typing import Any, BinaryIO, Callable, Dict, Iterator, List, Mapping, Optional


class Received:
    """A request whose body is still on the wire until it is asked for."""

    def __init__(
        self, connection: socket.socket, stream: BinaryIO, client_port: int, first_line: str
    ) -> None:
        self.connection = connection
        self.client_port = client_port
        self.method, self.target, _ = first_line.split(" ")
        self.headers: Dict[str, str] = {}
        for line in iter(lambda: stream.readline().decode().strip(), ""):
            name, _, value = line.partition(":")
            assert name.lower() not in self.headers, f"{name} came twice"
            self.headers[name.lower()] = value.strip()
        self._stream = stream
        self._left = int(self.headers.get("content-length", 0))

    def pieces(self, at_most: Optional[int] = None) -> Iterator[bytes]:
        """The rest of the body, or its next bytes."""
        left = self._left if at_most is None else min(at_most, self._left)
        while left:
            piece = self._stream.read(min(left, 64 * 1024))
            if not piece:
                return
            left -= len(piece)
            self._left -= len(piece)
            yield piece

    def json(self) -> Any:
        return json.loads(b"".join(self.pieces()))


Answer = Callable[[Received], Optional[bytes]]
"""Gives the bytes to answer with; None, after sending what it likes by itself, to close the connection."""


class Loopback:
    """Serves each connection on a thread of its own.

    Args:
        answer: Answers each request.
        keeps_requests: Whether what was received can be looked at later, which costs memory.
    """

    def __init__(self, answer: Answer, *, keeps_requests: bool = True) -> None:
        self.requests: List[Received] = []
        self._answer = answer
        self._keeps_requests = keeps_requests
        self._connections: List[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def client_ports(self) -> List[int]:
        return [request.client_port for request in self.requests]

    @property
    def connections(self) -> int:
        """How many there have been."""
        return len(self._connections)

    def wait_until_all_are_closed(self) -> None:
        """Returns when each connection so far was closed, by whichever side."""
        for thread in self._threads[1:]:
            thread.join(10)
            assert not thread.is_alive()

    def _accept(self) -> None:
        while True:
            try:
                connection, (_, port) = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            self._threads.append(threading.Thread(target=self._serve, args=(connection, port), daemon=True))
            self._threads[-1].start()

    def _serve(self, connection: socket.socket, port: int) -> None:
        with contextlib.suppress(OSError), connection, connection.makefile("rb") as stream:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for line in iter(stream.readline, b""):
                request = Received(connection, stream, port, line.decode())
                if self._keeps_requests:
                    self.requests.append(request)
                answer = self._answer(request)
                if answer is None:
                    return
                for _ in request.pieces():
                    pass
                connection.sendall(answer)

    def close(self) -> None:
        for one in (self._listener, *self._connections):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()


@contextlib.contextmanager
def serving(answer: Answer, *, keeps_requests: bool = True) -> Iterator[Loopback]:
    server = Loopback(answer, keeps_requests=keeps_requests)
    try:
        yield server
    finally:
        server.close()


Behaviour = Callable[[socket.socket, threading.Event], None]
"""What a server does with a connection, until the event says that the test is over."""


@contextlib.contextmanager
def listening(behave: Behaviour) -> Iterator[str]:
    """A server that does the same to every connection until the test is over; gives its host and port."""
    over, connections = threading.Event(), []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connections.append(connection)
                threading.Thread(target=run, args=(connection,), daemon=True).start()

    def run(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            behave(connection, over)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        over.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in connections:
            connection.close()
        thread.join(10)


def say_nothing(connection: socket.socket, over: threading.Event) -> None:
    over.wait(60)


@contextlib.contextmanager
def full_listener() -> Iterator[socket.socket]:
    """A server that takes no connection: its queue is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(8):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                waiting.connect(listener.getsockname())
        yield listener


def http(status: int, body: bytes = b"", headers: Optional[Mapping[str, str]] = None) -> bytes:
    """The bytes of a whole response."""
    head = {"Content-Length": str(len(body)), **(headers or {})}
    lines = [f"HTTP/1.1 {status} Status", *(f"{name}: {value}" for name, value in head.items()), "", ""]
    return "\r\n".join(lines).encode() + body


def http_json(value: Any, status: int = 200, headers: Optional[Mapping[str, str]] = None) -> bytes:
    return http(status, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})})


def answer_success(request: Received) -> bytes:
    """Answer as Titan does where an operation has no result."""
    return http_json({"data": {"success": True}})


def echo(request: Received) -> bytes:
    """Answers every operation, with what it was asked for in the answer."""
    body = b"".join(request.pieces())
    if request.method == "POST" and request.target.endswith("/send"):
        sent = json.loads(body)
        return http_json({"data": {"id": sent.get("text", ""), "session": sent["session"]}}, 201)
    last = request.target.split("/")[-1]
    if last in ("sessions", "groups", "contacts", "chats", "labels", "channels", "webhooks", "presence"):
        return http_json({"data": []})
    return http_json({"data": {"name": last, "status": "CONNECTED"}})
