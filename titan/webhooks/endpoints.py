"""Ready endpoints: a router as a WSGI app and as an ASGI app, of the standard library alone."""

from __future__ import annotations

import json
import logging
import traceback
from http import HTTPStatus
from typing import Any, Awaitable, Callable, Dict, Iterable, List, MutableMapping, NamedTuple, Optional, Tuple

from .._privacy import mask
from ..errors import WebhookPayloadError, WebhookSignatureError
from .events_gen import Event
from .router import ASGIApp, Headers, WebhookRouter, WSGIApp

_logger = logging.getLogger("titan")

_PIECE = 64 * 1024

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]


class _Answer(NamedTuple):
    status: HTTPStatus
    body: bytes

    @property
    def headers(self) -> List[Tuple[str, str]]:
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(self.body)))]
        return [*headers, ("Allow", "POST")] if self.status == HTTPStatus.METHOD_NOT_ALLOWED else headers


def _error(status: HTTPStatus, text: str) -> _Answer:
    return _Answer(status, json.dumps({"error": text}).encode())


_DONE = _Answer(HTTPStatus.OK, b'{"data": {"success": true}}')
_NO_POST = _error(HTTPStatus.METHOD_NOT_ALLOWED, "webhooks come by POST")
_NO_LENGTH = _error(HTTPStatus.BAD_REQUEST, "Content-Length is no number")
_CUT_OFF = _error(HTTPStatus.BAD_REQUEST, "the body is shorter than its Content-Length")
_NOT_READABLE = _error(HTTPStatus.BAD_REQUEST, "this server does not pass on bodies without Content-Length")
_NO_EVENT = _error(HTTPStatus.BAD_REQUEST, "the body is no event")
_FORGED = _error(HTTPStatus.UNAUTHORIZED, "X-Webhook-Signature is missing or does not fit")
_TOO_LARGE = _error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large")
_FAILED = _error(HTTPStatus.INTERNAL_SERVER_ERROR, "the event could not be handled; deliver it again")


class _RefusedError(Exception):
    """A request whose body is not worth reading to its end."""

    def __init__(self, answer: _Answer) -> None:
        self.answer = answer


def wsgi_app(router: WebhookRouter, max_bytes: int) -> WSGIApp:
    """A router as a WSGI app; see `WebhookRouter.wsgi_app`."""
    _check(max_bytes)

    def app(environ: Dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            answer = _handle(router, _wsgi_body(environ, max_bytes), environ)
        except _RefusedError as refused:
            answer = refused.answer
        start_response(f"{answer.status:d} {answer.status.phrase}", answer.headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    return app


def asgi_app(router: WebhookRouter, max_bytes: int) -> ASGIApp:
    """A router as an ASGI app; see `WebhookRouter.asgi_app`."""
    import asyncio

    _check(max_bytes)

    async def app(scope: _Message, receive: _Receive, send: _Send) -> None:
        if scope["type"] == "http":
            await respond(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        else:
            raise ValueError(f"no webhook comes by {scope['type']}")

    async def respond(scope: _Message, receive: _Receive, send: _Send) -> None:
        headers = list(scope["headers"])
        try:
            body = await _asgi_body(scope["method"], headers, receive, max_bytes)
            if body is None:
                return
            answer = await asyncio.to_thread(_handle, router, body, headers)
        except _RefusedError as refused:
            answer = refused.answer
        lines = [(name.lower().encode(), value.encode()) for name, value in answer.headers]
        await send({"type": "http.response.start", "status": int(answer.status), "headers": lines})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.body})

    return app


def _check(max_bytes: int) -> None:
    if max_bytes < 1:
        raise ValueError("max_bytes must be positive: nothing would be accepted")


def _handle(router: WebhookRouter, body: bytes, headers: Headers) -> _Answer:
    try:
        event = router._read(body, headers)
    except WebhookSignatureError:
        return _FORGED
    except WebhookPayloadError:
        return _NO_EVENT
    try:
        router._dispatch(event)
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


def _declared(method: str, length: Optional[str], max_bytes: int) -> Optional[int]:
    """The length that the request has by its head, if its body is worth reading at all."""
    if method != "POST":
        raise _RefusedError(_NO_POST)
    if not length:
        return None
    if not (length.isascii() and length.isdigit()):
        raise _RefusedError(_NO_LENGTH)
    digits = length.lstrip("0") or "0"
    # More of them than any body has bytes may also be more than int() takes.
    if len(digits) > 18 or int(digits) > max_bytes:
        raise _RefusedError(_TOO_LARGE)
    return int(digits)


def _wsgi_body(environ: Dict[str, Any], max_bytes: int) -> bytes:
    length = _declared(environ["REQUEST_METHOD"], environ.get("CONTENT_LENGTH"), max_bytes)
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


async def _asgi_body(
    method: str, headers: List[Tuple[bytes, bytes]], receive: _Receive, max_bytes: int
) -> Optional[bytes]:
    """The whole body, or None where the client has gone."""
    declared = dict(headers).get(b"content-length", b"").decode("latin-1")
    length = _declared(method, declared, max_bytes)
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


async def _live(receive: _Receive, send: _Send) -> None:
    """Tell the server that there is nothing to start, and nothing to stop."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
