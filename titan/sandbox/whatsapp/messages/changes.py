"""What people do to messages: reactions, edits, votes, stars, deletion."""

from __future__ import annotations

from functools import partial
from typing import Callable, List, NamedTuple

from ...base.encoding import Json
from ...base.errors import SandboxError
from ...delivery import events
from ...state import Message, Session, State
from . import lookup, reach

_SECONDS_TO_EDIT = 15 * 60
_SECONDS_TO_REVOKE = 2 * 24 * 3600


def react(state: State, session: Session, message: Message, person: str, reaction: str) -> None:
    """Put a person's reaction on a message; an empty one takes it away."""

    def change(copy: Message) -> None:
        if reaction:
            copy.reactions[person] = reaction
        else:
            copy.reactions.pop(person, None)

    _change(state, session, message, person, _Change("message.reaction", change, {"reaction": reaction}))


def edit(state: State, session: Session, message: Message, text: str) -> None:
    """Change the text of a message, as its sender.

    Raises:
        SandboxError: 409, later than 15 minutes after it was sent.
    """
    _check_age(state, message, _SECONDS_TO_EDIT, "edited for 15 minutes")

    def change(copy: Message) -> None:
        copy.text, copy.edited = text, True

    _change(state, session, message, message.sender, _Change("message.edited", change, {"text": text}))


def revoke(state: State, session: Session, message: Message) -> None:
    """Delete a message for everyone, as its sender; that there was one stays visible.

    Raises:
        SandboxError: 409, later than two days after it was sent.
    """
    _check_age(state, message, _SECONDS_TO_REVOKE, "deleted for everyone for two days")

    def change(copy: Message) -> None:
        copy.deleted = True
        copy.reactions.clear()

    _change(state, session, message, message.sender, _Change("message.revoked", change, {}))


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

    def change(copy: Message) -> None:
        copy.votes[person] = list(dict.fromkeys(options))

    _change(state, session, message, person, _Change("message.vote", change, {"options": options}))


class _Change(NamedTuple):
    """What somebody does to a message."""

    event: str
    make: Callable[[Message], None]
    """Does it to the message as one session has it."""
    told: Json
    """What the event tells about it."""


def _change(state: State, session: Session, message: Message, person: str, change: _Change) -> None:
    """Change a message as each session of this sandbox has it, as soon as the session can know."""
    is_own = person == session.account.jid
    for holder, copy in lookup.find_copies(state, session, message):
        act = partial(_change_copy, state, holder, copy, person, change)
        if not is_own:
            reach.when_reachable(state, holder, act)
        elif holder is session:
            act()
        else:
            reach.when_reachable(state, session, reach.make_patient(state, holder, act))


def _change_copy(state: State, session: Session, copy: Message, person: str, change: _Change) -> None:
    if not copy.deleted:
        change.make(copy)
        _emit(state, session, copy, change.event, person, change.told)


def _check_age(state: State, message: Message, seconds: float, what: str) -> None:
    if (state.clock.now() - message.at).total_seconds() > seconds:
        raise SandboxError(409, f"a message can be {what} after it was sent, no longer: {message.id}")


def _emit(state: State, session: Session, message: Message, event: str, person: str, more: Json) -> None:
    payload: Json = {"id": message.id, "chatId": message.chat_id, "fromMe": person == session.account.jid}
    if person != session.account.jid:
        payload["sender"] = events.reference(state, person)
    events.emit(state, session, event, {**payload, **more})
