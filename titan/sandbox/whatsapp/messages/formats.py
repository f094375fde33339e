"""The forms in which messages are shown: as Titan's API has them, and as its events do."""

from __future__ import annotations

from typing import Optional

from ...base import jids
from ...base.clock import format_time
from ...base.encoding import Json
from ...delivery import events
from ...state import Message, Session, State
from .. import media

TYPES_WITH_MEDIA = ("image", "video", "voice", "file", "sticker")
_TYPES_IN_EVENTS = {"voice": "audio", "file": "document"}


def text_of(request: Json) -> Optional[str]:
    """Return the text of a message, or the caption of its file."""
    text: Optional[str] = request.get("text", request.get("caption"))
    return text


def to_json(message: Message) -> Json:
    """Show a sent message as Titan's API does."""
    shown: Json = {
        "id": message.id,
        "session": message.session,
        "chatId": message.chat_id,
        "fromMe": message.from_me,
        "status": message.status,
        "type": message.request["type"],
        "sentAt": format_time(message.at),
    }
    if message.request["type"] == "text":
        shown["text"] = message.text
    if message.media_id is not None:
        shown["mediaId"] = message.media_id
    return shown


def to_payload(state: State, session: Session, message: Message) -> Json:
    """Show a message as events do."""
    kind = message.request["type"]
    text = message.text or ""
    payload: Json = {
        "id": message.id,
        "from": events.reference(state, message.chat_id),
        "type": _TYPES_IN_EVENTS.get(kind, kind),
        "body": text,
        "text": text,
        "timestamp": int(message.at.timestamp()),
        "fromMe": message.from_me,
        "pushName": message.push_name,
        "isGroup": jids.is_group(message.chat_id),
    }
    if payload["isGroup"]:
        payload["sender"] = events.reference(state, message.sender)
    file = session.account.files.get(message.media_id or "")
    if file is not None:
        payload.update(mediaId=file.id, mimeType=file.mime_type, fileLength=len(file.content or b""))
        if file.persisted:
            payload["mediaUrl"] = media.address_of(state, file)
    return payload
