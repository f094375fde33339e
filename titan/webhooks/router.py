"""Receiving events: from the raw bytes of a delivery to a typed event, and to the handlers for it."""

from __future__ import annotations

import inspect
import threading
import time
from collections import OrderedDict
from typing import (
    TYPE_CHECKING,
    Any,
    Awaitable,
    Callable,
    Coroutine,
    Dict,
    FrozenSet,
    Iterable,
    List,
    Mapping,
    MutableMapping,
    NamedTuple,
    Optional,
    Protocol,
    Tuple,
    Type,
    TypeVar,
    Union,
)

from typing_extensions import TypedDict

from .._models.parsing import read_strictly, read_tolerantly
from .._signature import verify_webhook
from ..errors import WebhookPayloadError, WebhookSignatureError
from ..types_gen import CommandResultEvent
from .events import UnknownEvent
from .events_gen import EVENT_CLASSES, Event, On

R = TypeVar("R")

Body = Union[bytes, bytearray, memoryview, str]
Secret = Union[str, bytes, "List[Union[str, bytes]]", "Tuple[Union[str, bytes], ...]"]
Headers = Union[Mapping[str, Any], Iterable[Tuple[Union[str, bytes], Union[str, bytes]]], str, bytes, None]
"""The headers of a request in whatever form a framework has them, or just the signature header's value."""

WSGIApp = Callable[[Dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_ASGIMessage = MutableMapping[str, Any]
ASGIApp = Callable[
    [_ASGIMessage, Callable[[], Awaitable[_ASGIMessage]], Callable[[_ASGIMessage], Awaitable[None]]],
    Coroutine[Any, Any, None],
]

ANY = "*"


class _Name(TypedDict):
    event: str


def parse_webhook(body: Body) -> Event:
    """Read a webhook delivery; verify it first, with `verify_webhook`, or let a `WebhookRouter` do both.

    Args:
        body: The raw request body, exactly as it came. A `str` is taken as UTF-8.

    Returns:
        An event of the class for its name, or an UnknownEvent. Unknown fields are kept, and a value that
        does not fit its type stays as it came.

    Raises:
        WebhookPayloadError: The body is no event: no JSON object with a name in `event`.
        TypeError: The body was parsed already.
    """
    raw = _bytes(body)
    try:
        # The name comes first, so that an event is read as one class only, and never as a guess.
        named = read_strictly(raw, _Name)
        name = named["event"] if named is not None else read_tolerantly(raw, UnknownEvent).event
        if not isinstance(name, str):
            raise ValueError("`event` holds no name")
        kind: Type[Event] = EVENT_CLASSES.get(name, UnknownEvent)
        event = read_tolerantly(raw, kind)
    except ValueError as error:
        raise WebhookPayloadError(f"this delivery is no event: {error}") from error
    if isinstance(event, CommandResultEvent) and event.payload is None:
        # The reference shows the result under `data`; read it where all other events have theirs, too.
        vars(event)["payload"] = event.data
    return event


def _bytes(body: Body) -> bytes:
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    raise TypeError(
        f"the body must be the raw bytes of the request, not {type(body).__name__}: "
        'Flask request.get_data(), Django request.body, FastAPI await request.body(), Lambda event["body"]'
    )


class Seen(Protocol):
    """Remembers event ids, so that an event that is delivered twice is handled once."""

    def claim(self, event_id: str) -> bool:
        """Note the id, and tell whether it is new."""
        ...

    def release(self, event_id: str) -> None:
        """Forget the id: its event could not be handled, and Titan will deliver it again."""
        ...


class RecentEvents:
    """Remembers event ids in the memory of this process; several processes need a store that they share.

    Args:
        most: How many ids to remember at most; the oldest go first.
        seconds: How long to remember an id. Titan's retries should be over by then.
    """

    def __init__(self, most: int = 100_000, seconds: float = 24 * 3600.0) -> None:
        if most < 1 or seconds <= 0:
            raise ValueError("RecentEvents must remember at least one id for some time")
        self._most = most
        self._seconds = seconds
        self._claimed: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def claim(self, event_id: str) -> bool:
        """Note the id, and tell whether it is new."""
        now = time.monotonic()
        with self._lock:
            while self._claimed and next(iter(self._claimed.values())) <= now - self._seconds:
                self._claimed.popitem(last=False)
            if event_id in self._claimed:
                return False
            self._claimed[event_id] = now
            if len(self._claimed) > self._most:
                self._claimed.popitem(last=False)
            return True

    def release(self, event_id: str) -> None:
        """Forget the id."""
        with self._lock:
            self._claimed.pop(event_id, None)


class _Registered(NamedTuple):
    names: FrozenSet[str]
    unknown: bool
    handler: Callable[[Any], object]

    def wants(self, event: Event) -> bool:
        if self.unknown:
            return isinstance(event, UnknownEvent)
        return event.event in self.names or ANY in self.names


class WebhookRouter:
    """Verifies deliveries, reads them, and calls the handlers for their event.

        router = WebhookRouter(secret)

        @router.on("message.received")
        def answer(event):
            print(event.payload.text)

        router.handle(body, headers)

    Threads can share it. Handlers are added before it is used.

    Args:
        secret: The webhook's `hmacKey`; several while you rotate it.
        seen: Remembers the ids of handled events, such as `RecentEvents()`; None handles an event each time
            that it is delivered. Anything with `claim(event_id) -> bool` and `release(event_id)`. An event
            counts as handled from its claim on: let handlers be faster than Titan's patience, and hand long
            work to a queue, since what is delivered again meanwhile is answered as handled.

    Raises:
        ValueError: The secret is empty.
        TypeError: The secret or `seen` is of the wrong type; an async store is, too.
    """

    def __init__(self, secret: Secret, *, seen: Optional[Seen] = None) -> None:
        verify_webhook(b"", None, secret)  # an unusable secret shows here, not at the first delivery
        methods = [getattr(seen, name, None) for name in ("claim", "release")]
        if seen is not None and (isinstance(seen, type) or not all(map(_is_plain_function, methods))):
            raise TypeError(
                "seen must be an object with the methods claim(event_id) and release(event_id), no async ones"
            )
        self._secret = secret
        self._seen = seen
        self._handlers: List[_Registered] = []

    if TYPE_CHECKING:
        on: On
        """Add a handler for events of some names: a decorator.

        Handlers are called in the order in which they were added.

        Args:
            *names: Names of events, or `"*"` for all events. Names that the SDK does not know are fine.
        """
    else:

        def on(self, *names):
            """Add a handler for events of some names: a decorator.

            Handlers are called in the order in which they were added.

            Args:
                *names: Names of events, or `"*"` for all events. Names that the SDK does not know are fine.

            Raises:
                TypeError: No name was given, or one that is no string; the handler is async or no function.
            """
            if not names or not all(isinstance(name, str) for name in names):
                raise TypeError('on() takes names of events, as in @router.on("message.received")')
            return lambda handler: self._add(_Registered(frozenset(names), False, handler))

    def on_unknown(self, handler: Callable[[UnknownEvent], R]) -> Callable[[UnknownEvent], R]:
        """Add a handler for events that this version of the SDK does not know: a decorator.

        Without one, and without a handler for their name or `"*"`, they are accepted and ignored.
        """
        return self._add(_Registered(frozenset(), True, handler))

    def _add(self, registered: _Registered) -> Callable[[Any], Any]:
        if not _is_plain_function(registered.handler):
            raise TypeError(
                "a handler must be a function that takes the event, and no async one: nothing awaits it; "
                "asgi_app() calls handlers in a worker thread, where they may block"
            )
        self._handlers.append(registered)
        return registered.handler

    def handle(self, body: Body, headers: Headers) -> Event:
        """Verify and read a delivery, and call the handlers for it.

        Args:
            body: The raw request body, exactly as it came.
            headers: The request's headers in the form that your framework has them: a mapping, pairs, a WSGI
                environ; or the value of the header `X-Webhook-Signature`.

        Returns:
            The event. One that was handled before, as `seen` tells, is returned without calling handlers.

        Raises:
            WebhookSignatureError: The signature is missing or does not fit: answer 401.
            WebhookPayloadError: The body is no event: answer 400.
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
        handlers = [registered.handler for registered in self._handlers if registered.wants(event)]
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

        It answers 200; 400 to a body that is cut off or no event, 401 to a bad or missing signature, 405 to
        anything but POST, 413 to a body over the limit, and 500 where a handler failed, so that Titan
        delivers the event again. Which exception that was, and where, goes to the logger `titan`; not its
        text, which may quote the message. The path is not looked at.

        Args:
            max_bytes: Largest body that is read.

        Raises:
            ValueError: `max_bytes` is not positive.
        """
        from .endpoints import wsgi_app

        return wsgi_app(self, max_bytes)

    def asgi_app(self, *, max_bytes: int = 1024 * 1024) -> ASGIApp:
        """An endpoint for any ASGI server on asyncio (not trio): `app = router.asgi_app()`.

        Handlers run in a worker thread, so they may block. Answers are those of `wsgi_app`.

        Args:
            max_bytes: Largest body that is read.

        Raises:
            ValueError: `max_bytes` is not positive.
        """
        from .endpoints import asgi_app

        return asgi_app(self, max_bytes)


def _is_plain_function(function: object) -> bool:
    return callable(function) and not inspect.iscoroutinefunction(function)


def _call(handlers: List[Callable[[Any], object]], event: Event) -> None:
    for handler in handlers:
        handler(event)


def signature_in(headers: Headers) -> Union[str, bytes, None]:
    """Find the signature among headers in any form.

    Raises:
        TypeError: These are no headers.
    """
    if headers is None or isinstance(headers, (str, bytes)):
        return headers
    given: Any = headers
    try:
        for name, value in given.items() if hasattr(given, "items") else given:
            if _is_signature(name):
                if isinstance(value, (list, tuple)):  # as AWS has it under `multiValueHeaders`
                    value = value[0] if value else None
                found: Union[str, bytes, None] = value
                return found
    except (TypeError, ValueError):
        raise TypeError(
            "headers must be a mapping, pairs of names and values, or the value of X-Webhook-Signature"
        ) from None
    return None


def _is_signature(name: object) -> bool:
    """Whether this is the header, as HTTP, Django and WSGI (HTTP_X_WEBHOOK_SIGNATURE) write it."""
    text = name.decode("latin-1") if isinstance(name, bytes) else str(name)
    plain = text.lower().replace("_", "-")
    return plain in ("x-webhook-signature", "http-x-webhook-signature")
