"""Presence: the account's own, and that of its contacts."""

from __future__ import annotations

from ..base import jids
from ..base.errors import SandboxError
from ..whatsapp import contacts, people, presence
from .request import DONE, ApiRequest, ApiResponse, Handlers


def _set(request: ApiRequest) -> ApiResponse:
    presence.set_of_account(request.state, request.session, request.body["presence"])
    return DONE


def _list(request: ApiRequest) -> ApiResponse:
    subscribed = (one for one in request.account.contacts.values() if one.subscribed)
    return ApiResponse([presence.to_json(one) for one in subscribed])


def _get(request: ApiRequest) -> ApiResponse:
    known = request.account.contacts
    jid = request.state.directory.find(jids.drop_device(request.path["chatId"]))
    if jid not in known:
        raise SandboxError(404, f"contact not found: {jid}")
    return ApiResponse(presence.to_json(known[jid]))


def _subscribe(request: ApiRequest) -> ApiResponse:
    chat_id = jids.check(request.path["chatId"], "chatId")
    if jids.is_group(chat_id) or jids.is_channel(chat_id):
        raise SandboxError(404, f"contact not found: {chat_id}")
    jid = people.find(request.state, chat_id, "chatId")
    # WhatsApp does not say that nobody is there: no event ever comes.
    if request.state.directory.has_account(jid):
        contacts.remember(request.state, request.session, jid).subscribed = True
    return DONE


HANDLERS: Handlers = {
    "presence.set": _set,
    "presence.list": _list,
    "presence.get": _get,
    "presence.subscribe": _subscribe,
}
