"""Chats: the conversations of an account."""

from __future__ import annotations

from datetime import datetime
from typing import Optional

from ..base import jids
from ..base.clock import format_time
from ..base.encoding import Json
from ..base.errors import SandboxError
from ..delivery import events
from ..state import Chat, Message, Session, State
from . import contacts, people


def resolve(state: State, session: Session, jid: str, field: str = "chatId") -> str:
    """Return the JID under which an account has a chat: for a LID, that of the number if it is known.

    Raises:
        SandboxError: 400 when it is not a JID; 404 for a group or channel that the account is not in.
    """
    jid = jids.check(jid, field)
    if jids.is_person(jid):
        return people.find(state, jid, field)
    me = session.account.jid
    if jids.is_group(jid) and (jid not in state.groups or me not in state.groups[jid].members):
        raise SandboxError(404, f"group not found: {jid}")
    if jids.is_channel(jid) and (jid not in state.channels or me not in state.channels[jid].followers):
        raise SandboxError(404, f"channel not found: {jid}")
    return jid


def open_chat(state: State, session: Session, jid: str) -> Chat:
    """Find a chat, or start it."""
    chats = session.account.chats
    if jid not in chats:
        chats[jid] = Chat(jid)
        if jids.is_person(jid) and state.directory.has_account(jid):
            contacts.remember(state, session, jid)
    return chats[jid]


def add_message(chat: Chat, message: Message) -> None:
    """Put a message into its chat, after those that are older."""
    is_late = chat.last_at is not None and message.at < chat.last_at
    chat.messages[message.id] = message
    if is_late:
        chat.messages = dict(sorted(chat.messages.items(), key=lambda item: item[1].at))
    else:
        chat.last_at = message.at


def is_anybody_there(state: State, session: Session, jid: str) -> bool:
    """Tell whether a message to a chat can reach anybody."""
    if jids.is_group(jid):
        members = state.groups[jid].members if jid in state.groups else {}
        return any(member != session.account.jid for member in members)
    return not jids.is_person(jid) or state.directory.has_account(jid)


def find(state: State, session: Session, jid: str) -> Chat:
    """Find a chat by its JID, or that of a device, or a LID.

    Raises:
        SandboxError: 404.
    """
    jid = state.directory.find(jids.drop_device(jid))
    try:
        return session.account.chats[jid]
    except KeyError:
        raise SandboxError(404, f"chat not found: {jid}") from None


def set_archived(state: State, session: Session, chat: Chat, archived: bool) -> None:
    """Archive a chat, or take it back."""
    chat.archived = archived
    events.emit(state, session, "chat.archive", {"chatId": chat.id, "archived": archived})


def mute(state: State, session: Session, chat: Chat, until: Optional[datetime]) -> None:
    """Mute a chat until some time, or for good."""
    chat.muted, chat.muted_until = True, until
    payload: Json = {"chatId": chat.id, "muted": True}
    if until is not None:
        payload["mutedUntil"] = format_time(until)
    events.emit(state, session, "chat.mute", payload)


def unmute(state: State, session: Session, chat: Chat) -> None:
    """Unmute a chat."""
    chat.muted, chat.muted_until = False, None
    events.emit(state, session, "chat.mute", {"chatId": chat.id, "muted": False})


def find_name(state: State, session: Session, jid: str) -> str:
    """Return the name of a person, group or channel, as an account sees it."""
    if jid in state.groups:
        return state.groups[jid].name
    if jid in state.channels:
        return state.channels[jid].name
    if jid in session.account.contacts:
        return session.account.contacts[jid].push_name
    if jids.is_person(jid):
        return jids.to_name(jid)
    return "Status" if jid == jids.STATUS else jid.partition("@")[0]


def to_json(state: State, session: Session, chat: Chat) -> Json:
    """Show a chat as Titan does."""
    until = chat.muted_until
    muted = chat.muted and (until is None or until > state.clock.now())
    shown: Json = {
        "id": chat.id,
        "name": find_name(state, session, chat.id),
        "isGroup": jids.is_group(chat.id),
        "archived": chat.archived,
        "muted": muted,
        "pinned": False,
        "unreadCount": chat.unread,
    }
    if muted and until is not None:
        shown["mutedUntil"] = format_time(until)
    if chat.last_at is not None:
        shown["lastMessageAt"] = format_time(chat.last_at)
    return shown
