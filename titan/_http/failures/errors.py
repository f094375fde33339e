"""What went wrong, as errors of ours: exceptions of httpx, and statuses other than 2xx."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, Dict, Optional, Tuple, Type
from urllib.parse import urlsplit

import httpx

from ..._interruptions import raise_if_interrupted
from ...errors import (
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
)
from ..deadlines import Attempt
from ..request import PreparedRequest
from .retries import maybe_processed

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
_NEVER_SENT = frozenset(
    {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol"}
)
# The texts of other exceptions quote what the server sent.
_QUOTES_NOTHING = ("NetworkError", "TimeoutException", "ProxyError")
_STATUSES = frozenset(HTTPStatus)
# Shorter, and the connection was as good as new.
_IDLE_SECONDS = 0.1


def request_failures(library: Any) -> Tuple[Type[Exception], ...]:
    """What httpx, or its successor, raises where a request fails.

    InvalidURL and UnicodeError come from a Location header, which httpx reads although it does not follow it.
    """
    return library.RequestError, library.InvalidURL, library.StreamError, UnicodeError


def connection_error(
    request: PreparedRequest, error: Exception, attempt: Attempt, library: Any
) -> APIConnectionError:
    """The error for one of the `request_failures`.

    Its cause is what httpx raised, where the text of that quotes nothing of the server's, and without its
    tracebacks: the frames of httpx hold headers and addresses, and error trackers report those.
    """
    is_timeout = isinstance(error, library.TimeoutException)
    quotes_nothing = isinstance(error, tuple(getattr(library, name) for name in _QUOTES_NOTHING))
    text = (str(error) if quotes_nothing else "") or _MEANING_OF.get(type(error).__name__, "no answer came")
    if is_timeout and attempt.is_over:
        text = "total_timeout is over"
    elif not is_timeout and attempt.idle is not None and attempt.idle >= _IDLE_SECONDS:
        text += (
            f" (this connection had been idle for {attempt.idle:.1f} s: the server seems to have ended it "
            "just then)"
        )
    failure = (APITimeoutError if is_timeout else APIConnectionError)(
        f"{type(error).__name__}: {text}",
        method=request.method,
        route=request.route,
        maybe_processed=not (
            # The class alone does not tell: a hook or a tool that makes requests of its own raises the same.
            type(error).__name__ in _NEVER_SENT
            and attempt.is_of(error)
            and not attempt.was_sent
            and not attempt.was_answered
        ),
    )
    failure.__cause__ = _without_tracebacks(error) if quotes_nothing else None
    return failure


_MEANING_OF = {
    "RemoteProtocolError": "the server closed the connection, or its answer is not HTTP",
    "ConnectTimeout": "no connection in time",
    "PoolTimeout": "no free connection in time",
    "WriteTimeout": "the request could not be sent in time",
    "ReadTimeout": "no response in time",
}


def status_error(request: PreparedRequest, response: httpx.Response, body: bytes) -> APIStatusError:
    """The error for a status other than 2xx."""
    status = response.status_code
    message, docs_url = _read_error(status, body)
    kind = _ERROR_OF_STATUS.get(status, ServerError if status >= 500 else APIStatusError)
    return kind(
        message,
        status_code=status,
        docs_url=docs_url,
        headers=response.headers,
        body=body,
        hint=_hint(request, status, response.headers.get("Location")),
        method=request.method,
        route=request.route,
        maybe_processed=maybe_processed(status),
    )


def _hint(request: PreparedRequest, status: int, location: Optional[str]) -> Optional[str]:
    """What to do about a status, where we know more than the server says."""
    if 300 <= status < 400 and location is not None:
        return f"the server, or a proxy before it, refers to {_server_of(location)}: check base_url"
    if request.is_inferred and status in (404, 405):
        return (
            "this route is inferred, Titan's reference does not state it: "
            "if your server has it elsewhere, client.request(...) reaches any path"
        )
    return None


def _server_of(location: str) -> str:
    """Scheme and host of an address; its path may hold anything."""
    try:
        parts = urlsplit(location)
        if parts.scheme and parts.hostname:
            port = "" if parts.port is None else f":{parts.port}"
            return f"{parts.scheme}://{parts.hostname}{port}"
    except ValueError:
        pass
    return "another path"


def _without_tracebacks(error: BaseException) -> BaseException:
    one: Optional[BaseException] = error
    while one is not None and one.__traceback__ is not None:
        one.__traceback__ = one.__context__ = None
        one = one.__cause__
    return error


def _read_error(status: int, body: bytes) -> Tuple[str, Optional[str]]:
    """What an error body says, and the page it names; the name of the status where it says nothing."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as unreadable:
        raise_if_interrupted(unreadable)
        document = None
    error = document.get("error") if isinstance(document, dict) else None
    docs = document.get("docs") if isinstance(document, dict) else None
    if not isinstance(error, str) or not error:
        error = HTTPStatus(status).phrase if status in _STATUSES else "unknown status"
    return error, docs if isinstance(docs, str) else None
