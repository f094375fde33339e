"""The way to one server: attempts, and the retries around them."""

from __future__ import annotations

import random
import time
from typing import Mapping, Optional

import httpx

from ..errors import ConfigurationError, NotFoundError, TitanError
from . import retries
from .deprecation import ANNOUNCEMENTS, Deprecations
from .failures import REQUEST_FAILURES, closed_error, connection_error, status_error
from .files.upload import Base64Body
from .files.user_code import UserCodeError
from .logs import in_flight, log_attempt
from .pool import Connections
from .request import PreparedRequest, build_redirected_request, build_request
from .response import RawResponse, Sink, read_response
from .settings import Settings, TimeoutTypes, prepare_settings

_MOST_REDIRECTS = 5


class Transport:
    """The way to one server with one credential: connections, headers, retries, warnings.

    Threads share it.

    Args:
        base_url: Address of the server, without a slash at its end.
        credential: Server key or client token.
        http_client: The user's own, or None for a pool of ours.

    Raises:
        ConfigurationError: `base_url` is not an address.
        TypeError: `http_client` is not an httpx.Client.
    """

    def __init__(self, base_url: str, credential: str, http_client: Optional[httpx.Client]) -> None:
        self._connections = Connections(http_client)
        try:
            httpx.URL(base_url).host  # noqa: B018 - a name in punycode is decoded only here
        except (httpx.InvalidURL, UnicodeError) as error:
            raise ConfigurationError(f"base_url cannot be read: {error}") from error
        self.base_url = base_url
        self._authorization = f"Bearer {credential}"
        self._deprecations = Deprecations()

    def prepare(
        self,
        timeout: TimeoutTypes,
        total_timeout: Optional[float],
        max_retries: int,
        headers: Mapping[str, str],
    ) -> Settings:
        """The settings for requests with this transport's credential; see `prepare_settings`."""
        return prepare_settings(self._authorization, timeout, total_timeout, max_retries, headers)

    def close(self) -> None:
        """Close the connections; a client given by the user stays open."""
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
        deadline = None if settings.total_timeout is None else time.monotonic() + settings.total_timeout
        attempt, unclear = 0, False
        while True:
            started = time.monotonic()
            try:
                response = self._attempt(request, settings, deadline, sink)
                log_attempt(request, response.status_code, attempt, time.monotonic() - started)
                return response
            except UserCodeError as passing:
                raise passing.error from passing.error.__cause__
            except TitanError as error:
                outcome = getattr(error, "status_code", type(error).__name__)
                log_attempt(request, outcome, attempt, time.monotonic() - started)
                if unclear and request.method == "DELETE" and isinstance(error, NotFoundError):
                    return RawResponse(204, error.headers, b"")  # an earlier attempt deleted it after all
                unclear = error.maybe_processed = unclear or error.maybe_processed
                pause = _pause(request, settings, attempt, error)
                if pause is None or (deadline is not None and time.monotonic() + pause >= deadline):
                    raise
            time.sleep(pause)
            attempt += 1

    def _attempt(
        self, request: PreparedRequest, settings: Settings, deadline: Optional[float], sink: Optional[Sink]
    ) -> RawResponse:
        is_own = self._connections.is_own
        http = self._connections.open()
        if http is None:
            raise closed_error(request, is_own=is_own, maybe_processed=False)
        outer_route, in_flight.route = in_flight.route, request.route
        try:
            response = http.send(
                build_request(
                    http, request, settings, base_url=self.base_url, deadline=deadline, is_own=is_own
                ),
                stream=True,
                auth=None,
                follow_redirects=False,
            )
            try:
                if not ANNOUNCEMENTS.isdisjoint([name.lower() for name, _ in response.headers.raw]):
                    self._deprecations.check(response.headers)
                if request.follow_redirects:
                    response = self._follow(http, settings, deadline, response)
                return read_response(request, response, deadline, sink)
            finally:
                response.close()
        except httpx.HTTPStatusError as error:  # from an event hook that calls raise_for_status()
            body = error.response.content if error.response.is_stream_consumed else b""
            self._deprecations.check(error.response.headers)
            # Not `from error`: its text, which a traceback would print, holds the URL.
            raise status_error(request, error.response, body) from None
        except REQUEST_FAILURES as error:
            failure = connection_error(request, error)
            raise failure from failure.__cause__
        except RuntimeError as error:
            if not http.is_closed:
                raise
            raise closed_error(request, is_own=is_own, maybe_processed=True) from error
        finally:
            in_flight.route = outer_route

    def _follow(
        self,
        http: httpx.Client,
        settings: Settings,
        deadline: Optional[float],
        response: httpx.Response,
    ) -> httpx.Response:
        for _ in range(_MOST_REDIRECTS):
            if response.next_request is None:
                break
            response.close()
            request = build_redirected_request(
                response.next_request.url, settings, base_url=self.base_url, deadline=deadline
            )
            response = http.send(request, stream=True, auth=None, follow_redirects=False)
        return response


def _pause(request: PreparedRequest, settings: Settings, attempt: int, error: TitanError) -> Optional[float]:
    """Seconds until the next attempt; None where there is none."""
    if attempt >= settings.max_retries or not retries.is_repeated(error, idempotent=request.idempotent):
        return None
    if isinstance(request.content, Base64Body) and not request.content.repeatable:
        return None
    return retries.delay(attempt, error, random.random())  # noqa: S311 - no secret depends on it
