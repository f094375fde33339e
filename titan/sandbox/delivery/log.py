"""How deliveries and the webhooks they go to are shown."""

from __future__ import annotations

from ..base.clock import iso
from ..state import Delivery, Json, Webhook


def view_delivery(delivery: Delivery) -> Json:
    """Show a delivery in the log."""
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
        "attempts": [
            {"at": iso(one.at), "status": one.status, "error": one.error, "seconds": round(one.seconds, 4)}
            for one in delivery.attempts
        ],
    }


def view_webhook(webhook: Webhook) -> Json:
    """Show a webhook, without its key."""
    return {
        "id": int(webhook.id),
        "url": webhook.url,
        **webhook.options,
        "createdAt": iso(webhook.created_at),
    }
