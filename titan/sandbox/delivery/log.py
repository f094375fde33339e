"""The log of deliveries."""

from __future__ import annotations

from ..base.clock import format_time
from ..base.encoding import Json
from ..state import Attempt, Delivery


def to_json(delivery: Delivery) -> Json:
    """Show a delivery with its attempts."""
    return {
        "id": delivery.id,
        "webhookId": int(delivery.webhook.id),
        "event": delivery.event,
        "eventId": delivery.event_id,
        "session": delivery.session,
        "url": delivery.url,
        "status": delivery.status,
        "signature": delivery.signature,
        "body": delivery.body.decode("ascii"),
        "attempts": [_attempt_to_json(one) for one in delivery.attempts],
    }


def _attempt_to_json(attempt: Attempt) -> Json:
    return {
        "at": format_time(attempt.at),
        "status": attempt.status,
        "error": attempt.error,
        "seconds": round(attempt.seconds, 4),
    }
