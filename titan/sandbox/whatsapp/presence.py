"""Whether people are online or typing, and who sees it."""

from __future__ import annotations

from ..base.clock import iso
from ..delivery import events
from ..state import Json, Session, State
from . import contacts


def show(state: State, session: Session, jid: str, presence: str) -> None:
    """Have a person be online, offline or typing; the account is told if it has subscribed."""
    contact = contacts.ensure(state, session, jid)
    if contact.presence == presence:
        return
    if presence == "unavailable":
        contact.last_seen = state.clock.now()
    contact.presence = presence
    state.version += 1
    if contact.subscribed and not contact.blocked:
        payload: Json = {"from": events.jid_ref(jid), "presence": presence}
        if presence in ("composing", "recording"):
            payload["state"] = presence
        if contact.last_seen is not None:
            payload["lastSeen"] = iso(contact.last_seen)
        events.emit(state, session, "presence.update", payload)


def show_to_others(state: State, session: Session, presence: str) -> None:
    """Have the other sessions of this sandbox see what an account shows."""
    me = session.account.jid
    for other in state.sessions.values():
        if me in other.account.contacts:
            show(state, other, me, presence)
