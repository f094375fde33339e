"""Endpoints for deliveries: a WSGI app and an ASGI app, built with the standard library alone."""

from __future__ import annotations

import json
import logging
import traceback
from http import HTTPStatus
from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Optional, Tuple

from .._privacy import mask
from ..errors import WebhookPayloadError, WebhookSignatureError
from .app_types import ASGIApp, Message, Receive, Send, WSGIApp
from .events_gen import Event
from .headers import Headers

_logger = logging.getLogger("titan")

_PIECE = 64 * 1024

Read = Callable[[bytes, Headers], Event]
"""Verifies and reads a delivery; raises a WebhookError where it cannot be used."""

Dispatch = Callable[[Event], None]
"""Calls the handlers for an event."""


class _Response(NamedTuple):
    status: HTTPStatus
    body: bytes

    @property
    def headers(self) -> List[Tuple[str, str]]:
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(self.body)))]
        return [*headers, ("Allow", "POST")] if self.status == HTTPStatus.METHOD_NOT_ALLOWED else headers


def _error(status: HTTPStatus, text: str) -> _Response:
    return _Response(status, json.dumps({"error": text}).encode())


_DONE = _Response(HTTPStatus.OK, b'{"data": {"success": true}}')
_NOT_POST = _error(HTTPStatus.METHOD_NOT_ALLOWED, "webhooks come by POST")
_BAD_LENGTH = _error(HTTPStatus.BAD_REQUEST, "Content-Length is not a number")
_CUT_OFF = _error(HTTPStatus.BAD_REQUEST, "the body is shorter than its Content-Length")
_NOT_READABLE = _error(HTTPStatus.BAD_REQUEST, "this server does not pass on bodies without Content-Length")
_NOT_AN_EVENT = _error(HTTPStatus.BAD_REQUEST, "the body is not an event")
_FORGED = _error(HTTPStatus.UNAUTHORIZED, "X-Webhook-Signature is missing or does not fit")
_TOO_LARGE = _error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large")
_FAILED = _error(HTTPStatus.INTERNAL_SERVER_ERROR, "the event could not be handled; deliver it again")


class _RefusedError(Exception):
    """A request whose body is not worth reading to its end."""

    def __init__(self, response: _Response) -> None:
        self.response = response


def wsgi_app(read: Read, dispatch: Dispatch, max_bytes: int) -> WSGIApp:
    """A WSGI app for deliveries; see `WebhookRouter.wsgi_app`."""
    _check_limit(max_bytes)

    def app(environ: Dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            response = _handle(read, dispatch, _read_wsgi_body(environ, max_bytes), environ)
        except _RefusedError as refused:
            response = refused.response
        start_response(f"{response.status:d} {response.status.phrase}", response.headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [response.body]

    return app


def asgi_app(read: Read, dispatch: Dispatch, max_bytes: int) -> ASGIApp:
    """An ASGI app for deliveries; see `WebhookRouter.asgi_app`."""
    import asyncio

    _check_limit(max_bytes)

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await respond(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _complete_lifespan(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        else:
            raise ValueError(f"webhooks do not come by {scope['type']}")

    async def respond(scope: Message, receive: Receive, send: Send) -> None:
        headers = list(scope["headers"])
        try:
            body = await _read_asgi_body(scope["method"], headers, receive, max_bytes)
            if body is None:
                return
            response = await asyncio.to_thread(_handle, read, dispatch, body, headers)
        except _RefusedError as refused:
            response = refused.response
        lines = [(name.lower().encode(), value.encode()) for name, value in response.headers]
        await send({"type": "http.response.start", "status": int(response.status), "headers": lines})
        await send(
            {"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else response.body}
        )

    return app


def _check_limit(max_bytes: int) -> None:
    if max_bytes < 1:
        raise ValueError("max_bytes must be positive: nothing would be accepted")


def _handle(read: Read, dispatch: Dispatch, body: bytes, headers: Headers) -> _Response:
    try:
        event = read(body, headers)
    except WebhookSignatureError:
        return _FORGED
    except WebhookPayloadError:
        return _NOT_AN_EVENT
    try:
        dispatch(event)
    except Exception as error:
        _log(event, error)
        return _FAILED
    return _DONE


def _log(event: Event, error: Exception) -> None:
    # No exc_info: it ends with the exception's text, which may quote the message or a phone number.
    _logger.error(
        "handling %s failed with %s, so Titan will deliver it again\n%s",
        mask(f"{event.event!r} ({event.id!r})"),
        type(error).__name__,
        "".join(traceback.format_tb(error.__traceback__)).rstrip(),
    )


def _declared_length(method: str, length: Optional[str], max_bytes: int) -> Optional[int]:
    """The length that the request has by its head, if its body is worth reading at all."""
    if method != "POST":
        raise _RefusedError(_NOT_POST)
    if not length:
        return None
    if not (length.isascii() and length.isdigit()):
        raise _RefusedError(_BAD_LENGTH)
    digits = length.lstrip("0") or "0"
    # No body is that large, and int() refuses numbers of very many digits.
    if len(digits) > 18 or int(digits) > max_bytes:
        raise _RefusedError(_TOO_LARGE)
    return int(digits)


def _read_wsgi_body(environ: Dict[str, Any], max_bytes: int) -> bytes:
    length = _declared_length(environ["REQUEST_METHOD"], environ.get("CONTENT_LENGTH"), max_bytes)
    if length is None and not environ.get("wsgi.input_terminated"):
        # Behind the input may be an open connection, to be read up to CONTENT_LENGTH and no further.
        if "HTTP_TRANSFER_ENCODING" in environ:
            raise _RefusedError(_NOT_READABLE)
        length = 0
    at_most = max_bytes + 1 if length is None else length
    body = bytearray()
    try:
        while len(body) < at_most:
            piece = environ["wsgi.input"].read(min(at_most - len(body), _PIECE))
            if not piece:
                break
            body += piece
    except OSError:
        raise _RefusedError(_CUT_OFF) from None
    if len(body) > max_bytes:
        raise _RefusedError(_TOO_LARGE)
    if length is not None and len(body) < length:
        raise _RefusedError(_CUT_OFF)
    return bytes(body)


async def _read_asgi_body(
    method: str, headers: List[Tuple[bytes, bytes]], receive: Receive, max_bytes: int
) -> Optional[bytes]:
    """The whole body, or None where the client has gone."""
    declared = dict(headers).get(b"content-length", b"").decode("latin-1")
    length = _declared_length(method, declared, max_bytes)
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        piece = message.get("body", b"")
        if len(body) + len(piece) > max_bytes:
            raise _RefusedError(_TOO_LARGE)
        body += piece
        more = message.get("more_body", False)
    if length is not None and len(body) < length:
        raise _RefusedError(_CUT_OFF)
    return bytes(body)


async def _complete_lifespan(receive: Receive, send: Send) -> None:
    """Tell the server that there is nothing to start, and nothing to stop."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
