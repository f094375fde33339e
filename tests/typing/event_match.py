"""Events told apart by `match`, which Python 3.9 does not know; tests/test_event_typing.py has it checked."""

from __future__ import annotations

from typing_extensions import assert_never, assert_type

from titan import parse_webhook
from titan.types_gen import (
    CallMissedEvent,
    CallReceivedEvent,
    JIDRef,
    MessagePayload,
    MessageReceivedEvent,
    SessionStatus,
    SessionStatusEvent,
    SessionStatusPayload,
)
from titan.webhooks import KnownEvent, UnknownEvent


def told(body: bytes) -> str:
    match parse_webhook(body):
        case (
            MessageReceivedEvent(payload=MessagePayload(from_=JIDRef() as chat, text=str() as text)) as event
        ):
            assert_type(event, MessageReceivedEvent)
            assert_type(chat, JIDRef)
            assert_type(text, str)
            return text
        case MessageReceivedEvent() | CallReceivedEvent() as event:
            assert_type(event, MessageReceivedEvent | CallReceivedEvent)
            return event.event
        case SessionStatusEvent(payload=SessionStatusPayload(status=SessionStatus.CONNECTED)):
            return "connected"
        case UnknownEvent(event=name):
            assert_type(name, str)
            return name
        case other:
            return other.event


def known_or_not(body: bytes) -> str:
    match parse_webhook(body):
        case UnknownEvent():
            return "unknown"
        case event:
            assert_type(event, KnownEvent)
            return event.event


def nothing_is_left(event: MessageReceivedEvent | CallMissedEvent) -> str:
    match event:
        case MessageReceivedEvent():
            return "message"
        case CallMissedEvent():
            return "call"
        case _:
            assert_never(event)
