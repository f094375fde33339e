"""What `repr()` and `str()` of a model show, and what they keep private."""

from __future__ import annotations

import pydantic
import pytest

from tests.support import openapi
from tests.support.answers import read_as
from titan import types_gen
from titan.types_gen import (
    ClientToken,
    Contact,
    Group,
    Message,
    Session,
    TextMessage,
)

# What repr() and str() show.

SECRETS = [tuple(secret.split(".")) for secret in openapi.SECRETS]


def test_every_kind_of_secret_is_listed():
    assert {wire_name for _, wire_name in SECRETS} >= {"token", "key", "hmacKey", "proxy", "qr", "code"}


@pytest.mark.parametrize("value", ["s3cr3t-value", ["s3cr3t-value"], {"a": "s3cr3t-value"}, 31337])
@pytest.mark.parametrize(("model", "wire_name"), SECRETS)
def test_secret_is_not_shown(model, wire_name, value):
    instance = read_as(getattr(types_gen, model), **{wire_name: value})
    assert instance[wire_name] == value
    for shown in (repr(instance), str(instance), f"{instance}", f"{[instance]}"):
        assert str(value) not in shown
        assert "s3cr3t" not in shown
        assert "='…'" in shown


def test_secret_inside_another_model_is_not_shown():
    headers = [{"name": "Authorization", "value": "s3cr3t"}]
    webhook = types_gen.Webhook(id=1, headers=headers, hmac_key="hm4c")
    assert repr(webhook) == (
        "Webhook(id=1, headers=[WebhookHeader(name='Authorization', value='…')], hmac_key='…')"
    )


def test_secret_that_did_not_come_is_shown_as_none():
    assert repr(read_as(Session, name="s", status="NEW", proxy=None)) == (
        "Session(name='s', status=<SessionStatus.NEW: 'NEW'>, proxy=None)"
    )


def test_only_what_came_is_shown():
    assert repr(Message(id="m")) == "Message(id='m')"
    assert str(Message(id="m", text=None)) == "id='m' text=None"


@pytest.mark.parametrize(
    "fields",
    [
        {"phoneNumber": "+5511999999999"},
        {"phoneNumber": "call 5511999999999 now"},
        {"phoneNumber": 5511999999999},
        {"phoneNumber": ["5511999999999"]},
        {"phoneNumber": [5511999999999, {"a": 5511999999999}]},
        {"phoneNumber": {"5511999999999": 1}},
        {"lid": "5511999999999@lid"},
        {"name": "5511999999999@s.whatsapp.net"},
        {"status": "5511999999999"},
        {"config": {"owner": "5511999999999"}},
        {"createdAt": 5511999999999},
        {"newField": "5511999999999"},
        {"newField": 5511999999999},
        {"newField": {"deep": ["5511999999999"]}},
        {"name": "titan_5511999999999"},
        {"name": "titan_secretkey5511999999999"},
    ],
)
def test_phone_numbers_and_unknown_fields_are_not_shown(fields):
    session = read_as(Session, **fields)
    for shown in (repr(session), str(session)):
        assert "5511999999999" not in shown
        assert "secretkey" not in shown
        assert "…" in shown
    assert session.to_dict() == fields


@pytest.mark.parametrize("value", ["Maria", 5, ["Maria"], {"a": "Maria"}, None])
def test_nothing_of_an_unknown_field_is_shown_but_its_name(value):
    assert repr(read_as(Session, name="s", newField=value)) == "Session(name='s', newField='…')"


def test_small_numbers_times_and_counts_are_shown():
    assert repr(read_as(Group, id="g", createdAt=1746100800)) == "Group(id='g', created_at=1746100800)"
    assert (
        repr(read_as(types_gen.Media, id="m", fileLength=52428800)) == "Media(id='m', file_length=52428800)"
    )
    assert "2025, 5, 1" in repr(read_as(Message, id="m", sentAt="2025-05-01T12:00:00Z"))
    assert repr(read_as(Contact, name=404)) == "Contact(name=404)"


@pytest.mark.parametrize(
    "build",
    [
        lambda: ClientToken(token=["s3cr3t"]),
        lambda: ClientToken.model_validate({"token": 5, "session": ["s3cr3t"]}),
        lambda: ClientToken.model_validate_json('{"token": ["s3cr3t"]}'),
        lambda: TextMessage(chat_id={"s3cr3t": 1}),
    ],
)
def test_validation_error_does_not_show_what_was_given(build):
    with pytest.raises(pydantic.ValidationError) as caught:
        build()
    assert "s3cr3t" not in str(caught.value)
    assert "s3cr3t" not in repr(caught.value)
