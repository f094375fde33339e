"""Handlers of the contacts, and of the LIDs that stand for them."""

from __future__ import annotations

from typing import Dict

from ..base import jids
from ..base.errors import SandboxError
from ..state import Contact, Json
from .request import DONE, ApiRequest, ApiResponse, Handlers
from .resources import Resource


def _view(_request: ApiRequest, contact: Contact) -> Json:
    return {
        "phoneNumber": jids.phone(contact.jid),
        "pushName": contact.push_name,
        "name": contact.push_name,
        "businessName": None,
        "lid": jids.lid(contact.jid),
    }


def _picture(request: ApiRequest) -> ApiResponse:
    jid = _contacts.find(request).jid
    pictures = (session.account.picture_url for session in request.state.sessions_of(jid))
    url = next((url for url in pictures if url), None)
    return ApiResponse({} if url is None else {"url": url})


def _check(request: ApiRequest) -> ApiResponse:
    checks = []
    for number in request.body["phoneNumbers"]:
        try:
            jid = request.state.person(jids.from_phone(number, "phoneNumbers"), "phoneNumbers")
        except SandboxError:
            checks.append({"phoneNumber": number, "exists": False})
            continue
        if jids.phone(jid).endswith(_NOT_ON_WHATSAPP):
            checks.append({"phoneNumber": number, "exists": False})
        else:
            checks.append({"phoneNumber": number, "exists": True, "jid": jid, "lid": jids.lid(jid)})
    return ApiResponse(checks)


_NOT_ON_WHATSAPP = "0000"
"""How numbers end that have no account."""


def _block(request: ApiRequest) -> ApiResponse:
    _contacts.find(request).blocked = True
    return DONE


def _unblock(request: ApiRequest) -> ApiResponse:
    _contacts.find(request).blocked = False
    return DONE


def _lid(request: ApiRequest) -> ApiResponse:
    lid = request.path["lid"]
    if lid not in request.state.lids:
        raise SandboxError(404, f"LID not found: {lid}")
    return ApiResponse({"lid": lid, "phoneNumber": jids.phone(request.state.lids[lid])})


def _known(request: ApiRequest) -> Dict[str, Contact]:
    contacts = request.account.contacts
    named = request.state.lids.get(request.path.get("contactId", ""))
    # A LID in the path names the same person.
    return {request.path["contactId"]: contacts[named]} if named in contacts else contacts


_contacts = Resource("contacts", "contact", "contactId", _known, _view)


HANDLERS: Handlers = {
    **_contacts.handlers(),
    "contacts.picture": _picture,
    "contacts.check": _check,
    "contacts.block": _block,
    "contacts.unblock": _unblock,
    "lids.get": _lid,
}
