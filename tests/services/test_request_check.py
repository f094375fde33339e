"""Payloads with what the contract does not know: refused if `strict_requests`, warned of if nearly known."""

from __future__ import annotations

import io
import json
import warnings
from enum import Enum
from typing import Any, Dict

import pytest

from tests.support.fake_server import FakeServer, json_response
from tests.support.openapi import OPERATIONS
from titan import TitanWarning, _names
from titan.types_gen import EventName, QuotedMessage, Scope, TextMessage

CHAT = "5511999999999@s.whatsapp.net"
TEXT = {"chatId": CHAT, "type": "text", "text": "Hi"}


class Action(Enum):
    SEND = "send_message"
    DANCE = "dance"


def send(client, payload):
    client.messages.send("s", payload)


def create_webhook(client, payload):
    client.webhooks.create(payload)


def set_rules(client, payload):
    client.client_tokens.set_rules("s", payload)


def create_key(client, payload):
    client.account_keys.create({"label": "l", "lifetimeDays": 1, **payload})


def typing(client, payload):
    client.messages.typing("s", payload)


NEARLY_KNOWN = [
    pytest.param(send, {**TEXT, "mentionz": []}, "mentionz", "mentions", id="field"),
    pytest.param(send, {**TEXT, "linkpreview": 1}, "linkpreview", "linkPreview", id="case"),
    pytest.param(send, {"chatId": CHAT, "type": "txt", "text": "Hi"}, "type: txt", "text", id="tag"),
    pytest.param(
        send,
        {**TEXT, "quotedMessage": {"id": "m", "chatid": CHAT}},
        "quotedMessage.chatid",
        "chatId",
        id="nested",
    ),
    pytest.param(
        send,
        {
            "chatId": CHAT,
            "type": "contact",
            "contacts": [{"name": "A", "phoneNumber": "1", "organisation": "B"}],
        },
        "contacts.organisation",
        "organization",
        id="in a list",
    ),
    pytest.param(
        create_webhook,
        {"url": "u", "events": ["*", "message.recieved"]},
        "events: message.recieved",
        "message.received",
        id="event",
    ),
    pytest.param(
        create_webhook,
        {"url": "u", "events": ("session_status",)},
        "events: session_status",
        "session.status",
        id="event in a tuple",
    ),
    pytest.param(
        create_webhook, {"url": "u", "retries": {"attempt": 1}}, "retries.attempt", "attempts", id="retries"
    ),
    pytest.param(
        create_webhook,
        {"url": "u", "retries": {"policy": "exponental"}},
        "retries.policy: exponental",
        "exponential",
        id="policy",
    ),
    pytest.param(
        create_key, {"scopes": ["message:write"]}, "scopes: message:write", "messages:write", id="scope"
    ),
    pytest.param(
        set_rules,
        {"recipientMode": "conversation", "allowedActions": "send_message, send_tipping"},
        "allowedActions: send_tipping",
        "send_typing",
        id="action among others",
    ),
    pytest.param(
        typing, {"chatId": CHAT, "state": "compossing"}, "state: compossing", "composing", id="enum"
    ),
]
UNKNOWN = [
    pytest.param(send, {**TEXT, "url": "https://example.com"}, "url", id="field of another type"),
    pytest.param(send, {**TEXT, "somethingNew": 1}, "somethingNew", id="field"),
    pytest.param(send, {**TEXT, 5: 1}, "5", id="field that is no text"),
    pytest.param(send, {"chatId": CHAT, "type": "hologram"}, "type: hologram", id="tag"),
    pytest.param(create_webhook, {"url": "u", "events": ["moon.rise"]}, "events: moon.rise", id="event"),
    pytest.param(create_webhook, {"url": "u", "headers": [{"x": "y"}]}, "headers.x", id="in a list"),
    pytest.param(set_rules, {"recipientMode": "x"}, "recipientMode: x", id="mode"),
    pytest.param(
        set_rules,
        {"recipientMode": "conversation", "allowedActions": Action.DANCE},
        "allowedActions: dance",
        id="enum",
    ),
]
KNOWN = [
    pytest.param(send, TEXT, id="text"),
    pytest.param(send, {**TEXT, "session": "s"}, id="session that is the argument"),
    pytest.param(send, {**TEXT, "quotedMessage": None, "mentions": None}, id="null"),
    pytest.param(
        send, {**TEXT, "quotedMessage": QuotedMessage(id="m", chat_id=CHAT)}, id="model inside a dict"
    ),
    pytest.param(send, TextMessage(chat_id=CHAT, text="Hi"), id="model"),
    pytest.param(
        create_webhook, {"url": "u", "events": ["*"], "retries": {"policy": "exponential"}}, id="webhook"
    ),
    pytest.param(create_key, {"scopes": ["*", "messages:write"]}, id="scopes"),
    pytest.param(
        set_rules,
        {"recipientMode": "conversation", "allowedActions": " send_message,send_seen ,"},
        id="actions",
    ),
    pytest.param(set_rules, {"recipientMode": "conversation", "allowedActions": Action.SEND}, id="enum"),
    pytest.param(set_rules, {"recipientMode": "conversation", "allowedActions": ""}, id="no action"),
]


@pytest.fixture
def server():
    return FakeServer(json_response({"data": {"id": "1", "name": "s", "recipientMode": "conversation"}}, 201))


@pytest.fixture(autouse=True)
def nothing_was_warned_of(monkeypatch):
    monkeypatch.setattr(_names, "_warned", set())


def payload_name(named: str) -> str:
    """The name itself, without the fields around it."""
    return named.rpartition(": ")[2] if ": " in named else named.rpartition(".")[2]


def body_of(server: FakeServer) -> Dict[str, Any]:
    body: Dict[str, Any] = json.loads(server.request.content)
    return body


@pytest.mark.parametrize(("send_it", "payload", "named", "meant"), NEARLY_KNOWN)
def test_strict_requests_refuse_what_is_nearly_known_and_say_what_was_meant(
    connect, server, send_it, payload, named, meant
):
    with pytest.raises(ValueError, match=rf"does not know.*: {named}: did you mean {meant}\?$"):
        send_it(connect(server, strict_requests=True), payload)
    assert server.requests == []


@pytest.mark.parametrize(("send_it", "payload", "named"), UNKNOWN)
def test_strict_requests_refuse_what_the_contract_does_not_know(connect, server, send_it, payload, named):
    with pytest.raises(ValueError, match=f"does not know.*: {named}$"):
        send_it(connect(server, strict_requests=True), payload)
    assert server.requests == []


def test_strict_requests_name_all_that_is_unknown_up_to_five(connect, server):
    client = connect(server, strict_requests=True)
    with pytest.raises(
        ValueError, match=r": txt: did you mean text\?; mentionz: did you mean mentions\?; new$"
    ):
        client.messages.send("s", {"chatId": CHAT, "type": "text", "txt": "Hi", "mentionz": [], "new": 1})
    with pytest.raises(ValueError, match=r": a; b; c; d; e$"):
        client.webhooks.update("w", dict.fromkeys("abcdefg", 1))


def test_what_is_refused_is_not_quoted_where_it_is_private(connect, server):
    client = connect(server, strict_requests=True)
    with pytest.raises(ValueError, match="does not know") as caught:
        client.messages.send("s", {**TEXT, CHAT: 1, "titan_" + "k" * 40: 2, "type": "+55 11 99999-9999"})
    for secret in ("5511999999999", "kkkk", "99999"):
        assert secret not in str(caught.value)


@pytest.mark.parametrize(("send_it", "payload"), KNOWN)
@pytest.mark.parametrize("strict", [True, False])
def test_what_the_contract_knows_is_sent_without_a_word(connect, server, send_it, payload, strict):
    send_it(connect(server, strict_requests=strict), payload)
    assert len(server.requests) == 1


@pytest.mark.parametrize(("send_it", "payload", "named", "meant"), NEARLY_KNOWN)
def test_without_it_a_nearly_known_name_is_warned_of_once_and_sent(
    connect, server, send_it, payload, named, meant
):
    client = connect(server)
    name = payload_name(named)
    with pytest.warns(TitanWarning, match=f": {name}: did you mean {meant}\\? It is sent as it is") as caught:
        send_it(client, payload)
    assert [warning.filename for warning in caught] == [__file__]
    sent = body_of(server)
    for field, value in payload.items():
        assert sent[field] == (list(value) if isinstance(value, tuple) else value)
    send_it(connect(server), payload)  # warnings are errors in these tests
    assert len(server.requests) == 2


@pytest.mark.parametrize(("send_it", "payload", "named"), UNKNOWN)
def test_without_it_what_is_new_is_sent_without_a_word(connect, server, send_it, payload, named):
    send_it(connect(server), payload)
    assert len(server.requests) == 1


class MP3(io.BytesIO):
    """A file that says what it is, by its name and by its first bytes."""

    name = "note.mp3"

    def __init__(self) -> None:
        super().__init__(b"ID3" + bytes(100))


@pytest.mark.parametrize("helper", ["send_file", "send_voice"])
def test_further_fields_of_a_file_are_looked_at_too(connect, server, helper):
    extra = {"quotedMesage": {"id": "m"}}
    with pytest.raises(ValueError, match="quotedMesage: did you mean quotedMessage"):
        getattr(connect(server, strict_requests=True).messages, helper)("s", CHAT, MP3(), extra=extra)
    assert server.requests == []
    with pytest.warns(TitanWarning, match="quotedMesage: did you mean quotedMessage"):
        getattr(connect(server).messages, helper)("s", CHAT, MP3(), extra=extra)
    assert body_of(server)["quotedMesage"] == {"id": "m"}
    getattr(connect(server, strict_requests=True).messages, helper)("s", CHAT, MP3(), extra={"ptt": True})


def test_a_field_beside_the_known_one_that_it_resembles_is_a_new_one(connect, server):
    connect(server).messages.send("s", {**TEXT, "text2": "More"})
    assert body_of(server)["text2"] == "More"


@pytest.mark.parametrize(
    "payload", [{**TEXT, "quotedMessage": "m"}, {**TEXT, "type": 5}, {**TEXT, "type": ["text"]}]
)
def test_values_of_another_type_are_the_servers_to_judge(connect, server, payload):
    connect(server).messages.send("s", payload)
    assert body_of(server).items() >= payload.items()


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.component], ids=lambda one: one.id)
def test_the_examples_of_the_contract_are_known(connect, operation):
    for name in operation.bodies:
        server = FakeServer(operation.first_reply())
        operation.bind(connect(server, strict_requests=True))(*operation.arguments(operation.payload(name)))
        assert len(server.requests) == 1


def test_copies_of_the_client_are_as_strict(connect, server):
    client = connect(server, strict_requests=True).with_options(timeout=5)
    for make in (client.messages.send, lambda *arguments: client.submit(client.messages.send, *arguments)):
        with pytest.raises(ValueError, match="did you mean mentions"):
            make("s", {**TEXT, "mentionz": []})


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("mentionz", ["mentions", "text"], "mentions"),
        ("Chat-ID", ["chatId", "chat"], "chatId"),
        ("message_received", ["message.sent", "message.received"], "message.received"),
        ("colour", ["color"], "color"),
        ("completely", ["different"], None),
        ("", ["text"], None),
        ("x" * 100_000, ["x" * 99_999], None),
        ("name", [], None),
    ],
)
def test_the_nearest_of_known_names(name, known, meant):
    assert _names.nearest(name, known) == meant


def test_warnings_of_names_are_not_remembered_without_bound():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number in range(1500):
            _names.warn_if_nearly_known(f"mention{number}", ["mentions"], "somewhere")
    assert len(_names._warned) <= 1000


EVENTS = EventName.__value__.__args__[0].__args__
SCOPES = Scope.__value__.__args__[0].__args__
ACTIONS = ["send_message", "send_typing", "send_seen", "read_presence", "subscribe_presence", "read_contact"]
FIELDS = ["chatId", "messageIds", "quotedMessage", "linkPreview", "maxLength", "externalUrl", "caption"]


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("contacts:write", SCOPES),
        ("contact:write", SCOPES),
        ("messages:read", SCOPES),
        ("messages:manage", SCOPES),
        ("sessions:write", SCOPES),
        ("webhooks:read", SCOPES),
        ("labels:read", SCOPES),
        ("calls:read", SCOPES),
        ("admin", SCOPES),
        ("**", SCOPES),
        ("message.any", EVENTS),
        ("message.seen", EVENTS),
        ("message.read", EVENTS),
        ("message.removed", EVENTS),
        ("message.ack.2", EVENTS),
        ("session.start", EVENTS),
        ("session.reconnected", EVENTS),
        ("session.disconnected", EVENTS),
        ("session.logged_in", EVENTS),
        ("chat.unarchive", EVENTS),
        ("chat.unmute", EVENTS),
        ("call.ended", EVENTS),
        ("presence", EVENTS),
        ("read_message", ACTIONS),
        ("send_presence", ACTIONS),
        ("send_contact", ACTIONS),
        ("minLength", FIELDS),
        ("internalUrl", FIELDS),
        ("option", FIELDS),
    ],
)
def test_a_name_that_differs_in_a_whole_word_is_another_name(name, known):
    assert _names.nearest(name, known) is None


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("contact:read", SCOPES, "contacts:read"),
        ("message:write", SCOPES, "messages:write"),
        ("sesions:mange", SCOPES, "sessions:manage"),
        ("Webhooks.Manage", SCOPES, "webhooks:manage"),
        ("chats:raed", SCOPES, "chats:read"),
        ("message.recieved", EVENTS, "message.received"),
        ("message.recieve", EVENTS, "message.received"),
        ("messages.acks", EVENTS, "message.ack"),
        ("sesion.status", EVENTS, "session.status"),
        ("session.sttaus", EVENTS, "session.status"),
        ("session_logged_out", EVENTS, "session.logged_out"),
        ("session.loggedot", EVENTS, "session.logged_out"),
        ("call.accept", EVENTS, "call.accepted"),
        ("sessionstatus", EVENTS, "session.status"),
        ("send_mesage", ACTIONS, "send_message"),
        ("sendmesage", ACTIONS, "send_message"),
        ("send-tipping", ACTIONS, "send_typing"),
        ("subscribe_pressence", ACTIONS, "subscribe_presence"),
        ("chat_id", FIELDS, "chatId"),
        ("chatid", FIELDS, "chatId"),
        ("messageId", FIELDS, "messageIds"),
        ("qoutedMesage", FIELDS, "quotedMessage"),
        ("linkPreveiw", FIELDS, "linkPreview"),
        ("maxLenght", FIELDS, "maxLength"),
        ("captoin", FIELDS, "caption"),
    ],
)
def test_a_name_with_one_or_two_letters_wrong_in_a_word_is_a_misspelling(name, known, meant):
    assert _names.nearest(name, known) == meant


def test_of_two_near_names_the_nearer_is_meant():
    for known in (["received", "receiver"], ["receiver", "received"]):
        assert _names.nearest("recieved", known) == "received"


@pytest.mark.parametrize(
    ("send_it", "payload", "name"),
    [
        (send, {**TEXT, "mentionz": []}, "mentionz"),
        (create_webhook, {"url": "u", "events": ["message.recieved"]}, "recieved"),
        (create_key, {"scopes": ["message:write"]}, "message:write"),
    ],
)
def test_a_warning_that_is_an_error_stops_the_same_request_each_time(connect, server, send_it, payload, name):
    client = connect(server)
    for _ in range(3):
        with pytest.raises(TitanWarning, match=name):
            send_it(client, payload)
    assert server.requests == []
    with pytest.warns(TitanWarning, match=name):
        send_it(client, payload)
    assert len(server.requests) == 1
