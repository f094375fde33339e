"""Deliveries of webhooks: bodies, signed with one secret."""

from __future__ import annotations

import json
from typing import Any, Dict, Union

from titan import WebhookRouter, sign_webhook
from titan.webhooks import Event

SECRET = "a secret of the tests"


def event_body(name: str = "message.received", **fields: Any) -> bytes:
    """The body of an event with these fields."""
    return json.dumps({"id": "evt_1", "event": name, **fields}).encode()


def message_body(event_id: str = "evt_1", **payload: Any) -> bytes:
    """The body of a received message with these fields in its payload."""
    return event_body(id=event_id, payload=payload)


def signed(body: bytes, secret: str = SECRET) -> Dict[str, str]:
    """The headers of a delivery."""
    return {"X-Webhook-Signature": sign_webhook(body, secret)}


def deliver(router: WebhookRouter, body: Union[bytes, str], secret: str = SECRET) -> Event:
    """Let a router handle a signed body."""
    return router.handle(body, sign_webhook(body, secret))


class RecordingStore:
    """A store that writes down what it is asked."""

    def __init__(self, *known: str) -> None:
        self.claimed = set(known)
        self.calls = []

    def claim(self, event_id: str) -> bool:
        self.calls.append(("claim", event_id))
        new = event_id not in self.claimed
        self.claimed.add(event_id)
        return new

    def release(self, event_id: str) -> None:
        self.calls.append(("release", event_id))
        self.claimed.discard(event_id)
