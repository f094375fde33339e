"""The way to one server: attempts, and the retries around them."""

from __future__ import annotations

import functools
import random
import time
from typing import Any, Mapping, Optional, Tuple, Union

import httpx

from .._clock import now
from .._exiting import exiting_error, is_exiting, refuse_while_exiting
from .._interruptions import raise_if_interrupted, raise_untouched
from .._privacy import Secret
from ..errors import APIConnectionError, ConfigurationError, NotFoundError, TitanError
from .connections.given import GivenConnections
from .connections.own import OwnConnections, limit_idle
from .deadlines import NEVER, Attempt
from .deprecation import ANNOUNCEMENTS, Deprecations
from .failures import retries
from .failures.errors import connection_error, request_failures, status_error
from .files.upload import Base64Body
from .files.user_code import UserCodeError
from .logs import in_flight, log_attempt, log_pause
from .observers import Observer, run_observed
from .request import PreparedRequest, parse_url, send, send_redirected
from .response import RawResponse, Sink, read_response
from .settings import Settings, TimeoutTypes, check_integer, prepare_settings

_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Transport:
    """The way to one server with one credential: connections, headers, retries, warnings.

    Threads share it.

    Args:
        base_url: Address of the server, without a slash at its end.
        credential: Server key or client token.
        http_client: The user's own, or None for connections of ours.
        max_response_bytes: How long the body of a response may be, decompressed.

    Raises:
        ConfigurationError: `base_url` is not an address, or the environment's proxies or certificates cannot
            be used.
        TypeError: `http_client` is not an httpx.Client.
    """

    def __init__(
        self, base_url: str, credential: Secret[str], http_client: Any, max_response_bytes: int
    ) -> None:
        check_integer("max_response_bytes", max_response_bytes, least=1)
        url = _read_url(base_url)
        self._connections: Union[OwnConnections, GivenConnections] = (
            OwnConnections(url) if http_client is None else GivenConnections(http_client)
        )
        self.base_url = base_url
        self.observers: Tuple[Observer, ...] = ()
        """Told of each attempt: of clients that share this transport, too."""
        self.credential = credential
        self._max_response_bytes = max_response_bytes
        self._deprecations = Deprecations()
        self._is_closed = False

    def prepare(
        self,
        timeout: TimeoutTypes,
        total_timeout: Optional[float],
        max_retries: int,
        headers: Secret[Mapping[str, str]],
        params: Secret[Mapping[str, Any]],
    ) -> Settings:
        """The settings for requests with this transport's credential; see `prepare_settings`."""
        return prepare_settings(self.credential, timeout, total_timeout, max_retries, headers, params)

    def close(self) -> None:
        """Close the connections; a client given by the user stays open."""
        self._is_closed = True
        self._connections.close()

    def send(self, request: PreparedRequest, settings: Settings, sink: Optional[Sink] = None) -> RawResponse:
        """Send a request, again where that is safe, until a 2xx response comes.

        Args:
            request: The request.
            settings: Of the client, or of its copy with other options, that the request is made on.
            sink: Takes the body of the response piece by piece, which then is empty in what is returned.
                Called anew for each attempt.

        Raises:
            TitanError: The last attempt failed.
        """
        refuse_while_exiting(request.method, request.route)
        deadline = NEVER if settings.total_timeout is None else now() + settings.total_timeout
        attempt = functools.partial(self._attempt, request, settings, deadline, sink)
        number, unclear = 0, False
        while True:
            started = now()
            try:
                response = run_observed(self.observers, request, number, attempt)
                log_attempt(request, response.status_code, number, now() - started)
                return response
            except UserCodeError as passing:
                raise_untouched(passing.error)
            except TitanError as error:
                raise_if_interrupted(error)
                outcome = getattr(error, "status_code", type(error).__name__)
                log_attempt(request, outcome, number, now() - started)
                if unclear and request.method == "DELETE" and isinstance(error, NotFoundError):
                    return RawResponse(204, error.headers, b"")  # an earlier attempt deleted it after all
                unclear = error.maybe_processed = unclear or error.maybe_processed
                pause = _pause(request, settings, number, error)
                if pause is None or now() + pause >= deadline:
                    raise
                log_pause(request, error, pause)
            time.sleep(pause)
            number += 1

    def _attempt(
        self, request: PreparedRequest, settings: Settings, deadline: float, sink: Optional[Sink]
    ) -> RawResponse:
        connections = self._connections
        self._open(request)
        attempt = Attempt(settings.long_timeout if request.is_long else settings.timeout, deadline)
        failure: TitanError
        outer_route, in_flight.route = in_flight.route, request.route
        try:
            return self._exchange(request, settings, attempt, sink)
        except connections.library.HTTPStatusError as error:  # from an event hook with raise_for_status()
            raise_if_interrupted(error)
            # Not as its cause: its text, which a traceback would print, holds the address.
            failure = self._error_of_hook(request, error, attempt)
        except request_failures(connections.library) as error:
            raise_if_interrupted(error)
            failure = connection_error(request, error, attempt, connections.library)
        except ImportError:
            if not is_exiting():  # it may have begun since the call did, in a thread that goes on
                raise
            failure = exiting_error(request.method, request.route, maybe_processed=True)
        except RuntimeError as error:
            raise_if_interrupted(error)
            if not (self._is_closed or connections.is_closed):
                raise
            failure = self._closed_error(request, maybe_processed=True)
        finally:
            in_flight.route = outer_route
        # Not inside `except`: what is handled there would come along, with the headers in its frames.
        raise failure

    def _exchange(
        self, request: PreparedRequest, settings: Settings, attempt: Attempt, sink: Optional[Sink]
    ) -> RawResponse:
        connections = self._connections
        response = send(connections, request, settings, attempt, self.base_url)
        try:
            attempt.was_answered = True
            self._note(response)
            if request.follow_redirects:
                response = self._follow(request, settings, attempt, response)
            return read_response(
                request, response, attempt, sink, limit=self._max_response_bytes, connections=connections
            )
        finally:
            response.close()

    def _error_of_hook(self, request: PreparedRequest, error: Any, attempt: Attempt) -> TitanError:
        """The error for a status that a hook raised: that of our response, or of a request of its own."""
        if not attempt.is_of(error):
            return APIConnectionError(
                f"a hook of the http_client raised {type(error).__name__}",
                method=request.method,
                route=request.route,
                maybe_processed=True,
            )
        self._deprecations.check(error.response.headers)
        is_read = error.response.is_stream_consumed
        return status_error(request, error.response, error.response.content if is_read else b"")

    def _open(self, request: PreparedRequest) -> None:
        """Make ready for an attempt.

        Raises:
            TitanError: The client is closed, or its http_client belongs to another process.
        """
        if self._is_closed or self._connections.is_closed:
            raise self._closed_error(request, maybe_processed=False)
        problem = self._connections.open()
        if problem is not None:
            raise TitanError(problem, method=request.method, route=request.route, maybe_processed=False)

    def _closed_error(self, request: PreparedRequest, *, maybe_processed: bool) -> TitanError:
        which = "this client" if self._is_closed else "the http_client of this client"
        return TitanError(
            f"{which} is closed; build a new one",
            method=request.method,
            route=request.route,
            maybe_processed=maybe_processed,
        )

    def _note(self, response: httpx.Response) -> None:
        """Take note of what the headers of a response announce."""
        for name, _ in response.headers.raw:
            if name.lower() in ANNOUNCEMENTS:
                self._deprecations.check(response.headers)
            elif name.lower() == b"keep-alive":
                limit_idle(response)

    def _follow(
        self, request: PreparedRequest, settings: Settings, attempt: Attempt, response: httpx.Response
    ) -> httpx.Response:
        url = Secret(parse_url(self.base_url + request.path))
        for _ in range(_MOST_REDIRECTS):
            if response.status_code not in _REDIRECTS or "Location" not in response.headers:
                break
            response.close()
            url = Secret(url.reveal().join(response.headers["Location"]))
            response = send_redirected(self._connections, url, settings, attempt, self.base_url)
        return response


def _read_url(base_url: str) -> httpx.URL:
    try:
        url = httpx.URL(base_url)
        url.host  # noqa: B018 - a name in punycode is decoded only here
    except (httpx.InvalidURL, UnicodeError) as error:
        failure = str(error)
    else:
        return url
    raise ConfigurationError(f"base_url cannot be read: {failure}")


def _pause(request: PreparedRequest, settings: Settings, number: int, error: TitanError) -> Optional[float]:
    """Seconds until the next attempt; None where there is none."""
    if number >= settings.max_retries or not retries.is_repeated(error, idempotent=request.is_idempotent):
        return None
    if isinstance(request.content, Base64Body) and not request.content.repeatable:
        return None
    return retries.delay(number, error, random.random())  # noqa: S311 - no secret depends on it
