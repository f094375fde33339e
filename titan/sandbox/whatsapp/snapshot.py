"""What the page and the tests get to see: all of the state, not only what Titan's API shows."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Dict, List, Optional

from ..base import jids
from ..base.clock import format_time
from ..base.encoding import Json
from ..delivery import log, webhooks
from ..state import Chat, File, Message, Session, State
from . import chats, labels, sessions
from .messages import formats

_MOST_MESSAGES = 200
_MOST_DELIVERIES = 50


def take(
    state: State, session_name: Optional[str], chat_id: Optional[str], most_messages: int = _MOST_MESSAGES
) -> Json:
    """Show what the page shows, with one session and one chat of it open."""
    session = state.sessions.get(session_name or "")
    chat_id = state.directory.find(chat_id or "")
    chat = None if session is None else session.account.chats.get(chat_id)
    messages: List[Message] = [] if chat is None else list(chat.messages.values())[-most_messages:]
    return {
        "version": state.version,
        "openChat": None if chat is None else chat.id,
        "sessions": [_show_session(state, one) for one in state.sessions.values()],
        "chats": []
        if session is None
        else [show_chat(state, session, one) for one in _newest_first(session)],
        "messages": [] if session is None else [show_message(session, one) for one in messages],
        "deliveries": [log.to_json(one) for one in reversed(state.deliveries[-_MOST_DELIVERIES:])],
        "webhooks": [webhooks.to_json(one) for one in state.webhooks.values()],
    }


def show_chat_with_messages(state: State, session: Session, chat: Chat) -> Json:
    """Show a chat and all its messages, oldest first."""
    messages = [show_message(session, one) for one in chat.messages.values()]
    return {**show_chat(state, session, chat), "messages": messages}


def show_chat(state: State, session: Session, chat: Chat) -> Json:
    """Show a chat with its labels, its people, and what they are doing."""
    account = session.account
    contact = account.contacts.get(chat.id)
    last = next(reversed(chat.messages.values()), None)
    shown: Json = {
        **chats.to_json(state, session, chat),
        "labels": [labels.to_json(one) for one in account.labels.values() if chat.id in one.chats],
        "typing": chat.typing,
        "presence": None if contact is None else contact.presence,
        "isAnybodyThere": chats.is_anybody_there(state, session, chat.id),
        "last": None if last is None else show_message(session, last),
    }
    if jids.is_group(chat.id):
        # A group that was deleted leaves its chat.
        members = state.groups[chat.id].members if chat.id in state.groups else {}
        shown["members"] = [
            {"jid": jid, "name": chats.find_name(state, session, jid)}
            for jid in members
            if jid != account.jid
        ]
    return shown


def show_message(session: Session, message: Message) -> Json:
    """Show a message with everything that happened to it."""
    request, me = message.request, session.account.jid
    file = session.account.files.get(message.media_id or "")
    return {
        "id": message.id,
        "chatId": message.chat_id,
        "fromMe": message.from_me,
        "sender": message.sender,
        "pushName": message.push_name,
        "type": request["type"],
        "text": None if message.deleted else message.text,
        "status": message.status,
        "at": format_time(message.at),
        "edited": message.edited,
        "deleted": message.deleted,
        "starred": message.starred,
        "reactions": [
            {"sender": "me" if person == me else person, "reaction": reaction}
            for person, reaction in message.reactions.items()
        ],
        "media": None if file is None else _show_file(file),
        "poll": _show_poll(message) if request["type"] == "poll" else None,
        "location": _show_location(request) if request["type"] == "location" else None,
        "contacts": request.get("contacts", []) if request["type"] == "contact" else [],
        "quoted": _show_quoted(session, request.get("quotedMessage")),
    }


def show_sent_message(message: Message) -> Json:
    """Show a sent message as Titan does, with what happened to it and the body that asked for it."""
    return {
        **formats.to_json(message),
        "edited": message.edited,
        "deleted": message.deleted,
        "starred": message.starred,
        "reactions": dict(message.reactions),
        "request": message.request,
    }


def _show_file(file: File) -> Json:
    return {
        "id": file.id,
        "mimeType": file.mime_type,
        "url": None if file.content is None else f"/sandbox/files/{file.id}",
        "filename": file.filename,
        "fileLength": len(file.content or b""),
    }


def _show_poll(message: Message) -> Json:
    chosen = [option for options in message.votes.values() for option in options]
    return {
        "question": message.request.get("question"),
        "options": [
            {"text": option, "votes": chosen.count(option)} for option in message.request.get("options", [])
        ],
    }


def _show_location(request: Json) -> Json:
    return {name: request.get(name) for name in ("latitude", "longitude", "name", "address")}


def _show_quoted(session: Session, quoted: Optional[Dict[str, Any]]) -> Optional[Json]:
    if quoted is None:
        return None
    message_id = quoted.get("id")
    all_chats = session.account.chats.values()
    found = next((one.messages[message_id] for one in all_chats if message_id in one.messages), None)
    return {
        "id": message_id,
        "text": None if found is None else found.text,
        "fromMe": found is not None and found.from_me,
    }


def _newest_first(session: Session) -> List[Chat]:
    return sorted(
        session.account.chats.values(), key=lambda one: one.last_at or session.created_at, reverse=True
    )


def _show_session(state: State, session: Session) -> Json:
    identity = sessions.identity_to_json(state, session.account)
    # The page must know when there is another QR code, and needs no more of it than that.
    qr = None if session.pairing is None else hashlib.sha256(session.pairing.qr.encode()).hexdigest()[:12]
    return {
        "name": session.name,
        "status": session.status,
        "statusReason": session.status_reason,
        "phoneNumber": identity.get("phoneNumber"),
        "pushName": identity.get("pushName"),
        "platform": identity.get("platform"),
        "qr": qr,
        "silent": session.silent,
        "restrictedUntil": _show_end(state, state.restrictions.get(session.account.jid)),
        "bannedUntil": _show_end(state, state.bans.get(session.account.jid)),
        "unreadCount": sum(one.unread for one in session.account.chats.values()),
    }


def _show_end(state: State, until: Optional[datetime]) -> Optional[str]:
    return None if until is None or until <= state.clock.now() else format_time(until)
