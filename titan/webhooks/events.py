"""An event that this version of the SDK does not know."""

from typing import Any, Optional

from .._models import Timestamp, TitanModel


class UnknownEvent(TitanModel):
    """An event whose name this version of the SDK does not know; the payload stays as it came."""

    event: str
    """Name of the event."""
    id: Optional[str] = None
    """Event id. One event can be delivered twice, with the same id."""
    session: Optional[str] = None
    """Name of the session the event belongs to."""
    timestamp: Optional[Timestamp] = None
    """When the event happened."""
    payload: Any = None
    """The details, as they came."""
