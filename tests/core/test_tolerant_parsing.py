"""Answers that do not fit are kept as they came, or are errors with `strict_responses`."""

from __future__ import annotations

import json
from datetime import datetime
from typing import List, Literal, Optional, Union

import pytest
from pydantic import Field
from typing_extensions import Annotated

from tests.support.answers import NOON, SESSION, session_with, to_bytes
from titan import APIResponseError, types_gen
from titan._models import TitanModel, validation
from titan._models.parsing import parse
from titan.services._generated.operations import SESSIONS_LIST
from titan.types_gen import Group, Session


@pytest.mark.parametrize(
    ("body", "attribute", "kept"),
    [
        pytest.param(to_bytes({"data": {"name": "s"}}), "status", None, id="missing field"),
        pytest.param(to_bytes({"name": "s"}), "status", None, id="missing field, no envelope"),
        pytest.param(session_with(name=None), "name", None, id="null"),
        pytest.param(session_with(name=5), "name", 5, id="number for a string"),
        pytest.param(session_with(name=True), "name", True, id="boolean for a string"),
        pytest.param(session_with(name=["s"]), "name", ["s"], id="list for a string"),
        pytest.param(session_with(status=7), "status", 7, id="number for an enum"),
        pytest.param(session_with(status={"is": "NEW"}), "status", {"is": "NEW"}, id="object for an enum"),
        pytest.param(session_with(config="safe"), "config", "safe", id="string for an object"),
        pytest.param(session_with(config=[1, {}]), "config", [1, {}], id="list for an object"),
        pytest.param(session_with(updatedAt=1746100800), "updated_at", 1746100800, id="Unix time for ISO"),
        pytest.param(session_with(updatedAt="yesterday"), "updated_at", "yesterday", id="no time"),
        pytest.param(session_with(updatedAt=""), "updated_at", "", id="empty time"),
        pytest.param(session_with(pushName="\ud83d"), "push_name", "\ud83d", id="lone surrogate"),
        pytest.param(session_with(status="\udc00"), "status", "\udc00", id="lone surrogate for an enum"),
        pytest.param(session_with(other="\ud800"), "status", "CONNECTED", id="lone surrogate in a new field"),
        pytest.param(b"\xef\xbb\xbf" + session_with(lid="1@lid"), "lid", "1@lid", id="byte order mark"),
        pytest.param(
            b"\xef\xbb\xbf" + to_bytes({**SESSION, "lid": "1@lid"}), "lid", "1@lid", id="BOM, no envelope"
        ),
        pytest.param(session_with(lid="1@lid").decode().encode("utf-16"), "lid", "1@lid", id="UTF-16"),
    ],
)
def test_misfit_is_kept_as_it_came_or_an_error_if_strict(answering, body, attribute, kept):
    session = answering(body).sessions.get("s")
    document = json.loads(body)
    came = document.get("data", document)
    assert getattr(session, attribute) == kept
    assert type(getattr(session, attribute)) in (type(kept), types_gen.SessionStatus)
    assert session.to_dict() == came
    assert session.created_at == (NOON if "createdAt" in came else None)

    with pytest.raises(APIResponseError, match=r"server answered 200.* does not fit") as caught:
        answering(body, strict_responses=True).sessions.get("s")
    assert (caught.value.status_code, caught.value.body) == (200, body)
    assert caught.value.maybe_processed


@pytest.mark.parametrize(
    ("operation", "field", "kept"),
    [
        ("webhooks", "id", "5"),
        ("webhooks", "id", 5.5),
        ("webhooks", "id", True),
        ("webhooks", "enabled", "true"),
        ("webhooks", "enabled", 1),
        ("webhooks", "events", "*"),
        ("webhooks", "events", ["message.received", 5]),
    ],
)
def test_nothing_is_coerced(answering, operation, field, kept):
    document = {"data": {"id": 1, "url": "https://example.com", field: kept}}
    webhook = getattr(answering(document), operation).get(1)
    assert getattr(webhook, field) == kept
    assert type(getattr(webhook, field)) is type(kept)
    with pytest.raises(APIResponseError, match=f"data.{field}"):
        getattr(answering(document, strict_responses=True), operation).get(1)


def test_nested_models_are_read_as_far_as_they_fit(answering):
    people = [{"phoneNumber": "+551199"}, {"phoneNumber": 5, "isAdmin": True, "new": 1}, 7, None, "x"]
    document = {"data": [{"id": "1@g.us", "createdAt": 1746100800, "participants": people}, {"id": 2}, "?"]}
    first, second, third = answering(document).groups.list("s")
    assert type(first) is type(second) is Group
    assert first.created_at == 1746100800
    good, bad, *rest = first.participants
    assert type(good) is type(bad) is types_gen.GroupParticipant
    assert (good.phone_number, good.is_admin) == ("+551199", None)
    assert (bad.phone_number, bad.is_admin, bad["new"]) == (5, True, 1)
    assert rest == [7, None, "x"]
    assert (second.id, second.participants) == (2, None)
    assert third == "?"
    assert [first.to_dict(), second.to_dict(), third] == document["data"]
    with pytest.raises(APIResponseError, match=r"data\.0\.participants\.1\.phoneNumber"):
        answering(document, strict_responses=True).groups.list("s")


def test_misfits_are_named_without_their_values(answering):
    document = {"data": {**SESSION, "phoneNumber": 5511999999999, "proxy": ["secret"], "lid": 1, "name": 2}}
    with pytest.raises(APIResponseError) as caught:
        answering(document, strict_responses=True).sessions.get("s")
    text = caught.value.message
    assert "data.phoneNumber: Input should be a valid string" in text
    assert text.endswith("; …")
    assert "5511999999999" not in text
    assert "secret" not in text


def test_time_that_utc_cannot_say_is_kept_with_its_offset(answering, strict):
    for never in ("9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+02:00"):
        client = answering({"data": {**SESSION, "updatedAt": never}}, strict_responses=strict)
        session = client.sessions.get("s")
        assert session.updated_at == datetime.fromisoformat(never)
        assert session.to_dict()["updatedAt"] == never


# A union in an answer: none of today's models has one.


class Photo(TitanModel):
    type: Literal["photo"] = "photo"
    width: int


class Clip(TitanModel):
    type: Literal["clip"] = "clip"
    seconds: int


class Post(TitanModel):
    attachment: Optional[Annotated[Union[Photo, Clip], Field(discriminator="type")]] = None
    sent_at: types_gen.Timestamp


@pytest.mark.parametrize("attachment", [{"type": "hologram", "width": 5}, {"width": 5}, "none", [1]])
def test_unknown_union_tag_keeps_what_came(attachment):
    came = {"attachment": attachment, "sentAt": "2025-05-01T12:00:00"}
    post, mismatch = parse(to_bytes({"data": came}), Post)
    assert post.attachment == attachment
    assert type(post.attachment) is type(attachment)
    assert post.sent_at == NOON
    assert post.to_dict() == {**came, "sentAt": "2025-05-01T12:00:00Z"}
    assert mismatch


def test_known_union_tag_is_a_model_beside_a_misfit():
    came = {"attachment": {"type": "clip", "seconds": 5}, "sentAt": "?"}
    post, mismatch = parse(to_bytes({"data": came}), Post)
    assert type(post.attachment) is Clip
    assert post.attachment.seconds == 5
    assert post.to_dict() == came
    assert mismatch


def test_mismatch_does_not_quote_an_unknown_union_tag():
    _, mismatch = parse(to_bytes({"data": {"attachment": {"type": "5511999999999"}}}), Post)
    assert mismatch
    assert "5511999999999" not in mismatch


def test_unknown_union_tag_in_a_list_leaves_its_neighbours_models():
    came = [{"type": "clip", "seconds": 5}, {"type": "hologram"}, {"type": "photo", "width": 7}]
    (clip, hologram, photo), mismatch = parse(
        to_bytes({"data": came}), List[Annotated[Union[Photo, Clip], Field(discriminator="type")]]
    )
    assert (type(clip), hologram, type(photo)) == (Clip, {"type": "hologram"}, Photo)
    assert mismatch


# pydantic 2.13 drops unknown fields that are called like an attribute.


@pytest.mark.parametrize("drops", [True, validation._DROPS_FIELDS])
@pytest.mark.parametrize(
    ("returns", "data"),
    [
        (Session, {"name": "s", "status": "CONNECTED", "statusReason": "FAILED", "status_reason": "new"}),
        (List[Session], [{"name": "s", "status": "CONNECTED", "phoneNumber": "+1", "phone_number": [1]}]),
        (Group, {"id": "g", "participants": [{"is_admin": 1, "isAdmin": True}]}),
    ],
)
def test_unknown_field_called_like_an_attribute_is_kept_and_fits(
    answering, monkeypatch, drops, returns, data
):
    monkeypatch.setattr(validation, "_DROPS_FIELDS", drops)
    client = answering({"data": data}, strict_responses=True)
    result = client.sessions._call(SESSIONS_LIST, returns=returns)
    kept = [item.to_dict() for item in result] if isinstance(data, list) else result.to_dict()
    assert kept == data
