"""Answers that are what they should be become models, with and without their envelope."""

from __future__ import annotations

from datetime import timedelta
from typing import List

import pytest
from pydantic import TypeAdapter

from tests.support.answers import NOON, SESSION, TEXT, session_with, to_bytes
from titan import types_gen
from titan._models import TitanModel, validation
from titan._models.parsing import parse
from titan.types_gen import Group, Message, Session

# Answers that are what they should be.


def test_send_response_of_the_quickstart_is_read(answering, strict):
    client = answering(
        {
            "data": {
                "id": "msg_3AFBWAIKiNsZCmkg",
                "session": "my-session",
                "fromMe": True,
                "status": "sent",
                "type": "text",
                "text": "Hello from Titan!",
                "sentAt": "2025-05-01T12:05:00Z",
            }
        },
        strict_responses=strict,
    )
    message = client.messages.send("my-session", TEXT)
    assert (message.id, message.session, message.from_me) == ("msg_3AFBWAIKiNsZCmkg", "my-session", True)
    assert (message.status, message.type, message.text) == ("sent", "text", "Hello from Titan!")
    assert message.sent_at == NOON + timedelta(minutes=5)
    assert (message.timestamp, message.media_id) == (None, None)


def test_send_response_of_the_reference_is_read(answering, strict):
    client = answering(
        {
            "data": {
                "id": "msg_3AFBWAIKiNsZCmkg",
                "status": "pending",
                "timestamp": "2025-05-01T12:00:00Z",
                "fromPhoneNumber": "+5511999999999",
                "fromLid": "12345678901234567890@lid",
                "mediaId": "med_1",
            }
        },
        strict_responses=strict,
    )
    message = client.messages.send("my-session", TEXT)
    assert (message.status, message.timestamp, message.media_id) == ("pending", NOON, "med_1")
    assert message.from_phone_number == "+5511999999999"
    assert message.from_lid == "12345678901234567890@lid"
    assert (message.sent_at, message.session, message.type) == (None, None, None)


@pytest.mark.parametrize(
    "document",
    [
        {"data": {"qr": "data:image/png;base64,iVBORw0KGgo="}},
        {"qr": "2@ABC", "event": "code"},
        {"qr": "2@ABC", "event": None},
    ],
)
def test_both_qr_responses_are_read(answering, document, strict):
    qr = answering(document, strict_responses=strict).pairing.qr("my-session")
    came = document.get("data", document)
    assert qr.qr == came["qr"]
    assert qr.event == came.get("event")
    assert qr.to_dict() == came


@pytest.mark.parametrize(
    ("document", "came"),
    [
        ({"data": SESSION}, SESSION),
        (SESSION, SESSION),
        ({"data": SESSION, "success": True}, SESSION),
        ({"success": True, "data": SESSION, "meta": {"took": 5}}, SESSION),
        (
            {"data": {**SESSION, "shard": {"id": 5}, "tags": ["a"]}},
            {**SESSION, "shard": {"id": 5}, "tags": ["a"]},
        ),
        ({**SESSION, "shard": None}, {**SESSION, "shard": None}),
        ({"data": {**SESSION, "status": "HIBERNATING"}}, {**SESSION, "status": "HIBERNATING"}),
        ({"data": {**SESSION, "status": ""}}, {**SESSION, "status": ""}),
        ({"data": {**SESSION, "statusReason": None}}, {**SESSION, "statusReason": None}),
        (b'\r\n{"data": {"status": "CONNECTED", "name": "s"}}\t\n', {"name": "s", "status": "CONNECTED"}),
        (
            b'{"data": {"name": "first", "status": "CONNECTED", "name": "last"}}',
            {"name": "last", "status": "CONNECTED"},
        ),
        (
            b'{"data": {"name": "first"}, "data": {"name": "last", "status": "CONNECTED"}}',
            {"name": "last", "status": "CONNECTED"},
        ),
        (session_with(x=10**30), {**SESSION, "x": 10**30}),
        (session_with(x=-(10**999)), {**SESSION, "x": -(10**999)}),
    ],
)
def test_fitting_answer_is_read_with_or_without_envelope(answering, document, came, strict):
    session = answering(document, strict_responses=strict).sessions.get("my-session")
    assert session.name == came["name"]
    assert session.status == came["status"]
    assert type(session.status) is types_gen.SessionStatus
    assert session.to_dict() == came


@pytest.mark.parametrize("came", [[SESSION, {**SESSION, "status": "NEW", "x": 1}], []])
@pytest.mark.parametrize("wrap", [lambda data: data, lambda data: {"data": data}])
def test_fitting_list_is_read_with_or_without_envelope(answering, wrap, came, strict):
    sessions = answering(wrap(came), strict_responses=strict).sessions.list()
    assert type(sessions) is list
    assert [session.to_dict() for session in sessions] == came


# Answers without a result. They are no mismatch.

NOTHING = [
    (204, b""),
    (200, b""),
    (200, b" \n"),
    (200, b"null"),
    (200, b'\xef\xbb\xbf{"data": null}'),
    (200, {"data": None}),
    (200, {"data": None, "success": True}),
    (200, {"data": {"success": True}}),
    (200, {"success": True}),
]


@pytest.mark.parametrize(("status", "document"), NOTHING)
def test_answer_without_a_result_is_a_model_of_nones(answering, status, document, strict):
    session = answering(document, status, strict_responses=strict).sessions.start("my-session")
    assert type(session) is Session
    assert {getattr(session, name) for name in Session.model_fields} == {None}


@pytest.mark.parametrize("document", [document for _, document in NOTHING])
def test_answer_without_a_list_is_an_empty_one_where_there_may_be_none(document):
    assert parse(to_bytes(document), List[Session], may_be_empty=True) == ([], None)


@pytest.mark.parametrize(("status", "document"), [*NOTHING, (200, SESSION), (200, [1]), (201, b'"done"')])
def test_operation_without_a_result_returns_none(answering, status, document, strict):
    assert answering(document, status, strict_responses=strict).sessions.delete("my-session") is None


def test_empty_object_is_a_model_of_nones(answering, strict):
    session = answering({"data": {}}, strict_responses=strict).sessions.start("my-session")
    assert {getattr(session, name) for name in Session.model_fields} == {None}
    assert session.to_dict() == {}


def test_declared_type_is_what_comes_back(answering):
    """The same bytes read as another type, so that a cache of types cannot mix them up."""
    client = answering({"data": {"id": "x", "name": "n", "status": "sent"}})
    assert type(client.messages.send("s", TEXT)) is Message
    assert type(client.groups.get("s", "1@g.us")) is Group
    assert type(client.sessions.get("s")) is Session


@pytest.mark.parametrize("of", [lambda model: model, lambda model: List[model]], ids=["model", "list"])
def test_what_reads_a_type_is_built_once(of, monkeypatch):
    built = []

    def build(shape):
        built.append(shape)
        return TypeAdapter(shape)

    class Own(TitanModel):
        """One that nothing has read before."""

        name: str

    monkeypatch.setattr(validation, "TypeAdapter", build)
    document = {"data": {"name": "a"} if of(Own) is Own else [{"name": "a"}]}
    for _ in range(3):
        parse(to_bytes(document), of(Own))
    assert len(built) == 1
