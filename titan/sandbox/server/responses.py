"""The responses that do not come from a handler, above all errors."""

from __future__ import annotations

from typing import Awaitable, Callable, Dict, Mapping, Optional, Type, cast

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ..api.request import ApiResponse
from ..base.encoding import encode
from ..base.errors import SandboxError

_DOCS = "https://docs.usetitan.app/"

CloseConnection = Callable[[Scope, bool], None]
"""Closes the connection of a request, at once or when all was sent."""


def create_response(response: ApiResponse) -> Response:
    """Make what a handler returned ready to be sent."""
    return Response(
        response.to_bytes(), response.status, headers=response.headers, media_type=response.media_type
    )


def create_error(status: int, message: str, headers: Optional[Mapping[str, str]] = None) -> Response:
    """Make an error as Titan's look."""
    body = encode({"error": message, "docs": _DOCS})
    return Response(body, status, headers=headers, media_type="application/json")


class CutResponse(Response):
    """No response at all: the connection is closed."""

    def __init__(self, close: CloseConnection) -> None:
        super().__init__()
        self._close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Close the connection."""
        self._close(scope, True)
        # The server makes a response of its own until it has noticed.
        await receive()


class TruncatedResponse(Response):
    """The first half of a response, and then the end of the connection."""

    def __init__(self, whole: Response, close: CloseConnection) -> None:
        super().__init__(whole.body, whole.status_code, media_type=whole.media_type)
        self._close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the first half."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        self._close(scope, False)
        await receive()


async def on_sandbox_error(_request: Request, error: Exception) -> Response:
    """Respond to what the sandbox refuses."""
    refusal = cast(SandboxError, error)
    return create_error(refusal.status, refusal.message, refusal.headers)


async def on_http_exception(request: Request, error: Exception) -> Response:
    """Respond to what no route is there for."""
    refusal = cast(HTTPException, error)
    message = refusal.detail
    if refusal.status_code == 404:
        message = f"no such route: {request.method} {request.url.path}"
    elif refusal.status_code == 405:
        message = f"method not allowed: {request.method}"
    return create_error(refusal.status_code, message, refusal.headers)


async def on_disconnect(_request: Request, _error: Exception) -> Response:
    """Respond to a client that has gone in the middle of its request."""
    return Response(status_code=400)


async def on_bug(_request: Request, _error: Exception) -> Response:
    """Respond where the sandbox itself is at fault."""
    return create_error(500, "internal server error")


ExceptionHandler = Callable[[Request, Exception], Awaitable[Response]]

EXCEPTION_HANDLERS: Dict[Type[Exception], ExceptionHandler] = {
    HTTPException: on_http_exception,
    SandboxError: on_sandbox_error,
    ClientDisconnect: on_disconnect,
    Exception: on_bug,
}


def find_handler(error: Exception) -> ExceptionHandler:
    """Find what responds to an exception: by its class, or the nearest one above that."""
    return next(EXCEPTION_HANDLERS[kind] for kind in type(error).__mro__ if kind in EXCEPTION_HANDLERS)
