"""Handlers of groups."""

from __future__ import annotations

from typing import Dict, List, Tuple

from ..base.errors import SandboxError
from ..delivery import events
from ..state import Group, Json
from ..whatsapp import groups
from . import media
from .request import DONE, ApiRequest, ApiResponse, Handlers
from .resources import Resource


def _participants(request: ApiRequest) -> List[str]:
    return [request.state.person(one, "participants") for one in request.body["participants"]]


def _create(request: ApiRequest) -> Tuple[str, Group]:
    group = groups.create(request.state, request.account.jid, request.body["name"], _participants(request))
    groups.emit_participants(request.state, group, "add", list(group.members))
    return group.id, group


def _delete(request: ApiRequest, group: Group) -> None:
    if group.owner != request.account.jid:
        raise SandboxError(403, "only its creator can delete a group")
    groups.emit_participants(request.state, group, "remove", list(group.members))
    del request.state.groups[group.id]


def _leave(request: ApiRequest) -> ApiResponse:
    group = _groups.find(request)
    groups.emit_participants(request.state, group, "leave", [request.account.jid])
    del group.members[request.account.jid]
    return DONE


def _update_subject(request: ApiRequest) -> ApiResponse:
    group = _groups.find(request)
    group.name = request.body["subject"]
    return _updated(request, group)


def _update_description(request: ApiRequest) -> ApiResponse:
    group = _groups.find(request)
    group.description = request.body["description"]
    return _updated(request, group)


def _update_picture(request: ApiRequest) -> ApiResponse:
    group = _groups.find(request)
    group.picture_url = media.picture_url(request)
    return _updated(request, group)


def _updated(request: ApiRequest, group: Group) -> ApiResponse:
    payload: Json = {"id": group.id, "name": group.name, "description": group.description}
    if group.picture_url is not None:
        payload["profileUrl"] = group.picture_url
    for session in groups.sessions_in(request.state, group):
        events.emit(request.state, session, "group.update", payload)
    return DONE


def _add_participants(request: ApiRequest) -> ApiResponse:
    group, added = _groups.find(request), _participants(request)
    for jid in added:
        group.members.setdefault(jid, False)
    for session in groups.sessions_in(request.state, group):
        groups.join(request.state, session, group)
    groups.emit_participants(request.state, group, "add", added)
    return ApiResponse([groups.view_participant(group, jid) for jid in added])


def _members(request: ApiRequest, group: Group) -> List[str]:
    named = _participants(request)
    for jid in named:
        if jid not in group.members:
            raise SandboxError(404, f"participant not found: {jid}")
    return named


def _remove_participants(request: ApiRequest) -> ApiResponse:
    group = _groups.find(request)
    removed = _members(request, group)
    groups.emit_participants(request.state, group, "remove", removed)
    for jid in removed:
        group.members.pop(jid, None)
    return DONE


def _promote(request: ApiRequest) -> ApiResponse:
    return _set_admin(request, "promote", True)


def _demote(request: ApiRequest) -> ApiResponse:
    return _set_admin(request, "demote", False)


def _set_admin(request: ApiRequest, action: str, is_admin: bool) -> ApiResponse:
    group = _groups.find(request)
    named = _members(request, group)
    group.members.update(dict.fromkeys(named, is_admin))
    groups.emit_participants(request.state, group, action, named)
    return DONE


def _invite(request: ApiRequest) -> ApiResponse:
    code = _groups.find(request).invite_code
    return ApiResponse({"code": code, "link": f"https://chat.whatsapp.com/{code}"})


def _revoke_invite(request: ApiRequest) -> ApiResponse:
    _groups.find(request).invite_code = groups.new_code()
    return _invite(request)


def _join_by_code(request: ApiRequest) -> ApiResponse:
    for group in request.state.groups.values():
        if group.invite_code == request.body["code"]:
            group.members.setdefault(request.account.jid, False)
            groups.join(request.state, request.session, group)
            groups.emit_participants(request.state, group, "join", [request.account.jid])
            return ApiResponse(groups.view(group))
    raise SandboxError(404, "no group has this invite code")


def _mine(request: ApiRequest) -> Dict[str, Group]:
    me = request.account.jid
    return {group.id: group for group in request.state.groups.values() if me in group.members}


_groups = Resource("groups", "group", "groupId", _mine, lambda _request, group: groups.view(group))


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
