"""What the page and the tests see of the state: all of it, not only what Titan tells."""

from __future__ import annotations

import hashlib
from typing import Any, Dict, List, Optional

from ..base import jids
from ..base.clock import iso
from ..delivery.log import view_delivery, view_webhook
from ..state import Chat, Json, Message, Session, State
from . import chats, lifecycle

_MOST_MESSAGES = 200
_MOST_DELIVERIES = 50


def message(session: Session, shown: Message) -> Json:
    """Show a message with everything that happened to it."""
    request = shown.request
    file = session.account.files.get(shown.media_id or "")
    return {
        "id": shown.id,
        "chatId": shown.chat_id,
        "fromMe": shown.from_me,
        "sender": shown.sender,
        "pushName": shown.push_name,
        "type": request["type"],
        "text": None if shown.deleted else shown.text,
        "status": shown.status,
        "at": iso(shown.at),
        "edited": shown.edited,
        "deleted": shown.deleted,
        "starred": shown.starred,
        "reactions": [
            {"sender": "me" if who == session.account.jid else who, "reaction": reaction}
            for who, reaction in shown.reactions.items()
        ],
        "media": None
        if file is None
        else {
            "id": file.id,
            "mimeType": file.mime_type,
            "url": None if file.content is None else f"/sandbox/files/{file.id}",
            "filename": file.filename,
            "fileLength": len(file.content or b""),
        },
        "poll": _poll(shown) if request["type"] == "poll" else None,
        "location": {name: request.get(name) for name in ("latitude", "longitude", "name", "address")}
        if request["type"] == "location"
        else None,
        "contacts": request.get("contacts", []) if request["type"] == "contact" else [],
        "quoted": _quoted(session, request.get("quotedMessage")),
    }


def _poll(shown: Message) -> Json:
    chosen = [option for options in shown.votes.values() for option in options]
    return {
        "question": shown.request.get("question"),
        "options": [
            {"text": option, "votes": chosen.count(option)} for option in shown.request.get("options", [])
        ],
    }


def _quoted(session: Session, quoted: Optional[Dict[str, Any]]) -> Optional[Json]:
    if quoted is None:
        return None
    name = quoted.get("id")
    chats_of = session.account.chats.values()
    found = next((one.messages[name] for one in chats_of if name in one.messages), None)
    return {
        "id": name,
        "text": None if found is None else found.text,
        "fromMe": found is not None and found.from_me,
    }


def chat(state: State, session: Session, shown: Chat) -> Json:
    """Show a chat with its labels, its people, and what they are doing."""
    account = session.account
    contact = account.contacts.get(shown.id)
    last = next(reversed(shown.messages.values()), None)
    view: Json = {
        **chats.view(state, session, shown),
        "labels": [chats.view_label(one) for one in account.labels.values() if shown.id in one.chats],
        "typing": shown.typing,
        "presence": None if contact is None else contact.presence,
        "last": None if last is None else message(session, last),
    }
    if jids.is_group(shown.id):
        # A group that was deleted leaves its chat.
        members = state.groups[shown.id].members if shown.id in state.groups else {}
        view["members"] = [
            {"jid": jid, "phoneNumber": jids.phone(jid), "name": chats.title(state, session, jid)}
            for jid in members
            if jid != account.jid
        ]
    return view


def chat_with_messages(state: State, session: Session, shown: Chat) -> Json:
    """Show a chat and all its messages, oldest first."""
    return {
        **chat(state, session, shown),
        "messages": [message(session, one) for one in shown.messages.values()],
    }


def everything(state: State, session_name: Optional[str], chat_id: Optional[str]) -> Json:
    """Show what the page shows, with one session and one chat of it open."""
    session = state.sessions.get(session_name or "")
    opened = None if session is None else session.account.chats.get(chat_id or "")
    shown_messages: List[Message] = [] if opened is None else list(opened.messages.values())[-_MOST_MESSAGES:]
    return {
        "version": state.version,
        "sessions": [_session(one) for one in state.sessions.values()],
        "chats": [] if session is None else [chat(state, session, one) for one in _newest_first(session)],
        "messages": [] if session is None else [message(session, one) for one in shown_messages],
        "deliveries": [view_delivery(one) for one in reversed(state.deliveries[-_MOST_DELIVERIES:])],
        "webhooks": [view_webhook(one) for one in state.webhooks.values()],
    }


def _newest_first(session: Session) -> List[Chat]:
    return sorted(
        session.account.chats.values(), key=lambda one: one.last_at or session.created_at, reverse=True
    )


def _session(session: Session) -> Json:
    identity = lifecycle.identity(session.account)
    return {
        "name": session.name,
        "status": session.status,
        "statusReason": session.status_reason,
        "phoneNumber": identity.get("phoneNumber"),
        "pushName": identity.get("pushName"),
        "platform": identity.get("platform"),
        "qr": None
        if session.pairing is None
        else hashlib.sha256(session.pairing.qr.encode()).hexdigest()[:12],
        "unreadCount": sum(one.unread for one in session.account.chats.values()),
    }
