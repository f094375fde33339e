"""What the journal says of one message."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Dict, Optional, Tuple

from typing_extensions import Literal, get_args

from .._privacy import mask

Status = Literal["queued", "sending", "sent", "delivered", "read", "failed", "unclear"]
"""Where a message stands.

- `queued`: It was not sent, and will be.
- `sending`: A process has claimed it, and sends it now.
- `sent`: Titan has taken it.
- `delivered`: An event said that it has arrived.
- `read`: An event said that it was read.
- `failed`: It surely was not sent, and never will be.
- `unclear`: Nobody knows whether it was sent. It is never sent again by itself.
"""
SettledBy = Literal["answer", "event", "match", "person"]
"""What told that a message was sent.

- `answer`: Titan's answer to the request.
- `event`: An event with its id.
- `match`: An event with its text, in its chat, that belongs to no other message.
- `person`: `Outbox.settle`.
"""

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
    """Your own name for it."""
    session: str
    """The session that sends it."""
    chat_id: str
    """The chat that it is for; where a phone number was given, the chat id that its digits make."""
    sent_to: Optional[str]
    """The chat id that it went to. It may have other digits of the same number, as WhatsApp gave them. None
    until Titan's answer said that it was sent."""
    type: Optional[str]
    """Kind of message, such as `text`."""
    status: Status
    """Where it stands."""
    settled_by: Optional[SettledBy]
    """What told that it was sent. None where it was not, or nobody knows."""
    message_id: Optional[str]
    """Its id on WhatsApp, where that is known."""
    reason: Optional[str]
    """Why it is `failed` or `unclear`, or why it went back to `queued`; with numbers masked."""
    attempts: int
    """How often a process has claimed it to send it."""
    created_at: datetime
    """When it was added."""
    updated_at: datetime
    """When its row changed last."""
    due_at: Optional[datetime]
    """While it is `queued`: it is not sent before that. The pace, or a pause, may let it wait longer. None
    for other statuses."""

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
