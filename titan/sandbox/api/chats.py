"""Handlers of the chats."""

from __future__ import annotations

from ..base.clock import iso
from ..delivery import events
from ..state import Chat, Json
from ..whatsapp import chats
from .request import DONE, ApiRequest, ApiResponse, Handlers
from .resources import Resource


def _find(request: ApiRequest) -> Chat:
    return chats.find(request.state, request.session, request.path["chatId"])


def _get(request: ApiRequest) -> ApiResponse:
    return ApiResponse(chats.view(request.state, request.session, _find(request)))


def _archive(request: ApiRequest) -> ApiResponse:
    return _set_archived(request, True)


def _unarchive(request: ApiRequest) -> ApiResponse:
    return _set_archived(request, False)


def _set_archived(request: ApiRequest, archived: bool) -> ApiResponse:
    chat = _find(request)
    chat.archived = archived
    events.emit(request.state, request.session, "chat.archive", {"chatId": chat.id, "archived": archived})
    return DONE


def _mute(request: ApiRequest) -> ApiResponse:
    chat, duration = _find(request), (request.body or {}).get("duration")
    until = None if duration is None else request.state.clock.after(duration, "duration")
    chat.muted, chat.muted_until = True, until
    payload: Json = {"chatId": chat.id, "muted": True}
    if until is not None:
        payload["mutedUntil"] = iso(until)
    events.emit(request.state, request.session, "chat.mute", payload)
    return DONE


def _unmute(request: ApiRequest) -> ApiResponse:
    chat = _find(request)
    chat.muted, chat.muted_until = False, None
    events.emit(request.state, request.session, "chat.mute", {"chatId": chat.id, "muted": False})
    return DONE


_chats = Resource(
    "chats",
    "chat",
    "chatId",
    lambda request: request.account.chats,
    lambda request, chat: chats.view(request.state, request.session, chat),
)


HANDLERS: Handlers = {
    **_chats.handlers(get=False),
    # By LID as well.
    "chats.get": _get,
    "chats.archive": _archive,
    "chats.unarchive": _unarchive,
    "chats.mute": _mute,
    "chats.unmute": _unmute,
}
