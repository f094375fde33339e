"""What users get wrong about events. Each line marked `# error:` must be reported by the checkers it names.

Never run, nor part of the plain runs of the type checkers: tests/test_event_typing.py compares what they say.
"""

from contextlib import asynccontextmanager
from typing import Any, AsyncGenerator

from typing_extensions import Literal

from titan import WebhookRouter, parse_webhook
from titan.types_gen import MessageAckEvent, MessageReceivedEvent, MessageSentEvent, SessionStatusEvent
from titan.webhooks import ASGIApp, MessageEvent, RecentEvents, UnknownEvent, WSGIApp

router = WebhookRouter("secret")


def received(event: MessageReceivedEvent) -> None: ...


def sent(event: MessageSentEvent) -> None: ...


def message(event: MessageEvent) -> None: ...


def unknown(event: UnknownEvent) -> None: ...


def nothing() -> None: ...


def two(event: MessageReceivedEvent, client: object) -> None: ...


router.on("message.received")(sent)  # error: both
router.on("message.received")(unknown)  # error: both
router.on("message.received")(nothing)  # error: both
router.on("message.received")(two)  # error: both
router.on("message.received")("received")  # error: both
router.on("message.sent")(received)  # error: both
router.on("session.status")(received)  # error: both
router.on("*")(received)  # error: both
router.on("*")(unknown)  # error: both
router.on("mesage.received")(received)  # error: both
router.on("message.received", "mesage.sent")(message)  # error: both
router.on("newsletter.update")(unknown)  # error: both
router.on("session.status")(message)  # error: both
router.on("*")(message)  # error: both
router.on(received)  # error: both
router.on(["message.received"])  # error: both
router.on(name="message.received")  # error: both
router.on_unknown(received)  # error: both
router.on_unknown("newsletter.update")  # error: both


class Old:
    def claim(self, event_id: str) -> bool:
        return True

    def release(self, event_id: str) -> None: ...


class Half:
    def claim(self, event_id: str, owner: str) -> Literal["new"]:
        return "new"

    def release(self, event_id: str, owner: str) -> None: ...


class Async:
    async def claim(self, event_id: str, owner: str) -> Literal["new"]:
        return "new"

    async def finish(self, event_id: str, owner: str) -> None: ...

    async def release(self, event_id: str, owner: str) -> None: ...


class Lists:
    def claim(self, event_id: str, owner: str) -> "list[str]":
        return []

    def finish(self, event_id: str, owner: str) -> None: ...

    def release(self, event_id: str, owner: str) -> None: ...


@asynccontextmanager
async def async_context() -> "AsyncGenerator[None, None]":
    yield


WebhookRouter()  # error: both
WebhookRouter(None)  # error: both
WebhookRouter(5)  # error: both
WebhookRouter({"secret"})  # error: both
WebhookRouter("secret", RecentEvents())  # error: both
WebhookRouter("secret", seen=RecentEvents)  # error: both
WebhookRouter("secret", seen=set())  # error: both
WebhookRouter("secret", seen=Old())  # error: both
WebhookRouter("secret", seen=Half())  # error: both
WebhookRouter("secret", seen=Async())  # error: both
WebhookRouter("secret", seen=Lists())  # error: both
WebhookRouter("secret", around=async_context)  # error: both
WebhookRouter("secret", around=print)  # error: both
WebhookRouter("secret", around=5)  # error: both
WebhookRouter("secret", on_error=received)  # error: both
WebhookRouter("secret", on_error=lambda event: None)  # error: both
WebhookRouter("secret", log_errors="yes")  # error: both
RecentEvents(most="1000")  # error: both
RecentEvents(maximum=1000)  # error: both


def handling(body: bytes, parsed: "dict[str, Any]") -> None:
    router.handle(body)  # error: both
    router.handle(parsed, "sha256=00")  # error: both
    router.handle(None, "sha256=00")  # error: both
    router.handle(body, 5)  # error: both
    router.handle(body, ["sha256=00"])  # error: both
    parse_webhook(parsed)  # error: both
    parse_webhook(None)  # error: both
    parse_webhook(body).payload.text  # error: both
    event = parse_webhook(body)
    if isinstance(event, MessageReceivedEvent):
        event.payload.txt  # error: both
        event.payload.pushName  # error: both
        event.payload.from_.chat_id  # error: both
        event.chatId  # error: both
        event.chat_id.partition("@")  # error: both
        event.text.strip()  # error: both
    if isinstance(event, MessageAckEvent):
        event.payload.text  # error: both
        event.payload.status.lower()  # error: both
    if isinstance(event, SessionStatusEvent):
        event.payload.text  # error: both
        event.chat_id  # error: both
    wsgi: WSGIApp = router.asgi_app()  # error: both
    asgi: ASGIApp = router.wsgi_app()  # error: both
    router.wsgi_app(100)  # error: both
    router.asgi_app(max_bytes="1 MiB")  # error: both
    router.asgi_app(workers="4")  # error: both
    router.wsgi_app(workers=4)  # error: both
    print(wsgi, asgi)
