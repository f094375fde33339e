"""Requests: as a service prepares them, and as httpx sends them."""

from __future__ import annotations

import functools
from typing import Any, Iterator, List, Optional, Tuple, Union

import httpx

from .._privacy import Secret
from .connections.addresses import origin_of
from .connections.given import GivenConnections
from .connections.own import OwnConnections
from .deadlines import Attempt, pass_until
from .files.upload import Base64Body
from .settings import Settings

JSON = b"application/json"
ANYTHING = b"*/*"

_FOR_EVERY_HOST = frozenset({b"user-agent"})
_WITHOUT_BODY = frozenset({"GET", "DELETE", "HEAD"})

Connections = Union[OwnConnections, GivenConnections]

parse_url = functools.lru_cache(maxsize=512)(httpx.URL)


class PreparedRequest:
    """A request as a service describes it.

    Error trackers report local variables, so what is in it does not show in its `repr`.

    Args:
        method: HTTP method.
        route: Route template, the only form of the path that is logged.
        path: Percent-encoded, with the query, from `/api` on.
        content: The body, if it has one.
        accept: Media types that the answer may have; `*/*` asks for a file, byte for byte.
        is_idempotent: Whether it can be sent again without a second effect.
        is_inferred: Whether the route is our reading of the reference instead of stated in it.
        is_long: Whether the server may rightly take minutes.
        is_custom: Whether it is the user's own, of which we do not know what the answer must be.
        respond_async: Whether the server may answer before it has done it.
        follow_redirects: Whether redirects are followed.
        session: Name of the session that it is about, where there is one.
    """

    __slots__ = (
        "accept",
        "content",
        "follow_redirects",
        "is_custom",
        "is_idempotent",
        "is_inferred",
        "is_long",
        "method",
        "path",
        "respond_async",
        "route",
        "session",
    )

    def __init__(
        self,
        method: str,
        route: str,
        path: str,
        content: Union[bytes, Base64Body, None] = None,
        *,
        accept: bytes = JSON,
        is_idempotent: bool = False,
        is_inferred: bool = False,
        is_long: bool = False,
        is_custom: bool = False,
        respond_async: bool = False,
        follow_redirects: bool = False,
        session: Optional[str] = None,
    ) -> None:
        self.method: str = method
        self.route: str = route
        self.path: str = path
        self.content: Union[bytes, Base64Body, None] = content
        self.accept: bytes = accept
        self.is_idempotent: bool = is_idempotent
        self.is_inferred: bool = is_inferred
        self.is_long: bool = is_long
        self.is_custom: bool = is_custom
        self.respond_async: bool = respond_async
        self.follow_redirects: bool = follow_redirects
        self.session: Optional[str] = session

    def __repr__(self) -> str:
        return f"<{self.method} {self.route}>"

    @property
    def is_file(self) -> bool:
        """Whether the answer is a file."""
        return self.accept == ANYTHING


def send(
    connections: Connections, request: PreparedRequest, settings: Settings, attempt: Attempt, base_url: str
) -> httpx.Response:
    """Send a request once; its response is not yet read.

    Error trackers report local variables: no address, header or body is kept in one, here or below.

    Args:
        connections: What to send it with.
        request: The request.
        settings: Its headers.
        attempt: Its timeouts, with the deadline.
        base_url: Address of the server, without a slash at its end.

    Raises:
        ValueError: The path is longer than httpx takes.
    """
    if isinstance(connections, GivenConnections):
        return connections.send(
            connections.build(
                request.method,
                str(_address(base_url, request)),
                headers=[*settings.headers.reveal(), *_headers_of(request)],
                content=request.content or b""
                if not isinstance(request.content, Base64Body)
                else _Body(request, attempt),
                extensions={"timeout": attempt, "trace": attempt.note},
            )
        )
    return connections.send(
        httpx.Request(
            request.method,
            _address(base_url, request),
            headers=[
                *settings.headers.reveal(),
                *_headers_of(request),
                (b"Host", _address(base_url, request).netloc),
            ],
            stream=_Body(request, attempt),
            extensions={"timeout": attempt},
        )
    )


def send_redirected(
    connections: Connections, url: Secret[httpx.URL], settings: Settings, attempt: Attempt, base_url: str
) -> httpx.Response:
    """Follow a redirect to a file; another origin than that of `base_url` gets no credential."""
    is_ours = origin_of(url.reveal()) == origin_of(parse_url(base_url))
    build: Any = connections.library.Request  # none of a client's own headers and cookies
    return connections.send(
        build(
            "GET",
            str(url.reveal()),
            headers=[
                *(
                    pair
                    for pair in settings.headers.reveal()
                    if is_ours or pair[0].lower() in _FOR_EVERY_HOST
                ),
                (b"Accept", ANYTHING),
                (b"Accept-Encoding", b"identity"),
            ],
            extensions={"timeout": attempt},
        )
    )


def _address(base_url: str, request: PreparedRequest) -> httpx.URL:
    failure: Optional[str] = None
    try:
        return parse_url(base_url + request.path)
    except httpx.InvalidURL as error:
        failure = str(error)
    raise ValueError(f"the path cannot be sent: {failure}")


def _headers_of(request: PreparedRequest) -> List[Tuple[bytes, bytes]]:
    headers = [
        (b"Accept", request.accept),
        (b"Accept-Encoding", b"identity" if request.is_file else b"gzip, deflate"),
    ]
    content = request.content
    if content is not None:
        headers.append((b"Content-Type", JSON))
    if content is not None or request.method not in _WITHOUT_BODY:
        length = content.length if isinstance(content, Base64Body) else len(content or b"")
        headers.append((b"Content-Length", b"%d" % length))
    if request.respond_async:
        headers.append((b"Prefer", b"respond-async"))
    return headers


class _Body(httpx.SyncByteStream):
    """The body of a request, read while it is sent.

    Args:
        request: The request.
        attempt: Whose deadline ends it.
    """

    __slots__ = ("_attempt", "_request")

    def __init__(self, request: PreparedRequest, attempt: Attempt) -> None:
        self._request = request
        self._attempt = attempt

    def __iter__(self) -> Iterator[bytes]:
        request = self._request
        if isinstance(request.content, Base64Body):
            return pass_until(
                self._attempt, iter(request.content), method=request.method, route=request.route
            )
        return iter((request.content or b"",))
