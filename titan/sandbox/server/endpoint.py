"""An endpoint for webhooks that is served here: which kind of app it is, and where it listens."""

from __future__ import annotations

import inspect
import os
import socket
from dataclasses import dataclass, field
from typing import (
    TYPE_CHECKING,
    Any,
    Awaitable,
    Callable,
    ContextManager,
    Iterable,
    Optional,
    Sequence,
    Union,
)

from typing_extensions import Protocol, TypeGuard

from ..._signature import secret_keys
from ..control.event_maker import Secret
from .asgi_server import serve_asgi
from .wsgi_server import serve_wsgi

if TYPE_CHECKING:
    from ...webhooks import WebhookRouter

SECRET_VARIABLE = "TITAN_WEBHOOK_SECRET"  # noqa: S105
"""The environment variable with the secret of a webhook."""


@dataclass(frozen=True)
class Subscription:
    """An app that is served on this machine and gets events by a webhook."""

    id: int
    """Id of the webhook."""
    url: str
    """Where the app gets the events."""
    secret: str = field(repr=False)
    """What they are signed with: the webhook's `hmacKey`."""


App = Union[
    "WebhookRouter",
    Callable[[Any, Any], Iterable[bytes]],
    Callable[[Any, Any, Any], Awaitable[None]],
]
"""A router, a WSGI app or an ASGI app."""


class TitanWebhook(Protocol):
    """The fixture `titan_webhook`: it does what `Sandbox.subscribe` does, until the end of the test."""

    def __call__(
        self,
        app: App,
        *,
        secret: Optional[Secret] = None,
        path: str = "/titan",
        events: Optional[Sequence[str]] = None,
        session: Optional[str] = None,
    ) -> Subscription:
        """Serve an app, and subscribe it to the events."""
        ...


def find_secret(app: App, secret: Optional[Secret]) -> str:
    """Find the secret of an app: the one given, else that of the router, else that of the environment.

    Raises:
        ValueError: There is none, or it is not UTF-8.
        TypeError: It is of a wrong type.
    """
    if secret is None:
        secret = app._signature.secret if _is_router(app) else os.environ.get(SECRET_VARIABLE)
        if not secret:
            raise ValueError(
                "with which secret does the app verify deliveries? "
                f"Give secret=…, or set the environment variable {SECRET_VARIABLE}"
            )
    key = secret_keys(secret)[0]
    try:
        return key.decode()
    except UnicodeDecodeError:
        pass
    raise ValueError("the secret is not UTF-8: the hmacKey of a webhook is text")


def serve(
    app: App, listener: socket.socket, calls: Callable[[], ContextManager[None]]
) -> ContextManager[None]:
    """Serve an app on the server for its kind, while the context lasts; the listener is closed then.

    Args:
        app: The app.
        listener: Where it is served.
        calls: Entered while the app answers a request, and does what it does after its answer.

    Raises:
        TypeError: It is no app; nothing is served, and the listener is still open.
    """
    any_app: Any = app.wsgi_app() if _is_router(app) else app
    return (serve_asgi if _is_asgi(any_app) else serve_wsgi)(any_app, listener, calls)


def _is_router(app: object) -> TypeGuard[WebhookRouter]:
    # Loaded late: a sandbox for other tests needs no webhooks.
    from ...webhooks import WebhookRouter

    return isinstance(app, WebhookRouter)


def _is_asgi(app: Any) -> bool:
    """Tell whether an app is an ASGI app, and not a WSGI app.

    Raises:
        TypeError: It is neither, or could be both.
    """
    shown = f"an object of the type {type(app).__name__}"
    if not callable(app):
        raise TypeError(f"an app is a WebhookRouter, a WSGI app or an ASGI app, not {shown}")
    if inspect.isclass(app):
        raise TypeError(f"{app.__name__} is a class: an app is one of its objects")
    if inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(type(app).__call__):
        return True
    try:
        signature = inspect.signature(app)
    except ValueError:
        raise TypeError(
            f"{shown} does not tell which arguments it takes, so which kind of app is it?"
        ) from None
    takes_two, takes_three = _takes(signature, 2), _takes(signature, 3)
    if takes_two != takes_three:
        return takes_three
    if takes_two:
        raise TypeError(
            f"{shown} takes two arguments and three, so it could be a WSGI app or an ASGI app: "
            "wrap it in a function with the arguments of its kind"
        )
    hint = "; if it makes the app, call it" if _takes(signature, 0) else ""
    raise TypeError(
        f"{shown} takes neither the arguments of a WSGI app (environ, start_response) "
        f"nor those of an ASGI app (scope, receive, send){hint}"
    )


def _takes(signature: inspect.Signature, number: int) -> bool:
    try:
        signature.bind(*[None] * number)
    except TypeError:
        return False
    return True
