"""Handlers of presence."""

from __future__ import annotations

from ..base import jids
from ..base.clock import iso
from ..base.errors import SandboxError
from ..state import Contact, Json
from ..whatsapp import contacts, presence
from .request import DONE, ApiRequest, ApiResponse, Handlers


def _view(contact: Contact) -> Json:
    shown: Json = {"chatId": contact.jid, "presence": contact.presence}
    if contact.last_seen is not None:
        shown["lastSeen"] = iso(contact.last_seen)
    return shown


def _set(request: ApiRequest) -> ApiResponse:
    request.account.presence = request.body["presence"]
    presence.show_to_others(request.state, request.session, request.account.presence)
    return DONE


def _list(request: ApiRequest) -> ApiResponse:
    return ApiResponse([_view(one) for one in request.account.contacts.values() if one.subscribed])


def _get(request: ApiRequest) -> ApiResponse:
    jid = request.state.lids.get(request.path["chatId"], request.path["chatId"])
    if jid not in request.account.contacts:
        raise SandboxError(404, f"contact not found: {jid}")
    return ApiResponse(_view(request.account.contacts[jid]))


def _subscribe(request: ApiRequest) -> ApiResponse:
    jid = jids.check(request.path["chatId"], "chatId")
    if jids.is_group(jid) or jids.is_channel(jid):
        raise SandboxError(404, f"contact not found: {jid}")
    jid = request.state.person(jid, "chatId")
    contacts.ensure(request.state, request.session, jid).subscribed = True
    return DONE


HANDLERS: Handlers = {
    "presence.set": _set,
    "presence.list": _list,
    "presence.get": _get,
    "presence.subscribe": _subscribe,
}
