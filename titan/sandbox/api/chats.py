"""Chats: the conversations of an account."""

from __future__ import annotations

from ..base import jids
from ..base.clock import iso
from ..base.errors import SandboxError
from ..delivery import events
from ..state import Chat, Json, Session, State
from . import contacts
from .calls import DONE, Answer, Call, Handlers
from .resources import Resource


def named(state: State, session: Session, jid: str, field: str = "chatId") -> str:
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


def opened(state: State, session: Session, jid: str) -> Chat:
    """Have a chat, new if need be."""
    chats = session.account.chats
    if jid not in chats:
        chats[jid] = Chat(jid)
        if jids.is_person(jid):
            contacts.know(state, session, jid)
    return chats[jid]


def existing(state: State, session: Session, jid: str) -> Chat:
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


def _find(call: Call) -> Chat:
    return existing(call.state, call.session, call.path["chatId"])


def _get(call: Call) -> Answer:
    return Answer(view(call.state, call.session, _find(call)))


def _archive(call: Call) -> Answer:
    return _set_archived(call, True)


def _unarchive(call: Call) -> Answer:
    return _set_archived(call, False)


def _set_archived(call: Call, archived: bool) -> Answer:
    chat = _find(call)
    chat.archived = archived
    events.emit(call.state, call.session, "chat.archive", {"chatId": chat.id, "archived": archived})
    return DONE


def _mute(call: Call) -> Answer:
    chat, duration = _find(call), (call.body or {}).get("duration")
    until = None if duration is None else call.state.clock.after(duration, "duration")
    chat.muted, chat.muted_until = True, until
    payload: Json = {"chatId": chat.id, "muted": True}
    if until is not None:
        payload["mutedUntil"] = iso(until)
    events.emit(call.state, call.session, "chat.mute", payload)
    return DONE


def _unmute(call: Call) -> Answer:
    chat = _find(call)
    chat.muted, chat.muted_until = False, None
    events.emit(call.state, call.session, "chat.mute", {"chatId": chat.id, "muted": False})
    return DONE


_chats = Resource(
    "chats",
    "chat",
    "chatId",
    lambda call: call.account.chats,
    lambda call, chat: view(call.state, call.session, chat),
)

HANDLERS: Handlers = {
    **_chats.handlers(get=False),
    # By LID as well.
    "chats.get": _get,
    "chats.archive": _archive,
    "chats.unarchive": _unarchive,
    "chats.mute": _mute,
    "chats.unmute": _unmute,
}
