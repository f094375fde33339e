"""Presence: whether people are online or typing."""

from __future__ import annotations

from ..base import jids
from ..base.clock import iso
from ..base.errors import SandboxError
from ..delivery import events
from ..state import Contact, Json, Session, State
from . import contacts
from .calls import DONE, Answer, Call, Handlers


def show(state: State, session: Session, jid: str, presence: str) -> None:
    """Have a person be online, offline or typing; the account is told if it has subscribed."""
    contact = contacts.know(state, session, jid)
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


def _view(contact: Contact) -> Json:
    shown: Json = {"chatId": contact.jid, "presence": contact.presence}
    if contact.last_seen is not None:
        shown["lastSeen"] = iso(contact.last_seen)
    return shown


def show_to_others(state: State, session: Session, presence: str) -> None:
    """Have the other sessions of this sandbox see what an account shows."""
    me = session.account.jid
    for other in state.sessions.values():
        if me in other.account.contacts:
            show(state, other, me, presence)


def _set(call: Call) -> Answer:
    call.account.presence = call.body["presence"]
    show_to_others(call.state, call.session, call.account.presence)
    return DONE


def _list(call: Call) -> Answer:
    return Answer([_view(one) for one in call.account.contacts.values() if one.subscribed])


def _get(call: Call) -> Answer:
    jid = call.state.lids.get(call.path["chatId"], call.path["chatId"])
    if jid not in call.account.contacts:
        raise SandboxError(404, f"contact not found: {jid}")
    return Answer(_view(call.account.contacts[jid]))


def _subscribe(call: Call) -> Answer:
    jid = jids.check(call.path["chatId"], "chatId")
    if jids.is_group(jid) or jids.is_channel(jid):
        raise SandboxError(404, f"contact not found: {jid}")
    jid = call.state.person(jid, "chatId")
    contacts.know(call.state, call.session, jid).subscribed = True
    return DONE


HANDLERS: Handlers = {
    "presence.set": _set,
    "presence.list": _list,
    "presence.get": _get,
    "presence.subscribe": _subscribe,
}
