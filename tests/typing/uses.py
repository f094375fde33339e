"""What users write, with the types that they must get for it; tests/test_typing.py has it checked.

Never run, but imported: it must also be right on the oldest Python.
"""

from __future__ import annotations

import io
import socket
import tempfile
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any, Callable, Dict, List, Literal, Mapping, Optional, Tuple, cast

import httpx
from pydantic import BaseModel
from typing_extensions import assert_type

import titan
from titan import (
    APIConnectionError,
    APIResponseError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadGatewayError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    NotFoundError,
    PairingError,
    PermissionDeniedError,
    RateLimitError,
    Response,
    ServerError,
    ServiceUnavailableError,
    Submitted,
    TitanClient,
    TitanDeprecationWarning,
    TitanError,
    TitanSecurityWarning,
    WebhookError,
    WebhookPayloadError,
    WebhookSignatureError,
    jid,
    sign_webhook,
    verify_webhook,
)
from titan.errors import RateLimit
from titan.params_gen import CreateGroupParams, SendMessageParams, TextMessageParams
from titan.types_gen import (
    AccountKey,
    Channel,
    Chat,
    ClientRules,
    ClientToken,
    Contact,
    ContactCard,
    ContactCheck,
    ContactMessage,
    CreateSessionRequest,
    CreateWebhookRequest,
    Group,
    GroupInvite,
    GroupParticipant,
    ImageMessage,
    Label,
    LidMapping,
    Media,
    Message,
    MessageStatus,
    MessageType,
    PairingCode,
    PairingQR,
    Presence,
    PresenceSetting,
    PresenceState,
    Profile,
    ProfilePicture,
    QuotedMessage,
    SendMessageRequest,
    Session,
    SessionStatus,
    SessionStatusReason,
    TextMessage,
    TypingRequest,
    TypingState,
    UpdateLabelRequest,
    Webhook,
)

CHAT = "5511999999999@s.whatsapp.net"


class OurClient(TitanClient):
    def team(self) -> str:
        return "ours"


def clients(http: httpx.Client) -> None:
    assert_type(titan.__version__, str)
    assert_type(titan.TitanClient(), TitanClient)
    TitanClient("https://api.example.com", "titan_...")
    TitanClient(base_url="https://api.example.com", client_token="titan_ct_...")
    TitanClient(
        timeout=httpx.Timeout(5.0),
        total_timeout=60,
        max_retries=0,
        headers={"User-Agent": "app/1"},
        http_client=http,
        strict_responses=True,
    )
    with TitanClient(timeout=None) as client:
        assert_type(client, TitanClient)
        client.close()


def options(client: TitanClient) -> None:
    assert_type(client.with_options(), TitanClient)
    assert_type(OurClient().with_options(timeout=5), OurClient)
    copy = client.with_options(timeout=5, total_timeout=None, max_retries=0, headers={"X-Trace": "1"})
    assert_type(copy.with_options(timeout=httpx.Timeout(5.0)).sessions.get("s"), Session)


def sessions(client: TitanClient) -> None:
    assert_type(client.sessions.create({"name": "s"}), Session)
    assert_type(client.sessions.create({"name": "s", "start": True, "config": {"safeMode": True}}), Session)
    assert_type(client.sessions.create(CreateSessionRequest(name="s", start=True)), Session)
    assert_type(client.sessions.list(), List[Session])
    assert_type(client.sessions.start("s"), Session)
    assert_type(client.sessions.stop("s"), Session)
    nothing: Callable[[str], None] = client.sessions.delete
    nothing("s")

    session = client.sessions.get(session="s")
    assert_type(session.name, str)
    assert_type(session.status, SessionStatus)
    assert_type(session.status_reason, Optional[SessionStatusReason])
    assert_type(session.created_at, Optional[datetime])
    assert_type(session.config, Optional[Dict[str, Any]])
    assert_type(session["statusReason"], Any)
    assert_type("proxy" in session, bool)
    assert_type(session.get("proxy", ""), Any)
    assert_type(session.to_dict(), Dict[str, Any])
    if session.status == SessionStatus.CONNECTED:
        print("ready")
    elif session.status == SessionStatus("HIBERNATING"):
        print("new")
    text: str = session.status
    value: str = session.status.value
    print(text == "CONNECTED", value.lower())


def pairing(client: TitanClient) -> None:
    def show(qr: PairingQR) -> None:
        assert_type(qr.qr, str)

    assert_type(client.pairing.qr("s"), PairingQR)
    assert_type(client.pairing.qr_png("s"), bytes)
    assert_type(client.pairing.code("s", {"phoneNumber": "+5511999999999"}), PairingCode)
    assert_type(client.pairing.wait("s"), Session)
    assert_type(client.pairing.wait("s", on_qr=show, interval=0.5, timeout=120), Session)
    assert_type(client.pairing.wait("s", on_qr=lambda qr: print(qr.qr)), Session)


def messages(client: TitanClient, anything: Mapping[str, Any]) -> None:
    message = client.messages.send("s", {"chatId": CHAT, "type": "text", "text": "Hello!"})
    assert_type(message, Message)
    assert_type(message.id, str)
    assert_type(message.sent_at, Optional[datetime])
    assert_type(message.status, Optional[MessageStatus])
    assert_type(message.type, Optional[MessageType])
    assert_type(message.from_me, Optional[bool])

    client.messages.send("s", {"chatId": CHAT, "type": "image", "url": "https://example.com/a.png"})
    client.messages.send("s", {"chatId": CHAT, "type": "file", "base64": "aGk=", "filename": "a.txt"})
    client.messages.send("s", {"chatId": CHAT, "type": "poll", "question": "?", "options": ["a", "b"]})
    client.messages.send("s", {"chatId": CHAT, "type": "location", "latitude": -23, "longitude": -46.6})
    client.messages.send(
        "s",
        {
            "chatId": CHAT,
            "type": "text",
            "text": "Hello!",
            "quotedMessage": {"id": "msg_1"},
            "mentions": [CHAT],
        },
    )
    text: TextMessageParams = {"chatId": CHAT, "type": "text", "text": "Hello!"}
    text["linkPreview"] = False
    client.messages.send("s", text)
    some: List[SendMessageParams] = [text, {"chatId": CHAT, "type": "sticker", "url": "https://example.com"}]
    for one in some:
        client.messages.send("s", one)

    quoted = QuotedMessage(id="msg_1", chat_id=CHAT)
    client.messages.send("s", TextMessage(chat_id=CHAT, text="Hello!", quoted_message=quoted))
    client.messages.send(
        "s", ContactMessage(chat_id=CHAT, contacts=[ContactCard(name="A", phone_number="+1")])
    )
    requests: List[SendMessageRequest] = [ImageMessage(chat_id=CHAT, url="https://example.com/a.png")]
    assert_type(client.messages.send("s", requests[0]), Message)

    client.messages.react("s", {"chatId": CHAT, "messageId": "msg_1", "reaction": ""})
    client.messages.typing("s", {"chatId": CHAT, "state": "composing"})
    client.messages.typing("s", {"chatId": CHAT, "state": TypingState.RECORDING})
    client.messages.typing("s", TypingRequest(chat_id=CHAT, state=TypingState.PAUSED))
    client.messages.seen("s", {"chatId": CHAT})
    client.messages.seen("s", {"chatId": CHAT, "messageIds": ["msg_1"]})
    client.messages.seen("s", cast(Any, {"jid": CHAT, "upTo": "msg_1"}))
    client.messages.seen("s", cast(Any, anything))
    client.messages.delete("s", {"chatId": CHAT, "messageId": "msg_1", "forEveryone": True})
    client.messages.star("s", {"chatId": CHAT, "messageId": "msg_1", "star": True})
    assert_type(client.messages.edit("s", {"chatId": CHAT, "messageId": "msg_1", "text": "!"}), Message)
    assert_type(client.messages.edit("s", cast(Any, {"chat": CHAT, "id": "m", "text": "Hi"})), Message)


KINDS: List[Literal["image", "video", "voice", "file", "sticker"]] = ["image", "file"]


def files(client: TitanClient) -> None:
    def progress(done: int, whole: Optional[int]) -> None:
        print(done, whole)

    assert_type(client.messages.send_file("s", CHAT, "photo.jpg"), Message)
    with open("photo.jpg", "rb") as file:
        client.messages.send_file("s", CHAT, file, caption="Look", progress=progress)
    client.messages.send_file(
        "s", CHAT, Path("a"), type="voice", filename="a.ogg", mime_type="audio/ogg", extra={"ptt": True}
    )
    for kind in KINDS:
        client.messages.send_file("s", CHAT, "a", type=kind)
    with tempfile.SpooledTemporaryFile() as spooled, zipfile.ZipFile("a.zip").open("a.pdf") as member:
        client.messages.send_file("s", CHAT, spooled)
        client.messages.send_file("s", CHAT, member)
        client.media.download_to("s", "med_1", spooled)
    with socket.create_connection(("example.com", 80)) as connection:
        client.media.download_to("s", "med_1", connection.makefile("wb", 0))
    assert_type(client.messages.send_voice("s", CHAT, "voice.ogg", extra={"quotedMessage": {}}), Message)
    assert_type(client.messages.send_text("s", CHAT, "Hi"), Message)
    client.messages.send_text("s", CHAT, "Hi", quoted_message={"id": "3EB0"}, mentions=[CHAT])
    client.messages.send_text("s", CHAT, "Hi", quoted_message=QuotedMessage(id="3EB0"), link_preview=False)
    assert_type(client.media.get("s", "med_1"), Media)
    assert_type(client.media.persist("s", "med_1").s3_url, Optional[str])
    assert_type(client.media.download("s", "med_1"), bytes)
    client.media.download_to("s", "med_1", Path("photo.jpg"), progress=progress)
    client.media.download_to("s", "med_1", io.BytesIO())


def names_of_open_sets(client: TitanClient, names: List[str], more: Tuple[str, ...], name: str) -> None:
    client.webhooks.create({"url": "https://example.com", "events": ["message.received", "brand.new", name]})
    client.webhooks.create({"url": "https://example.com", "events": names})
    client.webhooks.update("w", {"events": more, "retries": {"policy": name}})
    client.webhooks.create(CreateWebhookRequest(url="https://example.com", events=names))
    client.webhooks.create(CreateWebhookRequest(url="https://example.com", events=["*", name]))
    client.account_keys.create({"label": "l", "lifetimeDays": 1, "scopes": ["messages:write", name]})
    client.client_tokens.set_rules("s", {"recipientMode": name, "allowedActions": "send_message,send_seen"})
    webhook = client.webhooks.get("w")
    events: Optional[List[str]] = webhook.events
    if webhook.events is not None:
        client.webhooks.update("w", {"events": webhook.events})
    print(events)


def people(client: TitanClient, anything: Mapping[str, Any]) -> None:
    assert_type(client.contacts.list("s"), List[Contact])
    assert_type(client.contacts.get("s", CHAT).push_name, Optional[str])
    assert_type(client.contacts.picture("s", CHAT), ProfilePicture)
    assert_type(client.contacts.check("s", {"phoneNumbers": ["+5511999999999"]}), List[ContactCheck])
    assert_type(client.contacts.check("s", cast(Any, anything))[0].exists, bool)
    client.contacts.block("s", CHAT)

    assert_type(client.lids.get("s", "1@lid"), LidMapping)
    assert_type(client.profile.get("s"), Profile)
    client.profile.update_name("s", {"name": "Acme"})
    client.profile.update_status("s", cast(Any, anything))
    client.presence.set("s", {"presence": "available"})
    client.presence.set("s", {"presence": PresenceSetting.UNAVAILABLE})
    assert_type(client.presence.list("s"), List[Presence])
    assert_type(client.presence.get("s", CHAT).presence, Optional[PresenceState])


def groups_and_channels(client: TitanClient, anything: Mapping[str, Any]) -> None:
    payload: CreateGroupParams = {"name": "Team", "participants": [jid.user("+55 11 99999-9999")]}
    group = client.groups.create("s", payload)
    assert_type(group, Group)
    assert_type(group.created_at, Optional[int])
    assert_type(group.participants, Optional[List[GroupParticipant]])
    assert_type(client.groups.list("s"), List[Group])
    client.groups.update_subject("s", group.id, {"subject": "New"})
    client.groups.update_picture("s", group.id, {"url": "https://example.com/a.png"})
    added = client.groups.add_participants("s", group.id, {"participants": [CHAT]})
    assert_type(added, List[GroupParticipant])
    client.groups.promote("s", group.id, cast(Any, anything))
    assert_type(client.groups.invite("s", group.id), GroupInvite)
    assert_type(client.groups.join("s", {"code": "abc"}), Group)

    channel = client.channels.create("s", {"name": "News"})
    assert_type(channel, Channel)
    assert_type(client.channels.list("s"), List[Channel])
    client.channels.follow("s", channel.id)


def labels_and_chats(client: TitanClient, anything: Mapping[str, Any]) -> None:
    assert_type(client.labels.list("s"), List[Label])
    assert_type(client.labels.create("s", {"name": "Lead", "color": 3}), Label)
    assert_type(client.labels.update("s", "1", UpdateLabelRequest(color=4)).color, Optional[int])
    client.labels.assign("s", "1", {"chatIds": [CHAT]})
    assert_type(client.chats.list("s"), List[Chat])
    assert_type(client.chats.get("s", CHAT).last_message_at, Optional[datetime])
    client.chats.mute("s", CHAT)
    client.chats.mute("s", CHAT, {"duration": 3600})
    client.chats.mute("s", CHAT, cast(Any, anything))
    client.chats.archive("s", CHAT)


def webhooks_and_keys(client: TitanClient) -> None:
    created = client.webhooks.create(
        {
            "url": "https://example.com/hook",
            "events": ["message.received"],
            "headers": [{"name": "X-A", "value": "1"}],
            "retries": {"attempts": 3},
        }
    )
    assert_type(created, Webhook)
    assert_type(created.id, int)
    assert_type(created.hmac_key, Optional[str])
    assert_type(client.webhooks.get(created.id), Webhook)
    assert_type(client.webhooks.update("7", {"enabled": False}), Webhook)
    assert_type(client.webhooks.list(), List[Webhook])

    token = client.client_tokens.mint({"session": "s", "ephemeralId": "user-123", "ttl": 900})
    assert_type(token, ClientToken)
    assert_type(token.token, str)
    TitanClient(client_token=token["token"])
    rules = client.client_tokens.set_rules("s", {"recipientMode": "conversation", "rateLimit": 20})
    assert_type(rules, ClientRules)
    assert_type(client.client_tokens.set_rules("s", rules), ClientRules)

    key = client.account_keys.create({"label": "first", "lifetimeDays": 30, "scopes": ["*"]})
    assert_type(key, AccountKey)
    assert_type(client.account_keys.list(), List[AccountKey])
    assert_type(client.account_keys.update(key.id, {"isActive": False}).key, Optional[str])


def same_call_differently(client: TitanClient) -> None:
    submitted = client.submit(client.messages.send, "s", {"chatId": CHAT, "type": "text", "text": "Hello!"})
    assert_type(submitted, Submitted[Message])
    assert_type(submitted.accepted, bool)
    assert_type(submitted.correlation_id, Optional[str])
    assert_type(submitted.result, Optional[Message])
    assert_type(client.submit(client.groups.list, session="s"), Submitted[List[Group]])
    client.submit(client.messages.send, "s", TextMessage(chat_id=CHAT, text="Hello!"))
    client.submit(client.with_options(timeout=5).chats.archive, "s", CHAT)

    response = client.with_response(client.sessions.list)
    assert_type(response, Response[List[Session]])
    assert_type(response.data, List[Session])
    assert_type(response.status_code, int)
    assert_type(response.headers, Mapping[str, str])
    assert_type(response.rate_limit, RateLimit)
    assert_type(response.rate_limit.remaining, Optional[int])
    assert_type(client.with_response(client.sessions.get, "s").data.name, str)


def any_path(client: TitanClient) -> None:
    assert_type(client.request("GET", "/api/sessions"), Any)
    client.request("POST", "/api/new", json={"a": [1]}, params={"limit": 5})
    client.request("POST", "/api/new", json=TextMessage(chat_id=CHAT, text="Hello!"))


def chat_ids() -> None:
    assert_type(jid.user("+55 11 99999-9999"), str)
    assert_type(jid.group("120363012345678901"), str)
    story: str = titan.jid.STATUS
    print(story)


def signatures(body: bytes, header: Optional[str]) -> None:
    assert_type(verify_webhook(body, header, "secret"), bool)
    assert_type(verify_webhook(bytearray(body), b"sha256=00", ["new", b"old"]), bool)
    assert_type(verify_webhook(memoryview(body), None, b"secret"), bool)
    assert_type(sign_webhook("{}", "secret"), str)


def errors(client: TitanClient) -> None:
    try:
        client.sessions.get("s")
    except RateLimitError as error:
        assert_type(error.retry_after, Optional[float])
        assert_type(error.rate_limit.limit, Optional[int])
    except (
        BadRequestError,
        AuthenticationError,
        PermissionDeniedError,
        NotFoundError,
        ConflictError,
    ) as error:
        assert_type(error.docs_url, Optional[str])
    except (BadGatewayError, ServiceUnavailableError, ServerError) as error:
        assert_type(error.headers, Mapping[str, str])
    except APIStatusError as error:
        assert_type(error.status_code, int)
        assert_type(error.body, bytes)
    except APIResponseError as error:
        assert_type(error.status_code, int)
        assert_type(error.body, bytes)
    except APITimeoutError as error:
        assert_type(error.maybe_processed, bool)
    except APIConnectionError as error:
        assert_type(error.route, Optional[str])
    except PairingError as error:
        assert_type(error.reason, Optional[str])
        assert_type(error.session, Optional[str])
    except (WebhookSignatureError, WebhookPayloadError, WebhookError) as error:
        assert_type(error.message, str)
    except TitanError as error:
        assert_type(error.method, Optional[str])
    except ValueError as error:
        print(isinstance(error, ConfigurationError), TitanDeprecationWarning, TitanSecurityWarning)


class Job(BaseModel):
    """A model of the user with generated types as its fields."""

    message: SendMessageRequest
    status: SessionStatus = SessionStatus.CONNECTED
    draft: Optional[SendMessageParams] = None


def own_models(client: TitanClient) -> None:
    job = Job(message=TextMessage(chat_id=CHAT, text="Hello!"))
    assert_type(client.messages.send("s", job.message), Message)
    if job.draft is not None:
        client.messages.send("s", job.draft)
    if job.message.type == "poll":
        assert_type(job.message.options, List[str])
    if isinstance(job.message, ImageMessage):
        assert_type(job.message.url, Optional[str])
