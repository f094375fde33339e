"""Events: what happened, on its way to the webhooks that want to know."""

from __future__ import annotations

import secrets
from typing import Any

from ..base import jids
from ..base.clock import iso
from ..base.encoding import encode
from ..state import Delivery, Json, Session, State, Webhook


def emit(state: State, session: Session, event: str, payload: Json) -> None:
    """Tell the webhooks that something happened."""
    envelope = {
        "id": f"evt_{secrets.token_hex(10)}",
        "event": event,
        "session": session.name,
        "timestamp": iso(state.clock.now()),
        "payload": payload,
    }
    _queue(state, envelope)


def emit_result(state: State, session: Session, correlation_id: str, success: bool, result: Any) -> None:
    """Tell the webhooks how a command of async mode ended; this event has neither an id nor a time."""
    data = {"correlationId": correlation_id, "success": success, "result": result}
    _queue(state, {"event": "command.result", "session": session.name, "data": data})


def jid_ref(jid: str) -> Json:
    """Name a chat or a person as events do."""
    if jids.is_person(jid):
        return {"phoneNumber": jids.phone(jid), "lid": jids.lid(jid), "mode": "pn"}
    return {"id": jid}


def _queue(state: State, envelope: Json) -> None:
    state.version += 1
    body = b""
    for webhook in state.webhooks.values():
        if not _wants(webhook, envelope["event"], envelope["session"]):
            continue
        body = body or encode(envelope)
        delivery = Delivery(
            id=f"dlv_{secrets.token_hex(10)}",
            webhook=webhook,
            event=envelope["event"],
            event_id=envelope.get("id"),
            session=envelope["session"],
            url=webhook.url,
            body=body,
        )
        state.deliveries.append(delivery)
        state.queue(delivery)


def _wants(webhook: Webhook, event: str, session: str) -> bool:
    wanted = webhook.options["events"]
    return (
        webhook.options["enabled"]
        and webhook.options["session"] in (None, session)
        and (not wanted or "*" in wanted or event in wanted)
    )
