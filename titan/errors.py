"""What can go wrong, as exceptions, and what the SDK warns about.

::

    TitanError
    ├─ ConfigurationError            a client that cannot be built (also a ValueError)
    ├─ APIConnectionError            nothing came back
    │  └─ APITimeoutError
    ├─ APIResponseError              a 2xx that is not what it should be
    ├─ APIStatusError                any other status: BadRequestError 400, AuthenticationError 401,
    │                                PermissionDeniedError 403, NotFoundError 404, ConflictError 409,
    │                                RateLimitError 429, ServerError 5xx, and under that
    │                                BadGatewayError 502, ServiceUnavailableError 503
    ├─ PairingError
    └─ WebhookError
       ├─ WebhookSignatureError
       └─ WebhookPayloadError

`str(error)` is safe to log: keys, tokens and phone numbers are masked. `.message` and `.body` hold what
the server sent, unmasked.
"""

from __future__ import annotations

import math
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Mapping, NamedTuple, Optional

from ._privacy import mask


class RateLimit(NamedTuple):
    """Where the key stands in its rate limit, as the response headers say; `None` where they do not."""

    limit: Optional[int]
    """Requests that the key may make in one window (`X-RateLimit-Limit`)."""
    remaining: Optional[int]
    """Requests left in the current window (`X-RateLimit-Remaining`)."""


def rate_limit(headers: Mapping[str, str]) -> RateLimit:
    """Read the rate-limit headers of a response."""

    def number(name: str) -> Optional[int]:
        text = headers.get(name, "")
        # isdigit() alone is true for digits that int() refuses; a longer number is not a count of requests.
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None

    return RateLimit(number("X-RateLimit-Limit"), number("X-RateLimit-Remaining"))


def retry_after(headers: Mapping[str, str]) -> Optional[float]:
    """Read `Retry-After`, in either of its forms.

    Args:
        headers: The response's headers.

    Returns:
        Seconds from now, at least 0; None where the header is missing or unreadable.
    """
    text = headers.get("Retry-After")
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            when = parsedate_to_datetime(text)
            if when.tzinfo is None:
                when = when.replace(tzinfo=timezone.utc)
            seconds = (when - datetime.now(timezone.utc)).total_seconds()
        except (TypeError, ValueError, OverflowError, IndexError):
            return None
    return None if math.isnan(seconds) else max(0.0, seconds)


class TitanError(Exception):
    """Base of every error of the SDK.

    Attributes:
        message: What went wrong, in the server's own words where it said something; unmasked.
        method: HTTP method of the request, `None` where there was none.
        route: Route template, such as `/api/sessions/{session}`; never holds an id.
        maybe_processed: False: the server surely did not carry the request out. True: it may have, so do
            not simply send again.
    """

    def __init__(
        self,
        message: str,
        *,
        method: Optional[str] = None,
        route: Optional[str] = None,
        maybe_processed: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.method = method
        self.route = route
        self.maybe_processed = maybe_processed

    def __str__(self) -> str:
        return mask(self._text())

    def _text(self) -> str:
        return f"{self.message} ({self.method} {self.route})" if self.method else self.message

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class ConfigurationError(TitanError, ValueError):
    """The client cannot be built from these arguments, or from this environment."""


class APIConnectionError(TitanError):
    """Nothing came back: connection refused or lost, DNS, TLS, proxy."""


class APITimeoutError(APIConnectionError):
    """Nothing came back in time."""


class APIResponseError(TitanError):
    """The server answered 2xx, but not with what it should: HTML, cut-off JSON, another shape.

    Attributes:
        status_code: The status, 200 to 299.
        body: The body as it came.
    """

    def __init__(
        self,
        message: str,
        *,
        status_code: int = 200,
        body: bytes = b"",
        method: Optional[str] = None,
        route: Optional[str] = None,
    ) -> None:
        super().__init__(message, method=method, route=route, maybe_processed=True)
        self.status_code = status_code
        self.body = body

    def _text(self) -> str:
        return (
            f"the server answered {self.status_code}, so the request was probably carried out, but "
            f"{self.message} ({self.method} {self.route})"
        )


class APIStatusError(TitanError):
    """The server answered with a status other than 2xx.

    Attributes:
        status_code: The status.
        docs_url: Address of a page about the error, where the server gave one.
        headers: The response's headers; names in any case.
        body: The body as it came.
    """

    def __init__(
        self,
        message: str,
        *,
        status_code: int = 0,
        docs_url: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
        body: bytes = b"",
        hint: Optional[str] = None,
        method: Optional[str] = None,
        route: Optional[str] = None,
        maybe_processed: bool = False,
    ) -> None:
        super().__init__(message, method=method, route=route, maybe_processed=maybe_processed)
        self.status_code = status_code
        self.docs_url = docs_url
        self.headers: Mapping[str, str] = {} if headers is None else headers
        self.body = body
        self._hint = hint

    @property
    def rate_limit(self) -> RateLimit:
        """Where the key stands in its rate limit."""
        return rate_limit(self.headers)

    def _text(self) -> str:
        text = f"{self.message} ({self.status_code} to {self.method} {self.route})"
        if self.docs_url:
            text += f"; see {self.docs_url}"
        return f"{text}; {self._hint}" if self._hint else text


class BadRequestError(APIStatusError):
    """400: the server refused the input."""


class AuthenticationError(APIStatusError):
    """401: the key or token is missing, wrong or expired."""


class PermissionDeniedError(APIStatusError):
    """403: the key lacks the scope, or the token's rules forbid it."""


class NotFoundError(APIStatusError):
    """404: no such session, chat, message or route."""


class ConflictError(APIStatusError):
    """409: it exists already, or the session is not in a state for it."""


class RateLimitError(APIStatusError):
    """429: too many requests."""

    @property
    def retry_after(self) -> Optional[float]:
        """Seconds to wait before the next request, as the server asks; `None` where it does not ask."""
        return retry_after(self.headers)


class ServerError(APIStatusError):
    """5xx: the server failed."""


class BadGatewayError(ServerError):
    """502: Titan could not reach the WhatsApp runner or its media worker."""


class ServiceUnavailableError(ServerError):
    """503: Titan is overloaded, or something that it depends on failed."""


class PairingError(TitanError):
    """The session did not connect.

    Attributes:
        session: The session's name.
        reason: Why: a SessionStatusReason such as `QR_TIMEOUT`, or `TIMEOUT` where waiting took too long.
    """

    def __init__(self, message: str, *, session: Optional[str] = None, reason: Optional[str] = None) -> None:
        super().__init__(message)
        self.session = session
        self.reason = reason


class WebhookError(TitanError):
    """A webhook delivery that cannot be used."""


class WebhookSignatureError(WebhookError):
    """The signature is missing or does not fit: the delivery may be forged."""


class WebhookPayloadError(WebhookError):
    """The delivery is not an event, or its bytes cannot be read."""


class TitanDeprecationWarning(FutureWarning):
    """Titan announced the end of an API version or of this version of the SDK.

    A FutureWarning, because Python hides DeprecationWarnings from code outside `__main__`.
    """


class TitanSecurityWarning(UserWarning):
    """Something works, but lets others listen in."""
