"""Events out of order, and once more: as they come in the end from a network that promises neither."""

from __future__ import annotations

import json
from typing import List

from ..base.clock import format_time
from ..base.encoding import Json, encode
from ..base.errors import SandboxError
from ..state import Delivery, State
from . import event_ids, log


def reorder(state: State, event: Json) -> List[Json]:
    """Hold an event back if that was asked for.

    Returns:
        What is to be delivered now, in this order.
    """
    for disorder in state.disorders:
        if event["event"] in disorder.events and disorder.session in (None, event["session"]):
            disorder.held.append(event)
            if len(disorder.held) < disorder.count:
                return []
            state.disorders.remove(disorder)
            return disorder.held[::-1]
    return [event]


def find_delivery(state: State, delivery_id: str) -> Delivery:
    """Find a delivery that has come to its end, of a webhook that gets events still.

    Raises:
        SandboxError: 404, or 409.
    """
    found = next((one for one in state.deliveries if one.id == delivery_id), None)
    if found is None:
        raise SandboxError(404, f"delivery not found: {delivery_id}")
    if state.webhooks.get(found.webhook.id) is not found.webhook or not found.webhook.options["enabled"]:
        raise SandboxError(409, f"the webhook of this delivery gets no events any longer: {delivery_id}")
    if found.status == "pending":
        raise SandboxError(409, f"the delivery is still on its way: {delivery_id}")
    return found


def deliver_again(state: State, delivery: Delivery) -> None:
    """Deliver an event again, as it is."""
    delivery.status = "pending"
    state.enqueue(delivery)


def deliver_as_new(state: State, delivery: Delivery) -> Delivery:
    """Deliver what an event tells again, in an event of its own."""
    event: Json = json.loads(delivery.body)
    # Not every event has them.
    fresh = {"id": event_ids.create(), "timestamp": format_time(state.clock.now())}
    event.update((name, value) for name, value in fresh.items() if name in event)
    return log.begin(state, delivery.webhook, event, encode(event))
