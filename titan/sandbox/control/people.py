"""Contacts, their presence and their calls."""

from __future__ import annotations

from typing_extensions import Literal

from ..base import jids
from ..base.encoding import Json
from ..delivery import events
from ..whatsapp import contacts
from ..whatsapp.presence import set_of_contact
from .routes import ControlBase, route

SOMEBODY = "+5511988887777"
"""The person who writes, calls or reacts, unless a test names another."""


class PeopleControls(ControlBase):
    """Calls about people."""

    @route("POST", "/sandbox/sessions/{session}/contacts")
    def add_contact(self, session: str, phone_number: str, push_name: str) -> Json:
        """Add a contact. Also `POST /sandbox/sessions/{session}/contacts`.

        Args:
            session: Session name.
            phone_number: Phone number or JID of the person.
            push_name: The name that person shows.

        Returns:
            `jid` and `lid` of the person.

        Raises:
            SandboxError: The session is unknown, or `phone_number` is not a phone number.
        """
        found = self._state.find_session(session)
        jid = self._state.find_person(phone_number, "phoneNumber")
        contacts.remember(self._state, found, jid, push_name)
        return {"jid": jid, "lid": jids.to_lid(jid)}

    @route("POST", "/sandbox/sessions/{session}/presence")
    def set_presence(
        self,
        session: str,
        chat_id: str,
        presence: Literal["available", "unavailable", "composing", "recording"],
    ) -> None:
        """Show a contact as online, offline or typing. Also `POST /sandbox/sessions/{session}/presence`.

        Args:
            session: Session name.
            chat_id: Phone number or JID of the contact.
            presence: What the contact shows. An account that has subscribed gets an event.

        Raises:
            SandboxError: The session is unknown, or `chat_id` does not name a person.
        """
        found = self._state.find_session(session)
        set_of_contact(self._state, found, self._state.find_person(chat_id, "chatId"), presence)

    @route("POST", "/sandbox/sessions/{session}/calls")
    def call(
        self,
        session: str,
        *,
        sender: str = SOMEBODY,
        outcome: Literal["missed", "accepted", "rejected"] = "missed",
    ) -> Json:
        """Call the account. Also `POST /sandbox/sessions/{session}/calls`.

        Args:
            session: Session name.
            sender: Phone number or JID of who calls.
            outcome: How it ends: there are two events, `call.received` and one for this.

        Returns:
            `id` of the call.

        Raises:
            SandboxError: The session is unknown or not connected.
        """
        found = self._state.find_connected_session(session)
        person = self._state.find_person(sender, "sender")
        call_id = f"call_{self._state.next_number()}"
        for event in ("call.received", f"call.{outcome}"):
            events.emit(self._state, found, event, {"id": call_id, "from": events.reference(person)})
        return {"id": call_id}
