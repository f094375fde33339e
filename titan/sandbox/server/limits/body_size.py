"""Middleware that refuses bodies which are too large, while they are read."""

from __future__ import annotations

from typing import Optional

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ...base.errors import SandboxError
from ...state import State


class BodySizeMiddleware:
    """Gives the app below no more of a body than the setting `max_body_bytes` allows.

    Args:
        app: The app below, which answers a SandboxError that reading raises.
        state: Has the settings.
    """

    def __init__(self, app: ASGIApp, state: State) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        most, announced = self._state.settings.max_body_bytes, _announced(scope)
        read = 0

        async def receive_some() -> Message:
            nonlocal read
            # Before anything of it is read, if it says itself that it is too large.
            if announced is None or announced <= most:
                message = await receive()
                read += len(message.get("body", b""))
                if read <= most:
                    return message
            raise SandboxError(413, f"the body has more than {most} bytes")

        await self._app(scope, receive_some, send)


def _announced(scope: Scope) -> Optional[int]:
    # Every server lets only a number through.
    length = next((value for name, value in scope["headers"] if name == b"content-length"), None)
    return None if length is None else int(length)
