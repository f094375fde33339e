"""The endpoint for WSGI servers, whose threads call the handlers."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterable

from ..._privacy import Secret
from ..headers import Headers
from ..parsing import Body
from .answers import CUT_OFF, NOT_READABLE, TOO_LARGE, RefusedError, check_limit, declared_length
from .app_types import WSGIApp
from .deliveries import Deliveries

_PIECE = 64 * 1024


def wsgi_app(deliveries: Deliveries, max_bytes: int) -> WSGIApp:
    """A WSGI app for deliveries; see `WebhookRouter.wsgi_app`."""
    check_limit(max_bytes)

    def app(environ: Dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        has_body = environ["REQUEST_METHOD"] != "HEAD"
        try:
            body: Secret[Body] = Secret(_read_wsgi_body(environ, max_bytes))
            headers: Secret[Headers] = Secret(environ)
            # Error trackers may look at all frames while a handler fails, and the signature stands in there.
            del environ
            response = deliveries.answer(body, headers)
        except RefusedError as refused:
            response = refused.response
        start_response(f"{response.status:d} {response.status.phrase}", response.headers)
        return [response.body] if has_body else []

    return app


def _read_wsgi_body(environ: Dict[str, Any], max_bytes: int) -> bytes:
    length = declared_length(environ["REQUEST_METHOD"], environ.get("CONTENT_LENGTH"), max_bytes)
    if length is None and not environ.get("wsgi.input_terminated"):
        # Behind the input may be an open connection, to be read up to CONTENT_LENGTH and no further.
        if "HTTP_TRANSFER_ENCODING" in environ:
            raise RefusedError(NOT_READABLE)
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
        raise RefusedError(CUT_OFF) from None
    if len(body) > max_bytes:
        raise RefusedError(TOO_LARGE)
    if length is not None and len(body) < length:
        raise RefusedError(CUT_OFF)
    return bytes(body)
