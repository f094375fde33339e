"""The sandbox as a context manager: uvicorn in a thread."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import threading
from types import TracebackType
from typing import Callable, List, Optional, Sequence, Type

import uvicorn
from starlette.types import ASGIApp, Scope
from typing_extensions import Self, Unpack

from ..base.errors import SandboxError
from ..base.settings import Options, Settings
from ..control.control import Control
from ..delivery.dispatcher import Dispatcher
from ..spec.contract import operations
from ..spec.faults import Faults
from ..state import State
from .app import create_app

_SECONDS_FOR_OPEN_REQUESTS = 0.5


class Sandbox(Control):
    """A local Titan.

        with Sandbox() as titan:
            client = TitanClient(base_url=titan.base_url, api_key=titan.api_key)
            client.sessions.create({"name": "my-session", "start": True})
            titan.scan("my-session")

    Threads can share it.

    Args:
        port: Port to listen on; 0 takes a free one.
        host: Address to listen on. Requests that name another host than this machine, or come from a page
            of another, are refused.
        allowed_hosts: Names that requests may use for this machine, such as the name of a container.
        api_key: The first API key, to have the same at each start; None makes one up.
        **options: How it behaves, all optional:
            `rate_limit`: requests that a key may make in a minute (100,000).
            `scan_after`: seconds after which a shown QR code is scanned by itself (None: never).
            `qr_seconds`: seconds until a QR code is replaced by the next (20).
            `qr_format`: "image" for a data URI of a PNG (default), "text" for the raw text.
            `sent_after`, `delivered_after`, `read_after`: seconds from sending a message to these statuses
            (0, 0.2 and 1; None for the last two: not by themselves). Until then it is `pending`.
            `reconnect_after`: seconds that a session stays in CONNECTING with AUTO_RECONNECT (1).
            `auto_persist`: whether files that come in are persisted at once (False).
            `deprecation`, `sunset`, `sdk_deprecation`: values of the headers `Deprecation`, `Sunset` and
            `Titan-SDK-Deprecation` on every response (None: no such header).

    Raises:
        ValueError: There is no such setting, it cannot have this value, or `api_key` is none.
    """

    def __init__(
        self,
        port: int = 0,
        host: str = "127.0.0.1",
        *,
        allowed_hosts: Sequence[str] = (),
        api_key: Optional[str] = None,
        **options: Unpack[Options],
    ) -> None:
        if isinstance(allowed_hosts, str):
            raise ValueError("allowed_hosts must be a list of names")
        if api_key is not None and not re.fullmatch(r"titan_(?!ct_)[\w-]+", api_key, re.ASCII):
            raise ValueError("api_key must be titan_ and letters, digits, hyphens and underscores")
        try:
            state = State(Settings().changed(options), api_key)
        except SandboxError as error:
            raise ValueError(error.message) from None
        super().__init__(state, Faults(operations()), Dispatcher(state))
        self._address = (host, port)
        self._allowed_hosts = allowed_hosts
        self._server: Optional[_Server] = None
        self._threads: List[threading.Thread] = []

    @property
    def base_url(self) -> str:
        """Where it listens; a browser shows its page there.

        For instance `http://127.0.0.1:8420`.
        """
        if not self._state.base_url:
            raise RuntimeError("the sandbox is not running")
        return self._state.base_url

    @property
    def api_key(self) -> str:
        """A key with the scope `*`."""
        return self._state.first_key.key

    def start(self) -> None:
        """Listen. The context manager does this.

        Raises:
            OSError: The address cannot be had.
            RuntimeError: It runs already.
        """
        if self._server is not None:
            raise RuntimeError("the sandbox is running already")
        host, port = self._address
        listener = _listen(host, port)
        shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
        self._state.base_url = f"http://{f'[{shown}]' if ':' in shown else shown}:{listener.getsockname()[1]}"
        server = self._server = _Server(
            lambda server: create_app(
                self._state,
                self,
                self._faults,
                host=host,
                allowed_hosts=self._allowed_hosts,
                close=server.close_connection,
                is_stopping=lambda: server.should_exit,
            )
        )
        self._threads = [
            threading.Thread(target=server.run_on, args=(listener,), name="titan-sandbox", daemon=True),
            threading.Thread(target=self._state.clock.run, name="titan-sandbox-clock", daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        self._dispatcher.start()
        server.ready.wait()

    def stop(self) -> None:
        """Stop listening and delivering, and close every connection. The context manager does this."""
        if self._server is None:
            return
        self._server.should_exit = True
        self._dispatcher.stop()
        self._state.clock.stop()
        for thread in self._threads:
            thread.join()
        self._state.base_url, self._server, self._threads = "", None, []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.stop()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol spelt out: asyncio sets TCP_NODELAY only then, and without it each answer on a
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


class _Server(uvicorn.Server):
    def __init__(self, create: Callable[[_Server], ASGIApp]) -> None:
        config = uvicorn.Config(
            create(self),
            # The one HTTP implementation uvicorn always has, whatever else is installed.
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            # Paths hold phone numbers.
            access_log=False,
            server_header=False,
            proxy_headers=False,
        )
        super().__init__(config)
        self.ready = threading.Event()

    def run_on(self, listener: socket.socket) -> None:
        try:
            asyncio.run(self.serve(sockets=[listener]))
        finally:
            listener.close()
            self.ready.set()

    async def startup(self, sockets: Optional[List[socket.socket]] = None) -> None:
        await super().startup(sockets=sockets)
        self.ready.set()

    async def shutdown(self, sockets: Optional[List[socket.socket]] = None) -> None:
        # uvicorn waits for open requests, also for one whose body never comes to its end.
        asyncio.get_running_loop().call_later(_SECONDS_FOR_OPEN_REQUESTS, self._abort)
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
