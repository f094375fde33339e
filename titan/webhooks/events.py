"""An event that this version of the SDK does not know."""

from typing import Any, Optional

from .._models import Timestamp, WebhookEvent

# It declares as fields what its base class says that every event has.
# pyright: reportIncompatibleMethodOverride=false


class UnknownEvent(WebhookEvent):
    """An event whose name this version of the SDK does not know; the payload stays as it came."""

    event: str
    """Name of the event."""
    id: Optional[str] = None
    """Event id. One event can be delivered twice, with the same id."""
    session: str = ""
    """Name of the session the event belongs to; empty where none came."""
    timestamp: Optional[Timestamp] = None
    """When the event happened."""
    payload: Any = None
    """The details, as they came."""
