"""The router: verifies deliveries, reads them, and calls the handlers for their event."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Callable, FrozenSet, List, NamedTuple, Optional, TypeVar

from .._caller import warn_caller
from .._names import nearest
from .._privacy import Secret as Hidden
from ..errors import TitanWarning, WebhookInProgressError
from .endpoints.app_types import ASGIApp, WSGIApp
from .endpoints.deliveries import Deliveries
from .events import UnknownEvent
from .events_gen import EVENT_CLASSES, Event, On
from .handling.around import Around
from .handling.dispatch import Dispatcher, Handler
from .handling.failures import Failures, OnError
from .handling.functions import check_handler
from .headers import Headers
from .parsing import Body, parse_webhook
from .seen import Seen
from .signatures import Secret, SignatureCheck

R = TypeVar("R")

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

    Threads can share it. Handlers are added before it is used. They are plain functions: none is async.

    An event is handled once where `seen` remembers it, by its id. The result of a command without an id is
    known by its session and correlation id; any other event without one is handled each time that it is
    delivered.

    Args:
        secret: The webhook's `hmacKey`; several while you rotate it. A `SecretStr` of pydantic is one too.
        seen: Remembers the ids of handled events, such as `RecentEvents()`; None handles an event each time
            that it is delivered. Anything with the three methods of `titan.webhooks.Seen`. An event that is
            delivered again while its handlers still run is answered by 503, and comes again later.
        around: Entered before the handlers of each delivery and left after them, in their thread: a function
            that returns a context manager, such as Django's `transaction.atomic`, or a context manager that
            can be entered again and again. A function with a required argument is called with the event.
        on_error: Called with the event and the exception, while that is being handled, where a handler,
            `around` or the store fails. The line in the log is then a warning, else an error.
        log_errors: Whether the log shows the texts of exceptions, which may quote messages.

    Raises:
        ValueError: The secret is empty.
        TypeError: An argument is of the wrong type, or async; or `seen` is of the form with `claim(event_id)`
            that stores had before.
    """

    def __init__(
        self,
        secret: Secret,
        *,
        seen: Optional[Seen] = None,
        around: Optional[Around] = None,
        on_error: Optional[OnError] = None,
        log_errors: bool = False,
    ) -> None:
        hidden = Hidden(secret)
        del secret
        self._signature = SignatureCheck(hidden)
        self._dispatcher = Dispatcher(seen, around, Failures(on_error, log_errors))
        self._handlers: List[_Registration] = []

    if TYPE_CHECKING:

        @property
        def on(self) -> On:
            """Add a handler for events of some names: a decorator.

            Handlers are called in the order in which they were added.

            Args:
                *names: Names of events, or `"*"` for all events. Names that the SDK does not know are fine;
                    one that is nearly a known name is a `TitanWarning`.

            Raises:
                ValueError: A name is empty, or a pattern such as `message.*`.
                TypeError: A name is missing or not a string, or the handler is async or does not take the
                    event.
            """
            ...
    else:

        def on(self, *names: str) -> Callable[[Callable[[Any], R]], Callable[[Any], R]]:
            """Add a handler for events of some names: a decorator.

            Handlers are called in the order in which they were added.

            Args:
                *names: Names of events, or `"*"` for all events. Names that the SDK does not know are fine;
                    one that is nearly a known name is a `TitanWarning`.

            Raises:
                ValueError: A name is empty, or a pattern such as `message.*`.
                TypeError: A name is missing or not a string, or the handler is async or does not take the
                    event.
            """
            if not names or not all(isinstance(name, str) for name in names):
                raise TypeError('on() takes names of events, as in @router.on("message.received")')
            for name in names:
                _check_name(name)
            return lambda handler: self._add(_Registration(frozenset(names), False, handler))

    def on_unknown(self, handler: Callable[[UnknownEvent], R]) -> Callable[[UnknownEvent], R]:
        """Add a handler for events that this version of the SDK does not know: a decorator.

        Without one, and without a handler for their name or `"*"`, they are accepted and ignored.
        """
        return self._add(_Registration(frozenset(), True, handler))

    def _add(self, registration: _Registration) -> Callable[[Any], Any]:
        check_handler(registration.handler)
        self._handlers.append(registration)
        return registration.handler

    def handle(self, body: Body, headers: Headers) -> Event:
        """Verify and read a delivery, and call the handlers for it.

        Args:
            body: The raw request body, exactly as it came.
            headers: The request's headers in the form that your framework has them: a mapping, pairs, a WSGI
                environ; or the value of the header `X-Webhook-Signature`.

        Returns:
            The event. One that `seen` says was handled before is returned without calling handlers. Where
            the handlers ran and the store failed to note that, the failure is logged: the event may be
            handled again, if it is delivered again after the store's lease.

        Raises:
            WebhookSignatureError: The signature is missing or does not fit: answer 401.
            WebhookPayloadError: The body is not an event: answer 400.
            WebhookInProgressError: Another delivery of this event is being handled: answer 503.
            Exception: A handler raised it, or `around`, or the store; the event is released in `seen`.
                Answer 500, and Titan delivers it again. It is a TypeError where a handler returned what would
                have to be awaited: its work did not run.
        """
        # Whatever leaves through this frame shows its local variables to error trackers.
        raw, given = Hidden(body), Hidden(headers)
        del body, headers
        self._signature.check(raw, given)
        event = self._read(raw)
        if not self._dispatch(event, is_logged=False):
            raise WebhookInProgressError(
                "this event is being handled just now: answer 503, so that Titan delivers it again"
            )
        return event.reveal()

    def _read(self, body: Hidden[Body]) -> Hidden[Event]:
        return Hidden(parse_webhook(body.reveal()))

    def _dispatch(self, event: Hidden[Event], *, is_logged: bool) -> bool:
        handlers: List[Handler] = [one.handler for one in self._handlers if one.wants(event.reveal())]
        return self._dispatcher.dispatch(event, handlers, is_logged=is_logged)

    def _deliveries(self) -> Deliveries:
        # A server gets nothing but the answer.
        dispatch = functools.partial(self._dispatch, is_logged=True)
        return Deliveries(self._signature.check, self._read, dispatch)

    def wsgi_app(self, *, max_bytes: int = 1024 * 1024) -> WSGIApp:
        """An endpoint for any WSGI server: `application = router.wsgi_app()`.

        It takes deliveries at any path. In Flask it is what a view returns::

            endpoint = router.wsgi_app()
            app.add_url_rule("/titan", "titan", lambda: endpoint, methods=["POST"])

        Beside Django's WSGI application it is a function::

            def application(environ, start_response):
                app = titan_app if environ["PATH_INFO"] == "/titan" else django_app
                return app(environ, start_response)

        It answers 200; 400 to a body that is cut off or not an event, 401 to a bad or missing signature,
        405 to anything but POST, 413 to a body over the limit, 500 where a handler failed, and 503 where the
        event is being handled just now: after these two Titan delivers it again. Which exception that was,
        and where, goes to the logger `titan`; its text, which may quote the message, only with
        `log_errors=True`.

        Args:
            max_bytes: Largest body that is read.

        Raises:
            ValueError: `max_bytes` is not positive.
        """
        from .endpoints.wsgi import wsgi_app

        return wsgi_app(self._deliveries(), max_bytes)

    def asgi_app(self, *, max_bytes: int = 1024 * 1024, workers: int = 16) -> ASGIApp:
        """An endpoint for any ASGI server on asyncio (not trio): `app = router.asgi_app()`.

        It takes deliveries at any path. Beside other pages of Starlette or FastAPI it is a route,
        `FastAPI(routes=[Route("/titan", router.asgi_app())])`, or in an app that exists
        `app.router.routes.append(Route("/titan", router.asgi_app()))`. Not a mount: `app.mount("/titan", …)`
        takes `/titan/` alone, and sends what is posted to `/titan` away with a 307 before it asks what is
        mounted there. Beside Django's ASGI application it is a function::

            async def application(scope, receive, send):
                app = titan_app if scope.get("path") == "/titan" else django_app
                await app(scope, receive, send)

        Handlers run in threads of its own, so they may block; each in the context variables of its request.
        It answers like `wsgi_app`, and 503 where very many deliveries wait for a thread already.

        Args:
            max_bytes: Largest body that is read.
            workers: How many deliveries are handled at once, in each process.

        Raises:
            ValueError: `max_bytes` or `workers` is not positive.
            TypeError: `workers` is not an integer.
        """
        from .endpoints.asgi import ASGIEndpoint

        return ASGIEndpoint(self._deliveries(), max_bytes, workers)


def _check_name(name: str) -> None:
    """Refuse what no event can be called, and warn of what is nearly the name of one."""
    if name == _ANY_EVENT or name in EVENT_CLASSES:
        return
    if not name or "*" in name:
        raise ValueError(
            f'{name!r} is not the name of an event: names are such as "message.received", and "*" alone '
            "stands for all events; a handler for several takes them one by one, as in on(name, name)"
        )
    meant = nearest(name, EVENT_CLASSES)
    if meant is not None:
        warn_caller(
            f"this SDK knows no event {name}: did you mean {meant}? The handler is added all the same",
            TitanWarning,
        )
