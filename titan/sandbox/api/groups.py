"""Groups: create, list, get, change, delete; the people in them, and the invitations to them."""

from __future__ import annotations

from typing import Dict, List, Tuple

from ..state import Group
from ..whatsapp import groups, media, people
from .request import DONE, ApiRequest, ApiResponse, Handlers
from .resources import Resource


def _participants(request: ApiRequest) -> List[str]:
    return [people.find(request.state, one, "participants") for one in request.body["participants"]]


def _create(request: ApiRequest) -> Tuple[str, Group]:
    group = groups.create(request.state, request.account.jid, request.body["name"], _participants(request))
    groups.emit_participants(request.state, group, "add", list(group.members))
    return group.id, group


def _delete(request: ApiRequest, group: Group) -> None:
    groups.delete(request.state, request.session, group)


def _leave(request: ApiRequest) -> ApiResponse:
    groups.leave(request.state, request.session, _groups.find(request))
    return DONE


def _update_subject(request: ApiRequest) -> ApiResponse:
    group = _groups.find(request)
    group.name = request.body["subject"]
    groups.emit_update(request.state, group)
    return DONE


def _update_description(request: ApiRequest) -> ApiResponse:
    group = _groups.find(request)
    group.description = request.body["description"]
    groups.emit_update(request.state, group)
    return DONE


def _update_picture(request: ApiRequest) -> ApiResponse:
    group = _groups.find(request)
    group.picture_url = media.add_picture(request.state, request.session, request.body)
    groups.emit_update(request.state, group)
    return DONE


def _add_participants(request: ApiRequest) -> ApiResponse:
    group = _groups.find(request)
    added = groups.add_members(request.state, group, _participants(request))
    return ApiResponse([groups.member_to_json(request.state, group, jid) for jid in added])


def _remove_participants(request: ApiRequest) -> ApiResponse:
    groups.remove_members(request.state, _groups.find(request), _participants(request))
    return DONE


def _promote(request: ApiRequest) -> ApiResponse:
    groups.set_admin(request.state, _groups.find(request), _participants(request), True)
    return DONE


def _demote(request: ApiRequest) -> ApiResponse:
    groups.set_admin(request.state, _groups.find(request), _participants(request), False)
    return DONE


def _invite(request: ApiRequest) -> ApiResponse:
    code = _groups.find(request).invite_code
    return ApiResponse({"code": code, "link": f"https://chat.whatsapp.com/{code}"})


def _revoke_invite(request: ApiRequest) -> ApiResponse:
    groups.renew_invite(_groups.find(request))
    return _invite(request)


def _join(request: ApiRequest) -> ApiResponse:
    group = groups.join(request.state, request.session, request.body["code"])
    return ApiResponse(groups.to_json(request.state, group))


def _joined(request: ApiRequest) -> Dict[str, Group]:
    me = request.account.jid
    return {group.id: group for group in request.state.groups.values() if me in group.members}


_groups = Resource(
    "groups", "group", "groupId", _joined, lambda request, group: groups.to_json(request.state, group)
)

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
    "groups.join": _join,
}
