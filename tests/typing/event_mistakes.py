"""What users get wrong about events. The type checkers must report each line marked `# error`.

Never run, nor part of the plain runs of the type checkers. tests/webhooks/test_event_typing.py
compares what they say.
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


router.on("message.received")(sent)  # error
router.on("message.received")(unknown)  # error
router.on("message.received")(nothing)  # error
router.on("message.received")(two)  # error
router.on("message.received")("received")  # error
router.on("message.sent")(received)  # error
router.on("session.status")(received)  # error
router.on("*")(received)  # error
router.on("*")(unknown)  # error
router.on("mesage.received")(received)  # error
router.on("message.received", "mesage.sent")(message)  # error
router.on("newsletter.update")(unknown)  # error
router.on("session.status")(message)  # error
router.on("*")(message)  # error
router.on(received)  # error
router.on(["message.received"])  # error
router.on(name="message.received")  # error
router.on_unknown(received)  # error
router.on_unknown("newsletter.update")  # error


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


WebhookRouter()  # error
WebhookRouter(None)  # error
WebhookRouter(5)  # error
WebhookRouter({"secret"})  # error
WebhookRouter("secret", RecentEvents())  # error
WebhookRouter("secret", seen=RecentEvents)  # error
WebhookRouter("secret", seen=set())  # error
WebhookRouter("secret", seen=Old())  # error
WebhookRouter("secret", seen=Half())  # error
WebhookRouter("secret", seen=Async())  # error
WebhookRouter("secret", seen=Lists())  # error
WebhookRouter("secret", around=async_context)  # error
WebhookRouter("secret", around=print)  # error
WebhookRouter("secret", around=5)  # error
WebhookRouter("secret", on_error=received)  # error
WebhookRouter("secret", on_error=lambda event: None)  # error
WebhookRouter("secret", log_errors="yes")  # error
RecentEvents(most="1000")  # error
RecentEvents(maximum=1000)  # error


def handling(body: bytes, parsed: "dict[str, Any]") -> None:
    router.handle(body)  # error
    router.handle(parsed, "sha256=00")  # error
    router.handle(None, "sha256=00")  # error
    router.handle(body, 5)  # error
    router.handle(body, ["sha256=00"])  # error
    parse_webhook(parsed)  # error
    parse_webhook(None)  # error
    parse_webhook(body).payload.text  # error
    event = parse_webhook(body)
    if isinstance(event, MessageReceivedEvent):
        event.payload.txt  # error
        event.payload.pushName  # error
        event.payload.from_.chat_id  # error
        event.chatId  # error
        event.chat_id.partition("@")  # error
        event.text.strip()  # error
    if isinstance(event, MessageAckEvent):
        event.payload.text  # error
        event.payload.status.lower()  # error
    if isinstance(event, SessionStatusEvent):
        event.payload.text  # error
        event.chat_id  # error
    wsgi: WSGIApp = router.asgi_app()  # error
    asgi: ASGIApp = router.wsgi_app()  # error
    router.wsgi_app(100)  # error
    router.asgi_app(max_bytes="1 MiB")  # error
    router.asgi_app(workers="4")  # error
    router.wsgi_app(workers=4)  # error
    print(wsgi, asgi)
