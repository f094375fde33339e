"""Chats: list, get, archive, mute."""

from __future__ import annotations

from ..base.encoding import Json
from ..state import Chat
from ..whatsapp import chats
from .handling import DONE, ApiRequest, ApiResponse, Handlers
from .resources import Resource


def _to_json(request: ApiRequest, chat: Chat) -> Json:
    return chats.to_json(request.state, request.session, chat)


def _find(request: ApiRequest) -> Chat:
    return chats.find(request.state, request.session, request.path["chatId"])


def _get(request: ApiRequest) -> ApiResponse:
    return ApiResponse(_to_json(request, _find(request)))


def _archive(request: ApiRequest) -> ApiResponse:
    chats.set_archived(request.state, request.session, _find(request), True)
    return DONE


def _unarchive(request: ApiRequest) -> ApiResponse:
    chats.set_archived(request.state, request.session, _find(request), False)
    return DONE


def _mute(request: ApiRequest) -> ApiResponse:
    chat, duration = _find(request), (request.body or {}).get("duration")
    until = None if duration is None else request.state.clock.add_seconds(duration, "duration")
    chats.mute(request.state, request.session, chat, until)
    return DONE


def _unmute(request: ApiRequest) -> ApiResponse:
    chats.unmute(request.state, request.session, _find(request))
    return DONE


_chats = Resource("chats", "chat", "chatId", lambda request: request.account.chats, _to_json)

HANDLERS: Handlers = {
    "chats.list": _chats.list_all,
    # Not that of the resource: a LID leads to the chat too.
    "chats.get": _get,
    "chats.archive": _archive,
    "chats.unarchive": _unarchive,
    "chats.mute": _mute,
    "chats.unmute": _unmute,
}
