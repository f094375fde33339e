"""Messages: sending them, and what can be done to them."""

from __future__ import annotations

from ..base.errors import SandboxError
from ..state import Message
from ..whatsapp import chats, presence
from ..whatsapp.messages import changes, formats, lookup, progress, sending
from .handling import DONE, ApiRequest, ApiResponse, Handlers


def _send(request: ApiRequest) -> ApiResponse:
    return ApiResponse(formats.to_json(sending.send(request.state, request.session, request.body)))


def _find(request: ApiRequest) -> Message:
    body = request.body
    return lookup.find_undeleted(request.state, request.session, body["messageId"], body["chatId"])


def _find_own(request: ApiRequest) -> Message:
    message = _find(request)
    if not message.from_me:
        raise SandboxError(403, "this message was not sent by the account")
    return message


def _react(request: ApiRequest) -> ApiResponse:
    reaction, me = request.body["reaction"], request.account.jid
    changes.react(request.state, request.session, _find(request), me, reaction)
    return DONE


def _typing(request: ApiRequest) -> ApiResponse:
    chat_id = chats.resolve(request.state, request.session, request.body["chatId"])
    presence.type_in_chat(request.state, request.session, chat_id, request.body["state"])
    return DONE


def _seen(request: ApiRequest) -> ApiResponse:
    state, session, body = request.state, request.session, request.body
    chat = chats.find(state, session, body["chatId"])
    ids = body.get("messageIds")
    seen = list(chat.messages.values()) if ids is None else [lookup.find_in_chat(chat, one) for one in ids]
    progress.mark_seen(state, session, chat, seen)
    return DONE


def _edit(request: ApiRequest) -> ApiResponse:
    message = _find_own(request)
    changes.edit(request.state, request.session, message, request.body["text"])
    return ApiResponse(formats.to_json(message))


def _delete(request: ApiRequest) -> ApiResponse:
    state, session, body = request.state, request.session, request.body
    if body.get("forEveryone"):
        changes.revoke(state, session, _find_own(request))
    else:
        changes.delete(state, session, lookup.find(state, session, body["messageId"], body["chatId"]))
    return DONE


def _star(request: ApiRequest) -> ApiResponse:
    changes.star(request.state, request.session, _find(request), request.body["star"])
    return DONE


HANDLERS: Handlers = {
    "messages.send": _send,
    "messages.sendAsClient": _send,
    "messages.react": _react,
    "messages.typing": _typing,
    "messages.seen": _seen,
    "messages.edit": _edit,
    "messages.delete": _delete,
    "messages.star": _star,
}
