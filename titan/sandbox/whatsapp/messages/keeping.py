"""Keeping messages, of which the settings allow only so many."""

from __future__ import annotations

from functools import partial

from ...state import Account, Chat, Message, Session, State
from .. import chats


def keep(state: State, session: Session, chat: Chat, message: Message, *, is_copy: bool = False) -> None:
    """Put a message into its chat; the oldest messages of the sandbox may have to go.

    Args:
        state: The state.
        session: The session that has the account.
        chat: The chat, as the account sees it.
        message: The message.
        is_copy: Whether it has come from another session of the sandbox, which keeps its request.
    """
    settings = state.settings
    chats.add_message(chat, message)
    state.kept_messages.add(1, partial(_forget, session.account, message), settings.max_messages)
    content = message.request.get("base64", "")
    if content and not is_copy:
        forget = partial(message.request.pop, "base64", None)
        state.kept_bytes.add(len(content), forget, settings.max_file_bytes)


def remember_sent(state: State, message: Message) -> None:
    """Put a message into the list of those that were sent through the API."""
    state.sent.append(message)
    del state.sent[: -state.settings.max_messages]


def _forget(account: Account, message: Message) -> None:
    # Chats become one where two turn out to be with the same person.
    chat = account.chats.get(message.chat_id)
    if chat is None or chat.messages.pop(message.id, None) is None:
        return
    if not message.from_me and message.status != "read":
        chat.unread -= 1
