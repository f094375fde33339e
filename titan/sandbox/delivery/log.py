"""The log of deliveries."""

from __future__ import annotations

import secrets

from ..base.clock import format_time
from ..base.encoding import Json
from ..state import Attempt, Delivery, State, Webhook


def begin(state: State, webhook: Webhook, event: Json, body: bytes) -> Delivery:
    """Put a new delivery at the end of the log, and of the webhook's queue.

    Args:
        state: The state.
        webhook: Where it goes.
        event: The event.
        body: The same, as it is posted.
    """
    delivery = Delivery(
        id=f"dlv_{secrets.token_hex(10)}",
        webhook=webhook,
        event=event["event"],
        event_id=event.get("id"),
        session=event["session"],
        url=webhook.url,
        body=body,
    )
    state.deliveries.append(delivery)
    forget_oldest(state)
    state.enqueue(delivery)
    return delivery


def forget_oldest(state: State) -> None:
    """Forget the oldest deliveries beyond what the settings allow, except those that are pending."""
    log, most = state.deliveries, state.settings.max_deliveries
    index = 0
    while len(log) > most and index < len(log):
        if log[index].status == "pending":
            index += 1
        else:
            del log[index]


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
