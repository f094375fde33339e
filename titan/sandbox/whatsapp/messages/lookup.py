"""Finding messages in chats."""

from __future__ import annotations

from typing import Iterator, Optional, Tuple

from ...base.errors import SandboxError
from ...state import Chat, Message, Session, State
from .. import chats


def find(state: State, session: Session, message_id: str, chat_id: Optional[str] = None) -> Message:
    """Find a message, in one chat or in all of them.

    Raises:
        SandboxError: 404.
    """
    if chat_id is not None:
        return find_in_chat(chats.find(state, session, chat_id), message_id)
    for chat in session.account.chats.values():
        if message_id in chat.messages:
            return chat.messages[message_id]
    raise _not_found(message_id)


def find_undeleted(state: State, session: Session, message_id: str, chat_id: Optional[str] = None) -> Message:
    """Find a message that was not deleted for everyone.

    Raises:
        SandboxError: 404.
    """
    message = find(state, session, message_id, chat_id)
    if message.deleted:
        raise SandboxError(404, f"message was deleted: {message.id}")
    return message


def find_in_chat(chat: Chat, message_id: str) -> Message:
    """Find a message of a chat.

    Raises:
        SandboxError: 404.
    """
    if message_id not in chat.messages:
        raise _not_found(message_id)
    return chat.messages[message_id]


def find_copies(state: State, session: Session, message: Message) -> Iterator[Tuple[Session, Message]]:
    """Find a message as each session of this sandbox has it, beginning with the given one."""
    yield session, message
    for other in state.sessions.values():
        if other is not session:
            for chat in other.account.chats.values():
                if message.id in chat.messages:
                    yield other, chat.messages[message.id]


def _not_found(message_id: str) -> SandboxError:
    return SandboxError(404, f"message not found: {message_id}")
