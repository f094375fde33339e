"""What people do to messages: reactions, edits, votes, stars, deletion."""

from __future__ import annotations

from typing import List

from ...base.encoding import Json
from ...base.errors import SandboxError
from ...delivery import events
from ...state import Message, Session, State
from . import lookup


def react(state: State, session: Session, message: Message, person: str, reaction: str) -> None:
    """Put a person's reaction on a message; an empty one takes it away."""
    for holder, copy in lookup.find_copies(state, session, message):
        if reaction:
            copy.reactions[person] = reaction
        else:
            copy.reactions.pop(person, None)
        _emit(state, holder, copy, "message.reaction", person, {"reaction": reaction})


def edit(state: State, session: Session, message: Message, text: str) -> None:
    """Change the text of a message, as its sender."""
    for holder, copy in lookup.find_copies(state, session, message):
        copy.text, copy.edited = text, True
        _emit(state, holder, copy, "message.edited", message.sender, {"text": text})


def revoke(state: State, session: Session, message: Message) -> None:
    """Delete a message for everyone, as its sender; that there was one stays visible."""
    for holder, copy in lookup.find_copies(state, session, message):
        copy.deleted = True
        copy.reactions.clear()
        _emit(state, holder, copy, "message.revoked", message.sender, {})


def delete(state: State, session: Session, message: Message) -> None:
    """Delete a message for the account alone."""
    chat = session.account.chats[message.chat_id]
    del chat.messages[message.id]
    if not message.from_me and message.status != "read":
        chat.unread -= 1
    _emit(state, session, message, "message.delete", session.account.jid, {})


def star(state: State, session: Session, message: Message, starred: bool) -> None:
    """Star a message, or take the star away."""
    message.starred = starred
    _emit(state, session, message, "message.update", session.account.jid, {"starred": starred})


def vote(state: State, session: Session, message: Message, person: str, options: List[str]) -> None:
    """Set a person's choice in a poll, instead of the one before.

    Raises:
        SandboxError: 400 when the message is not a poll, or has no such options.
    """
    known = message.request.get("options", [])
    if message.request["type"] != "poll" or not all(option in known for option in options):
        raise SandboxError(400, "options must be options of the poll")
    if len(options) > 1 and not message.request.get("multipleAnswers"):
        raise SandboxError(400, "this poll allows one answer only")
    for holder, copy in lookup.find_copies(state, session, message):
        copy.votes[person] = list(dict.fromkeys(options))
        _emit(state, holder, copy, "message.vote", person, {"options": options})


def _emit(state: State, session: Session, message: Message, event: str, person: str, more: Json) -> None:
    payload: Json = {"id": message.id, "chatId": message.chat_id, "fromMe": person == session.account.jid}
    if person != session.account.jid:
        payload["sender"] = events.reference(state, person)
    events.emit(state, session, event, {**payload, **more})
