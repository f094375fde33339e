"""Messages that contacts send, and what contacts do to messages."""

from __future__ import annotations

from functools import partial
from typing import Any, Dict, List, Optional, Tuple

from typing_extensions import Literal

from ..base import jids
from ..base.encoding import Json
from ..base.errors import SandboxError
from ..delivery.dispatcher import Dispatcher
from ..spec.faults import Faults
from ..state import Message, Session, State
from ..whatsapp import chats, groups, people, snapshot
from ..whatsapp.messages import changes, lookup, progress, reach, receiving, sending
from .incoming import Base64, IncomingReader
from .people import SOMEBODY
from .routes import ControlBase, route


class MessageControls(ControlBase):
    """Calls about messages."""

    def __init__(self, state: State, faults: Faults, dispatcher: Dispatcher) -> None:
        super().__init__(state, faults, dispatcher)
        self._incoming = IncomingReader(state)

    @route("POST", "/sandbox/sessions/{session}/messages")
    def receive(
        self,
        session: str,
        text: Optional[str] = None,
        *,
        sender: str = SOMEBODY,
        push_name: Optional[str] = None,
        phone_number: Optional[str] = None,
        group: Optional[str] = None,
        media: Optional[Base64] = None,
        mime_type: Optional[str] = None,
        filename: Optional[str] = None,
        content: Optional[Dict[str, Any]] = None,
    ) -> Json:
        """Receive a message. Also `POST /sandbox/sessions/{session}/messages`.

        While the session is not connected, or silent, the message waits: it comes with the next connection,
        in its place and with the time at which this was called.

        Args:
            session: Session name.
            text: The text, or the caption of the file.
            sender: Phone number or JID of who writes it, or the LID of somebody whose number is not known.
            push_name: The name that person shows.
            phone_number: The phone number, if `sender` is a LID and the event tells both. From then on they
                are known to be one person, whose chats become one too, under the JID of the number.
            group: JID of the group it is written in; created if there is none of that JID.
            media: The bytes of a file; over HTTP in base64.
            mime_type: Its type, such as `image/jpeg`; detected from its first bytes when left out.
            filename: Its name; makes it a document.
            content: A message of another kind, in the shape in which one is sent, such as
                `{"type": "location", "latitude": 52.5, "longitude": 13.4}`.

        Returns:
            The message. With a file, `media` has the id for `client.media.download`.

        Raises:
            SandboxError: The session is unknown or not paired, there is nothing to receive, the sender is
                not on WhatsApp or is the account itself, or the account has blocked the sender.
        """
        state, found = self._state, self._find_paired_session(session)
        person = people.meet(state, sender, "sender")
        if person == found.account.jid:
            raise SandboxError(400, "sender is the account itself: send_from_phone writes on its phone")
        incoming = self._incoming.read(found, text, media, mime_type, filename, content)
        if phone_number is not None:
            if not jids.is_lid(jids.drop_device(sender)):
                raise SandboxError(400, "phoneNumber is for a sender that is a LID")
            people.set_jid(state, phone_number, sender)
            person = people.meet(state, sender, "sender")
        chat_id = person if group is None else self._find_group(found, group, person)
        if receiving.is_blocked(found, chat_id, person):
            raise SandboxError(409, f"the account has blocked {person}")
        message = receiving.receive(state, found, chat_id, person, push_name, *incoming)
        return snapshot.show_message(found, message)

    @route("POST", "/sandbox/sessions/{session}/phone/messages")
    def send_from_phone(
        self,
        session: str,
        chat_id: str,
        text: Optional[str] = None,
        *,
        media: Optional[Base64] = None,
        mime_type: Optional[str] = None,
        filename: Optional[str] = None,
        content: Optional[Dict[str, Any]] = None,
    ) -> Json:
        """Write a message on the account's own phone. Also `POST /sandbox/sessions/{session}/phone/messages`.

        Titan reports it by the events `message.sent` and `message.received`, both with `fromMe`; without a
        connection once there is one.

        Args:
            session: Session name.
            chat_id: JID of the chat, or the phone number of a person.
            text: The text, or the caption of the file.
            media: The bytes of a file; over HTTP in base64.
            mime_type: Its type, such as `image/jpeg`; detected from its first bytes when left out.
            filename: Its name; makes it a document.
            content: A message of another kind, in the shape in which one is sent.

        Returns:
            The message. It is not among `messages`, which were sent through the API.

        Raises:
            SandboxError: The session is unknown or not paired, there is nothing to send, the person is not on
                WhatsApp, or the account is restricted, or not in the group or channel.
        """
        state, found = self._state, self._find_paired_session(session)
        incoming = self._incoming.read(found, text, media, mime_type, filename, content)
        if "@" not in chat_id or jids.is_person(chat_id):
            chat_id = people.meet(state, chat_id, "chatId")
        message = sending.send_from_phone(state, found, chats.resolve(state, found, chat_id), *incoming)
        return snapshot.show_message(found, message)

    @route("POST", "/sandbox/sessions/{session}/messages/{message_id}/ack")
    def acknowledge(
        self, session: str, message_id: str, status: Literal["sent", "delivered", "read"] = "read"
    ) -> Json:
        """Mark a sent message as delivered or read. Also `POST …/messages/{id}/ack`.

        Args:
            session: Session name.
            message_id: Message id.
            status: The new status. A message never goes back to an earlier one.

        Returns:
            The message.

        Raises:
            SandboxError: The session or the message is unknown, the account did not send it, or nobody is
                there who could get it.
        """
        found, message = self._find_message(session, message_id)
        if not message.from_me:
            raise SandboxError(409, "this message came in: mark it as read through the API")
        if status != "sent":
            people.check_is_there(self._state, message.chat_id)
        advance = partial(progress.advance, self._state, found, message, status)
        reach.when_reachable(self._state, found, advance)
        return snapshot.show_message(found, message)

    @route("POST", "/sandbox/sessions/{session}/messages/{message_id}/reaction")
    def react(self, session: str, message_id: str, reaction: str, *, sender: Optional[str] = None) -> Json:
        """React to a message as the contact. Also `POST …/messages/{id}/reaction`.

        Args:
            session: Session name.
            message_id: Message id.
            reaction: An emoji; empty takes the reaction away.
            sender: Phone number, JID or LID of who reacts; the other person of the chat when left out.

        Returns:
            The message.

        Raises:
            SandboxError: The session or the message is unknown, or nobody is there who could react.
        """
        found, message = self._find_message(session, message_id)
        changes.react(self._state, found, message, self._find_other(found, message, sender), reaction)
        return snapshot.show_message(found, message)

    @route("POST", "/sandbox/sessions/{session}/messages/{message_id}/vote")
    def vote(
        self, session: str, message_id: str, options: List[str], *, sender: Optional[str] = None
    ) -> Json:
        """Vote in a poll as the contact. Also `POST …/messages/{id}/vote`.

        Args:
            session: Session name.
            message_id: Message id of the poll.
            options: What is chosen, in place of what was chosen before; empty takes the vote back.
            sender: Phone number, JID or LID of who votes; the other person of the chat when left out.

        Returns:
            The poll.

        Raises:
            SandboxError: The session or the message is unknown, it is not a poll, has no such options, or
                nobody is there who could vote.
        """
        found, message = self._find_message(session, message_id)
        changes.vote(self._state, found, message, self._find_other(found, message, sender), options)
        return snapshot.show_message(found, message)

    @route("POST", "/sandbox/sessions/{session}/messages/{message_id}/edit")
    def edit(self, session: str, message_id: str, text: str) -> Json:
        """Edit a message that came in, as its sender. Also `POST …/messages/{id}/edit`.

        Args:
            session: Session name.
            message_id: Message id.
            text: The new text.

        Returns:
            The message.

        Raises:
            SandboxError: The session or the message is unknown, the account sent it, or it is older than 15
                minutes.
        """
        found, message = self._find_incoming(session, message_id)
        changes.edit(self._state, found, message, text)
        return snapshot.show_message(found, message)

    @route("POST", "/sandbox/sessions/{session}/messages/{message_id}/revoke")
    def revoke(self, session: str, message_id: str) -> Json:
        """Delete a message that came in for everyone, as its sender. Also `POST …/messages/{id}/revoke`.

        Args:
            session: Session name.
            message_id: Message id.

        Returns:
            The message.

        Raises:
            SandboxError: The session or the message is unknown, the account sent it, or it is older than two
                days.
        """
        found, message = self._find_incoming(session, message_id)
        changes.revoke(self._state, found, message)
        return snapshot.show_message(found, message)

    def _find_message(self, session: str, message_id: str) -> Tuple[Session, Message]:
        found = self._state.find_session(session)
        return found, lookup.find_undeleted(self._state, found, message_id)

    def _find_incoming(self, session: str, message_id: str) -> Tuple[Session, Message]:
        found, message = self._find_message(session, message_id)
        if message.from_me:
            raise SandboxError(409, "the account sent this message: change it through the API")
        return found, message

    def _find_group(self, session: Session, group: str, person: str) -> str:
        state, me = self._state, session.account.jid
        if not jids.is_group(jids.check(group, "group")):
            raise SandboxError(400, "group must be the JID of a group")
        if group not in state.groups:
            groups.create(state, person, f"Group {group.partition('@')[0][-4:]}", [me], group)
        elif person not in state.groups[group].members or me not in state.groups[group].members:
            raise SandboxError(409, f"the sender and the account must both be in the group {group}")
        return group

    def _find_other(self, session: Session, message: Message, sender: Optional[str]) -> str:
        people.check_is_there(self._state, message.chat_id)
        if sender is not None:
            return people.meet(self._state, sender, "sender")
        if message.chat_id in self._state.groups:
            members = self._state.groups[message.chat_id].members
            others = [jid for jid in members if jid != session.account.jid]
            if others:
                return others[0]
        if jids.is_person(message.chat_id):
            return message.chat_id
        return people.meet(self._state, SOMEBODY, "sender")
