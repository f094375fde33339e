"""Sending messages, and bringing them to other sessions of this sandbox."""

from __future__ import annotations

from functools import partial
from typing import Callable, Iterator, Optional

from ...base import jids
from ...base.encoding import Json
from ...base.errors import SandboxError
from ...delivery import events
from ...state import File, Message, Session, State
from .. import chats, media
from . import formats, keeping, progress, reach, receiving, restrictions


def send(state: State, session: Session, body: Json) -> Message:
    """Send a message.

    Args:
        state: The state.
        session: A connected session.
        body: What to send.

    Returns:
        The message, with the status `sent`; `delivered` where another session has got it; `pending` while the
        session is silent.

    Raises:
        SandboxError: 400 when it cannot be sent as it is; 403 for a stranger, when the account is restricted;
            404 for an unknown group or channel.
    """
    chat_id = chats.resolve(state, session, body["chatId"])
    _check_cards(body)
    restrictions.check_may_write(state, session, chat_id)
    has_media = body["type"] in formats.TYPES_WITH_MEDIA
    content = media.decode(body, body["type"]) if has_media else None
    restrictions.count_stranger(state, session, chat_id)
    message = _create(state, session, chat_id, body, "pending")
    _show_in_chat(state, session, message)
    if has_media:
        url = None if content is not None else body["url"]
        file = media.add(state, session, message.id, content, filename=body.get("filename"), source_url=url)
        message.media_id = file.id
    keeping.remember_sent(state, message)
    events.emit(state, session, "message.sent", formats.to_payload(state, session, message))
    _schedule_progress(state, session, message)
    return message


def send_from_phone(
    state: State, session: Session, chat_id: str, request: Json, file: Optional[File] = None
) -> Message:
    """Send a message from the account's own phone, which Titan sees as it sees everything on it.

    Args:
        state: The state.
        session: A session that is paired; Titan sees it once something comes over its connection.
        chat_id: JID of the chat.
        request: The message, in the shape of a body that asks for one to be sent.
        file: The file that it brings.

    Returns:
        The message, with the status `sent`; `delivered` where another session has got it.

    Raises:
        SandboxError: 403 for a stranger, when the account is restricted.
    """
    restrictions.check_may_write(state, session, chat_id)
    message = _create(state, session, chat_id, request, "sent")
    if file is not None:
        message.media_id = receiving.keep(state, session, message, file).id

    def appear() -> None:
        _show_in_chat(state, session, message)
        for event in ("message.sent", "message.received"):
            events.emit(state, session, event, formats.to_payload(state, session, message))

    reach.when_reachable(state, session, appear)
    _schedule_progress(state, session, message)
    return message


def _create(state: State, session: Session, chat_id: str, request: Json, status: str) -> Message:
    return Message(
        id=receiving.create_id(),
        session=session.name,
        chat_id=chat_id,
        from_me=True,
        sender=session.account.jid,
        push_name=session.account.push_name,
        at=state.clock.now(),
        status=status,
        request=request,
        text=formats.text_of(request),
    )


def _check_cards(body: Json) -> None:
    """Refuse a message of contact cards without any, which the contract says in words.

    Raises:
        SandboxError: 400.
    """
    if body["type"] == "contact" and not (body.get("contacts") or body.get("vcard")):
        raise SandboxError(400, "missing required field: contacts or vcard")


def _show_in_chat(state: State, session: Session, message: Message) -> None:
    chat = chats.open_chat(state, session, message.chat_id)
    keeping.keep(state, session, chat, message)
    chat.typing = None


def _schedule_progress(state: State, session: Session, message: Message) -> None:
    settings = state.settings
    # Accounts: until it leaves, a session may have been paired with another one.
    receivers = {one.account.jid for one in _find_receivers(state, session, message.chat_id)}

    def leave() -> None:
        progress.advance(state, session, message, "sent")
        for receiver in state.sessions.values():
            if receiver.account.jid in receivers:
                _hand_over(state, session, message, receiver)

    leave_patiently = _make_patient(state, session, message, leave)
    if message.status == "sent":
        # It left from the phone, which needs no session.
        leave()
    elif settings.sent_after == 0:
        leave_patiently()
    else:
        state.clock.call_later(settings.sent_after, leave_patiently)
    if receivers or not chats.is_anybody_there(state, session, message.chat_id):
        # What another session of this sandbox gets is read when that session says so.
        return
    for status, after in (("delivered", settings.delivered_after), ("read", settings.read_after)):
        if after is not None:
            come = partial(progress.advance, state, session, message, status)
            state.clock.call_later(after, _make_patient(state, session, message, come))


def _make_patient(
    state: State, session: Session, message: Message, action: Callable[[], None]
) -> Callable[[], None]:
    """Make an action wait for the session; it does not run if the message was deleted meanwhile."""

    def act() -> None:
        if not message.deleted:
            action()

    return reach.make_patient(state, session, act)


def _find_receivers(state: State, session: Session, chat_id: str) -> Iterator[Session]:
    if chat_id in state.groups:
        people = {*state.groups[chat_id].members}
    elif chat_id in state.channels:
        people = state.channels[chat_id].followers
    else:
        people = {chat_id}
    for other in state.sessions.values():
        if other.account.jid in people and other.account.jid != session.account.jid:
            yield other


def _hand_over(state: State, session: Session, message: Message, receiver: Session) -> None:
    chat_id = message.sender if jids.is_person(message.chat_id) else message.chat_id
    file = session.account.files.get(message.media_id or "")
    come = partial(progress.advance, state, session, message, "delivered")
    confirm = _make_patient(state, session, message, come)

    def arrive() -> None:
        if message.deleted or receiving.is_blocked(receiver, chat_id, message.sender):
            return
        receiving.receive(
            state,
            receiver,
            chat_id,
            message.sender,
            message.push_name,
            message.request,
            file,
            message.id,
            message.at,
        )
        confirm()

    reach.when_reachable(state, receiver, arrive)
