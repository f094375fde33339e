"""Presence: whether people are online or typing, and who gets to see it."""

from __future__ import annotations

from ..base.clock import format_time
from ..base.encoding import Json
from ..delivery import events
from ..state import Contact, Session, State
from . import contacts


def set_of_contact(state: State, session: Session, jid: str, presence: str) -> None:
    """Set whether a contact is online, offline or typing; an account that has subscribed gets an event."""
    contact = contacts.remember(state, session, jid)
    if contact.presence == presence:
        return
    if presence == "unavailable":
        contact.last_seen = state.clock.now()
    contact.presence = presence
    state.version += 1
    if contact.subscribed and not contact.blocked:
        payload: Json = {"from": events.reference(state, jid), "presence": presence}
        if presence in ("composing", "recording"):
            payload["state"] = presence
        if contact.last_seen is not None:
            payload["lastSeen"] = format_time(contact.last_seen)
        events.emit(state, session, "presence.update", payload)


def set_of_account(state: State, session: Session, presence: str) -> None:
    """Set whether an account is online or offline, also for the other sessions of this sandbox."""
    session.account.presence = presence
    for other in state.sessions.values():
        if session.account.jid in other.account.contacts:
            set_of_contact(state, other, session.account.jid, presence)


def type_in_chat(state: State, session: Session, chat_id: str, typing: str) -> None:
    """Show an account as typing or recording in a chat, or no longer; the other person sees it.

    Args:
        state: The state.
        session: The session.
        chat_id: JID of the chat.
        typing: `composing`, `recording` or `paused`.
    """
    account = session.account
    chat = account.chats.get(chat_id)
    if chat is not None:
        chat.typing = None if typing == "paused" else typing
    for other in state.find_sessions_of(chat_id):
        if account.jid in other.account.contacts:
            set_of_contact(state, other, account.jid, "available" if typing == "paused" else typing)


def to_json(contact: Contact) -> Json:
    """Show the presence of a contact as Titan does."""
    shown: Json = {"chatId": contact.jid, "presence": contact.presence}
    if contact.last_seen is not None:
        shown["lastSeen"] = format_time(contact.last_seen)
    return shown
