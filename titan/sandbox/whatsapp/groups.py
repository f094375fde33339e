"""Groups, the people in them, and the invitations to them."""

from __future__ import annotations

import secrets
from typing import Iterable, Iterator, List, Optional

from ..base import jids
from ..base.encoding import Json
from ..base.errors import SandboxError
from ..delivery import events
from ..state import Group, Session, State
from . import chats, contacts


def create(
    state: State, owner: str, name: str, members: Iterable[str], group_id: Optional[str] = None
) -> Group:
    """Create a group, and put it in the chats of its members that have a session.

    Args:
        state: The state.
        owner: JID of its creator.
        name: Its name.
        members: JIDs of the others; who is not on WhatsApp, or lets nobody add them, does not become one.
        group_id: Its JID; None makes one up.

    Returns:
        The group.
    """
    jid = group_id or f"{120363000000000000 + state.next_number()}@g.us"
    group = Group(jid, name, owner, state.clock.now(), _create_code())
    state.groups[jid] = group
    group.members[owner] = True
    for member in _find_willing(state, members):
        group.members.setdefault(member, False)
    for session in _find_sessions(state, group):
        _open_chat(state, session, group)
    return group


def delete(state: State, session: Session, group: Group) -> None:
    """Delete a group.

    Raises:
        SandboxError: 403, to all but its creator.
    """
    if group.owner != session.account.jid:
        raise SandboxError(403, "only its creator can delete a group")
    emit_participants(state, group, "remove", list(group.members))
    del state.groups[group.id]


def leave(state: State, session: Session, group: Group) -> None:
    """Leave a group."""
    me = session.account.jid
    emit_participants(state, group, "leave", [me])
    del group.members[me]


def join(state: State, session: Session, code: str) -> Group:
    """Join the group that an invite code leads to.

    Raises:
        SandboxError: 404.
    """
    for group in state.groups.values():
        if group.invite_code == code:
            group.members.setdefault(session.account.jid, False)
            _open_chat(state, session, group)
            emit_participants(state, group, "join", [session.account.jid])
            return group
    raise SandboxError(404, "no group has this invite code")


def add_members(state: State, group: Group, people: List[str]) -> List[str]:
    """Add people to a group.

    Returns:
        Those of them who are in it now: neither who is not on WhatsApp, nor who lets nobody add them.
    """
    added = [jid for jid in _find_willing(state, dict.fromkeys(people)) if jid not in group.members]
    group.members.update(dict.fromkeys(added, False))
    for session in _find_sessions(state, group):
        _open_chat(state, session, group)
    if added:
        emit_participants(state, group, "add", added)
    return [jid for jid in people if jid in group.members]


def remove_members(state: State, group: Group, people: List[str]) -> None:
    """Remove people from a group.

    Raises:
        SandboxError: 404, when one of them is not in it.
    """
    _check_members(group, people)
    emit_participants(state, group, "remove", people)
    for jid in people:
        group.members.pop(jid, None)


def set_admin(state: State, group: Group, people: List[str], is_admin: bool) -> None:
    """Make members admins, or no longer.

    Raises:
        SandboxError: 404, when one of them is not in the group.
    """
    _check_members(group, people)
    group.members.update(dict.fromkeys(people, is_admin))
    emit_participants(state, group, "promote" if is_admin else "demote", people)


def renew_invite(group: Group) -> None:
    """Replace the invite code; the old one no longer works."""
    group.invite_code = _create_code()


def emit_update(state: State, group: Group) -> None:
    """Notify the members that have a session of a new name, description or picture."""
    payload: Json = {"id": group.id, "name": group.name, "description": group.description}
    if group.picture_url is not None:
        payload["profileUrl"] = group.picture_url
    for session in _find_sessions(state, group):
        events.emit(state, session, "group.update", payload)


def emit_participants(state: State, group: Group, action: str, participants: List[str]) -> None:
    """Notify the members that have a session of who joined, left, or changed."""
    payload: Json = {"id": group.id, "action": action, "participants": participants}
    for session in _find_sessions(state, group):
        events.emit(state, session, "group.participant", payload)


def to_json(state: State, group: Group) -> Json:
    """Show a group as Titan does."""
    return {
        "id": group.id,
        "name": group.name,
        "description": group.description,
        "ownerLid": state.directory.lid_of(group.owner),
        "createdAt": int(group.created_at.timestamp()),
        "participants": [member_to_json(state, group, jid) for jid in group.members],
    }


def member_to_json(state: State, group: Group, jid: str) -> Json:
    """Show a member of a group as Titan does."""
    shown: Json = {
        "lid": state.directory.lid_of(jid),
        "isAdmin": group.members[jid],
        "isSuperAdmin": jid == group.owner,
    }
    return shown if jids.is_lid(jid) else {"phoneNumber": jids.to_phone(jid), **shown}


def _create_code() -> str:
    return secrets.token_urlsafe(16)


def _find_willing(state: State, people: Iterable[str]) -> Iterator[str]:
    """Find those whom others can add to a group."""
    return (jid for jid in people if state.directory.has_account(jid) and jid not in state.not_to_be_added)


def _check_members(group: Group, people: List[str]) -> None:
    for jid in people:
        if jid not in group.members:
            raise SandboxError(404, f"participant not found: {jid}")


def _find_sessions(state: State, group: Group) -> List[Session]:
    return [session for session in state.sessions.values() if session.account.jid in group.members]


def _open_chat(state: State, session: Session, group: Group) -> None:
    chat = chats.open_chat(state, session, group.id)
    chat.last_at = chat.last_at or state.clock.now()
    for member in group.members:
        if member != session.account.jid:
            contacts.remember(state, session, member)
