"""Responses: from httpx's stream to bytes that a service can read."""

from __future__ import annotations

from typing import Callable, Iterator, Mapping, NamedTuple, Optional

import httpx

from ..errors import APIResponseError, APITimeoutError
from .deadlines import pass_until
from .failures import status_error
from .request import PreparedRequest

Sink = Callable[[Iterator[bytes], Optional[int]], None]
"""Takes the chunks of a body, and how many bytes they are where that is known."""


class RawResponse(NamedTuple):
    """A 2xx response, read to its end."""

    status_code: int
    headers: Mapping[str, str]
    body: bytes


def read_response(
    request: PreparedRequest, response: httpx.Response, deadline: Optional[float], sink: Optional[Sink]
) -> RawResponse:
    """Read the body of a response, into the sink where there is one.

    Raises:
        APIStatusError: The status is not 2xx.
        APIResponseError: The body cannot be decompressed.
        APITimeoutError: The deadline passed before the body's end.
    """
    if not response.is_success:
        try:
            body = b"".join(_chunks(request, response, deadline))
        except (httpx.RequestError, APITimeoutError):
            body = b""  # the status says more than how its body ended
        raise status_error(request, response, body)
    try:
        if sink is not None:
            sink(_chunks(request, response, deadline), _length(response))
            body = b""
        elif deadline is None:
            body = response.read()
        else:
            body = b"".join(_chunks(request, response, deadline))
    except httpx.DecodingError as error:
        raise APIResponseError(
            "its body cannot be decompressed",
            status_code=response.status_code,
            method=request.method,
            route=request.route,
        ) from error
    return RawResponse(response.status_code, response.headers, body)


def _chunks(request: PreparedRequest, response: httpx.Response, deadline: Optional[float]) -> Iterator[bytes]:
    return pass_until(deadline, response.iter_bytes(), method=request.method, route=request.route)


def _length(response: httpx.Response) -> Optional[int]:
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdigit() and "Content-Encoding" not in response.headers else None
