"""Responses that break off, as faults ask for."""

from __future__ import annotations

from typing import Callable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

CloseConnection = Callable[[Scope, bool], None]
"""Closes the connection of a request, at once or when all was sent."""


class NoResponse(Response):
    """No response at all: the connection is closed."""

    def __init__(self, close: CloseConnection) -> None:
        super().__init__()
        self._close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Close the connection."""
        self._close(scope, True)
        # The server sends a response of its own until it has noticed.
        await receive()


class TruncatedResponse(Response):
    """The first half of a response, and then the end of the connection."""

    def __init__(self, whole: Response, close: CloseConnection) -> None:
        super().__init__(whole.body, whole.status_code, media_type=whole.media_type)
        self._close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a half, and close the connection."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        self._close(scope, False)
        await receive()
