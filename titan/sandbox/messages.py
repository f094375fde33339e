"""Messages: sending."""

from __future__ import annotations

import secrets

from .calls import Answer, Call, Handlers, result
from .errors import SandboxError
from .state import Json, State, iso

_WITH_MEDIA = ("image", "video", "voice", "file", "sticker")


def _send(call: Call) -> Answer:
    return result(_sent(call.state, call.body))


def _send_as_client(call: Call) -> Answer:
    if call.body["session"] != call.path["session"]:
        raise SandboxError(400, "session is not the session in the path")
    return result(_sent(call.state, call.body))


def _sent(state: State, body: Json) -> Json:
    session = state.session(body["session"])
    if session.status != "CONNECTED":
        raise SandboxError(409, f"session is not connected: {session.name}")
    message: Json = {
        "id": f"msg_{secrets.token_urlsafe(16)}",
        "session": session.name,
        "chatId": body["chatId"],
        "fromMe": True,
        "status": "sent",
        "type": body["type"],
        "sentAt": iso(state.now()),
    }
    if message["type"] == "text":
        message["text"] = body["text"]
    if message["type"] in _WITH_MEDIA:
        message["mediaId"] = f"med_{secrets.token_hex(10)}"
    state.messages.append({**message, "request": body})
    return message


HANDLERS: Handlers = {"messages.send": _send, "messages.sendAsClient": _send_as_client}
