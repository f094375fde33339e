"""What the server answers where something is refused."""

from __future__ import annotations

from typing import Mapping, Optional, cast

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from ..base.encoding import encode
from ..base.errors import SandboxError

_DOCS = "https://docs.usetitan.app/"


def error_response(status: int, message: str, headers: Optional[Mapping[str, str]] = None) -> Response:
    """An error as Titan writes it."""
    body = encode({"error": message, "docs": _DOCS})
    return Response(body, status, headers=headers, media_type="application/json")


async def on_sandbox_error(_request: Request, error: Exception) -> Response:
    """Answer with what was refused, and why."""
    refusal = cast(SandboxError, error)
    return error_response(refusal.status, refusal.message, refusal.headers)


async def on_http_exception(request: Request, error: Exception) -> Response:
    """Answer that there is no such route or method."""
    refusal = cast(HTTPException, error)
    message = refusal.detail
    if refusal.status_code == 404:
        message = f"no such route: {request.method} {request.url.path}"
    elif refusal.status_code == 405:
        message = f"method not allowed: {request.method}"
    return error_response(refusal.status_code, message, refusal.headers)


async def on_disconnect(_request: Request, _: Exception) -> Response:
    """Answer a client that has gone: nobody reads it."""
    return Response(status_code=400)


async def on_exception(_request: Request, _: Exception) -> Response:
    """Answer that the sandbox itself failed."""
    return error_response(500, "internal server error")


HANDLERS = {
    HTTPException: on_http_exception,
    SandboxError: on_sandbox_error,
    ClientDisconnect: on_disconnect,
    Exception: on_exception,
}
"""Exception handlers of the app."""
