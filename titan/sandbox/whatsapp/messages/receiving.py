"""Receiving messages."""

from __future__ import annotations

import secrets
from typing import Optional

from ...base import jids
from ...base.encoding import Json
from ...delivery import events
from ...state import File, Message, Session, State
from .. import chats, contacts, media, presence
from . import formats, keeping, progress


def receive(
    state: State,
    session: Session,
    chat_id: str,
    sender: str,
    push_name: Optional[str],
    request: Json,
    file: Optional[File] = None,
    message_id: Optional[str] = None,
) -> Message:
    """Receive a message.

    Args:
        state: The state.
        session: A connected session.
        chat_id: JID of the chat.
        sender: JID of the person who wrote it.
        push_name: The name that person shows.
        request: The message, in the shape of a body that asks for one to be sent.
        file: The file that comes with it.
        message_id: Its id; None makes one up.

    Returns:
        The message.
    """
    contact = contacts.remember(state, session, sender, push_name)
    presence.set_of_contact(state, session, sender, "available")
    chat = chats.open_chat(state, session, chat_id)
    message = Message(
        id=message_id or create_id(),
        session=session.name,
        chat_id=chat_id,
        from_me=False,
        sender=sender,
        push_name=contact.push_name,
        at=state.clock.now(),
        status="delivered",
        request=request,
        text=formats.text_of(request),
    )
    if file is not None:
        message.media_id = keep(state, session, message, file).id
    chat.unread += 1
    keeping.keep(state, session, chat, message, is_copy=message_id is not None)
    events.emit(state, session, "message.received", formats.to_payload(state, session, message))
    if jids.is_person(chat_id):
        progress.mark_read_by_answer(state, session, chat)
    return message


def create_id() -> str:
    """Make up the id of a message."""
    return f"msg_{secrets.token_urlsafe(16)}"


def is_blocked(session: Session, chat_id: str, sender: str) -> bool:
    """Tell whether the account gets nothing from a person; in groups, blocking changes nothing."""
    contact = session.account.contacts.get(sender)
    return jids.is_person(chat_id) and contact is not None and contact.blocked


def keep(state: State, session: Session, message: Message, file: File) -> File:
    """Keep the file of a message that Titan did not send itself."""
    kept = media.add(
        state,
        session,
        message.id,
        file.content,
        mime_type=file.mime_type,
        filename=file.filename,
        source_url=file.source_url,
    )
    kept.persisted = state.settings.auto_persist
    return kept
