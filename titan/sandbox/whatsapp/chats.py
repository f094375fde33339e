"""The conversations of an account: which chat an id means, and how one is shown."""

from __future__ import annotations

from ..base import jids
from ..base.clock import iso
from ..base.errors import SandboxError
from ..state import Chat, Json, Label, Session, State
from . import contacts


def resolve(state: State, session: Session, jid: str, field: str = "chatId") -> str:
    """Give the JID that stands for a chat: a person's own where a LID was given.

    Raises:
        SandboxError: 400 when it is no JID; 404 for a LID that nobody has, and for a group or channel that
            the account is not in.
    """
    jids.check(jid, field)
    if jids.is_person(jid) or jids.is_lid(jid):
        return state.person(jid, field)
    me = session.account.jid
    if jids.is_group(jid) and (jid not in state.groups or me not in state.groups[jid].members):
        raise SandboxError(404, f"group not found: {jid}")
    if jids.is_channel(jid) and (jid not in state.channels or me not in state.channels[jid].followers):
        raise SandboxError(404, f"channel not found: {jid}")
    return jid


def ensure(state: State, session: Session, jid: str) -> Chat:
    """Have a chat, new if need be."""
    chats = session.account.chats
    if jid not in chats:
        chats[jid] = Chat(jid)
        if jids.is_person(jid):
            contacts.ensure(state, session, jid)
    return chats[jid]


def find(state: State, session: Session, jid: str) -> Chat:
    """Find a chat.

    Raises:
        SandboxError: 404.
    """
    jid = state.lids.get(jid, jid)
    try:
        return session.account.chats[jid]
    except KeyError:
        raise SandboxError(404, f"chat not found: {jid}") from None


def title(state: State, session: Session, jid: str) -> str:
    """Give the name of the person, group or channel."""
    if jid in state.groups:
        return state.groups[jid].name
    if jid in state.channels:
        return state.channels[jid].name
    if jid in session.account.contacts:
        return session.account.contacts[jid].push_name
    return "Status" if jid == jids.STATUS else jid.partition("@")[0]


def view(state: State, session: Session, chat: Chat) -> Json:
    """Show a chat as Titan does."""
    until = chat.muted_until
    muted = chat.muted and (until is None or until > state.clock.now())
    shown: Json = {
        "id": chat.id,
        "name": title(state, session, chat.id),
        "isGroup": jids.is_group(chat.id),
        "archived": chat.archived,
        "muted": muted,
        "pinned": False,
        "unreadCount": chat.unread,
    }
    if muted and until is not None:
        shown["mutedUntil"] = iso(until)
    if chat.last_at is not None:
        shown["lastMessageAt"] = iso(chat.last_at)
    return shown


def view_label(label: Label) -> Json:
    """Show a label as Titan does."""
    return {"id": label.id, "name": label.name, "color": label.color}
