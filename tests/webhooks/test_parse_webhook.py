"""From the bytes of a delivery to a typed event."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from datetime import datetime, timedelta, timezone

import httpx
import pytest

from tests.support.events import CLASSES, EXAMPLES, MESSAGE, encoded, message_with
from tests.support.fake_server import FakeServer
from tests.support.interpreter import loaded_by
from tests.support.project import ROOT
from titan import WebhookError, WebhookPayloadError, WebhookSignatureError, parse_webhook, types_gen
from titan.types_gen import (
    CommandResultEvent,
    CommandResultPayload,
    JIDMode,
    JIDRef,
    MessagePayload,
    MessagePayloadType,
    MessageReceivedEvent,
    SessionStatus,
    SessionStatusEvent,
)
from titan.webhooks import UnknownEvent
from titan.webhooks.events_gen import EVENT_CLASSES


def test_documented_names_are_the_known_ones():
    assert {name: cls.__name__ for name, cls in EVENT_CLASSES.items()} == CLASSES
    assert {key.rpartition("-")[0] for key in EXAMPLES} == set(CLASSES)


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_every_documented_event_is_read_as_its_class(example):
    event = parse_webhook(encoded(example))
    assert type(event) is getattr(types_gen, CLASSES[example["event"]])
    assert event.event == example["event"]
    assert event.id == example.get("id")
    assert event.session == "my-session"
    assert type(event.payload) is type(event).model_fields["payload"].annotation
    assert event.to_dict() == example


def test_payload_is_typed_down_to_its_parts():
    event = parse_webhook(encoded(EXAMPLES["message.received-media"]))
    assert isinstance(event, MessageReceivedEvent)
    assert type(event.payload) is MessagePayload
    assert type(event.payload.from_) is JIDRef
    assert event.payload.sender.mode is JIDMode.LID
    assert event.payload.type is MessagePayloadType.IMAGE
    assert (event.payload.media_id, event.payload.is_group) == ("med_01jz8q3v5k9w2x7y4a6b", True)
    assert event.payload.timestamp == 1746101100
    assert event["payload"]["from"]["id"] == "120363012345678901@g.us"


@pytest.mark.parametrize(
    ("came", "expected"),
    [
        ("2025-05-01T12:05:00Z", timedelta(0)),
        ("2025-05-01T12:05:00", timedelta(0)),
        ("2025-05-01T09:05:00-03:00", timedelta(0)),
        ("2025-05-01T12:05:00.25+00:00", timedelta(milliseconds=250)),
    ],
)
@pytest.mark.parametrize("name", ["message.received", "newsletter.update"])
def test_times_are_aware_in_utc(came, expected, name):
    event = parse_webhook(encoded({"event": name, "timestamp": came}))
    assert event.timestamp == datetime(2025, 5, 1, 12, 5, tzinfo=timezone.utc) + expected
    assert event.timestamp.utcoffset() == timedelta(0)
    assert event.to_dict()["timestamp"].endswith("Z")


def every_other_byte(body):
    return memoryview(bytes(part for byte in body for part in (byte, 0)))[::2]


@pytest.mark.parametrize("form", [bytes, bytearray, memoryview, bytes.decode, every_other_byte])
def test_every_form_of_the_body_is_read(form):
    assert parse_webhook(form(encoded(MESSAGE))).to_dict() == MESSAGE


# Who or where.

CHAT_IDS = {
    "phone": ({"phoneNumber": "+5511999999999"}, "5511999999999@s.whatsapp.net"),
    "phone before LID": (
        {"phoneNumber": "+5511999999999", "lid": "12345678901234567890@lid", "mode": "pn"},
        "5511999999999@s.whatsapp.net",
    ),
    "phone before LID in LID mode": (
        {"phoneNumber": "+5511999999999", "lid": "12345678901234567890@lid", "mode": "lid"},
        "5511999999999@s.whatsapp.net",
    ),
    "phone without plus": ({"phoneNumber": "5511999999999"}, "5511999999999@s.whatsapp.net"),
    "phone that is a JID": ({"phoneNumber": "5511999999999@s.whatsapp.net"}, "5511999999999@s.whatsapp.net"),
    "phone with a device": (
        {"phoneNumber": "5511999999999:12@s.whatsapp.net"},
        "5511999999999@s.whatsapp.net",
    ),
    "bare phone with a device": ({"phoneNumber": "+5511999999999:3"}, "5511999999999@s.whatsapp.net"),
    "phone with an agent": (
        {"phoneNumber": "5511999999999.0:1@s.whatsapp.net"},
        "5511999999999@s.whatsapp.net",
    ),
    "LID with a device": ({"lid": "123:2@lid"}, "123@lid"),
    "bare LID with a device": ({"lid": "123:2"}, "123@lid"),
    "id with a device": ({"id": "5511999999999:12@s.whatsapp.net"}, "5511999999999@s.whatsapp.net"),
    "id with a colon that is no device": ({"id": "a:b@g.us"}, "a:b@g.us"),
    "LID": ({"lid": "12345678901234567890@lid", "mode": "lid"}, "12345678901234567890@lid"),
    "bare LID": ({"lid": "12345678901234567890"}, "12345678901234567890@lid"),
    "LID where the phone is null": ({"phoneNumber": None, "lid": "123@lid"}, "123@lid"),
    "LID where the phone is empty": ({"phoneNumber": "", "lid": "123@lid"}, "123@lid"),
    "LID where the phone is no text": ({"phoneNumber": 5511999999999, "lid": "123@lid"}, "123@lid"),
    "group": ({"id": "120363012345678901@g.us"}, "120363012345678901@g.us"),
    "channel": ({"id": "120363012345678901@newsletter"}, "120363012345678901@newsletter"),
    "status": ({"id": "status@broadcast"}, "status@broadcast"),
    "nothing": ({}, None),
    "only a mode": ({"mode": "pn"}, None),
    "only a plus": ({"phoneNumber": "+"}, None),
    "empty": ({"phoneNumber": "", "lid": "", "id": ""}, None),
    "nulls": ({"phoneNumber": None, "lid": None, "id": None}, None),
    "other types": ({"phoneNumber": 5, "lid": ["x"], "id": {"a": 1}}, None),
    "unknown fields": ({"jid": "5511999999999@s.whatsapp.net"}, None),
}


@pytest.mark.parametrize(("ref", "chat_id"), CHAT_IDS.values(), ids=CHAT_IDS)
def test_chat_id_of_whom_a_message_came_from(ref, chat_id):
    event = message_with(**{"from": ref, "sender": ref})
    assert event.payload.from_.chat_id == chat_id
    assert event.payload.sender.chat_id == chat_id
    assert event.payload.from_.to_dict() == ref


def test_chat_id_of_a_received_message_can_be_answered_to(connect):
    server = FakeServer(httpx.Response(200, json={"data": {"id": "msg_1"}}))
    event = parse_webhook(encoded(EXAMPLES["message.received-media"]))
    connect(server).messages.send(
        event.session, {"chatId": event.payload.from_.chat_id, "type": "text", "text": "Hello!"}
    )
    assert json.loads(server.request.content)["chatId"] == "120363012345678901@g.us"


# The result of a command.


@pytest.mark.parametrize("place", ["data", "payload"])
@pytest.mark.parametrize(
    "outcome",
    [
        {"correlationId": "cmd-abc123", "success": True, "result": {"id": "msg_1"}},
        {"correlationId": "cmd-abc123", "success": False, "result": {"error": "Session is not connected"}},
    ],
)
def test_result_of_a_command_is_found_in_both_places(place, outcome):
    document = {"event": "command.result", "session": "my-session", place: outcome}
    event = parse_webhook(encoded(document))
    assert type(event) is CommandResultEvent
    assert type(event.payload) is CommandResultPayload
    assert event.payload.correlation_id == "cmd-abc123"
    assert event.payload.success is outcome["success"]
    assert event.payload.result == outcome["result"]
    assert event.to_dict() == document


def test_result_of_a_command_under_payload_wins():
    event = parse_webhook(
        b'{"event": "command.result", "data": {"success": false}, "payload": {"success": true}}'
    )
    assert (event.payload.success, event.data.success) == (True, False)


@pytest.mark.parametrize("strange", [None, "done", 5, ["done"]])
def test_result_of_a_command_under_data_counts_where_payload_is_strange(strange):
    document = {"event": "command.result", "data": {"success": True}, "payload": strange}
    event = parse_webhook(encoded(document))
    assert event.payload is event.data
    assert event.payload.success is True
    assert event["payload"] == strange
    assert event.to_dict() == document


@pytest.mark.parametrize(
    "more", [{}, {"data": None}, {"data": "done"}, {"payload": None}, {"data": 5, "payload": ["done"]}]
)
def test_command_result_with_neither_has_an_empty_payload(more):
    event = parse_webhook(encoded({"event": "command.result", **more}))
    assert event.payload == CommandResultPayload()
    assert (event.payload.success, event.id, event.timestamp) == (None, None, None)
    assert event.to_dict() == {"event": "command.result", **more}


# What nobody told us about.


def test_unknown_name_keeps_the_payload_as_it_came():
    document = {
        "id": "evt_1",
        "event": "newsletter.update",
        "session": "my-session",
        "timestamp": "2025-05-01T12:05:00Z",
        "payload": {"from": {"id": "x"}, "list": [1, 2.5, None]},
        "shard": 5,
    }
    event = parse_webhook(encoded(document))
    assert type(event) is UnknownEvent
    assert (event.event, event.id, event.session) == ("newsletter.update", "evt_1", "my-session")
    assert event.payload == document["payload"]
    assert event["shard"] == 5
    assert event.to_dict() == document


@pytest.mark.parametrize("name", ["", "*", "Message.Received", "message.received ", "\ud800", "unknown"])
def test_name_is_taken_exactly(name):
    event = parse_webhook(encoded({"event": name, "payload": 1}))
    assert type(event) is UnknownEvent
    assert event.event == name


@pytest.mark.parametrize(
    ("payload", "text", "kind"),
    [
        ({"text": 5, "type": "image"}, 5, "image"),
        ({"text": "Hello!", "type": "hologram"}, "Hello!", "hologram"),
        ({"text": None, "type": None}, None, None),
        ({"text": ["a"], "type": 7}, ["a"], 7),
    ],
)
def test_surprising_payload_is_read_as_far_as_it_fits(payload, text, kind):
    event = message_with(**payload)
    assert type(event) is MessageReceivedEvent
    assert type(event.payload) is MessagePayload
    assert (event.payload.text, event.payload.type) == (text, kind)
    assert event.payload.from_.chat_id == "5511999999999@s.whatsapp.net"


def test_new_status_is_a_value_like_the_others():
    event = parse_webhook(b'{"event": "session.status", "payload": {"status": "HIBERNATING"}}')
    assert type(event) is SessionStatusEvent
    assert type(event.payload.status) is SessionStatus
    assert event.payload.status == "HIBERNATING"


def test_last_of_two_names_counts():
    event = parse_webhook(b'{"event": "message.received", "event": "session.status", "payload": {}}')
    assert type(event) is SessionStatusEvent
    assert event.event == "session.status"


# What is no event.


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"null",
        b"5",
        b'"message.received"',
        b"[]",
        b'[{"event": "message.received"}]',
        b"{}",
        b'{"payload": {}}',
        b'{"Event": "message.received"}',
        b'{"event": null}',
        b'{"event": 5}',
        b'{"event": ["message.received"]}',
        b'{"event": {"name": "message.received"}}',
        b'{"event": "message.received", "event": null}',
        b'{"event": "message.received"',
        b'{"event": "message.received"} x',
        b'{"event": "message.received", "payload": secret}',
        b"<!doctype html><title>502</title>",
        b"event=message.received",
        b"\xff\xfe\x00",
        b'{"event": "message.received", "payload": "\xff"}',
        b'{"event":' * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        "\ud800",
        "{'event': 'message.received'}",
    ],
)
def test_body_that_is_not_an_event_is_a_payload_error(body):
    with pytest.raises(WebhookPayloadError, match="this delivery is not an event") as caught:
        parse_webhook(body)
    assert not isinstance(caught.value, WebhookSignatureError)
    assert isinstance(caught.value, WebhookError)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "parsed", [MESSAGE, None, 5, ["{}"], object()], ids=lambda value: type(value).__name__
)
def test_parsed_body_is_a_mistake_of_the_caller(parsed):
    with pytest.raises(TypeError, match=r"raw bytes of the request, not .*request\.get_data\(\)"):
        parse_webhook(parsed)


# What it costs.


@pytest.mark.parametrize(
    "statements",
    [
        'from titan import parse_webhook; parse_webhook(b\'{"event": "message.received"}\')',
        "import titan.webhooks",
        "from titan import WebhookRouter; router = WebhookRouter('secret')\n"
        "router.wsgi_app(), router.asgi_app()",
    ],
)
def test_receiving_loads_no_http_client(statements):
    loaded = loaded_by(statements)
    assert {"titan.webhooks", "pydantic"} <= loaded
    assert not loaded & {"httpx", "httpcore", "titan._http", "titan.client"}


def test_verifying_alone_loads_neither_httpx_nor_pydantic():
    loaded = loaded_by("from titan import verify_webhook; verify_webhook(b'', None, 'secret')")
    assert "titan._signature" in loaded
    assert not loaded & {"httpx", "pydantic", "pydantic_core", "titan.webhooks", "titan.errors"}


def test_first_events_can_be_read_by_many_threads_at_once():
    code = (
        "import json, sys, threading\n"
        "from titan import parse_webhook\n"
        "examples = json.load(sys.stdin)\n"
        "start, wrong = threading.Barrier(16), []\n"
        "def read():\n"
        "    start.wait()\n"
        "    for example in examples:\n"
        "        if parse_webhook(json.dumps(example)).to_dict() != example:\n"
        "            wrong.append(example)\n"
        "threads = [threading.Thread(target=read) for _ in range(16)]\n"
        "[thread.start() for thread in threads], [thread.join() for thread in threads]\n"
        "sys.exit(len(wrong))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        input=json.dumps(list(EXAMPLES.values())),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


RESULT = {"correlationId": "cmd_1", "success": True, "result": {"id": "msg_1"}}


@pytest.mark.parametrize(
    "fields",
    [
        {"data": RESULT},
        {"payload": RESULT},
        {"data": RESULT, "payload": None},
        {"data": RESULT, "payload": {}},
    ],
    ids=["data", "payload", "data beside null", "data beside nothing"],
)
def test_result_of_a_command_is_the_same_after_every_way_back(fields):
    event = parse_webhook(json.dumps({"event": "command.result", "session": "s", **fields}))
    assert event.payload.correlation_id == "cmd_1"
    ways = [
        CommandResultEvent.model_validate(event.to_dict()),
        CommandResultEvent.model_validate_json(event.model_dump_json()),
        CommandResultEvent.model_validate_json(event.model_dump_json(exclude_unset=True)),
        CommandResultEvent.model_validate(event.model_dump(by_alias=True)),
        pickle.loads(pickle.dumps(event)),
        copy.deepcopy(event),
    ]
    assert [one.payload.correlation_id for one in ways] == ["cmd_1"] * len(ways)
    assert [one.payload.success for one in ways] == [True] * len(ways)
    assert ways[4:] == [event, event]
