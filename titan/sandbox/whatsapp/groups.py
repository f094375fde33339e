"""Groups, as all their members share them."""

from __future__ import annotations

import secrets
from typing import Iterable, List, Optional

from ..base import jids
from ..delivery import events
from ..state import Group, Json, Session, State
from . import chats, contacts


def create(
    state: State, owner: str, name: str, members: Iterable[str], group_id: Optional[str] = None
) -> Group:
    """Make a group, and have it in the chats of its members that have a session.

    Args:
        state: The state.
        owner: JID of its creator.
        name: Its name.
        members: JIDs of the others.
        group_id: Its JID; None makes one up.

    Returns:
        The group.
    """
    jid = group_id or f"{120363000000000000 + state.number()}@g.us"
    group = Group(jid, name, owner, state.clock.now(), new_code())
    state.groups[jid] = group
    group.members[owner] = True
    for member in members:
        group.members.setdefault(member, False)
    for session in sessions_in(state, group):
        join(state, session, group)
    return group


def new_code() -> str:
    """Make up an invite code."""
    return secrets.token_urlsafe(16)


def sessions_in(state: State, group: Group) -> List[Session]:
    """Find the sessions of this sandbox that are in a group."""
    return [session for session in state.sessions.values() if session.account.jid in group.members]


def join(state: State, session: Session, group: Group) -> None:
    """Have a group, and the people in it, on the phone of a member."""
    chat = chats.ensure(state, session, group.id)
    chat.last_at = chat.last_at or state.clock.now()
    for member in group.members:
        if member != session.account.jid:
            contacts.ensure(state, session, member)


def view(group: Group) -> Json:
    """Show a group as Titan does."""
    return {
        "id": group.id,
        "name": group.name,
        "description": group.description,
        "ownerLid": jids.lid(group.owner),
        "createdAt": int(group.created_at.timestamp()),
        "participants": [view_participant(group, jid) for jid in group.members],
    }


def view_participant(group: Group, jid: str) -> Json:
    """Show a participant as Titan does."""
    return {
        "phoneNumber": jids.phone(jid),
        "lid": jids.lid(jid),
        "isAdmin": group.members[jid],
        "isSuperAdmin": jid == group.owner,
    }


def emit_participants(state: State, group: Group, action: str, participants: List[str]) -> None:
    """Tell every session in a group that its participants changed."""
    payload: Json = {"id": group.id, "action": action, "participants": participants}
    for session in sessions_in(state, group):
        events.emit(state, session, "group.participant", payload)
