"""Requests: as a service prepares them, and as httpx sends them."""

from __future__ import annotations

import functools
from typing import Any, Dict, NamedTuple, Optional, Tuple, Union

import httpx

from .deadlines import TimeoutsUntil, pass_until
from .files.upload import Base64Body
from .settings import Settings

_HEADERS_FOR_EVERY_HOST = frozenset({b"User-Agent", b"Accept", b"Accept-Encoding"})

parse_url = functools.lru_cache(maxsize=512)(httpx.URL)


class PreparedRequest(NamedTuple):
    """A request as a service describes it."""

    method: str
    route: str
    """Route template, the only form of the path that is logged."""
    path: str
    """Percent-encoded, with the query, from `/api` on."""
    content: Union[bytes, Base64Body, None] = None
    idempotent: bool = False
    inferred: bool = False
    """Whether the route is our reading of the reference instead of stated in it."""
    long: bool = False
    """Whether the server may rightly take minutes."""
    respond_async: bool = False
    follow_redirects: bool = False


def build_request(
    http: httpx.Client,
    request: PreparedRequest,
    settings: Settings,
    *,
    base_url: str,
    deadline: Optional[float],
    is_own: bool,
) -> httpx.Request:
    """Build what httpx sends.

    Args:
        http: The client that will send it.
        request: The request.
        settings: Headers and timeouts.
        base_url: Address of the server, without a slash at its end.
        deadline: When `total_timeout` ends, on the monotonic clock; None: never.
        is_own: Whether `http` is ours. It then has no headers and cookies to merge in, and merging takes
            longer than all the rest of building a request.

    Raises:
        ValueError: The path is longer than httpx takes.
    """
    try:
        url = parse_url(base_url + request.path)
    except httpx.InvalidURL as error:
        raise ValueError(f"the path cannot be sent: {error}") from error
    extensions = _timeouts(settings, deadline, long=request.long)
    headers = [*settings.headers]
    if request.content is not None:
        headers.append((b"Content-Type", b"application/json"))
    if request.respond_async:
        headers.append((b"Prefer", b"respond-async"))
    if isinstance(request.content, Base64Body):
        headers.append((b"Content-Length", b"%d" % request.content.length))
        chunks = pass_until(deadline, iter(request.content), method=request.method, route=request.route)
        build = httpx.Request if is_own else http.build_request
        return build(request.method, url, headers=headers, content=chunks, extensions=extensions)
    content = request.content or b""
    if not is_own:
        return http.build_request(
            request.method, url, headers=headers, content=content, extensions=extensions
        )
    if content or request.method not in ("GET", "DELETE", "HEAD"):
        headers.append((b"Content-Length", b"%d" % len(content)))
    headers.append((b"Host", url.netloc))
    return httpx.Request(
        request.method, url, headers=headers, stream=httpx.ByteStream(content), extensions=extensions
    )


def build_redirected_request(
    url: httpx.URL, settings: Settings, *, base_url: str, deadline: Optional[float]
) -> httpx.Request:
    """Build the request that follows a redirect; another origin than `base_url` gets no credential."""
    headers = settings.headers
    if _origin(url) != _origin(parse_url(base_url)):
        headers = [pair for pair in headers if pair[0] in _HEADERS_FOR_EVERY_HOST]
    return httpx.Request("GET", url, headers=headers, extensions=_timeouts(settings, deadline, long=True))


def _timeouts(settings: Settings, deadline: Optional[float], *, long: bool) -> Dict[str, Any]:
    timeouts = settings.long_timeout if long else settings.timeout
    return {"timeout": timeouts if deadline is None else TimeoutsUntil(deadline, timeouts)}


def _origin(url: httpx.URL) -> Tuple[str, str, Optional[int]]:
    default = {"http": 80, "https": 443}.get(url.scheme)
    return url.scheme, url.host, url.port or default
