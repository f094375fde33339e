"""The libraries whose clients users hand over: httpx, and its successor where it can be installed."""

from __future__ import annotations

import contextlib
from types import ModuleType
from typing import Any, Callable, Iterator, List, Optional

import httpx
import pytest

LIBRARIES: List[ModuleType] = [httpx]
try:
    import httpx2
except ImportError:
    WITHOUT_HTTPX2 = "httpx2 is not installed: it needs Python 3.11 or later"
else:
    LIBRARIES.append(httpx2)
    WITHOUT_HTTPX2 = ""

WAYS = [None, *LIBRARIES]
"""The ways to the server: connections of our own, and a client of each library."""


def name_of(library: Optional[ModuleType]) -> str:
    """The id of a test that goes one of the ways."""
    return "ours" if library is None else library.__name__


each_way = pytest.mark.parametrize("library", WAYS, ids=name_of)

needs_httpx2 = pytest.mark.skipif(bool(WITHOUT_HTTPX2), reason=f"NOT TESTED: {WITHOUT_HTTPX2}")


def client_of(library: ModuleType, handler: Callable[[httpx.Request], httpx.Response]) -> Any:
    """A client of a library whose server is a function, which itself speaks httpx."""
    if library is httpx:
        return httpx.Client(transport=httpx.MockTransport(handler))

    def handle(request: Any) -> Any:
        with _raising(library):
            answer = handler(
                httpx.Request(
                    request.method,
                    str(request.url),
                    headers=request.headers.raw,
                    content=request.read(),
                    extensions=request.extensions,
                )
            )
        body = _body_of(answer, library)
        return library.Response(
            answer.status_code,
            headers=answer.headers.raw,
            content=b"".join(body) if answer.is_stream_consumed else body,
        )

    return library.Client(transport=library.MockTransport(handle))


def _body_of(answer: httpx.Response, library: ModuleType) -> Iterator[bytes]:
    """The body as it is on the way, compressed or not."""
    stream: Any = answer.stream
    with _raising(library):
        yield from stream


@contextlib.contextmanager
def _raising(library: ModuleType) -> Iterator[None]:
    """Turns the exceptions of httpx into those of a library."""
    try:
        yield
    except httpx.RequestError as error:
        raise getattr(library, type(error).__name__)(str(error)) from error.__cause__
