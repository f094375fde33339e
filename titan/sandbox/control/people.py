"""Contacts, their presence and their calls."""

from __future__ import annotations

from functools import partial
from typing import Optional

from typing_extensions import Literal

from ..base.encoding import Json
from ..delivery import events
from ..whatsapp import contacts, people
from ..whatsapp.messages import reach
from ..whatsapp.presence import set_of_contact
from .routes import ControlBase, route

SOMEBODY = "+5511988887777"
"""The person who writes, calls or reacts, unless a test names another."""


class PeopleControls(ControlBase):
    """Calls about people."""

    @route("POST", "/sandbox/sessions/{session}/contacts")
    def add_contact(
        self,
        session: str,
        phone_number: str,
        push_name: str,
        *,
        jid: Optional[str] = None,
        refuses_groups: Optional[bool] = None,
    ) -> Json:
        """Add a contact. Also `POST /sandbox/sessions/{session}/contacts`.

        Args:
            session: Session name.
            phone_number: Phone number, JID or LID of the person.
            push_name: The name that person shows.
            jid: What WhatsApp knows this phone number by, if that is to differ from what the sandbox takes:
                the JID of its account, such as one without the ninth digit of a Brazilian number, or the LID
                of the person. With the LID of somebody who has written, it tells the number of that person.
            refuses_groups: Whether the privacy settings of the person let nobody add them to groups; who is
                in a group stays there. As before when left out; at first, anybody can add them.

        Returns:
            `jid` and `lid` of the person.

        Raises:
            SandboxError: The session is unknown, `phone_number` is not a phone number or not on WhatsApp, or
                `jid` is not a JID, or is somebody else's.
        """
        state, found = self._state, self._state.find_session(session)
        if jid is not None:
            people.set_jid(state, phone_number, jid)
        person = people.meet(state, phone_number, "phoneNumber")
        contacts.remember(state, found, person, push_name)
        if refuses_groups is not None:
            change = state.not_to_be_added.add if refuses_groups else state.not_to_be_added.discard
            change(person)
        return {"jid": person, "lid": state.directory.lid_of(person)}

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
            chat_id: Phone number, JID or LID of the contact.
            presence: What the contact shows. An account that has subscribed gets an event.

        Raises:
            SandboxError: The session is unknown, or `chat_id` does not name a person who is on WhatsApp.
        """
        found = self._state.find_session(session)
        person = people.meet(self._state, chat_id, "chatId")
        see = partial(set_of_contact, self._state, found, person, presence)
        reach.when_reachable(self._state, found, see)

    @route("POST", "/sandbox/sessions/{session}/calls")
    def call(
        self,
        session: str,
        *,
        sender: str = SOMEBODY,
        outcome: Literal["missed", "accepted", "rejected"] = "missed",
    ) -> Json:
        """Call the account. Also `POST /sandbox/sessions/{session}/calls`.

        While the session is not connected, or silent, the events wait for the next connection.

        Args:
            session: Session name.
            sender: Phone number, JID or LID of who calls.
            outcome: How it ends: there are two events, `call.received` and one for this.

        Returns:
            `id` of the call.

        Raises:
            SandboxError: The session is unknown or not paired, or the sender is not on WhatsApp.
        """
        found = self._find_paired_session(session)
        person = people.meet(self._state, sender, "sender")
        call_id = f"call_{self._state.next_number()}"
        payload: Json = {"id": call_id, "from": events.reference(self._state, person)}
        for event in ("call.received", f"call.{outcome}"):
            emit = partial(events.emit, self._state, found, event, payload)
            reach.when_reachable(self._state, found, emit)
        return {"id": call_id}
