"""The router: verifies deliveries, reads them, and calls the handlers for their event."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Callable, FrozenSet, List, NamedTuple, Optional, Tuple, TypeVar, Union

from .._signature import SecretValue, verify_webhook
from ..errors import WebhookSignatureError
from .app_types import ASGIApp, WSGIApp
from .events import UnknownEvent
from .events_gen import Event, On
from .headers import Headers, signature_in
from .parsing import Body, parse_webhook
from .seen import Seen

R = TypeVar("R")

_One = Union[str, bytes, SecretValue]
Secret = Union[_One, List[_One], Tuple[_One, ...]]
"""The secret of a webhook, or several while you rotate it."""

_ANY_EVENT = "*"


class _Registration(NamedTuple):
    names: FrozenSet[str]
    unknown: bool
    handler: Callable[[Any], object]

    def wants(self, event: Event) -> bool:
        if self.unknown:
            return isinstance(event, UnknownEvent)
        return event.event in self.names or _ANY_EVENT in self.names


class WebhookRouter:
    """Verifies deliveries, reads them, and calls the handlers for their event.

    For example::

        router = WebhookRouter(secret)

        @router.on("message.received")
        def answer(event):
            print(event.payload.text)

        router.handle(body, headers)

    Threads can share it. Handlers are added before it is used.

    Args:
        secret: The webhook's `hmacKey`; several while you rotate it. A `SecretStr` of pydantic is one too.
        seen: Remembers the ids of handled events, such as `RecentEvents()`; None handles an event each time
            that it is delivered. Anything with `claim(event_id) -> bool` and `release(event_id)`. An event
            counts as handled from its claim on: hand long work to a queue, since an event that Titan
            delivers again while a handler is still busy is answered as handled.

    Raises:
        ValueError: The secret is empty.
        TypeError: The secret or `seen` is of the wrong type, or the methods of `seen` are async.
    """

    def __init__(self, secret: Secret, *, seen: Optional[Seen] = None) -> None:
        verify_webhook(b"", None, secret)  # an unusable secret shows here, not at the first delivery
        methods = [getattr(seen, name, None) for name in ("claim", "release")]
        if seen is not None and (isinstance(seen, type) or not all(map(_is_plain_function, methods))):
            raise TypeError(
                "seen must be an object with the methods claim(event_id) and release(event_id), not async"
            )
        self._secret = secret
        self._seen = seen
        self._handlers: List[_Registration] = []

    if TYPE_CHECKING:

        @property
        def on(self) -> On:
            """Add a handler for events of some names: a decorator.

            Handlers are called in the order in which they were added.

            Args:
                *names: Names of events, or `"*"` for all events. Names that the SDK does not know are fine.

            Raises:
                TypeError: A name is missing or not a string, or the handler is async or not a function.
            """
            ...
    else:

        def on(self, *names: str) -> Callable[[Callable[[Any], R]], Callable[[Any], R]]:
            """Add a handler for events of some names: a decorator.

            Handlers are called in the order in which they were added.

            Args:
                *names: Names of events, or `"*"` for all events. Names that the SDK does not know are fine.

            Raises:
                TypeError: A name is missing or not a string, or the handler is async or not a function.
            """
            if not names or not all(isinstance(name, str) for name in names):
                raise TypeError('on() takes names of events, as in @router.on("message.received")')
            return lambda handler: self._add(_Registration(frozenset(names), False, handler))

    def on_unknown(self, handler: Callable[[UnknownEvent], R]) -> Callable[[UnknownEvent], R]:
        """Add a handler for events that this version of the SDK does not know: a decorator.

        Without one, and without a handler for their name or `"*"`, they are accepted and ignored.
        """
        return self._add(_Registration(frozenset(), True, handler))

    def _add(self, registration: _Registration) -> Callable[[Any], Any]:
        if not _is_plain_function(registration.handler):
            raise TypeError(
                "a handler must be a function that takes the event, and not async: nothing would await it; "
                "asgi_app() calls handlers in a worker thread, where they may block"
            )
        self._handlers.append(registration)
        return registration.handler

    def handle(self, body: Body, headers: Headers) -> Event:
        """Verify and read a delivery, and call the handlers for it.

        Args:
            body: The raw request body, exactly as it came.
            headers: The request's headers in the form that your framework has them: a mapping, pairs, a WSGI
                environ; or the value of the header `X-Webhook-Signature`.

        Returns:
            The event. One that `seen` says was handled before is returned without calling handlers.

        Raises:
            WebhookSignatureError: The signature is missing or does not fit: answer 401.
            WebhookPayloadError: The body is not an event: answer 400.
            Exception: A handler raised it; the event is released in `seen`. Answer 500, and Titan delivers it
                again.
        """
        event = self._read(body, headers)
        self._dispatch(event)
        return event

    def _read(self, body: Body, headers: Headers) -> Event:
        if not verify_webhook(body, signature_in(headers), self._secret):
            raise WebhookSignatureError("the signature of this delivery is missing or does not fit")
        return parse_webhook(body)

    def _dispatch(self, event: Event) -> None:
        handlers = [registration.handler for registration in self._handlers if registration.wants(event)]
        if self._seen is None or not isinstance(event.id, str) or not event.id:
            _call(handlers, event)
        elif self._seen.claim(event.id):
            try:
                _call(handlers, event)
            except BaseException:
                self._seen.release(event.id)
                raise

    def wsgi_app(self, *, max_bytes: int = 1024 * 1024) -> WSGIApp:
        """An endpoint for any WSGI server: `application = router.wsgi_app()`.

        It answers 200; 400 to a body that is cut off or not an event, 401 to a bad or missing signature,
        405 to anything but POST, 413 to a body over the limit, and 500 where a handler failed, so that
        Titan delivers the event again. Which exception that was, and where, goes to the logger `titan`;
        not its text, which may quote the message. It takes deliveries at any path.

        Args:
            max_bytes: Largest body that is read.

        Raises:
            ValueError: `max_bytes` is not positive.
        """
        from .endpoints import wsgi_app

        return wsgi_app(self._read, self._dispatch, max_bytes)

    def asgi_app(self, *, max_bytes: int = 1024 * 1024) -> ASGIApp:
        """An endpoint for any ASGI server on asyncio (not trio): `app = router.asgi_app()`.

        Handlers run in a worker thread, so they may block. It answers like `wsgi_app`.

        Args:
            max_bytes: Largest body that is read.

        Raises:
            ValueError: `max_bytes` is not positive.
        """
        from .endpoints import asgi_app

        return asgi_app(self._read, self._dispatch, max_bytes)


def _is_plain_function(function: object) -> bool:
    return callable(function) and not inspect.iscoroutinefunction(function)


def _call(handlers: List[Callable[[Any], object]], event: Event) -> None:
    for handler in handlers:
        handler(event)
