"""Groups, the people in them, and the invitations to them."""

from __future__ import annotations

import secrets
from typing import Dict, Iterable, List, Optional, Tuple

from ..base import jids
from ..base.errors import SandboxError
from ..delivery import events
from ..state import Group, Json, Session, State
from . import chats, contacts, media
from .calls import DONE, Answer, Call, Handlers
from .resources import Resource


def make(
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
    group = Group(jid, name, owner, state.clock.now(), _new_code())
    state.groups[jid] = group
    group.members[owner] = True
    for member in members:
        group.members.setdefault(member, False)
    for session in _sessions(state, group):
        _join(state, session, group)
    return group


def _new_code() -> str:
    return secrets.token_urlsafe(16)


def _sessions(state: State, group: Group) -> List[Session]:
    return [session for session in state.sessions.values() if session.account.jid in group.members]


def _join(state: State, session: Session, group: Group) -> None:
    chat = chats.opened(state, session, group.id)
    chat.last_at = chat.last_at or state.clock.now()
    for member in group.members:
        if member != session.account.jid:
            contacts.know(state, session, member)


def _view(group: Group) -> Json:
    return {
        "id": group.id,
        "name": group.name,
        "description": group.description,
        "ownerLid": jids.lid(group.owner),
        "createdAt": int(group.created_at.timestamp()),
        "participants": [_participant(group, jid) for jid in group.members],
    }


def _participant(group: Group, jid: str) -> Json:
    return {
        "phoneNumber": jids.phone(jid),
        "lid": jids.lid(jid),
        "isAdmin": group.members[jid],
        "isSuperAdmin": jid == group.owner,
    }


def _participants(call: Call) -> List[str]:
    return [call.state.person(one, "participants") for one in call.body["participants"]]


def _create(call: Call) -> Tuple[str, Group]:
    group = make(call.state, call.account.jid, call.body["name"], _participants(call))
    _tell(call, group, "add", list(group.members))
    return group.id, group


def _delete(call: Call, group: Group) -> None:
    if group.owner != call.account.jid:
        raise SandboxError(403, "only its creator can delete a group")
    _tell(call, group, "remove", list(group.members))
    del call.state.groups[group.id]


def _leave(call: Call) -> Answer:
    group = _groups.find(call)
    _tell(call, group, "leave", [call.account.jid])
    del group.members[call.account.jid]
    return DONE


def _update_subject(call: Call) -> Answer:
    group = _groups.find(call)
    group.name = call.body["subject"]
    return _updated(call, group)


def _update_description(call: Call) -> Answer:
    group = _groups.find(call)
    group.description = call.body["description"]
    return _updated(call, group)


def _update_picture(call: Call) -> Answer:
    group = _groups.find(call)
    group.picture_url = media.picture_url(call)
    return _updated(call, group)


def _updated(call: Call, group: Group) -> Answer:
    payload: Json = {"id": group.id, "name": group.name, "description": group.description}
    if group.picture_url is not None:
        payload["profileUrl"] = group.picture_url
    for session in _sessions(call.state, group):
        events.emit(call.state, session, "group.update", payload)
    return DONE


def _tell(call: Call, group: Group, action: str, participants: List[str]) -> None:
    payload: Json = {"id": group.id, "action": action, "participants": participants}
    for session in _sessions(call.state, group):
        events.emit(call.state, session, "group.participant", payload)


def _add_participants(call: Call) -> Answer:
    group, added = _groups.find(call), _participants(call)
    for jid in added:
        group.members.setdefault(jid, False)
    for session in _sessions(call.state, group):
        _join(call.state, session, group)
    _tell(call, group, "add", added)
    return Answer([_participant(group, jid) for jid in added])


def _members(call: Call, group: Group) -> List[str]:
    named = _participants(call)
    for jid in named:
        if jid not in group.members:
            raise SandboxError(404, f"participant not found: {jid}")
    return named


def _remove_participants(call: Call) -> Answer:
    group = _groups.find(call)
    removed = _members(call, group)
    _tell(call, group, "remove", removed)
    for jid in removed:
        group.members.pop(jid, None)
    return DONE


def _promote(call: Call) -> Answer:
    return _set_admin(call, "promote", True)


def _demote(call: Call) -> Answer:
    return _set_admin(call, "demote", False)


def _set_admin(call: Call, action: str, is_admin: bool) -> Answer:
    group = _groups.find(call)
    named = _members(call, group)
    group.members.update(dict.fromkeys(named, is_admin))
    _tell(call, group, action, named)
    return DONE


def _invite(call: Call) -> Answer:
    code = _groups.find(call).invite_code
    return Answer({"code": code, "link": f"https://chat.whatsapp.com/{code}"})


def _revoke_invite(call: Call) -> Answer:
    _groups.find(call).invite_code = _new_code()
    return _invite(call)


def _join_by_code(call: Call) -> Answer:
    for group in call.state.groups.values():
        if group.invite_code == call.body["code"]:
            group.members.setdefault(call.account.jid, False)
            _join(call.state, call.session, group)
            _tell(call, group, "join", [call.account.jid])
            return Answer(_view(group))
    raise SandboxError(404, "no group has this invite code")


def _mine(call: Call) -> Dict[str, Group]:
    me = call.account.jid
    return {group.id: group for group in call.state.groups.values() if me in group.members}


_groups = Resource("groups", "group", "groupId", _mine, lambda _call, group: _view(group))

HANDLERS: Handlers = {
    **_groups.handlers(create=_create, delete=_delete),
    "groups.leave": _leave,
    "groups.update_subject": _update_subject,
    "groups.update_description": _update_description,
    "groups.update_picture": _update_picture,
    "groups.add_participants": _add_participants,
    "groups.remove_participants": _remove_participants,
    "groups.promote": _promote,
    "groups.demote": _demote,
    "groups.invite": _invite,
    "groups.revoke_invite": _revoke_invite,
    "groups.join": _join_by_code,
}
