"""What other people do: read, react, vote, edit, call, come online."""

from __future__ import annotations

from typing import List, Optional, Tuple

from typing_extensions import Literal

from ..base import jids
from ..base.errors import SandboxError
from ..delivery import events
from ..state import Json, Message, Session
from ..whatsapp import contacts, messages, snapshot
from ..whatsapp import presence as presence_of
from .routes import SOMEBODY, ControlBase, control_route


class PeopleControl(ControlBase):
    """What other people do: read, react, vote, edit, call, come online."""

    @control_route("POST", "/sandbox/sessions/{session}/messages/{message_id}/ack")
    def acknowledge(
        self, session: str, message_id: str, status: Literal["sent", "delivered", "read"] = "read"
    ) -> Json:
        """Have a sent message come further. Also `POST /sandbox/sessions/{session}/messages/{id}/ack`.

        Args:
            session: Session name.
            message_id: Message id.
            status: How far. It never goes back.

        Returns:
            The message.

        Raises:
            SandboxError: The session or the message is unknown, or the message came in.
        """
        found, message = self._message(session, message_id)
        if not message.from_me:
            raise SandboxError(409, "this message came in: mark it as read through the API")
        messages.advance(self._state, found, message, status)
        return snapshot.message(found, message)

    @control_route("POST", "/sandbox/sessions/{session}/messages/{message_id}/reaction")
    def react(self, session: str, message_id: str, reaction: str, *, sender: Optional[str] = None) -> Json:
        """React to a message as the contact. Also `POST …/messages/{id}/reaction`.

        Args:
            session: Session name.
            message_id: Message id.
            reaction: An emoji; empty takes the reaction away.
            sender: Phone number or JID of who reacts; the other person of the chat when left out.

        Returns:
            The message.

        Raises:
            SandboxError: The session or the message is unknown.
        """
        found, message = self._message(session, message_id)
        messages.react(self._state, found, message, self._other(found, message, sender), reaction)
        return snapshot.message(found, message)

    @control_route("POST", "/sandbox/sessions/{session}/messages/{message_id}/vote")
    def vote(
        self, session: str, message_id: str, options: List[str], *, sender: Optional[str] = None
    ) -> Json:
        """Vote in a poll as the contact. Also `POST …/messages/{id}/vote`.

        Args:
            session: Session name.
            message_id: Message id of the poll.
            options: What is chosen, in place of what was chosen before; empty takes the vote back.
            sender: Phone number or JID of who votes; the other person of the chat when left out.

        Returns:
            The poll.

        Raises:
            SandboxError: The session or the message is unknown, it is no poll, or has no such options.
        """
        found, message = self._message(session, message_id)
        messages.vote(self._state, found, message, self._other(found, message, sender), options)
        return snapshot.message(found, message)

    @control_route("POST", "/sandbox/sessions/{session}/messages/{message_id}/edit")
    def edit(self, session: str, message_id: str, text: str) -> Json:
        """Edit a message that came in, as its sender. Also `POST …/messages/{id}/edit`.

        Args:
            session: Session name.
            message_id: Message id.
            text: The new text.

        Returns:
            The message.

        Raises:
            SandboxError: The session or the message is unknown, or the account sent it.
        """
        found, message = self._incoming_message(session, message_id)
        messages.edit(self._state, found, message, message.sender, text)
        return snapshot.message(found, message)

    @control_route("POST", "/sandbox/sessions/{session}/messages/{message_id}/revoke")
    def revoke(self, session: str, message_id: str) -> Json:
        """Delete a message that came in for everyone, as its sender. Also `POST …/messages/{id}/revoke`.

        Args:
            session: Session name.
            message_id: Message id.

        Returns:
            The message.

        Raises:
            SandboxError: The session or the message is unknown, or the account sent it.
        """
        found, message = self._incoming_message(session, message_id)
        messages.revoke(self._state, found, message, message.sender)
        return snapshot.message(found, message)

    def _message(self, session: str, message_id: str) -> Tuple[Session, Message]:
        found = self._state.session(session)
        return found, messages.find_undeleted(self._state, found, message_id)

    def _incoming_message(self, session: str, message_id: str) -> Tuple[Session, Message]:
        found, message = self._message(session, message_id)
        if message.from_me:
            raise SandboxError(409, "the account sent this message: change it through the API")
        return found, message

    def _other(self, session: Session, message: Message, sender: Optional[str]) -> str:
        if sender is not None:
            return self._state.person(sender, "sender")
        if message.chat_id in self._state.groups:
            others = [
                jid for jid in self._state.groups[message.chat_id].members if jid != session.account.jid
            ]
            if others:
                return others[0]
        if jids.is_person(message.chat_id):
            return message.chat_id
        return self._state.person(SOMEBODY, "sender")

    @control_route("POST", "/sandbox/sessions/{session}/contacts")
    def add_contact(self, session: str, phone_number: str, push_name: str) -> Json:
        """Have somebody among the contacts. Also `POST /sandbox/sessions/{session}/contacts`.

        Args:
            session: Session name.
            phone_number: Phone number or JID of the person.
            push_name: The name that person shows.

        Returns:
            `jid` and `lid` of the person.

        Raises:
            SandboxError: The session is unknown, or `phone_number` is none.
        """
        found = self._state.session(session)
        jid = self._state.person(phone_number, "phoneNumber")
        contacts.ensure(self._state, found, jid, push_name)
        return {"jid": jid, "lid": jids.lid(jid)}

    @control_route("POST", "/sandbox/sessions/{session}/presence")
    def set_presence(
        self,
        session: str,
        chat_id: str,
        presence: Literal["available", "unavailable", "composing", "recording"],
    ) -> None:
        """Have a contact be online, offline or typing. Also `POST /sandbox/sessions/{session}/presence`.

        Args:
            session: Session name.
            chat_id: Phone number or JID of the contact.
            presence: What the contact shows. The account is told if it has subscribed.

        Raises:
            SandboxError: The session is unknown, or `chat_id` is no person.
        """
        found = self._state.session(session)
        presence_of.show(self._state, found, self._state.person(chat_id, "chatId"), presence)

    @control_route("POST", "/sandbox/sessions/{session}/calls")
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
        found = self._state.connected_session(session)
        person = self._state.person(sender, "sender")
        call_id = f"call_{self._state.number()}"
        for event in ("call.received", f"call.{outcome}"):
            events.emit(self._state, found, event, {"id": call_id, "from": events.jid_ref(person)})
        return {"id": call_id}
