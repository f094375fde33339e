"""One request, from its arguments to the bytes of the answer. The only file that imports httpx."""

from __future__ import annotations

import functools
import json
import logging
import os
import random
import re
import ssl
import sys
import threading
import time
import weakref
from http import HTTPStatus
from typing import Any, Callable, Dict, Iterator, List, Mapping, NamedTuple, Optional, Tuple, Type, Union

import httpx
from typing_extensions import Literal

from .. import __version__
from .._init_lock import init_lock
from ..errors import (
    APIConnectionError,
    APIResponseError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadGatewayError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    ServiceUnavailableError,
    TitanError,
)
from . import retries as _retry
from .deprecation import Deprecations
from .files import Base64Body, CallersError

log = logging.getLogger("titan")

TimeoutTypes = Union[float, httpx.Timeout, None]
Sink = Callable[[Iterator[bytes], Optional[int]], None]
"""Takes the chunks of a body, and how many bytes they are, where that is known."""

_CONNECT_SECONDS = 5.0
_READ_SECONDS = 30.0
_LONG_READ_SECONDS = 300.0
_LONGEST_SECONDS = 2_000_000
_MOST_REDIRECTS = 5

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


class Call(NamedTuple):
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


class Answer(NamedTuple):
    """A 2xx response, read to its end."""

    status_code: int
    headers: Mapping[str, str]
    body: bytes


class Settings(NamedTuple):
    """What `with_options` can change, prepared for use."""

    headers: List[Tuple[bytes, bytes]]
    timeout: Dict[str, Optional[float]]
    long_timeout: Dict[str, Optional[float]]
    total_timeout: Optional[float]
    max_retries: int

    def __repr__(self) -> str:
        return "<Settings>"  # the headers hold the credential


class Transport:
    """The way to one server with one credential: connections, headers, retries, warnings.

    Threads share it. A forked process gets connections of its own: two processes that write to one socket
    would mix up each other's requests.
    """

    def __init__(self, base_url: str, credential: str, http_client: Optional[httpx.Client]) -> None:
        """Check the address and the client, and connect to nothing yet.

        Args:
            base_url: Address of the server, without a slash at its end.
            credential: Server key or client token.
            http_client: The user's own, or None for a pool of ours.

        Raises:
            ConfigurationError: The address is none.
            TypeError: `http_client` is no httpx.Client.
        """
        if http_client is not None and not isinstance(http_client, httpx.Client):
            raise TypeError(f"http_client must be an httpx.Client, not {type(http_client).__name__}")
        try:
            httpx.URL(base_url).host  # noqa: B018 - a name in punycode is decoded only here
        except (httpx.InvalidURL, UnicodeError) as error:
            raise ConfigurationError(f"base_url cannot be read: {error}") from error
        self.base_url = base_url
        self._authorization = f"Bearer {credential}"
        self._given = http_client
        self._pool: Optional[httpx.Client] = None
        self._inherited: List[httpx.Client] = []
        self._closed = False
        self._deprecations = Deprecations()
        _transports.add(self)

    def prepare(
        self,
        timeout: TimeoutTypes,
        total_timeout: Optional[float],
        max_retries: int,
        headers: Mapping[str, str],
    ) -> Settings:
        """Turn what the user set into headers and timeouts that need no more work at each request.

        Raises:
            ConfigurationError: A value is out of range, or no header.
            TypeError: A value is of the wrong type.
        """
        if not isinstance(max_retries, int) or isinstance(max_retries, bool):
            raise TypeError(f"max_retries must be an integer, not {type(max_retries).__name__}")
        if max_retries < 0:
            raise ConfigurationError("max_retries must be 0 or more")
        if total_timeout is not None:
            _check_seconds("total_timeout", total_timeout)
        _check_headers(headers)
        user_agent = f"titan-sdk/{__version__} python/{_PYTHON} httpx/{httpx.__version__}"
        prepared = httpx.Headers()
        for name, value in headers.items():  # one at a time, so that the last of `X-A` and `x-a` counts
            prepared[name] = value
        prepared.pop("Content-Type", None)  # ours goes beside each body
        if "User-Agent" in prepared:
            user_agent += f" {prepared['User-Agent']}"
        prepared.update(
            {
                "User-Agent": user_agent,
                "Accept": "application/json",
                "Accept-Encoding": "gzip, deflate",
                "Authorization": self._authorization,
            }
        )
        return Settings(
            prepared.raw,
            _timeout(timeout, _READ_SECONDS).as_dict(),
            _timeout(timeout, _LONG_READ_SECONDS).as_dict(),
            total_timeout,
            max_retries,
        )

    def close(self) -> None:
        """Close the connections; a client given by the user stays open."""
        self._closed = True
        if self._pool is not None:
            self._pool.close()

    def send(self, call: Call, settings: Settings, sink: Optional[Sink] = None) -> Answer:
        """Send a request, again where that is safe, until it is answered with 2xx.

        Args:
            call: The request.
            settings: Of the client, or the `with_options` twin, that the request is made on.
            sink: Takes the body of the answer piece by piece, which then is empty in the answer. Called
                anew for each attempt.

        Raises:
            TitanError: The last attempt failed.
        """
        deadline = None if settings.total_timeout is None else time.monotonic() + settings.total_timeout
        attempt, unclear = 0, False
        while True:
            started = time.monotonic()
            try:
                answer = self._exchange(call, settings, deadline, sink)
                _log_attempt(call, answer.status_code, attempt, started)
                return answer
            except CallersError as passing:
                raise passing.error from passing.error.__cause__
            except TitanError as error:
                _log_attempt(call, getattr(error, "status_code", type(error).__name__), attempt, started)
                if unclear and call.method == "DELETE" and isinstance(error, NotFoundError):
                    return Answer(204, error.headers, b"")  # an earlier attempt deleted it after all
                unclear = error.maybe_processed = unclear or error.maybe_processed
                pause = self._pause(call, settings, attempt, error)
                if pause is None or (deadline is not None and time.monotonic() + pause >= deadline):
                    raise
            time.sleep(pause)
            attempt += 1

    def _pause(self, call: Call, settings: Settings, attempt: int, error: TitanError) -> Optional[float]:
        if attempt >= settings.max_retries or not _retry.is_repeated(error, idempotent=call.idempotent):
            return None
        if isinstance(call.content, Base64Body) and not call.content.repeatable:
            return None
        return _retry.delay(attempt, error, random.random())  # noqa: S311 - no secret depends on it

    def _exchange(
        self, call: Call, settings: Settings, deadline: Optional[float], sink: Optional[Sink]
    ) -> Answer:
        http = self._http(call)
        outer_route, _in_flight.route = _in_flight.route, call.route
        try:
            response = http.send(
                self._request(http, call, settings, deadline),
                stream=True,
                auth=None,
                follow_redirects=False,
            )
            try:
                if not _ANNOUNCEMENTS.isdisjoint([name.lower() for name, _ in response.headers.raw]):
                    self._deprecations.check(response.headers)
                if call.follow_redirects:
                    response = self._follow(http, settings, deadline, response)
                return _read(call, response, deadline, sink)
            finally:
                response.close()
        except httpx.HTTPStatusError as error:  # from an event hook that calls raise_for_status()
            body = error.response.content if error.response.is_stream_consumed else b""
            self._deprecations.check(error.response.headers)
            # Not `from error`: its text, which a traceback would print, holds the URL.
            raise _status_error(call, error.response, body) from None
        # InvalidURL and UnicodeError come from a Location header, which httpx reads though it follows none.
        except (httpx.RequestError, httpx.InvalidURL, httpx.StreamError, UnicodeError) as error:
            # What the server sent, the text of other errors would quote in a traceback.
            quotes_nothing = isinstance(error, (httpx.NetworkError, httpx.TimeoutException, httpx.ProxyError))
            raise _connection_error(call, error) from (error if quotes_nothing else None)
        except RuntimeError as error:
            if not http.is_closed:
                raise
            raise self._closed_error(call, maybe_processed=True) from error
        finally:
            _in_flight.route = outer_route

    def _http(self, call: Call) -> httpx.Client:
        http = self._given or self._pool
        if http is None and not self._closed:
            with init_lock:
                http = self._pool = self._pool or _new_pool()
        if http is None or self._closed or http.is_closed:
            raise self._closed_error(call, maybe_processed=False)
        return http

    def _closed_error(self, call: Call, *, maybe_processed: bool) -> TitanError:
        whose = "the http_client of this client" if self._given is not None else "this client"
        return TitanError(
            f"{whose} is closed; build a new one",
            method=call.method,
            route=call.route,
            maybe_processed=maybe_processed,
        )

    def _request(
        self, http: httpx.Client, call: Call, settings: Settings, deadline: Optional[float]
    ) -> httpx.Request:
        timeout = settings.long_timeout if call.long else settings.timeout
        extensions = {"timeout": timeout if deadline is None else _Remaining(timeout, deadline)}
        try:
            url = _url(self.base_url + call.path)
        except httpx.InvalidURL as error:  # longer than httpx takes
            raise ValueError(f"the path cannot be sent: {error}") from error
        headers = [*settings.headers]
        if call.content is not None:
            headers.append((b"Content-Type", b"application/json"))
        if call.respond_async:
            headers.append((b"Prefer", b"respond-async"))
        if isinstance(call.content, Base64Body):
            headers.append((b"Content-Length", b"%d" % call.content.length))
            chunks = _until(deadline, call, iter(call.content))
            build = httpx.Request if self._given is None else http.build_request
            return build(call.method, url, headers=headers, content=chunks, extensions=extensions)
        content = call.content or b""
        if self._given is not None:
            return http.build_request(
                call.method, url, headers=headers, content=content, extensions=extensions
            )
        # Our own client has no headers and cookies to merge in, and merging takes longer than all the rest of
        # building a request.
        if content or call.method not in ("GET", "DELETE", "HEAD"):
            headers.append((b"Content-Length", b"%d" % len(content)))
        headers.append((b"Host", url.netloc))
        return httpx.Request(
            call.method, url, headers=headers, stream=httpx.ByteStream(content), extensions=extensions
        )

    def _follow(
        self,
        http: httpx.Client,
        settings: Settings,
        deadline: Optional[float],
        response: httpx.Response,
    ) -> httpx.Response:
        timeout = settings.long_timeout
        for _ in range(_MOST_REDIRECTS):
            if response.next_request is None:
                break
            response.close()
            url = response.next_request.url
            headers = settings.headers
            if _origin(url) != _origin(_url(self.base_url)):
                headers = [pair for pair in headers if pair[0] in _HEADERS_FOR_ANYBODY]
            request = httpx.Request(
                "GET",
                url,
                headers=headers,
                extensions={"timeout": timeout if deadline is None else _Remaining(timeout, deadline)},
            )
            response = http.send(request, stream=True, auth=None, follow_redirects=False)
        return response


Wrapping = Literal["data", "response", "submitted"]


class Context(NamedTuple):
    """What a service needs of its client."""

    transport: Transport
    settings: Settings
    strict: bool
    """Whether an answer that does not fit the declared type is an error."""
    has_client_token: bool
    wrapping: Wrapping = "data"
    """What operations return: their result, or a Response or Submitted around it."""


class _Remaining(Dict[str, Optional[float]]):
    """Timeouts that shrink with the time left, since connecting, writing and reading each look here anew."""

    def __init__(self, timeout: Dict[str, Optional[float]], deadline: float) -> None:
        super().__init__(timeout)
        self._deadline = deadline

    def get(self, key: str, default: Any = None) -> Any:
        left = max(0.001, self._deadline - time.monotonic())
        seconds = super().get(key, default)
        return left if seconds is None else min(seconds, left)


def _read(call: Call, response: httpx.Response, deadline: Optional[float], sink: Optional[Sink]) -> Answer:
    if not response.is_success:
        try:
            body = b"".join(_until(deadline, call, response.iter_bytes()))
        except (httpx.RequestError, APITimeoutError):
            body = b""  # the status says more than the way its body ended
        raise _status_error(call, response, body)
    try:
        if sink is not None:
            length = response.headers.get("Content-Length", "")
            known = length.isdigit() and "Content-Encoding" not in response.headers
            sink(_until(deadline, call, response.iter_bytes()), int(length) if known else None)
            body = b""
        elif deadline is None:
            body = response.read()
        else:
            body = b"".join(_until(deadline, call, response.iter_bytes()))
    except httpx.DecodingError as error:
        raise APIResponseError(
            "its body cannot be decompressed",
            status_code=response.status_code,
            method=call.method,
            route=call.route,
        ) from error
    return Answer(response.status_code, response.headers, body)


def _until(deadline: Optional[float], call: Call, chunks: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        if deadline is not None and time.monotonic() >= deadline:
            raise APITimeoutError(
                "total_timeout is over", method=call.method, route=call.route, maybe_processed=True
            )
        yield chunk


def _connection_error(call: Call, error: Exception) -> APIConnectionError:
    kind = APITimeoutError if isinstance(error, httpx.TimeoutException) else APIConnectionError
    text = str(error) or "no answer in time"
    return kind(
        f"{type(error).__name__}: {text}",
        method=call.method,
        route=call.route,
        maybe_processed=not isinstance(error, _NEVER_SENT),
    )


def _status_error(call: Call, response: httpx.Response, body: bytes) -> APIStatusError:
    status = response.status_code
    message, docs_url = _error_text(status, body)
    hint = None
    if call.inferred and status in (404, 405):
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
        method=call.method,
        route=call.route,
        maybe_processed=_retry.maybe_processed(status),
    )


def _error_text(status: int, body: bytes) -> tuple[str, Optional[str]]:
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


_ANNOUNCEMENTS = frozenset({b"deprecation", b"sunset", b"titan-sdk-deprecation"})
_HEADERS_FOR_ANYBODY = frozenset({b"User-Agent", b"Accept", b"Accept-Encoding"})
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")
_STATUSES = frozenset(HTTPStatus)
_PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
_url = functools.lru_cache(maxsize=512)(httpx.URL)
_transports: weakref.WeakSet[Transport] = weakref.WeakSet()


def _check_seconds(name: str, value: object) -> None:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number of seconds, not {type(value).__name__}")
    # Sockets count milliseconds in 32 bits.
    if not 0 < value <= _LONGEST_SECONDS:
        raise ConfigurationError(f"{name} must be more than 0 and at most {_LONGEST_SECONDS:,} seconds")


def _check_headers(headers: Mapping[str, str]) -> None:
    if not isinstance(headers, Mapping):
        raise TypeError(f"headers must be a mapping of names to values, not {type(headers).__name__}")
    for name, value in headers.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise TypeError("headers must be strings")
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise ConfigurationError(
                "headers must be printable ASCII, and names without spaces or separators"
            )
        if name.lower() == "authorization":
            raise ConfigurationError("pass the credential as api_key or client_token, not in headers")
        if name.lower() in ("host", "content-length", "transfer-encoding"):
            raise ConfigurationError(f"the header {name} is set by the client itself")


def _timeout(given: TimeoutTypes, seconds: float) -> httpx.Timeout:
    if isinstance(given, httpx.Timeout):
        return given
    if given is not None:
        _check_seconds("timeout", given)
    return httpx.Timeout(seconds if given is None else given, connect=_CONNECT_SECONDS)


def _origin(url: httpx.URL) -> tuple[str, str, Optional[int]]:
    default = {"http": 80, "https": 443}.get(url.scheme)
    return url.scheme, url.host, url.port or default


def _new_pool() -> httpx.Client:
    try:
        # By default httpx keeps only 20 idle: more threads than that would connect anew again and again.
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=100, keepalive_expiry=5.0)
        return httpx.Client(verify=_ssl_context(), limits=limits)
    except Exception as error:
        raise ConfigurationError(
            "the environment's settings for proxies or certificates cannot be used: "
            f"{type(error).__name__}: {error}"
        ) from error


@functools.cache
def _ssl_context() -> ssl.SSLContext:
    """Loading the certificates takes twenty times as long as everything else in a client."""
    return httpx.create_ssl_context()


def _after_fork() -> None:
    for transport in list(_transports):
        if transport._pool is not None:
            # Kept, because closing it here would end TLS connections that the parent goes on using.
            transport._inherited.append(transport._pool)
            transport._pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class _InFlight(threading.local):
    route: Optional[str] = None


_in_flight = _InFlight()


class _PrivateLogs(logging.Filter):
    """Keeps phone numbers in URLs and headers out of what httpx and httpcore log of our requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        route = _in_flight.route
        if route is None:
            return True
        if record.name != "httpx":
            # httpcore writes "<event> <details>", and the details hold all response headers; hpack, which
            # HTTP/2 uses, writes all headers and the path of the request.
            record.msg, record.args = " ".join(record.getMessage().split(" ")[:1]), ()
        elif isinstance(record.args, tuple):
            record.args = tuple(route if isinstance(arg, httpx.URL) else arg for arg in record.args)
        return True


_LOGGERS = (
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
    "hpack.hpack",
    "hpack.table",
)
for _name in _LOGGERS:
    logging.getLogger(_name).addFilter(_PrivateLogs())


def _log_attempt(call: Call, outcome: object, attempt: int, started: float) -> None:
    if log.isEnabledFor(logging.DEBUG):
        milliseconds = (time.monotonic() - started) * 1000
        log.debug(
            "%s %s: %s (attempt %d, %.0f ms)", call.method, call.route, outcome, attempt + 1, milliseconds
        )
