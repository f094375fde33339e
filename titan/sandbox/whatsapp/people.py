"""People: who is meant by a phone number, a JID or a LID, and what is learnt about that.

Records name a person by one JID. When the number behind a LID becomes known, or another JID of a number, they
all are changed.
"""

from __future__ import annotations

from typing import Dict, Optional, Set, TypeVar

from ..base import jids
from ..base.encoding import Json
from ..base.errors import SandboxError
from ..delivery import events
from ..state import Account, Chat, Contact, Message, State

T = TypeVar("T")


def find(state: State, name: str, field: str) -> str:
    """Find whom a request names, who need not be on WhatsApp.

    Args:
        state: The state.
        name: Phone number, JID or LID, with or without a device.
        field: Name of the field that holds it.

    Returns:
        The JID: where the number of a LID is known, that of the number.

    Raises:
        SandboxError: 400 when it does not name a person.
    """
    jid = _read(name, field)
    if not jids.is_lid(jid):
        if state.directory.has_account(jid):
            learn(state, jid)
        return jid
    jid = state.directory.find(jid)
    if jids.is_lid(jid):
        state.directory.strangers.add(jid)
    return jid


def meet(state: State, name: str, field: str) -> str:
    """Find whom a test lets act: any form of a phone number names the person who has it.

    Args:
        state: The state.
        name: Phone number, JID or LID, with or without a device.
        field: Name of the field that holds it.

    Returns:
        The JID.

    Raises:
        SandboxError: 400 when it does not name a person; 409 when that person is not on WhatsApp.
    """
    jid = find(state, state.directory.find_account(_read(name, field)), field)
    check_is_there(state, jid)
    return jid


def check_is_there(state: State, jid: str) -> None:
    """Refuse to let a person act who is not on WhatsApp.

    Raises:
        SandboxError: 409.
    """
    if not jids.is_person(jid) or state.directory.has_account(jid):
        return
    account = state.directory.find_account(jid)
    if account != jid:
        raise SandboxError(409, f"nobody is at {jid}: WhatsApp knows this phone number as {account}")
    raise SandboxError(409, f"nobody is at {jid}: this phone number is not on WhatsApp")


def learn(state: State, jid: str) -> None:
    """Note that the number of a person is known: from now on it leads to what the LID led to before."""
    if state.directory.learn(jid):
        _rename(state, state.directory.lid_of(jid), jid)


def set_jid(state: State, name: str, jid: str) -> None:
    """Set the JID, or the LID, by which WhatsApp knows the account of a phone number.

    Args:
        state: The state.
        name: The phone number, in any form, or a JID of it.
        jid: The JID or LID.

    Raises:
        SandboxError: 400 when one of them is something else; 409 when the LID is that of another number, or
            the number that of a session.
    """
    form, jid = jids.from_phone(name, "phoneNumber"), jids.check(jid, "jid")
    old, directory = state.directory.find_account(form), state.directory
    if jids.is_lid(jid):
        known = directory.find(jid)
        if known not in (jid, old):
            raise SandboxError(409, f"this LID is that of {jids.to_phone(known)}")
        directory.set_lid(old, jid)
        learn(state, old)
    elif not jids.is_person(jid):
        raise SandboxError(400, "jid must be the JID or the LID of a person")
    elif jid != old:
        if next(state.find_sessions_of(old), None) is not None:
            raise SandboxError(409, f"{jids.to_phone(old)} is the number of a session")
        directory.set_form(form, jid)
        _rename(state, old, jid)


def _read(name: str, field: str) -> str:
    jid = jids.check(name, field) if "@" in name else jids.from_phone(name, field)
    if not jids.is_person(jid):
        raise SandboxError(400, f"{field} must be the JID of a person")
    return jid


def _rename(state: State, old: str, new: str) -> None:
    """Name a person by another JID in all records; chats under both become one.

    Accounts that know the person get an event with the LID and the number.
    """
    for session in state.sessions.values():
        account = session.account
        known = _rename_contact(account, old, new)
        _rename_chat(account, old, new)
        if known is not None:
            payload: Json = {
                "phoneNumber": jids.to_phone(new),
                "lid": state.directory.lid_of(new),
                "pushName": known.push_name,
            }
            events.emit(state, session, "contact.update", payload)
    state.not_to_be_added = _replace_item(state.not_to_be_added, old, new)
    for message in state.sent:
        # Those in chats were renamed with them, others were deleted.
        _rename_in_message(message, old, new)
    for group in state.groups.values():
        group.owner = _replace(group.owner, old, new)
        group.members = _replace_key(group.members, old, new)
    for channel in state.channels.values():
        channel.followers = _replace_item(channel.followers, old, new)


def _rename_contact(account: Account, old: str, new: str) -> Optional[Contact]:
    contact = account.contacts.pop(old, None)
    if contact is None:
        return None
    if contact.push_name == jids.to_name(old):
        contact.push_name = jids.to_name(new)
    contact.jid = new
    other = account.contacts.get(new)
    if other is not None:
        contact.blocked |= other.blocked
        contact.subscribed |= other.subscribed
        if other.push_name != jids.to_name(new):
            contact.push_name = other.push_name
    account.contacts[new] = contact
    return contact


def _rename_chat(account: Account, old: str, new: str) -> None:
    chat = account.chats.pop(old, None)
    if chat is not None:
        chat.id = new
        other = account.chats.get(new)
        account.chats[new] = chat if other is None else _join(chat, other)
    for one in account.chats.values():
        for message in one.messages.values():
            _rename_in_message(message, old, new)
    for label in account.labels.values():
        label.chats = _replace_item(label.chats, old, new)


def _join(chat: Chat, other: Chat) -> Chat:
    """Put the messages of two chats into one, oldest first."""
    messages = sorted((*other.messages.values(), *chat.messages.values()), key=lambda one: one.at)
    other.messages = {message.id: message for message in messages}
    other.unread += chat.unread
    other.archived &= chat.archived
    times = [at for at in (chat.last_at, other.last_at) if at is not None]
    other.last_at = max(times, default=None)
    return other


def _rename_in_message(message: Message, old: str, new: str) -> None:
    message.chat_id = _replace(message.chat_id, old, new)
    message.sender = _replace(message.sender, old, new)
    message.reactions = _replace_key(message.reactions, old, new)
    message.votes = _replace_key(message.votes, old, new)


def _replace(jid: str, old: str, new: str) -> str:
    return new if jid == old else jid


def _replace_key(values: Dict[str, T], old: str, new: str) -> Dict[str, T]:
    return {_replace(jid, old, new): value for jid, value in values.items()}


def _replace_item(people: Set[str], old: str, new: str) -> Set[str]:
    return {_replace(jid, old, new) for jid in people}
