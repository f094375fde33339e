"""The sandbox as a context manager: uvicorn in a thread."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from types import TracebackType
from typing import Any, Dict, List, Optional, Type

import uvicorn

from . import control
from .app import create_app, is_loopback
from .state import State

_SECONDS_FOR_OPEN_REQUESTS = 0.5


class Sandbox:
    """A local Titan.

        with Sandbox() as titan:
            client = TitanClient(base_url=titan.base_url, api_key=titan.api_key)
            client.sessions.create({"name": "my-session", "start": True})
            titan.scan("my-session")

    Args:
        port: Port to listen on; 0 takes a free one.
        host: Address to listen on. While it is a loopback address, requests that name another host or
            come from another origin are refused.
        scan_after: Seconds after which a shown QR code is scanned by itself; None: never.
        qr_seconds: Seconds until a QR code is replaced by the next.
        rate_limit: Requests an API key may make in a minute.
    """

    def __init__(
        self,
        port: int = 0,
        host: str = "127.0.0.1",
        *,
        scan_after: Optional[float] = None,
        qr_seconds: float = 20,
        rate_limit: int = 100_000,
    ) -> None:
        self._state = State(scan_after=scan_after, qr_seconds=qr_seconds, rate_limit=rate_limit)
        self._address = (host, port)
        self._base_url: Optional[str] = None
        self._server: Optional[_Server] = None
        self._thread: Optional[threading.Thread] = None

    @property
    def base_url(self) -> str:
        """Where it listens, such as `http://127.0.0.1:8420`."""
        if self._base_url is None:
            raise RuntimeError("the sandbox is not running")
        return self._base_url

    @property
    def api_key(self) -> str:
        """A key with the scope `*`."""
        return self._state.first_key.key

    @property
    def messages(self) -> List[Dict[str, Any]]:
        """The messages sent so far, oldest first, each with the body that asked for it under `request`."""
        with self._state.lock:
            return [dict(message) for message in self._state.messages]

    def scan(
        self, session: str, *, phone_number: Optional[str] = None, push_name: Optional[str] = None
    ) -> Dict[str, Any]:
        """Scan the QR code a session shows. Also `POST /sandbox/sessions/{session}/scan`.

        Args:
            session: Session name.
            phone_number: Phone number of the account that scans; one of its own when left out.
            push_name: Name of the account that scans.

        Returns:
            The session, now CONNECTED.

        Raises:
            SandboxError: The session is unknown, or shows no QR code.
        """
        with self._state.lock:
            self._state.settle()
            return control.scan(self._state, session, phone_number, push_name)

    def connect(self, session: str) -> Dict[str, Any]:
        """Have a connected session. Also `POST /sandbox/sessions/{session}/connect`.

        Args:
            session: Session name; created, started and scanned as far as it needs to be.

        Returns:
            The session, now CONNECTED.
        """
        with self._state.lock:
            self._state.settle()
            return control.connect(self._state, session)

    def advance(self, seconds: float) -> None:
        """Move the clock forward; all that falls due happens. Also `POST /sandbox/clock`.

        Args:
            seconds: How far.

        Raises:
            ValueError: `seconds` is negative or not finite.
        """
        with self._state.lock:
            self._state.clock.advance(seconds)
            self._state.settle()

    def reset(self) -> None:
        """Forget everything but `api_key`. Also `POST /sandbox/reset`."""
        with self._state.lock:
            self._state.reset()

    def start(self) -> None:
        """Listen. The context manager does this.

        Raises:
            OSError: The address cannot be had.
            RuntimeError: It runs already.
        """
        if self._thread is not None:
            raise RuntimeError("the sandbox is running already")
        host, port = self._address
        listener = _listen(host, port)
        config = uvicorn.Config(
            create_app(self._state, loopback_only=is_loopback(host)),
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
        self._server = _Server(config)
        self._thread = threading.Thread(
            target=self._server.run_on, args=(listener,), name="titan-sandbox", daemon=True
        )
        self._thread.start()
        self._server.ready.wait()
        shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
        self._base_url = f"http://{f'[{shown}]' if ':' in shown else shown}:{listener.getsockname()[1]}"

    def stop(self) -> None:
        """Stop listening and close every connection. The context manager does this."""
        if self._thread is None or self._server is None:
            return
        self._server.should_exit = True
        self._thread.join()
        self._base_url = self._server = self._thread = None

    def __enter__(self) -> Sandbox:
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
    def __init__(self, config: uvicorn.Config) -> None:
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
