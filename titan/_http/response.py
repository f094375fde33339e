"""Responses: from httpx's stream to bytes that a service can read."""

from __future__ import annotations

import json
from typing import Callable, Iterator, Mapping, Optional

import httpx

from .._interruptions import raise_if_interrupted
from ..errors import APIResponseError, APITimeoutError
from .bodies import LongBodyError, UnreadableBodyError, chunks_of, read_beginning, read_whole
from .deadlines import NEVER, Attempt, pass_until
from .failures.errors import status_error
from .request import Connections, PreparedRequest

Sink = Callable[[Iterator[bytes], Optional[int]], None]
"""Takes the chunks of a body, and how many bytes they are where that is known."""

_LONGEST_ERROR = 1024 * 1024
# As much of a file as must be seen to know an error document that came in its place.
_LONGEST_DOCUMENT = 64 * 1024


class RawResponse:
    """A 2xx response, read to its end.

    Args:
        status_code: The status.
        headers: Its headers, names in any case.
        body: Its body, decompressed.
    """

    __slots__ = ("body", "headers", "status_code")

    def __init__(self, status_code: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status_code: int = status_code
        self.headers: Mapping[str, str] = headers
        self.body: bytes = body

    def __repr__(self) -> str:
        return f"<{self.status_code}>"


def read_response(
    request: PreparedRequest,
    response: httpx.Response,
    attempt: Attempt,
    sink: Optional[Sink],
    *,
    limit: int,
    connections: Connections,
) -> RawResponse:
    """Read the body of a response, into the sink where there is one.

    Args:
        request: What was asked.
        response: What came, not yet read.
        attempt: Whose deadline ends the reading.
        sink: Takes the body, which then is empty in what is returned.
        limit: Bytes that the body may have, where there is no sink.
        connections: What it came over.

    Raises:
        APIStatusError: The status is not 2xx.
        APIResponseError: The body cannot be read, or a part came for the whole, or something else.
        APITimeoutError: The deadline passed before the body's end.
    """
    status = response.status_code
    if not 200 <= status < 300:
        raise status_error(request, response, _beginning(request, response, attempt, connections))
    problem = _unasked(request, status)
    if problem is not None:
        raise APIResponseError(
            problem,
            status_code=status,
            body=_beginning(request, response, attempt, connections),
            method=request.method,
            route=request.route,
        )
    try:
        chunks = chunks_of(response, is_own=connections.is_own)
        if attempt.deadline != NEVER:
            chunks = pass_until(attempt, chunks, method=request.method, route=request.route)
        if request.is_file:
            chunks = _check_file(response, chunks)
        if sink is None:
            return RawResponse(status, response.headers, read_whole(chunks, limit))
        sink(chunks, _length(response))
        return RawResponse(status, response.headers, b"")
    except UnreadableBodyError as error:
        problem = str(error)
        if request.is_file and isinstance(error, LongBodyError):
            problem += "; media.download_to takes files of any size"
    raise APIResponseError(problem, status_code=status, method=request.method, route=request.route)


def _beginning(
    request: PreparedRequest, response: httpx.Response, attempt: Attempt, connections: Connections
) -> bytes:
    """What can be had of the body of an error: the status says more than how its body ended."""
    broken = (APITimeoutError, UnreadableBodyError, connections.library.RequestError)
    try:
        chunks = chunks_of(response, is_own=connections.is_own)
    except UnreadableBodyError:
        return b""
    bounded = pass_until(attempt, chunks, method=request.method, route=request.route)
    return read_beginning(bounded, _LONGEST_ERROR, broken)


def _unasked(request: PreparedRequest, status: int) -> Optional[str]:
    """What is wrong with a status of success that does not answer what was asked."""
    if request.is_custom:
        return None
    if status == 206:
        return "only a part came, though the whole was asked for"
    if status == 202 and not request.respond_async:
        return "it says that it has only accepted the request, though the result was asked for"
    return "no file came" if status == 204 and request.is_file else None


def _check_file(response: httpx.Response, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Pass a file on, unless it is a page or an error document in place of one.

    A server that means a file of such a type says so by `Content-Disposition`.

    Raises:
        UnreadableBodyError: It is.
    """
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if "Content-Disposition" in response.headers or not (kind in _DOCUMENTS or kind.endswith("+json")):
        yield from chunks
        return
    if kind in _PAGES:
        raise UnreadableBodyError("an HTML page came in place of the file")
    if kind == "application/problem+json":
        raise UnreadableBodyError("an error document came in place of the file")
    beginning = b""
    for chunk in chunks:
        beginning += chunk
        if len(beginning) > _LONGEST_DOCUMENT:
            break
    if _is_error_document(beginning):
        raise UnreadableBodyError("an error document came in place of the file")
    yield beginning
    yield from chunks


_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_DOCUMENTS = _PAGES | {"application/json"}


def _is_error_document(beginning: bytes) -> bool:
    try:
        document = json.loads(beginning)
    except (ValueError, RecursionError) as error:
        raise_if_interrupted(error)
        return False
    if not isinstance(document, dict):
        return False
    return ("error" in document and "data" not in document) or document.get("success") is False


def _length(response: httpx.Response) -> Optional[int]:
    length = response.headers.get("Content-Length", "")
    is_number = length.isascii() and length.isdigit() and len(length) < 19
    return int(length) if is_number and "Content-Encoding" not in response.headers else None
