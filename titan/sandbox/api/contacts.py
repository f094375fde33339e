"""Contacts: the people whom an account has had to do with, and the LIDs that stand for them."""

from __future__ import annotations

from typing import Dict, Optional

from ..base import jids
from ..base.errors import SandboxError
from ..delivery import events
from ..state import Contact, Json, Session, State
from .calls import DONE, Answer, Call, Handlers
from .resources import Resource


def know(state: State, session: Session, jid: str, push_name: Optional[str] = None) -> Contact:
    """Have a person among the contacts, by this name if one is given."""
    contacts = session.account.contacts
    contact = contacts.get(jid)
    if contact is None:
        contact = contacts[jid] = Contact(jid, push_name or jids.phone(jid))
        state.lids[jids.lid(jid)] = jid
    elif push_name and push_name != contact.push_name:
        contact.push_name = push_name
        payload = {"phoneNumber": jids.phone(jid), "pushName": push_name}
        events.emit(state, session, "contact.update", payload)
    return contact


def _view(_call: Call, contact: Contact) -> Json:
    return {
        "phoneNumber": jids.phone(contact.jid),
        "pushName": contact.push_name,
        "name": contact.push_name,
        "businessName": None,
        "lid": jids.lid(contact.jid),
    }


def _picture(call: Call) -> Answer:
    jid = _contacts.find(call).jid
    pictures = (session.account.picture_url for session in call.state.sessions_of(jid))
    url = next((url for url in pictures if url), None)
    return Answer({} if url is None else {"url": url})


def _check(call: Call) -> Answer:
    checks = []
    for number in call.body["phoneNumbers"]:
        try:
            jid = call.state.person(jids.from_phone(number, "phoneNumbers"), "phoneNumbers")
        except SandboxError:
            checks.append({"phoneNumber": number, "exists": False})
            continue
        if jids.phone(jid).endswith(_NOT_ON_WHATSAPP):
            checks.append({"phoneNumber": number, "exists": False})
        else:
            checks.append({"phoneNumber": number, "exists": True, "jid": jid, "lid": jids.lid(jid)})
    return Answer(checks)


_NOT_ON_WHATSAPP = "0000"
"""How numbers end that have no account."""


def _block(call: Call) -> Answer:
    _contacts.find(call).blocked = True
    return DONE


def _unblock(call: Call) -> Answer:
    _contacts.find(call).blocked = False
    return DONE


def _lid(call: Call) -> Answer:
    lid = call.path["lid"]
    if lid not in call.state.lids:
        raise SandboxError(404, f"LID not found: {lid}")
    return Answer({"lid": lid, "phoneNumber": jids.phone(call.state.lids[lid])})


def _known(call: Call) -> Dict[str, Contact]:
    contacts = call.account.contacts
    named = call.state.lids.get(call.path.get("contactId", ""))
    # A LID in the path names the same person.
    return {call.path["contactId"]: contacts[named]} if named in contacts else contacts


_contacts = Resource("contacts", "contact", "contactId", _known, _view)

HANDLERS: Handlers = {
    **_contacts.handlers(),
    "contacts.picture": _picture,
    "contacts.check": _check,
    "contacts.block": _block,
    "contacts.unblock": _unblock,
    "lids.get": _lid,
}
