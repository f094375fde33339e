"""Contacts: list, get, picture, check, block."""

from __future__ import annotations

from typing import Dict

from ..base import jids
from ..base.encoding import Json
from ..base.errors import SandboxError
from ..state import Contact, State
from ..whatsapp import contacts
from .handling import DONE, ApiRequest, ApiResponse, Handlers
from .resources import Resource


def _picture(request: ApiRequest) -> ApiResponse:
    url = contacts.find_picture(request.state, _contacts.find(request).jid)
    return ApiResponse({} if url is None else {"url": url})


def _check(request: ApiRequest) -> ApiResponse:
    return ApiResponse([_check_one(request.state, number) for number in request.body["phoneNumbers"]])


def _check_one(state: State, number: str) -> Json:
    try:
        jid = state.find_person(jids.from_phone(number, "phoneNumbers"), "phoneNumbers")
    except SandboxError:
        return {"phoneNumber": number, "exists": False}
    if not contacts.is_on_whatsapp(jid):
        return {"phoneNumber": number, "exists": False}
    return {"phoneNumber": number, "exists": True, "jid": jid, "lid": jids.to_lid(jid)}


def _block(request: ApiRequest) -> ApiResponse:
    _contacts.find(request).blocked = True
    return DONE


def _unblock(request: ApiRequest) -> ApiResponse:
    _contacts.find(request).blocked = False
    return DONE


def _known(request: ApiRequest) -> Dict[str, Contact]:
    known = request.account.contacts
    jid = request.state.lids.get(request.path.get("contactId", ""))
    # A LID in the path leads to the same person.
    return {request.path["contactId"]: known[jid]} if jid in known else known


_contacts = Resource(
    "contacts", "contact", "contactId", _known, lambda _request, contact: contacts.to_json(contact)
)

HANDLERS: Handlers = {
    **_contacts.handlers(),
    "contacts.picture": _picture,
    "contacts.check": _check,
    "contacts.block": _block,
    "contacts.unblock": _unblock,
}
