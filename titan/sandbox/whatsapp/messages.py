"""Messages: sending, receiving, what happens to them, and how far they have come."""

from __future__ import annotations

import secrets
from functools import partial
from typing import Callable, Iterator, List, Optional, Tuple

from ..base import jids
from ..base.clock import iso
from ..base.errors import SandboxError
from ..delivery import events
from ..state import Chat, File, Json, Message, Session, State
from . import chats, contacts, media, presence

STATUSES = ("pending", "sent", "delivered", "read")

WITH_MEDIA = ("image", "video", "voice", "file", "sticker")
_TYPES_IN_EVENTS = {"voice": "audio", "file": "document"}


def view(message: Message) -> Json:
    """Show a message as Titan does when it was sent."""
    shown: Json = {
        "id": message.id,
        "session": message.session,
        "chatId": message.chat_id,
        "fromMe": message.from_me,
        "status": message.status,
        "type": message.request["type"],
        "sentAt": iso(message.at),
    }
    if message.request["type"] == "text":
        shown["text"] = message.text
    if message.media_id is not None:
        shown["mediaId"] = message.media_id
    return shown


def send(state: State, session: Session, body: Json) -> Message:
    """Send a message.

    Args:
        state: The state.
        session: A connected session.
        body: What to send.

    Returns:
        The message, with the status `sent`; `delivered` where another session has got it.

    Raises:
        SandboxError: 400 when its file is none; 404 for an unknown group or channel.
    """
    jid = chats.resolve(state, session, body["chatId"])
    content = media.from_body(body) if body["type"] in WITH_MEDIA else None
    account = session.account
    message = Message(
        id=f"msg_{secrets.token_urlsafe(16)}",
        session=session.name,
        chat_id=jid,
        from_me=True,
        sender=account.jid,
        push_name=account.push_name,
        at=state.clock.now(),
        status="pending",
        request=body,
        text=_text(body),
    )
    chat = chats.ensure(state, session, jid)
    if body["type"] in WITH_MEDIA:
        file = media.add(
            state,
            session,
            message.id,
            content,
            filename=body.get("filename"),
            source_url=None if content is not None else body["url"],
        )
        message.media_id = file.id
    chat.messages[message.id] = message
    chat.last_at = message.at
    chat.typing = None
    state.sent.append(message)
    events.emit(state, session, "message.sent", _payload(state, session, message))
    _schedule_progress(state, session, message)
    return message


def _text(body: Json) -> Optional[str]:
    text: Optional[str] = body.get("text", body.get("caption"))
    return text


def _schedule_progress(state: State, session: Session, message: Message) -> None:
    account, settings = session.account, state.settings
    others = list(_receivers(state, session, message.chat_id))

    def leave() -> None:
        advance(state, session, message, "sent")
        for other in others:
            _hand_over(state, session, message, other)

    def once_connected(action: Callable[[], None]) -> Callable[[], None]:
        def act() -> None:
            if session.account is not account or not state.knows(session):
                return
            if not session.is_connected:
                account.missed.append(act)
            elif not message.deleted:
                action()

        return act

    if settings.sent_after == 0:
        leave()
    else:
        state.clock.later(settings.sent_after, once_connected(leave))
    if others:
        # What another session of this sandbox gets is read when that session says so.
        return
    for status, after in (("delivered", settings.delivered_after), ("read", settings.read_after)):
        if after is not None:
            state.clock.later(after, once_connected(partial(advance, state, session, message, status)))


def _receivers(state: State, session: Session, chat_id: str) -> Iterator[Session]:
    if chat_id in state.groups:
        people = {*state.groups[chat_id].members}
    elif chat_id in state.channels:
        people = state.channels[chat_id].followers
    else:
        people = {chat_id}
    for other in state.sessions.values():
        if other.account.jid in people and other.account.jid != session.account.jid:
            yield other


def _hand_over(state: State, session: Session, message: Message, other: Session) -> None:
    chat_id = message.sender if jids.is_person(message.chat_id) else message.chat_id
    file = session.account.files.get(message.media_id or "")

    def arrive() -> None:
        if message.deleted or is_blocked(other, chat_id, message.sender):
            return
        receive(state, other, chat_id, message.sender, message.push_name, message.request, file, message.id)
        if state.knows(session) and session.account.jid == message.sender:
            advance(state, session, message, "delivered")

    if other.is_connected:
        arrive()
    else:
        other.account.missed.append(arrive)


def is_blocked(session: Session, chat_id: str, sender: str) -> bool:
    """Tell whether the account gets nothing from somebody; in groups, blocking changes nothing."""
    contact = session.account.contacts.get(sender)
    return jids.is_person(chat_id) and contact is not None and contact.blocked


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
    """Have a message come in.

    Args:
        state: The state.
        session: A connected session.
        chat_id: JID of the chat.
        sender: JID of the person who wrote it.
        push_name: The name that person shows.
        request: The message, in the shape in which one is sent.
        file: The file that comes with it.
        message_id: Its id; None makes one up.

    Returns:
        The message.
    """
    contact = contacts.ensure(state, session, sender, push_name)
    presence.show(state, session, sender, "available")
    chat = chats.ensure(state, session, chat_id)
    message = Message(
        id=message_id or f"msg_{secrets.token_urlsafe(16)}",
        session=session.name,
        chat_id=chat_id,
        from_me=False,
        sender=sender,
        push_name=contact.push_name,
        at=state.clock.now(),
        status="delivered",
        request=request,
        text=_text(request),
    )
    if file is not None:
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
        message.media_id = kept.id
    chat.messages[message.id] = message
    chat.last_at = message.at
    chat.unread += 1
    events.emit(state, session, "message.received", _payload(state, session, message))
    if jids.is_person(chat_id):
        _mark_answered_as_read(state, session, chat)
    return message


def _mark_answered_as_read(state: State, session: Session, chat: Chat) -> None:
    unread: List[Message] = []
    for message in reversed(chat.messages.values()):
        if message.from_me:
            if message.status == "read":
                break
            unread.append(message)
    for message in reversed(unread):
        advance(state, session, message, "read")


def advance(state: State, session: Session, message: Message, status: str) -> None:
    """Have a message come further, step by step; it never goes back."""
    for step in STATUSES[STATUSES.index(message.status) + 1 : STATUSES.index(status) + 1]:
        message.status = step
        payload = {"id": message.id, "chatId": message.chat_id, "status": step}
        events.emit(state, session, "message.ack", payload)


def react(state: State, session: Session, message: Message, who: str, reaction: str) -> None:
    """Put a reaction on a message; an empty one takes it away."""
    for holder, copy in copies(state, session, message):
        if reaction:
            copy.reactions[who] = reaction
        else:
            copy.reactions.pop(who, None)
        emit_change(state, holder, copy, "message.reaction", who, {"reaction": reaction})


def edit(state: State, session: Session, message: Message, who: str, text: str) -> None:
    """Give a message another text."""
    for holder, copy in copies(state, session, message):
        copy.text, copy.edited = text, True
        emit_change(state, holder, copy, "message.edited", who, {"text": text})


def revoke(state: State, session: Session, message: Message, who: str) -> None:
    """Delete a message for everyone; that there was one stays to be seen."""
    for holder, copy in copies(state, session, message):
        copy.deleted = True
        copy.reactions.clear()
        emit_change(state, holder, copy, "message.revoked", who, {})


def vote(state: State, session: Session, message: Message, who: str, options: List[str]) -> None:
    """Choose options of a poll, instead of those chosen before.

    Raises:
        SandboxError: 400 when it is no poll, or has no such options.
    """
    known = message.request.get("options", [])
    if message.request["type"] != "poll" or not all(option in known for option in options):
        raise SandboxError(400, "options must be options of the poll")
    if len(options) > 1 and not message.request.get("multipleAnswers"):
        raise SandboxError(400, "this poll allows one answer only")
    for holder, copy in copies(state, session, message):
        copy.votes[who] = list(dict.fromkeys(options))
        emit_change(state, holder, copy, "message.vote", who, {"options": options})


def find(state: State, session: Session, message_id: str, chat_id: Optional[str] = None) -> Message:
    """Find a message.

    Raises:
        SandboxError: 404.
    """
    if chat_id is not None:
        return find_in(chats.find(state, session, chat_id), message_id)
    for chat in session.account.chats.values():
        if message_id in chat.messages:
            return chat.messages[message_id]
    raise _not_found(message_id)


def find_in(chat: Chat, message_id: str) -> Message:
    """Find a message in a chat.

    Raises:
        SandboxError: 404.
    """
    if message_id not in chat.messages:
        raise _not_found(message_id)
    return chat.messages[message_id]


def _not_found(message_id: str) -> SandboxError:
    return SandboxError(404, f"message not found: {message_id}")


def find_undeleted(state: State, session: Session, message_id: str, chat_id: Optional[str] = None) -> Message:
    """Find a message that was not deleted for everyone.

    Raises:
        SandboxError: 404.
    """
    message = find(state, session, message_id, chat_id)
    if message.deleted:
        raise SandboxError(404, f"message was deleted: {message.id}")
    return message


def emit_change(state: State, session: Session, message: Message, event: str, who: str, more: Json) -> None:
    """Tell the webhooks what happened to a message."""
    payload: Json = {"id": message.id, "chatId": message.chat_id, "fromMe": who == session.account.jid}
    if who != session.account.jid:
        payload["sender"] = events.jid_ref(who)
    events.emit(state, session, event, {**payload, **more})


def _payload(state: State, session: Session, message: Message) -> Json:
    kind = message.request["type"]
    text = message.text or ""
    payload: Json = {
        "id": message.id,
        "from": events.jid_ref(message.chat_id),
        "type": _TYPES_IN_EVENTS.get(kind, kind),
        "body": text,
        "text": text,
        "timestamp": int(message.at.timestamp()),
        "fromMe": message.from_me,
        "pushName": message.push_name,
        "isGroup": jids.is_group(message.chat_id),
    }
    if payload["isGroup"]:
        payload["sender"] = events.jid_ref(message.sender)
    file = session.account.files.get(message.media_id or "")
    if file is not None:
        payload.update(mediaId=file.id, mimeType=file.mime_type, fileLength=len(file.content or b""))
        if file.persisted:
            payload["mediaUrl"] = media.address(state, file)
    return payload


def copies(state: State, session: Session, message: Message) -> Iterator[Tuple[Session, Message]]:
    """Give a message as each session of this sandbox has it, the given one first."""
    yield session, message
    for other in state.sessions.values():
        if other is not session:
            for chat in other.account.chats.values():
                if message.id in chat.messages:
                    yield other, chat.messages[message.id]
