"""Receiving events: from the raw bytes of a delivery to a typed event, and to the handlers for it.

It imports `_models`, `types_gen`, `errors`, `_names` and modules that stand alone, and nothing else of
`titan`.
"""

from .._models import MessageEvent, WebhookEvent
from .endpoints.app_types import ASGIApp, WSGIApp
from .events import UnknownEvent
from .events_gen import Event, EventName, KnownEvent
from .headers import Headers
from .parsing import Body, parse_webhook
from .router import WebhookRouter
from .seen import RecentEvents, Seen
from .signatures import Secret

__all__ = [
    "ASGIApp",
    "Body",
    "Event",
    "EventName",
    "Headers",
    "KnownEvent",
    "MessageEvent",
    "RecentEvents",
    "Secret",
    "Seen",
    "UnknownEvent",
    "WSGIApp",
    "WebhookEvent",
    "WebhookRouter",
    "parse_webhook",
]
