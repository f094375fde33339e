"""What the journal says of one message."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Dict, Optional, Tuple

from typing_extensions import Literal, get_args

from .._privacy import mask

Status = Literal["queued", "sending", "sent", "delivered", "read", "failed", "unclear"]
"""Where a message stands."""
SettledBy = Literal["answer", "event", "match", "person"]
"""What told that a message was sent."""

STATUSES: Tuple[Status, ...] = get_args(Status)
"""Every status that a message can have."""


class OutboxMessage:
    """A message of the outbox, as the journal has it at one time.

    Its `repr` shows neither the number that it goes to nor what may be one in its key.
    """

    __slots__ = (
        *("attempts", "chat_id", "created_at", "due_at", "key", "message_id", "reason", "sent_to"),
        *("session", "settled_by", "status", "type", "updated_at"),
    )

    key: str
    """The caller's own name for it."""
    session: str
    """The session that sends it."""
    chat_id: str
    """Where it was addressed to."""
    sent_to: Optional[str]
    """Where it went: under another form of the same number, it may be. None before the first attempt."""
    type: Optional[str]
    """Kind of message, such as `text`."""
    status: Status
    """Where it stands."""
    settled_by: Optional[SettledBy]
    """What told that it was sent: the `answer` to the request, an `event` with its id, a `match` of an event
    with its content, or a `person`. None where it was not sent, or nobody knows."""
    message_id: Optional[str]
    """Its id on WhatsApp, where that is known."""
    reason: Optional[str]
    """Why it failed, is unclear or was put back, with numbers masked."""
    attempts: int
    """How often it was claimed."""
    created_at: datetime
    """When it was added."""
    updated_at: datetime
    """When its row changed last."""
    due_at: Optional[datetime]
    """While it is queued: before when it is not sent."""

    def __init__(self, row: Any) -> None:
        for name in ("key", "session", "chat_id", "sent_to", "type", "status", "settled_by"):
            setattr(self, name, getattr(row, name))
        self.message_id, self.reason, self.attempts = row.message_id, row.reason, row.attempts
        self.created_at, self.updated_at = _time(row.created_at), _time(row.updated_at)
        self.due_at = _time(row.due) if row.status == "queued" else None

    def to_dict(self) -> Dict[str, Any]:
        """All of it by name, such as for a table; with the key and the chat as they are."""
        return {name: getattr(self, name) for name in sorted(self.__slots__)}

    def __repr__(self) -> str:
        shown = {"key": mask(self.key), "session": self.session, "status": self.status}
        if self.settled_by is not None:
            shown["settled_by"] = self.settled_by
        return f"OutboxMessage({', '.join(f'{name}={value!r}' for name, value in shown.items())})"


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)
