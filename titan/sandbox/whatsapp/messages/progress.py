"""How far a message has come: from `pending` to `read`."""

from __future__ import annotations

from functools import partial
from typing import Iterable, List

from ...delivery import events
from ...state import Chat, Message, Session, State
from . import lookup, reach

_STATUSES = ("pending", "sent", "delivered", "read")


def advance(state: State, session: Session, message: Message, status: str) -> None:
    """Advance a message to a later status, step by step; it never goes back."""
    for step in _STATUSES[_STATUSES.index(message.status) + 1 : _STATUSES.index(status) + 1]:
        message.status = step
        payload = {"id": message.id, "chatId": message.chat_id, "status": step}
        events.emit(state, session, "message.ack", payload)


def mark_seen(state: State, session: Session, chat: Chat, messages: Iterable[Message]) -> None:
    """Mark incoming messages as read; a sender that is a session of this sandbox sees it."""
    for message in messages:
        if message.from_me or message.status == "read":
            continue
        message.status = "read"
        chat.unread -= 1
        for holder, copy in lookup.find_copies(state, session, message):
            if copy.from_me:
                reach.when_reachable(state, holder, partial(advance, state, holder, copy, "read"))
    events.emit(state, session, "chat.read", {"chatId": chat.id, "read": True})


def mark_read_by_answer(state: State, session: Session, chat: Chat, answer: Message) -> None:
    """Mark the account's messages in a chat as read that the other person has answered."""
    unread: List[Message] = []
    for message in reversed(chat.messages.values()):
        if message.from_me and message.at <= answer.at:
            if message.status == "read":
                break
            unread.append(message)
    for message in reversed(unread):
        advance(state, session, message, "read")
