"""uvicorn on a thread."""

from __future__ import annotations

import asyncio
import math
import os
import socket
import sys
import threading
from typing import Any, Callable, Coroutine, List, Optional

import uvicorn
from starlette.types import ASGIApp, Scope
from typing_extensions import Literal

from ..._clock import now
from .limits.connections import Limits, create_protocol


def listen(host: str, port: int) -> socket.socket:
    """Open a socket that listens.

    Raises:
        OSError: The address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol spelt out: asyncio sets TCP_NODELAY only then, and without it each response on a
    # kept-alive connection is 40 ms late.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except BaseException:
        listener.close()
        raise
    return listener


if sys.platform == "win32":
    _DefaultLoop = asyncio.ProactorEventLoop
else:
    _DefaultLoop = asyncio.SelectorEventLoop


class _Loop(_DefaultLoop):
    """An event loop that goes on where a test has frozen or moved the time."""

    def time(self) -> float:
        return now()


def _run(main: Coroutine[Any, Any, None]) -> None:
    """Run as `asyncio.run` does, which takes no loop before Python 3.12."""
    loop = _Loop()
    try:
        loop.run_until_complete(main)
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.wait(left))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


class HttpServer(uvicorn.Server):
    """The server.

    Args:
        create_app: Makes its app; it gets the server, which closes connections.
        lifespan: Whether it tells the app that it starts and stops: not, or where the app has a lifespan.
        seconds_for_open_requests: How long requests may go on that are under way as it stops.
        get_limits: Tells what connections may do; everything when left out.
    """

    def __init__(
        self,
        create_app: Callable[[HttpServer], ASGIApp],
        *,
        lifespan: Literal["off", "auto"] = "off",
        seconds_for_open_requests: float = 0.5,
        get_limits: Optional[Callable[[], Limits]] = None,
    ) -> None:
        config = uvicorn.Config(
            create_app(self),
            # The one HTTP implementation uvicorn always has, whatever else is installed.
            http="h11" if get_limits is None else create_protocol(get_limits),
            ws="none",
            lifespan=lifespan,
            log_config=None,
            # Paths hold phone numbers.
            access_log=False,
            server_header=False,
            proxy_headers=False,
            # For what goes on after its connection was aborted.
            timeout_graceful_shutdown=math.ceil(seconds_for_open_requests),
        )
        super().__init__(config)
        self._seconds_for_open_requests = seconds_for_open_requests
        self.ready: threading.Event = threading.Event()

    def run_on(self, listener: socket.socket) -> None:
        """Serve until `should_exit`, and close the socket."""
        try:
            _run(self.serve(sockets=[listener]))
        finally:
            listener.close()
            self.ready.set()

    async def startup(self, sockets: Optional[List[socket.socket]] = None) -> None:
        """Begin to serve."""
        await super().startup(sockets=sockets)
        self.ready.set()

    async def shutdown(self, sockets: Optional[List[socket.socket]] = None) -> None:
        """End the connections."""
        # uvicorn waits for open requests, also for one whose body never ends.
        asyncio.get_running_loop().call_later(self._seconds_for_open_requests, self._abort)
        await super().shutdown(sockets=sockets)

    def _abort(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()

    def close_connection(self, scope: Scope, at_once: bool) -> None:
        """Close the connection that a request came over; otherwise when all was sent."""
        for connection in list(self.server_state.connections):
            if getattr(connection, "client", None) == scope["client"]:
                if at_once:
                    connection.transport.abort()
                else:
                    connection.transport.close()
