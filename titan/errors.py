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
    ├─ NotOnWhatsAppError            a phone number without a WhatsApp account
    └─ WebhookError
       ├─ WebhookSignatureError
       ├─ WebhookPayloadError
       └─ WebhookInProgressError    another delivery of the event is being handled

`str(error)`, `.message` and `.args` are safe to log and to store: keys, tokens and phone numbers in them
are masked, and lone surrogates are `?`. Only `.body` holds what the server sent as it came.

Errors pickle and copy. Task queues that know only JSON make an error again from its class and its `args`;
these hold all but the body. An error that is made again from less than that reads as unclear:
`maybe_processed` is True.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar, Dict, Mapping, Optional, Tuple, Type, TypeVar

from ._privacy import mask
from ._response_headers import Headers
from ._response_headers import RateLimit as RateLimit
from ._response_headers import rate_limit as rate_limit
from ._response_headers import retry_after as retry_after

_T = TypeVar("_T", str, int, bool)


def _restore(given: Optional[_T], kind: Type[_T], details: object, name: str) -> Optional[_T]:
    """A value as it was given, else as it stands in the `args` of the error that is made again."""
    if given is not None or not isinstance(details, Mapping):
        return given
    value = details.get(name)
    return value if type(value) is kind else None


class TitanError(Exception):
    """Base of every error of the SDK.

    Args:
        message: What went wrong.
        details: What `args` of another error hold behind its message.
        method: HTTP method of the request.
        route: Route template of the request.
        maybe_processed: Whether the server may have carried the request out. Default: True for errors of
            requests, since nothing says that it did not.
    """

    args: Tuple[Any, ...]
    """The message, and what the error is made again from; JSON can hold it, and nothing in it is private."""
    message: str
    """What went wrong, in the server's own words where it said something, with private parts masked."""
    method: Optional[str]
    """HTTP method of the request, `None` where there was none."""
    route: Optional[str]
    """Route template, such as `/api/sessions/{session}`; never holds an id."""

    _is_of_request: ClassVar[bool] = True

    def __init__(
        self,
        message: str,
        details: Optional[Mapping[str, Any]] = None,
        *,
        method: Optional[str] = None,
        route: Optional[str] = None,
        maybe_processed: Optional[bool] = None,
    ) -> None:
        self.message = mask(str(message))
        super().__init__(self.message)
        self.method = _restore(method, str, details, "method")
        self.route = _restore(route, str, details, "route")
        restored = _restore(maybe_processed, bool, details, "maybe_processed")
        self._maybe_processed: bool = self._is_of_request if restored is None else restored
        said = None if self._maybe_processed is self._is_of_request else self._maybe_processed
        self._add_to_args(method=self.method, route=self.route, maybe_processed=said)

    @property
    def maybe_processed(self) -> bool:
        """False: it surely was not carried out. True: it may have been, so do not simply send it again."""
        return self._maybe_processed

    @maybe_processed.setter
    def maybe_processed(self, value: bool) -> None:
        self._maybe_processed = value
        self._add_to_args(maybe_processed=value)

    def _add_to_args(self, **details: Any) -> None:
        """Let `args` hold this, so that `type(error)(*error.args)` has it again, after JSON too."""
        added = {name: _masked(value) for name, value in details.items() if value is not None}
        if added:
            self.args = (self.message, {**(self.args[1] if len(self.args) > 1 else {}), **added})

    def __str__(self) -> str:
        return mask(self._text())

    def _text(self) -> str:
        return f"{self.message} ({self.method} {self.route})" if self.method else self.message

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


def _masked(value: Any) -> Any:
    return mask(value) if isinstance(value, str) else value


class ConfigurationError(TitanError, ValueError):
    """The client cannot be built from these arguments, or from this environment."""

    _is_of_request = False


class APIConnectionError(TitanError):
    """Nothing came back: connection refused or lost, DNS, TLS, proxy."""


class APITimeoutError(APIConnectionError):
    """Nothing came back in time."""


class APIResponseError(TitanError):
    """The server answered 2xx, but not with what it should: HTML, cut-off JSON, another shape.

    The request was probably carried out.
    """

    status_code: int
    """The status, 200 to 299."""
    body: bytes
    """The body as it came, private parts and all; empty where the error was made again from its `args`."""

    def __init__(
        self,
        message: str,
        details: Optional[Mapping[str, Any]] = None,
        *,
        status_code: Optional[int] = None,
        body: bytes = b"",
        method: Optional[str] = None,
        route: Optional[str] = None,
    ) -> None:
        super().__init__(message, details, method=method, route=route, maybe_processed=True)
        self.status_code = _restore(status_code, int, details, "status_code") or 200
        self.body = body
        self._add_to_args(status_code=None if self.status_code == 200 else self.status_code)

    def _text(self) -> str:
        if self.method is None:
            return self.message
        return (
            f"the server answered {self.status_code}, so the request was probably carried out, but "
            f"{self.message} ({self.method} {self.route})"
        )


_HEADERS_IN_ARGS = ("retry-after", "x-ratelimit-limit", "x-ratelimit-remaining")


class APIStatusError(TitanError):
    """The server answered with a status other than 2xx."""

    status_code: int
    """The status; 0 where nothing says it."""
    docs_url: Optional[str]
    """Address of a page about the error, where the server gave one, with private parts masked."""
    headers: Mapping[str, str]
    """The response's headers, names in any case. In `args` are only those about waiting and limits."""
    body: bytes
    """The body as it came, private parts and all; empty where the error was made again from its `args`."""

    _usual_status: ClassVar[int] = 0

    def __init__(
        self,
        message: str,
        details: Optional[Mapping[str, Any]] = None,
        *,
        status_code: Optional[int] = None,
        docs_url: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
        body: bytes = b"",
        hint: Optional[str] = None,
        method: Optional[str] = None,
        route: Optional[str] = None,
        maybe_processed: Optional[bool] = None,
    ) -> None:
        super().__init__(message, details, method=method, route=route, maybe_processed=maybe_processed)
        self.status_code = _restore(status_code, int, details, "status_code") or self._usual_status
        self.docs_url = _masked(_restore(docs_url, str, details, "docs_url"))
        self.headers = Headers(_headers_in(details) if headers is None else headers)
        self.body = body
        self._hint = _restore(hint, str, details, "hint")
        kept = {name: mask(self.headers[name]) for name in _HEADERS_IN_ARGS if name in self.headers}
        self._add_to_args(
            status_code=None if self.status_code == self._usual_status else self.status_code,
            docs_url=self.docs_url,
            headers=kept or None,
            hint=self._hint,
        )

    @property
    def rate_limit(self) -> RateLimit:
        """Where the key stands in its rate limit."""
        return rate_limit(self.headers)

    def _text(self) -> str:
        text = self.message
        if self.method is not None:
            text += f" ({self.status_code} to {self.method} {self.route})"
        if self.docs_url:
            text += f"; see {self.docs_url}"
        return f"{text}; {self._hint}" if self._hint else text


def _headers_in(details: object) -> Dict[str, str]:
    headers = details.get("headers") if isinstance(details, Mapping) else None
    if not isinstance(headers, Mapping):
        return {}
    return {name: text for name, text in headers.items() if isinstance(name, str) and isinstance(text, str)}


_CHAT_ID = re.compile(r"\b(chat[ _]?id|jid|recipient)s?\b", re.IGNORECASE)


class BadRequestError(APIStatusError):
    """400: the server refused the input."""

    _usual_status = 400

    def _text(self) -> str:
        # What Titan says about the number itself is masked, and with it the reason.
        text = super()._text()
        if self.method is None or not _CHAT_ID.search(self.message):
            return text
        return f"{text}; the chat id of a phone number is what titan.jid.user(number) returns"


class AuthenticationError(APIStatusError):
    """401: the key or token is missing, wrong or expired."""

    _usual_status = 401


class PermissionDeniedError(APIStatusError):
    """403: the key lacks the scope, or the token's rules forbid it."""

    _usual_status = 403


class NotFoundError(APIStatusError):
    """404: no such session, chat, message or route."""

    _usual_status = 404


class ConflictError(APIStatusError):
    """409: it exists already, or the session is not in a state for it."""

    _usual_status = 409


class RateLimitError(APIStatusError):
    """429: too many requests."""

    _usual_status = 429

    @property
    def retry_after(self) -> Optional[float]:
        """Seconds to wait before the next request, as the server asks; `None` where it does not ask."""
        return retry_after(self.headers)


class ServerError(APIStatusError):
    """5xx: the server failed."""


class BadGatewayError(ServerError):
    """502: Titan could not reach the WhatsApp runner or its media worker."""

    _usual_status = 502


class ServiceUnavailableError(ServerError):
    """503: Titan is overloaded, or something that it depends on failed."""

    _usual_status = 503


class PairingError(TitanError):
    """The session did not connect."""

    session: Optional[str]
    """The session's name."""
    reason: Optional[str]
    """Why: a SessionStatusReason such as `QR_TIMEOUT`, or `TIMEOUT` where waiting took too long."""

    _is_of_request = False

    def __init__(
        self,
        message: str,
        details: Optional[Mapping[str, Any]] = None,
        *,
        session: Optional[str] = None,
        reason: Optional[str] = None,
    ) -> None:
        super().__init__(message, details)
        self.session = _restore(session, str, details, "session")
        self.reason = _masked(_restore(None if reason is None else str(reason), str, details, "reason"))
        self._add_to_args(session=self.session, reason=self.reason)


class NotOnWhatsAppError(TitanError):
    """A phone number has no WhatsApp account, so nothing can be sent to it."""

    phone_number: Optional[str]
    """The number that was asked for. `args` do not hold it; an error made again from them has None."""

    _is_of_request = False

    def __init__(
        self,
        message: str,
        details: Optional[Mapping[str, Any]] = None,
        *,
        phone_number: Optional[str] = None,
    ) -> None:
        super().__init__(message, details)
        self.phone_number = phone_number


class WebhookError(TitanError):
    """A webhook delivery that cannot be used."""

    _is_of_request = False


class WebhookSignatureError(WebhookError):
    """The signature is missing or does not fit: the delivery may be forged."""


class WebhookPayloadError(WebhookError):
    """The delivery is not an event, or its bytes cannot be read."""


class WebhookInProgressError(WebhookError):
    """Another delivery of this event is being handled: answer 503, so that Titan delivers it again."""


class TitanWarning(UserWarning):
    """Base of every warning of the SDK."""


class TitanDeprecationWarning(TitanWarning, FutureWarning):
    """Titan announced the end of an API version or of this version of the SDK.

    A FutureWarning, because Python hides DeprecationWarnings from code outside `__main__`.
    """


class TitanSecurityWarning(TitanWarning):
    """Something works, but lets others listen in."""
