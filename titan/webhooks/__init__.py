"""Receiving events: from the raw bytes of a delivery to a typed event, and to the handlers for it."""

from .events import UnknownEvent
from .events_gen import Event, KnownEvent
from .router import (
    ASGIApp,
    Body,
    Headers,
    RecentEvents,
    Secret,
    Seen,
    WebhookRouter,
    WSGIApp,
    parse_webhook,
)

__all__ = [
    "ASGIApp",
    "Body",
    "Event",
    "Headers",
    "KnownEvent",
    "RecentEvents",
    "Secret",
    "Seen",
    "UnknownEvent",
    "WSGIApp",
    "WebhookRouter",
    "parse_webhook",
]
