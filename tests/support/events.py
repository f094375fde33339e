"""The documented events: their names, classes and examples."""

from __future__ import annotations

import json

from tests.support.project import CONTRACT
from titan import parse_webhook

# The documented names, and the class that each must have.
CLASSES = {
    "message.received": "MessageReceivedEvent",
    "message.sent": "MessageSentEvent",
    "message.ack": "MessageAckEvent",
    "message.revoked": "MessageRevokedEvent",
    "message.reaction": "MessageReactionEvent",
    "message.edited": "MessageEditedEvent",
    "message.update": "MessageUpdateEvent",
    "message.delete": "MessageDeleteEvent",
    "message.vote": "MessageVoteEvent",
    "session.status": "SessionStatusEvent",
    "session.qr": "SessionQREvent",
    "session.connected": "SessionConnectedEvent",
    "session.logged_out": "SessionLoggedOutEvent",
    "group.update": "GroupUpdateEvent",
    "group.participant": "GroupParticipantEvent",
    "presence.update": "PresenceUpdateEvent",
    "call.received": "CallReceivedEvent",
    "call.missed": "CallMissedEvent",
    "call.accepted": "CallAcceptedEvent",
    "call.rejected": "CallRejectedEvent",
    "contact.update": "ContactUpdateEvent",
    "chat.archive": "ChatArchiveEvent",
    "chat.mute": "ChatMuteEvent",
    "chat.read": "ChatReadEvent",
    "command.result": "CommandResultEvent",
}
EXAMPLES = {
    f"{name}-{key}": example["value"]
    for name, item in CONTRACT.get("webhooks", {}).items()
    for key, example in item["post"]["requestBody"]["content"]["application/json"]["examples"].items()
}
EXAMPLE_OF = {name: EXAMPLES[f"{name}-default"] for name in CONTRACT.get("webhooks", {})}
"""One example of each name."""
MESSAGE = EXAMPLE_OF.get("message.received", {})


def encoded(document) -> bytes:
    return json.dumps(document).encode()


def message_with(**payload):
    return parse_webhook(encoded({**MESSAGE, "payload": {**MESSAGE["payload"], **payload}}))
