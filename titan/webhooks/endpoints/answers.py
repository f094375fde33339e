"""What endpoints answer, and the rules for requests that WSGI and ASGI have in common."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import List, NamedTuple, Optional, Tuple


class Response(NamedTuple):
    """An answer to a delivery."""

    status: HTTPStatus
    body: bytes

    @property
    def headers(self) -> List[Tuple[str, str]]:
        """Its headers, for HTTP/1.1 and later."""
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(self.body)))]
        return [*headers, ("Allow", "POST")] if self.status == HTTPStatus.METHOD_NOT_ALLOWED else headers


def _error(status: HTTPStatus, text: str) -> Response:
    return Response(status, json.dumps({"error": text}).encode())


DONE = Response(HTTPStatus.OK, b'{"data": {"success": true}}')
NOT_POST = _error(HTTPStatus.METHOD_NOT_ALLOWED, "webhooks come by POST")
BAD_LENGTH = _error(HTTPStatus.BAD_REQUEST, "Content-Length is not a number")
CUT_OFF = _error(HTTPStatus.BAD_REQUEST, "the body is shorter than its Content-Length")
NOT_READABLE = _error(HTTPStatus.BAD_REQUEST, "this server does not pass on bodies without Content-Length")
NOT_AN_EVENT = _error(HTTPStatus.BAD_REQUEST, "the body is not an event")
FORGED = _error(HTTPStatus.UNAUTHORIZED, "X-Webhook-Signature is missing or does not fit")
TOO_LARGE = _error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large")
FAILED = _error(HTTPStatus.INTERNAL_SERVER_ERROR, "the event could not be handled; deliver it again")
IN_PROGRESS = _error(HTTPStatus.SERVICE_UNAVAILABLE, "the event is being handled; deliver it again later")
BUSY = _error(HTTPStatus.SERVICE_UNAVAILABLE, "too many events wait to be handled; deliver it again later")


class RefusedError(Exception):
    """A request whose body is not worth reading to its end."""

    def __init__(self, response: Response) -> None:
        self.response = response


def check_limit(max_bytes: int) -> None:
    """Refuse a limit under which nothing would be accepted."""
    if max_bytes < 1:
        raise ValueError("max_bytes must be positive: nothing would be accepted")


def declared_length(method: str, length: Optional[str], max_bytes: int) -> Optional[int]:
    """The length that the request has by its head, if its body is worth reading at all."""
    if method != "POST":
        raise RefusedError(NOT_POST)
    if not length:
        return None
    if not (length.isascii() and length.isdigit()):
        raise RefusedError(BAD_LENGTH)
    digits = length.lstrip("0") or "0"
    # No body is that large, and int() refuses numbers of very many digits.
    if len(digits) > 18 or int(digits) > max_bytes:
        raise RefusedError(TOO_LARGE)
    return int(digits)
