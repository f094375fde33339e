"""The people whom an account knows."""

from __future__ import annotations

from typing import Optional

from ..base import jids
from ..delivery import events
from ..state import Contact, Session, State


def ensure(state: State, session: Session, jid: str, push_name: Optional[str] = None) -> Contact:
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
