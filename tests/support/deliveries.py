"""Deliveries of webhooks: bodies, signed with one secret."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Tuple, Union

from titan import WebhookRouter, sign_webhook
from titan.webhooks import Event
from titan.webhooks.seen import Claimed

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
    """A store that writes down what it is asked.

    Args:
        *known: Ids of events that were handled.
    """

    def __init__(self, *known: str) -> None:
        self.handled = set(known)
        self.running: Dict[str, str] = {}
        self.calls: List[Tuple[str, str]] = []
        self.owners: List[str] = []

    def claim(self, event_id: str, owner: str) -> Claimed:
        self._note("claim", event_id, owner)
        if event_id in self.handled:
            return "handled"
        return "new" if self.running.setdefault(event_id, owner) == owner else "running"

    def finish(self, event_id: str, owner: str) -> None:
        self._note("finish", event_id, owner)
        if self.running.get(event_id, owner) == owner:
            self.running.pop(event_id, None)
            self.handled.add(event_id)

    def release(self, event_id: str, owner: str) -> None:
        self._note("release", event_id, owner)
        if self.running.get(event_id) == owner:
            del self.running[event_id]

    def _note(self, call: str, event_id: str, owner: str) -> None:
        self.calls.append((call, event_id))
        self.owners.append(owner)
