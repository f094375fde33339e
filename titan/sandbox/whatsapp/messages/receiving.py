"""Receiving messages."""

from __future__ import annotations

import secrets
from datetime import datetime
from functools import partial
from typing import Optional

from ...base import jids
from ...base.encoding import Json
from ...delivery import events
from ...state import File, Message, Session, State
from .. import chats, contacts, media, presence
from . import formats, keeping, progress, reach


def receive(
    state: State,
    session: Session,
    chat_id: str,
    sender: str,
    push_name: Optional[str],
    request: Json,
    file: Optional[File] = None,
    message_id: Optional[str] = None,
    at: Optional[datetime] = None,
) -> Message:
    """Receive a message: now, or once something comes over the connection of the session again.

    Args:
        state: The state.
        session: A session that is paired.
        chat_id: JID of the chat.
        sender: JID of the person who wrote it.
        push_name: The name that person shows.
        request: The message, in the shape of a body that asks for one to be sent.
        file: The file that comes with it.
        message_id: Its id; None makes one up.
        at: When it was written; None: now.

    Returns:
        The message.
    """
    contact = session.account.contacts.get(sender)
    message = Message(
        id=message_id or create_id(),
        session=session.name,
        chat_id=chat_id,
        from_me=False,
        sender=sender,
        push_name=push_name or (jids.to_name(sender) if contact is None else contact.push_name),
        at=at or state.clock.now(),
        status="delivered",
        request=request,
        text=formats.text_of(request),
    )
    if file is not None:
        message.media_id = keep(state, session, message, file).id
    arrive = partial(_arrive, state, session, message, push_name, is_copy=message_id is not None)
    reach.when_reachable(state, session, arrive)
    return message


def _arrive(
    state: State, session: Session, message: Message, push_name: Optional[str], *, is_copy: bool
) -> None:
    is_private = jids.is_person(message.chat_id)
    # The number behind a LID may have become known since it was written.
    message.sender = state.directory.find(state.directory.find_account(message.sender))
    if is_private:
        message.chat_id = message.sender
    message.push_name = contacts.remember(state, session, message.sender, push_name).push_name
    presence.set_of_contact(state, session, message.sender, "available")
    chat = chats.open_chat(state, session, message.chat_id)
    chat.unread += 1
    keeping.keep(state, session, chat, message, is_copy=is_copy)
    events.emit(state, session, "message.received", formats.to_payload(state, session, message))
    if is_private:
        progress.mark_read_by_answer(state, session, chat, message)


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
