"""Contacts: the people whom an account has had to do with."""

from __future__ import annotations

from typing import Optional

from ..base import jids
from ..base.encoding import Json
from ..delivery import events
from ..state import Contact, Session, State

_NOT_ON_WHATSAPP = "0000"
"""The end of the phone numbers that have no account."""


def remember(state: State, session: Session, jid: str, push_name: Optional[str] = None) -> Contact:
    """Add a person to the contacts, unless it is one already; set its name, if one is given."""
    contacts = session.account.contacts
    contact = contacts.get(jid)
    if contact is None:
        contact = contacts[jid] = Contact(jid, push_name or jids.to_phone(jid))
        state.lids[jids.to_lid(jid)] = jid
    elif push_name and push_name != contact.push_name:
        contact.push_name = push_name
        payload = {"phoneNumber": jids.to_phone(jid), "pushName": push_name}
        events.emit(state, session, "contact.update", payload)
    return contact


def is_on_whatsapp(jid: str) -> bool:
    """Tell whether a phone number has an account."""
    return not jids.to_phone(jid).endswith(_NOT_ON_WHATSAPP)


def find_picture(state: State, jid: str) -> Optional[str]:
    """Find the address of a person's profile picture, which only sessions of this sandbox have."""
    pictures = (session.account.picture_url for session in state.find_sessions_of(jid))
    return next((url for url in pictures if url), None)


def to_json(contact: Contact) -> Json:
    """Show a contact as Titan does."""
    return {
        "phoneNumber": jids.to_phone(contact.jid),
        "pushName": contact.push_name,
        "name": contact.push_name,
        "businessName": None,
        "lid": jids.to_lid(contact.jid),
    }
