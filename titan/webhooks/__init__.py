"""Receiving events: from the raw bytes of a delivery to a typed event, and to the handlers for it."""

from .events_gen import KnownEvent
from .router import (
    ASGIApp,
    Body,
    Event,
    Headers,
    RecentEvents,
    Secret,
    Seen,
    UnknownEvent,
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
