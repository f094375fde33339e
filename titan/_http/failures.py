"""What went wrong, as errors of ours: httpx's exceptions, statuses other than 2xx, a closed client."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Dict, Optional, Tuple, Type

import httpx

from ..errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadGatewayError,
    BadRequestError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    ServiceUnavailableError,
    TitanError,
)
from .request import PreparedRequest
from .retries import maybe_processed

REQUEST_FAILURES = (httpx.RequestError, httpx.InvalidURL, httpx.StreamError, UnicodeError)
"""What httpx raises where a request fails.

InvalidURL and UnicodeError come from a Location header, which httpx reads although it does not follow it.
"""

_ERROR_OF_STATUS: Dict[int, Type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    429: RateLimitError,
    502: BadGatewayError,
    503: ServiceUnavailableError,
}
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
# The texts of other exceptions quote what the server sent.
_QUOTES_NOTHING = (httpx.NetworkError, httpx.TimeoutException, httpx.ProxyError)
_STATUSES = frozenset(HTTPStatus)


def connection_error(request: PreparedRequest, error: Exception) -> APIConnectionError:
    """The error for one of the `REQUEST_FAILURES`, with it as cause where a traceback may show its text."""
    kind = APITimeoutError if isinstance(error, httpx.TimeoutException) else APIConnectionError
    text = str(error) or "no response in time"
    failure = kind(
        f"{type(error).__name__}: {text}",
        method=request.method,
        route=request.route,
        maybe_processed=not isinstance(error, _NEVER_SENT),
    )
    failure.__cause__ = error if isinstance(error, _QUOTES_NOTHING) else None
    return failure


def closed_error(request: PreparedRequest, *, is_own: bool, maybe_processed: bool) -> TitanError:
    """The error for a request on a client that is closed."""
    which = "this client" if is_own else "the http_client of this client"
    return TitanError(
        f"{which} is closed; build a new one",
        method=request.method,
        route=request.route,
        maybe_processed=maybe_processed,
    )


def status_error(request: PreparedRequest, response: httpx.Response, body: bytes) -> APIStatusError:
    """The error for a status other than 2xx."""
    status = response.status_code
    message, docs_url = _read_error(status, body)
    hint = None
    if request.inferred and status in (404, 405):
        hint = (
            "this route is inferred, Titan's reference does not state it: "
            "if your server has it elsewhere, client.request(...) reaches any path"
        )
    kind = _ERROR_OF_STATUS.get(status, ServerError if status >= 500 else APIStatusError)
    return kind(
        message,
        status_code=status,
        docs_url=docs_url,
        headers=response.headers,
        body=body,
        hint=hint,
        method=request.method,
        route=request.route,
        maybe_processed=maybe_processed(status),
    )


def _read_error(status: int, body: bytes) -> Tuple[str, Optional[str]]:
    """What an error body says, and the page it names; the name of the status where it says nothing."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    error = document.get("error") if isinstance(document, dict) else None
    docs = document.get("docs") if isinstance(document, dict) else None
    if not isinstance(error, str) or not error:
        error = HTTPStatus(status).phrase if status in _STATUSES else "unknown status"
    return error, docs if isinstance(docs, str) else None
