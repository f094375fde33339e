"""Events: what happened, put into the queues of the webhooks that want to know."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..base import jids
from ..base.clock import format_time
from ..base.encoding import Json, encode
from ..state import Session, State
from . import event_ids, log, webhooks
from .disorder import reorder


def emit(state: State, session: Session, event: str, payload: Json) -> None:
    """Queue an event for the webhooks that want it; one of a silent session waits for the end of that."""
    if session.silent:
        state.put_off(session.account, partial(emit, state, session, event, payload))
        return
    if not state.webhooks and not state.disorders:
        # Nobody gets it, now or later.
        state.version += 1
        return
    envelope = {
        "id": event_ids.create(),
        "event": event,
        "session": session.name,
        "timestamp": format_time(state.clock.now()),
        "payload": payload,
    }
    _put_in_order(state, envelope)


def emit_result(state: State, session: Session, correlation_id: str, success: bool, result: Any) -> None:
    """Queue the event that says how an async command ended; it has neither an id nor a time."""
    data = {"correlationId": correlation_id, "success": success, "result": result}
    _put_in_order(state, {"event": "command.result", "session": session.name, "data": data})


def reference(state: State, jid: str) -> Json:
    """Name a chat or a person as events do: a stranger by LID alone, and who is not there by number alone."""
    if jids.is_lid(jid):
        return {"lid": jid, "mode": "lid"}
    if not jids.is_person(jid):
        return {"id": jid}
    lid = {"lid": state.directory.lid_of(jid)} if state.directory.has_account(jid) else {}
    return {"phoneNumber": jids.to_phone(jid), **lid, "mode": "pn"}


def release(state: State) -> None:
    """Deliver the events that are held back to come out of order, in the order in which they happened."""
    disorders, state.disorders = state.disorders, []
    for disorder in disorders:
        for envelope in disorder.held:
            _enqueue(state, envelope)


def _put_in_order(state: State, envelope: Json) -> None:
    for one in reorder(state, envelope):
        _enqueue(state, one)


def _enqueue(state: State, envelope: Json) -> None:
    state.version += 1
    body = b""
    for webhook in state.webhooks.values():
        if not webhooks.wants(webhook, envelope["event"], envelope["session"]):
            continue
        body = body or encode(envelope)
        log.begin(state, webhook, envelope, body)
