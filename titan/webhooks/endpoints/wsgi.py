"""The endpoint for WSGI servers, whose threads call the handlers."""

from __future__ import annotations

from typing import Any, Dict, Iterable, Optional

from ..._privacy import Secret
from ..parsing import Body
from .answers import CUT_OFF, NOT_READABLE, RefusedError, check_limit, declared_length
from .app_types import WSGIApp
from .deliveries import Deliveries
from .received_body import ReceivedBody

_PIECE = 64 * 1024


def wsgi_app(deliveries: Deliveries, max_bytes: int) -> WSGIApp:
    """A WSGI app for deliveries; see `WebhookRouter.wsgi_app`."""
    check_limit(max_bytes)

    def app(environ: Dict[str, Any], start_response: Any = None) -> Iterable[bytes]:
        if start_response is None:
            raise TypeError("this is a WSGI app, which an ASGI server called: serve router.asgi_app() there")
        has_body = environ["REQUEST_METHOD"] != "HEAD"
        request = Secret(environ)
        # Error trackers look at the local variables of all frames, and the signature stands in there.
        del environ
        try:
            response = deliveries.answer(_read_body(request, max_bytes), request)
        except RefusedError as refused:
            response = refused.response
        start_response(f"{response.status:d} {response.status.phrase}", response.headers)
        return [response.body] if has_body else []

    return app


def _read_body(request: Secret[Dict[str, Any]], max_bytes: int) -> Secret[Body]:
    length = _length_of(request.reveal(), max_bytes)
    at_most = max_bytes + 1 if length is None else length
    body = ReceivedBody(length, max_bytes)
    try:
        while len(body) < at_most:
            piece = Secret(request.reveal()["wsgi.input"].read(min(at_most - len(body), _PIECE)))
            if not body.add(piece):
                break
    except OSError:
        raise RefusedError(CUT_OFF) from None
    return body.whole()


def _length_of(environ: Dict[str, Any], max_bytes: int) -> Optional[int]:
    """How long the body is; None where it ends by itself."""
    length = declared_length(environ["REQUEST_METHOD"], environ.get("CONTENT_LENGTH"), max_bytes)
    if length is not None or environ.get("wsgi.input_terminated"):
        return length
    # Behind the input may be an open connection, to be read up to CONTENT_LENGTH and no further.
    if "HTTP_TRANSFER_ENCODING" not in environ:
        return 0
    del environ
    raise RefusedError(NOT_READABLE)
