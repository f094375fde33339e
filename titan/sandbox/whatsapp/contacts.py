"""Contacts: the people whom an account has had to do with."""

from __future__ import annotations

from typing import Optional

from ..base import jids
from ..base.encoding import Json
from ..delivery import events
from ..state import Contact, Session, State
from . import people


def remember(state: State, session: Session, jid: str, push_name: Optional[str] = None) -> Contact:
    """Add a person to the contacts, unless it is one already; set its name, if one is given."""
    contacts = session.account.contacts
    contact = contacts.get(jid)
    if contact is None:
        contact = contacts[jid] = Contact(jid, push_name or jids.to_name(jid))
        if not jids.is_lid(jid):
            people.learn(state, jid)
    elif push_name and push_name != contact.push_name:
        contact.push_name = push_name
        events.emit(state, session, "contact.update", {**_address(jid), "pushName": push_name})
    return contact


def find_picture(state: State, jid: str) -> Optional[str]:
    """Find the address of a person's profile picture, which only sessions of this sandbox have."""
    pictures = (session.account.picture_url for session in state.find_sessions_of(jid))
    return next((url for url in pictures if url), None)


def to_json(state: State, contact: Contact) -> Json:
    """Show a contact as Titan does: a stranger has no phone number."""
    shown: Json = {
        "pushName": contact.push_name,
        "name": contact.push_name,
        "businessName": None,
        "lid": state.directory.lid_of(contact.jid),
    }
    return shown if jids.is_lid(contact.jid) else {"phoneNumber": jids.to_phone(contact.jid), **shown}


def _address(jid: str) -> Json:
    return {"lid": jid} if jids.is_lid(jid) else {"phoneNumber": jids.to_phone(jid)}
