"""Serves a WSGI app of somebody else, each request on a thread, with the server of the standard library."""

from __future__ import annotations

import socket
import sys
import threading
from contextlib import contextmanager, suppress
from socketserver import ThreadingMixIn
from typing import Any, Callable, ContextManager, Dict, Generator
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from ..._clock import now

_SECONDS_FOR_OPEN_REQUESTS = 5.0
_SECONDS_TO_STOP = 5.0
_SECONDS_BETWEEN_LOOKS = 0.02
"""How often the server looks whether it should end."""


@contextmanager
def serve_wsgi(
    app: Callable[..., Any], listener: socket.socket, calls: Callable[[], ContextManager[None]]
) -> Generator[None, None, None]:
    """Serve a WSGI app while the context lasts; the listener is closed then.

    Args:
        app: The app.
        listener: Where it is served.
        calls: Entered while the app answers a request, and does what it does after its answer.

    Raises:
        TimeoutError: A request did not end.
    """
    server = _Server(app, listener, calls)
    thread = threading.Thread(
        target=server.serve_forever,
        args=(_SECONDS_BETWEEN_LOOKS,),
        name="titan-sandbox-wsgi-app",
        daemon=True,
    )
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        server.end_requests()
    if server.has_requests():
        raise TimeoutError("the app did not end a request")


class _Server(ThreadingMixIn, WSGIServer):
    def __init__(
        self, app: Callable[..., Any], listener: socket.socket, calls: Callable[[], ContextManager[None]]
    ) -> None:
        address = listener.getsockname()
        super().__init__(address, _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        # Not by `server_bind`: that asks the network for the name of this machine.
        self.server_name, self.server_port = address[:2]
        self.setup_environ()
        self.set_app(app)
        self._calls = calls
        self._requests: Dict[threading.Thread, Any] = {}

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = threading.Thread(
            target=self._answer, args=(request, client_address), name="titan-sandbox-request", daemon=True
        )
        self._requests = {one: its for one, its in self._requests.items() if one.is_alive()}
        self._requests[thread] = request
        thread.start()

    def _answer(self, request: Any, client_address: Any) -> None:
        with self._calls():
            self.process_request_thread(request, client_address)

    def end_requests(self) -> None:
        """Wait for the requests under way; who has sent half a request is then cut off."""
        self._join_for(_SECONDS_FOR_OPEN_REQUESTS)
        for request in self._requests.values():
            with suppress(OSError):
                request.shutdown(socket.SHUT_RDWR)
        self._join_for(_SECONDS_TO_STOP)

    def has_requests(self) -> bool:
        return any(thread.is_alive() for thread in self._requests)

    def _join_for(self, seconds: float) -> None:
        end = now() + seconds
        for thread in self._requests:
            thread.join(max(end - now(), 0.0))

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing for each request; what the app raises is still shown."""
