"""How users receive events, with the types that they must get; tests/test_event_typing.py has it checked.

Never run, but imported: it must also be right on the oldest Python.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Dict, Generator, List, Mapping, Optional, Union
from wsgiref.simple_server import make_server

import uvicorn
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Mount, Route
from typing_extensions import Literal, assert_type

from titan import (
    TitanClient,
    WebhookInProgressError,
    WebhookPayloadError,
    WebhookRouter,
    WebhookSignatureError,
    parse_webhook,
)
from titan.types_gen import (
    CallAcceptedEvent,
    CallMissedEvent,
    CallPayload,
    CallReceivedEvent,
    CallRejectedEvent,
    ChatArchiveEvent,
    ChatMuteEvent,
    ChatReadEvent,
    CommandResultEvent,
    CommandResultPayload,
    ContactUpdateEvent,
    GroupParticipantEvent,
    GroupUpdateEvent,
    JIDMode,
    JIDRef,
    MessageAckEvent,
    MessageDeleteEvent,
    MessageEditedEvent,
    MessagePayload,
    MessagePayloadType,
    MessageReactionEvent,
    MessageReceivedEvent,
    MessageRevokedEvent,
    MessageSentEvent,
    MessageStatus,
    MessageUpdateEvent,
    MessageVoteEvent,
    PresenceState,
    PresenceUpdateEvent,
    SessionConnectedEvent,
    SessionLoggedOutEvent,
    SessionPlatform,
    SessionQREvent,
    SessionStatus,
    SessionStatusEvent,
    SessionStatusReason,
)
from titan.webhooks import (
    ASGIApp,
    Event,
    EventName,
    KnownEvent,
    MessageEvent,
    RecentEvents,
    Seen,
    UnknownEvent,
    WebhookEvent,
    WSGIApp,
)

router = WebhookRouter("secret")


@router.on("message.received")
def message_received(event: MessageReceivedEvent) -> None:
    assert_type(event.payload, MessagePayload)
    assert_type(event.payload.text, Optional[str])
    assert_type(event.payload.type, Optional[MessagePayloadType])
    assert_type(event.payload.timestamp, Optional[int])
    assert_type(event.payload.media_id, Optional[str])
    assert_type(event.payload.sender, Optional[JIDRef])
    assert_type(event.chat_id, Optional[str])
    assert_type(event.sender_id, Optional[str])
    assert_type(event.text, Optional[str])
    assert_type(event.id, Optional[str])
    assert_type(event.session, str)
    assert_type(event.timestamp, Optional[datetime])
    assert_type(event["payload"], Any)
    assert_type(event.to_dict(), Dict[str, Any])


@router.on("message.sent")
def message_sent(event: MessageSentEvent) -> None:
    assert_type(event.payload, MessagePayload)


@router.on("message.ack")
def message_ack(event: MessageAckEvent) -> None:
    assert_type(event.payload.id, Optional[str])
    assert_type(event.payload.status, Optional[MessageStatus])
    assert_type(event.payload["newField"], Any)
    assert_type(event.chat_id, Optional[str])


@router.on("message.revoked")
def message_revoked(event: MessageRevokedEvent) -> None:
    assert_type(event.payload.from_me, Optional[bool])


@router.on("message.reaction")
def message_reaction(event: MessageReactionEvent) -> None:
    assert_type(event.payload.reaction, Optional[str])
    assert_type(event.payload.sender, Optional[JIDRef])


@router.on("message.edited")
def message_edited(event: MessageEditedEvent) -> None:
    assert_type(event.payload.text, Optional[str])


@router.on("message.update")
def message_update(event: MessageUpdateEvent) -> None:
    assert_type(event.payload.starred, Optional[bool])


@router.on("message.delete")
def message_delete(event: MessageDeleteEvent) -> None:
    assert_type(event.payload.chat_id, Optional[str])


@router.on("message.vote")
def message_vote(event: MessageVoteEvent) -> None:
    assert_type(event.payload.options, Optional[List[str]])


@router.on("session.status")
def session_status(event: SessionStatusEvent) -> None:
    assert_type(event.payload.status, Optional[SessionStatus])
    assert_type(event.payload.status_reason, Optional[SessionStatusReason])


@router.on("session.qr")
def session_qr(event: SessionQREvent) -> None:
    assert_type(event.payload.qr, Optional[str])


@router.on("session.connected")
def session_connected(event: SessionConnectedEvent) -> None:
    assert_type(event.payload.phone_number, Optional[str])
    assert_type(event.payload.platform, Optional[SessionPlatform])


@router.on("session.logged_out")
def session_logged_out(event: SessionLoggedOutEvent) -> None:
    assert_type(event.payload.reason, Optional[str])


@router.on("group.update")
def group_update(event: GroupUpdateEvent) -> None:
    assert_type(event.payload.name, Optional[str])


@router.on("group.participant")
def group_participant(event: GroupParticipantEvent) -> None:
    assert_type(event.payload.action, Optional[str])
    assert_type(event.payload.participants, Optional[List[str]])


@router.on("presence.update")
def presence_update(event: PresenceUpdateEvent) -> None:
    assert_type(event.payload.presence, Optional[PresenceState])
    assert_type(event.payload.last_seen, Optional[datetime])
    assert_type(event.payload.state, Optional[str])


@router.on("call.received")
def call_received(event: CallReceivedEvent) -> None:
    assert_type(event.payload.from_, Optional[JIDRef])


@router.on("call.missed")
def call_missed(event: CallMissedEvent) -> None:
    assert_type(event.payload.from_, Optional[JIDRef])


@router.on("call.accepted")
def call_accepted(event: CallAcceptedEvent) -> None:
    assert_type(event.payload.from_, Optional[JIDRef])


@router.on("call.rejected")
def call_rejected(event: CallRejectedEvent) -> None:
    assert_type(event.payload.from_, Optional[JIDRef])


@router.on("contact.update")
def contact_update(event: ContactUpdateEvent) -> None:
    assert_type(event.payload.push_name, Optional[str])


@router.on("chat.archive")
def chat_archive(event: ChatArchiveEvent) -> None:
    assert_type(event.payload.archived, Optional[bool])


@router.on("chat.mute")
def chat_mute(event: ChatMuteEvent) -> None:
    assert_type(event.payload.muted_until, Optional[datetime])


@router.on("chat.read")
def chat_read(event: ChatReadEvent) -> None:
    assert_type(event.payload.read, Optional[bool])


@router.on("command.result")
def command_result(event: CommandResultEvent) -> None:
    assert_type(event.payload, CommandResultPayload)
    assert_type(event.payload.correlation_id, Optional[str])
    assert_type(event.payload.success, Optional[bool])


@router.on("call.received", "call.missed")
def several(event: Union[CallReceivedEvent, CallMissedEvent]) -> None:
    assert_type(event.payload, CallPayload)


@router.on("*")
def anything(event: Event) -> None:
    assert_type(event.session, str)
    assert_type(event.id, Optional[str])
    assert_type(event.timestamp, Optional[datetime])


@router.on_unknown
def unknown(event: UnknownEvent) -> None:
    assert_type(event.event, str)
    assert_type(event.session, str)
    assert_type(event.payload, Any)


# What takes any event takes each of them; what it returns does not matter.
@router.on("message.received")
def base_handler(event: Event) -> str:
    return event.event


@router.on("*")
def webhook_event(event: WebhookEvent) -> None:
    assert_type(event.event, str)
    assert_type(event.id, Optional[str])
    assert_type(event.session, str)
    assert_type(event.timestamp, Optional[datetime])
    assert_type(event.payload, Any)


@router.on("message.edited")
def message_event(event: MessageEvent) -> None:
    assert_type(event.chat_id, Optional[str])
    assert_type(event.sender_id, Optional[str])
    assert_type(event.text, Optional[str])
    assert_type(event.session, str)


router.on("message.received")(lambda event: print(event.payload.text))
router.on("message.received", "message.vote")(message_event)
router.on("call.received", "*")(webhook_event)
names: List[EventName] = ["message.received", "message.sent"]
router.on(*names)(message_event)


class Bot:
    """Methods are handlers, too."""

    def __init__(self, client: TitanClient) -> None:
        self.client = client
        router.on("message.received")(self.answer)

    def answer(self, event: MessageReceivedEvent) -> None:
        if event.payload.from_:
            assert_type(event.payload.from_.mode, Optional[JIDMode])
            assert_type(event.payload.from_.chat_id, Optional[str])
        if event.chat_id is not None:
            self.client.messages.send(
                event.session, {"chatId": event.chat_id, "type": "text", "text": "Hello!"}
            )


def narrowing(body: bytes) -> None:
    event = parse_webhook(body)
    assert_type(event, Event)
    if isinstance(event, UnknownEvent):
        assert_type(event.payload, Any)
        return
    if isinstance(event, MessageReceivedEvent):
        assert_type(event, MessageReceivedEvent)
        assert_type(event.chat_id, Optional[str])
    if isinstance(event, MessageEvent):
        assert_type(event.chat_id, Optional[str])
    known: KnownEvent = event
    if isinstance(known, MessageReceivedEvent):
        assert_type(known.payload, MessagePayload)
    elif isinstance(known, (SessionStatusEvent, SessionConnectedEvent)):
        assert_type(known, Union[SessionStatusEvent, SessionConnectedEvent])
    elif isinstance(known, CommandResultEvent):
        assert_type(known.data, Optional[CommandResultPayload])


def bodies(body: bytes) -> None:
    parse_webhook(bytearray(body))
    parse_webhook(memoryview(body))
    parse_webhook("{}")


def handling(body: bytes, headers: Mapping[str, str], environ: Dict[str, Any], request: Request) -> None:
    try:
        event = router.handle(body, headers)
    except (WebhookSignatureError, WebhookPayloadError, WebhookInProgressError) as error:
        print(error)
    else:
        assert_type(event, Event)
    router.handle(body, environ)
    router.handle(body, request.headers)
    router.handle(body, request.scope["headers"])
    router.handle(body, [("X-Webhook-Signature", "sha256=00")])
    router.handle(body, [(b"x-webhook-signature", b"sha256=00")])
    router.handle(body, {"x-webhook-signature": ["sha256=00"]})
    router.handle(body, "sha256=00")
    router.handle(body, b"sha256=00")
    router.handle(body, None)


class Table:
    """A store of the user's own."""

    def claim(self, event_id: str, owner: str) -> Literal["new", "running", "handled"]:
        return "new" if event_id else "handled"

    def finish(self, event_id: str, owner: str) -> None: ...

    def release(self, event_id: str, owner: str) -> None: ...


@contextmanager
def session_of_a_database() -> Generator[None, None, None]:
    yield


@contextmanager
def span(event: Event) -> Generator[str, None, None]:
    yield event.event


def report(event: Event, error: Exception) -> str:
    return f"{event.event}: {error}"


def building() -> None:
    store: Seen = RecentEvents(most=1000, seconds=60, lease=10.5)
    WebhookRouter(["new", b"old"], seen=store)
    WebhookRouter(("new", "old"), seen=Table())
    WebhookRouter(os.environ["SECRETS"].split(), seen=store)
    WebhookRouter(b"secret", seen=None, around=None, on_error=None)
    WebhookRouter("secret", around=session_of_a_database, on_error=report, log_errors=True)
    WebhookRouter("secret", around=span, on_error=lambda event, error: print(event.id, error))
    WebhookRouter("secret", around=threading.Lock())


def serving() -> None:
    wsgi: WSGIApp = router.wsgi_app()
    asgi: ASGIApp = router.asgi_app(max_bytes=100_000, workers=4)
    make_server("127.0.0.1", 0, wsgi)
    uvicorn.run(asgi)
    Starlette(routes=[Route("/titan", asgi), Mount("/webhooks", app=asgi)])
    FastAPI(routes=[Route("/titan", router.asgi_app())])
