"""Handlers of messages."""

from __future__ import annotations

from ..base.errors import SandboxError
from ..delivery import events
from ..state import Message
from ..whatsapp import chats, messages, presence
from .request import DONE, ApiRequest, ApiResponse, Handlers


def _send(request: ApiRequest) -> ApiResponse:
    return ApiResponse(messages.view(messages.send(request.state, request.session, request.body)))


def _named(request: ApiRequest) -> Message:
    return messages.find_undeleted(
        request.state, request.session, request.body["messageId"], request.body["chatId"]
    )


def _own(request: ApiRequest) -> Message:
    message = _named(request)
    if not message.from_me:
        raise SandboxError(403, "this is not a message of the account's own")
    return message


def _react(request: ApiRequest) -> ApiResponse:
    messages.react(
        request.state, request.session, _named(request), request.account.jid, request.body["reaction"]
    )
    return DONE


def _typing(request: ApiRequest) -> ApiResponse:
    jid = chats.resolve(request.state, request.session, request.body["chatId"])
    chat, shown = request.account.chats.get(jid), request.body["state"]
    if chat is not None:
        chat.typing = None if shown == "paused" else shown
    for other in request.state.sessions_of(jid):
        me = request.account.jid
        if me in other.account.contacts:
            presence.show(request.state, other, me, "available" if shown == "paused" else shown)
    return DONE


def _seen(request: ApiRequest) -> ApiResponse:
    chat = chats.find(request.state, request.session, request.body["chatId"])
    wanted = request.body.get("messageIds")
    seen = chat.messages.values() if wanted is None else [messages.find_in(chat, name) for name in wanted]
    for message in seen:
        if message.from_me or message.status == "read":
            continue
        message.status = "read"
        chat.unread -= 1
        for holder, copy in messages.copies(request.state, request.session, message):
            if copy.from_me:
                messages.advance(request.state, holder, copy, "read")
    events.emit(request.state, request.session, "chat.read", {"chatId": chat.id, "read": True})
    return DONE


def _edit(request: ApiRequest) -> ApiResponse:
    message = _own(request)
    messages.edit(request.state, request.session, message, message.sender, request.body["text"])
    return ApiResponse(messages.view(message))


def _delete(request: ApiRequest) -> ApiResponse:
    if request.body.get("forEveryone"):
        message = _own(request)
        messages.revoke(request.state, request.session, message, message.sender)
        return DONE
    message = messages.find(request.state, request.session, request.body["messageId"], request.body["chatId"])
    chat = request.account.chats[message.chat_id]
    del chat.messages[message.id]
    if not message.from_me and message.status != "read":
        chat.unread -= 1
    messages.emit_change(request.state, request.session, message, "message.delete", request.account.jid, {})
    return DONE


def _star(request: ApiRequest) -> ApiResponse:
    message = _named(request)
    message.starred = request.body["star"]
    more = {"starred": message.starred}
    messages.emit_change(request.state, request.session, message, "message.update", request.account.jid, more)
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
