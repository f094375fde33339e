"""Answers to message events: to which chat they go, and what they quote."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Union

from .. import jid
from .._models.base import TitanModel
from .._models.events import MessageEvent, WebhookEvent
from .._privacy import mask
from ._payload.encoding import fields_of_payload

_OF_DELETED_MESSAGES = frozenset({"message.revoked", "message.delete"})
_FROM_ITS_AUTHOR = frozenset({"message.received", "message.sent", "message.edited"})
"""Events whose sender is who wrote the message; of others, such as a reaction, it is somebody else."""


def make_reply(
    event: MessageEvent, message: Union[str, TitanModel, Mapping[str, Any]], *, quote: bool
) -> Dict[str, Any]:
    """The message that answers an event, in wire names.

    Raises:
        TypeError: This is not an event, or not a message.
        ValueError: The event has no chat or no session to answer in, or the message names another chat.
    """
    chat_id = _chat_of(event)
    fields: Dict[str, Any] = {"chatId": chat_id}
    if not isinstance(message, (str, TitanModel, Mapping)):
        raise TypeError(
            "a reply is a text, a message as a dict in wire names, or a model of titan.types_gen, "
            f"not {type(message).__name__}"
        )
    given = {"type": "text", "text": message} if isinstance(message, str) else fields_of_payload(message)
    if given.get("chatId", chat_id) != chat_id:
        raise ValueError(
            "the message names another chat than that of the event; use messages.send to write there"
        )
    fields.update(given)
    if quote and "quotedMessage" not in fields:
        quoted = _quote(event, chat_id)
        if quoted:
            fields["quotedMessage"] = quoted
    return fields


def _chat_of(event: MessageEvent) -> str:
    if not isinstance(event, WebhookEvent):
        raise TypeError(
            "the first argument must be an event of a message, as handlers and parse_webhook have it, "
            f"not {type(event).__name__}"
        )
    name = mask(event.event)
    chat_id = event.chat_id if isinstance(event, MessageEvent) else None
    if chat_id is None:
        raise ValueError(f"this {name} event has no chat to answer in; use messages.send")
    if chat_id == jid.STATUS:
        raise ValueError(
            f"this {name} event is about a story: an answer would be a story of your own. "
            "Its author is event.sender_id: use messages.send to write there"
        )
    if not event.session:
        raise ValueError(f"this {name} event names no session to answer with; use messages.send")
    return chat_id


def _quote(event: MessageEvent, chat_id: str) -> Dict[str, str]:
    """What to quote; nothing where there is no message, or no more."""
    message_id = event.payload.get("id")
    if not isinstance(message_id, str) or not message_id or event.event in _OF_DELETED_MESSAGES:
        return {}
    quoted = {"id": message_id}
    # In a chat of two, the id alone tells whose message it is.
    if chat_id.endswith("@g.us") and event.event in _FROM_ITS_AUTHOR and event.sender_id is not None:
        quoted["participant"] = event.sender_id
    return quoted
