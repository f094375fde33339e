"""Contacts: list, get, picture, check, block."""

from __future__ import annotations

from typing import Dict

from ..base import jids
from ..base.encoding import Json
from ..base.errors import SandboxError
from ..state import Contact, State
from ..whatsapp import contacts, people
from .request import DONE, ApiRequest, ApiResponse, Handlers
from .resources import Resource


def _picture(request: ApiRequest) -> ApiResponse:
    url = contacts.find_picture(request.state, _contacts.find(request).jid)
    return ApiResponse({} if url is None else {"url": url})


def _check(request: ApiRequest) -> ApiResponse:
    return ApiResponse([_check_one(request.state, number) for number in request.body["phoneNumbers"]])


def _check_one(state: State, number: str) -> Json:
    try:
        jid = state.directory.find_account(jids.from_phone(number, "phoneNumbers"))
    except SandboxError:
        return {"phoneNumber": number, "exists": False}
    if not state.directory.has_account(jid):
        return {"phoneNumber": number, "exists": False}
    people.learn(state, jid)
    return {"phoneNumber": number, "exists": True, "jid": jid, "lid": state.directory.lid_of(jid)}


def _block(request: ApiRequest) -> ApiResponse:
    _contacts.find(request).blocked = True
    return DONE


def _unblock(request: ApiRequest) -> ApiResponse:
    _contacts.find(request).blocked = False
    return DONE


def _known(request: ApiRequest) -> Dict[str, Contact]:
    known = request.account.contacts
    jid = request.state.directory.find(jids.drop_device(request.path.get("contactId", "")))
    # The LID of a person, or a device, leads to the same contact.
    return {request.path["contactId"]: known[jid]} if jid in known else known


_contacts = Resource(
    "contacts",
    "contact",
    "contactId",
    _known,
    lambda request, contact: contacts.to_json(request.state, contact),
)

HANDLERS: Handlers = {
    **_contacts.handlers(),
    "contacts.picture": _picture,
    "contacts.check": _check,
    "contacts.block": _block,
    "contacts.unblock": _unblock,
}
