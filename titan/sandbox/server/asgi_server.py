"""Serves an ASGI app of somebody else, with its lifespan, on a thread."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import contextmanager, suppress
from typing import Any, Callable, ContextManager, Generator, Optional

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .http_server import HttpServer

_SECONDS_TO_START = 30.0
_SECONDS_TO_STOP = 30.0
_SECONDS_FOR_OPEN_REQUESTS = 5
_SECONDS_FOR_THE_THREAD = 5.0
"""How much longer to wait for a thread than for what runs on it."""


@contextmanager
def serve_asgi(
    app: ASGIApp, listener: socket.socket, calls: Callable[[], ContextManager[None]]
) -> Generator[None, None, None]:
    """Serve an ASGI app while the context lasts; the listener is closed then.

    Args:
        app: The app.
        listener: Where it is served.
        calls: Entered while the app answers a request, and does what it does after its answer.

    Raises:
        BaseException: The app could not start, or not stop; it is what the app raised.
        RuntimeError: It told so without an exception.
        TimeoutError: It took too long.
    """
    watched = _WatchedApp(app, calls)
    server = HttpServer(
        lambda _: watched, lifespan="auto", seconds_for_open_requests=_SECONDS_FOR_OPEN_REQUESTS
    )

    def run() -> None:
        # How uvicorn ends where the app could not start.
        with suppress(SystemExit):
            server.run_on(listener)

    thread = threading.Thread(target=run, name="titan-sandbox-asgi-app", daemon=True)
    thread.start()
    try:
        if not server.ready.wait(_SECONDS_TO_START + _SECONDS_FOR_THE_THREAD):
            raise TimeoutError(_late("start", _SECONDS_TO_START))
        watched.raise_error()
        if not server.started:
            raise RuntimeError("the server of the app could not start")
        yield
    finally:
        server.should_exit = True
        thread.join(_SECONDS_FOR_OPEN_REQUESTS + _SECONDS_TO_STOP + _SECONDS_FOR_THE_THREAD)
    watched.raise_error()
    if thread.is_alive():
        raise TimeoutError(_late("end", _SECONDS_TO_STOP))


def _late(what: str, seconds: float) -> str:
    return f"the app did not {what} in {seconds:.0f} seconds"


class _WatchedApp:
    """An app, and what went wrong as it started or stopped."""

    def __init__(self, app: ASGIApp, calls: Callable[[], ContextManager[None]]) -> None:
        self._app = app
        self._calls = calls
        self._error: Optional[BaseException] = None

    def raise_error(self) -> None:
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        else:
            with self._calls():
                await self._app(scope, receive, send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        phase = _Phase()

        async def receive_event() -> Message:
            message = await receive()
            phase.begin(message["type"])
            return message

        async def send_event(message: Message) -> None:
            phase.end(message)
            await send(message)

        try:
            await self._app(scope, receive_event, send_event)
            self._error = phase.failure
        except BaseException as error:
            # One that is raised before it asks what happens only says that the app has no lifespan.
            if phase.name or phase.failure:
                self._error = phase.failure if isinstance(error, asyncio.CancelledError) else error
            if phase.name:
                await send({"type": f"{phase.name}.failed", "message": ""})
            raise
        finally:
            phase.stop_timer()


class _Phase:
    """The start or the stop of an app, which may take only so long."""

    name = ""
    """`lifespan.startup` or `lifespan.shutdown` while it lasts."""
    failure: Optional[BaseException] = None
    _timer: Optional[asyncio.TimerHandle] = None

    def begin(self, name: str) -> None:
        self.name = name
        seconds = _SECONDS_TO_START if name == "lifespan.startup" else _SECONDS_TO_STOP
        task: Optional[asyncio.Task[Any]] = asyncio.current_task()

        def give_up() -> None:
            self.failure = TimeoutError(_late("start" if name == "lifespan.startup" else "end", seconds))
            if task is not None:
                task.cancel()

        self._timer = asyncio.get_running_loop().call_later(seconds, give_up)

    def end(self, message: Message) -> None:
        self.stop_timer()
        self.name = ""
        if message["type"].endswith(".failed"):
            self.failure = RuntimeError(message.get("message") or f"the app answered {message['type']}")

    def stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
