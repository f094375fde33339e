"""Models: attributes and wire names, `to_dict()`, times, constructors."""

from __future__ import annotations

import json
from datetime import timedelta, timezone

import pytest

from tests.support.answers import NOON, read_as
from titan import types_gen
from titan._models import TitanModel
from titan.types_gen import (
    CreateSessionRequest,
    Group,
    ImageMessage,
    Message,
    MessageReceivedEvent,
    MintClientTokenRequest,
    QuotedMessage,
    Session,
    TextMessage,
)


@pytest.fixture(params=["fits", "does not fit"])
def session(request):
    """A session from each of the two paths of parsing, which must not be told apart."""
    misfit = {} if request.param == "fits" else {"lid": 5}
    return read_as(
        Session,
        name="my-session",
        status="CONNECTED",
        statusReason=None,
        createdAt="2025-05-01T12:00:00Z",
        config={"safeMode": True},
        shardId=7,
        **misfit,
    )


# By wire name.


@pytest.mark.parametrize(
    ("wire_name", "attribute"),
    [
        ("name", "name"),
        ("status", "status"),
        ("statusReason", "status_reason"),
        ("createdAt", "created_at"),
        ("config", "config"),
    ],
)
def test_wire_name_gives_the_object_of_the_attribute(session, wire_name, attribute):
    assert session[wire_name] is getattr(session, attribute)
    assert session.get(wire_name, "default") is getattr(session, attribute)
    assert wire_name in session


@pytest.mark.parametrize("name", ["pushName", "proxy", "createdat", "upTo", "", 5, None])
def test_what_did_not_come_is_not_an_item(session, name):
    with pytest.raises(KeyError) as caught:
        session[name]
    assert caught.value.args == (name,)
    assert name not in session
    assert session.get(name) is None
    assert session.get(name, "default") == "default"


@pytest.mark.parametrize(
    ("name", "wire_name"),
    [("created_at", "createdAt"), ("status_reason", "statusReason"), ("push_name", "pushName")],
)
def test_an_item_by_its_python_name_is_a_key_error_that_names_the_attribute_and_the_wire_name(
    session, name, wire_name
):
    with pytest.raises(KeyError, match=rf"{name}: .*\.{name}; .*{wire_name}"):
        session[name]
    assert name not in session
    assert session.get(name, "default") == "default"


@pytest.mark.parametrize(
    ("wire_name", "name"),
    [("createdAt", "created_at"), ("statusReason", "status_reason"), ("pushName", "push_name")],
)
def test_an_attribute_by_its_wire_name_is_an_error_that_names_the_attribute(session, wire_name, name):
    with pytest.raises(AttributeError, match=f"no attribute '{wire_name}': the attribute is {name}"):
        getattr(session, wire_name)
    assert not hasattr(session, wire_name)
    with pytest.raises(AttributeError, match=r"no attribute 'createdat'$"):
        session.createdat  # noqa: B018


def test_field_that_did_not_come_reads_as_none(session):
    assert (session.push_name, session.updated_at, session.proxy) == (None, None, None)


def test_unknown_field_is_read_by_its_wire_name(session):
    assert session["shardId"] == session.get("shardId") == 7
    assert "shardId" in session
    with pytest.raises(AttributeError):
        _ = session.shard_id


@pytest.mark.parametrize("name", ["status_reason", "model_config", "get", "to_dict", "_has", "__class__"])
def test_unknown_field_cannot_take_the_place_of_an_attribute(name):
    session = read_as(Session, name="s", status="CONNECTED", statusReason="FAILED", **{name: "intruder"})
    assert session.status_reason == "FAILED"
    assert session.get("statusReason") == "FAILED"
    assert type(session) is Session
    assert session[name] == "intruder"
    assert session.to_dict() == {
        "name": "s",
        "status": "CONNECTED",
        "statusReason": "FAILED",
        name: "intruder",
    }


def test_name_that_python_reserves_has_an_underscore():
    event = read_as(MessageReceivedEvent, event="message.received", payload={"from": {"id": "1@g.us"}})
    assert event.payload["from"] is event.payload.from_
    assert event.payload.from_.id == "1@g.us"
    assert "from_" not in event.payload


def test_nested_models_are_read_by_wire_names_too():
    group = read_as(Group, id="1@g.us", participants=[{"phoneNumber": "+1", "isAdmin": True}])
    assert group["participants"][0]["isAdmin"] is True


# to_dict().


def test_to_dict_gives_all_that_came_and_no_more(session):
    came = {
        "name": "my-session",
        "status": "CONNECTED",
        "statusReason": None,
        "createdAt": "2025-05-01T12:00:00Z",
        "config": {"safeMode": True},
        "shardId": 7,
    }
    result = session.to_dict()
    assert result == ({**came, "lid": 5} if "lid" in session else came)
    assert type(result["status"]) is str
    assert read_as(Session, **json.loads(json.dumps(result))) == session


def test_to_dict_goes_through_lists_and_models():
    came = {"id": "1@g.us", "createdAt": 1746100800, "participants": [{"lid": "5@lid", "new": [{"a": 1}]}]}
    assert read_as(Group, **came).to_dict() == came


def test_to_dict_shares_nothing_with_the_model(session):
    session.to_dict()["config"]["safeMode"] = False
    assert session.config == {"safeMode": True}


# Times.


@pytest.mark.parametrize(
    ("wire", "written"),
    [
        ("2025-05-01T12:00:00Z", "2025-05-01T12:00:00Z"),
        ("2025-05-01T12:00:00", "2025-05-01T12:00:00Z"),
        ("2025-05-01T12:00:00+00:00", "2025-05-01T12:00:00Z"),
        ("2025-05-01T09:00:00-03:00", "2025-05-01T12:00:00Z"),
        ("2025-05-01T17:30:00+05:30", "2025-05-01T12:00:00Z"),
        ("2025-05-02T00:00:00+12:00", "2025-05-01T12:00:00Z"),
        ("2025-05-01t12:00:00z", "2025-05-01T12:00:00Z"),
        ("2025-05-01T12:00Z", "2025-05-01T12:00:00Z"),
        ("2025-05-01 12:00:00", "2025-05-01T12:00:00Z"),
        ("2025-05-01 09:00:00-03:00", "2025-05-01T12:00:00Z"),
        ("2025-05-01T12:00:00.000Z", "2025-05-01T12:00:00Z"),
    ],
)
def test_iso_time_is_an_aware_datetime_and_ends_in_z(wire, written):
    message = read_as(Message, id="m", sentAt=wire)
    assert message.sent_at == NOON
    assert message.sent_at.tzinfo is timezone.utc
    assert message.to_dict()["sentAt"] == written
    assert Message(id="m", sent_at=wire).to_dict() == message.to_dict()


@pytest.mark.parametrize("wire", ["2025-05-01T12:00:00.123456Z", "2025-05-01T12:00:00.123456789Z"])
def test_fraction_of_a_second_is_kept_to_the_microsecond(wire):
    message = read_as(Message, id="m", sentAt=wire)
    assert message.sent_at == NOON + timedelta(microseconds=123456)
    assert message.to_dict()["sentAt"] == "2025-05-01T12:00:00.123456Z"


@pytest.mark.parametrize(
    "moment",
    [
        NOON,
        NOON.replace(tzinfo=None),
        NOON.astimezone(timezone(timedelta(hours=-3))),
    ],
)
def test_datetime_of_the_user_is_the_same_instant(moment):
    assert Message(id="m", sent_at=moment).sent_at == NOON
    message = Message(id="m")
    message.sent_at = moment
    assert message.to_dict()["sentAt"] == "2025-05-01T12:00:00Z"


def test_unix_seconds_stay_an_integer():
    group = read_as(Group, id="1@g.us", createdAt=1746100800)
    assert group.created_at == 1746100800
    assert type(group.created_at) is int
    assert group.to_dict()["createdAt"] == 1746100800


# Constructors.


def test_constructor_takes_snake_case():
    message = TextMessage(
        chat_id="1@g.us", text="Hi", quoted_message=QuotedMessage(id="m", chat_id="2@g.us"), is_forwarded=True
    )
    assert message.to_dict() == {
        "chatId": "1@g.us",
        "type": "text",
        "text": "Hi",
        "quotedMessage": {"id": "m", "chatId": "2@g.us"},
        "isForwarded": True,
    }
    assert message.model_extra == {}


def test_constructor_takes_the_name_with_an_underscore():
    payload = types_gen.MessagePayload(from_=types_gen.JIDRef(phone_number="+1"))
    assert payload.to_dict() == {"from": {"phoneNumber": "+1"}}


def test_constructor_refuses_what_lacks_a_required_field():
    with pytest.raises(ValueError, match="chatId"):
        TextMessage(text="Hi")


def test_constructor_keeps_fields_that_the_sdk_does_not_know():
    assert TextMessage(chat_id="1@g.us", text="Hi", viewOnce=True).to_dict()["viewOnce"] is True


def test_constant_is_there_without_being_set():
    image = ImageMessage(chat_id="1@g.us")
    assert (image.type, image["type"], "type" in image) == ("image", "image", True)
    assert image.to_dict() == {"chatId": "1@g.us", "type": "image"}
    assert repr(image) == "ImageMessage(chat_id='1@g.us', type='image')"


@pytest.mark.parametrize(
    ("model", "written"),
    [
        (CreateSessionRequest(name="s"), {"name": "s"}),
        (CreateSessionRequest(name="s", start=False), {"name": "s", "start": False}),
        (MintClientTokenRequest(session="s", ephemeral_id="e"), {"session": "s", "ephemeralId": "e"}),
        (Session(name="s", status="NEW", proxy=None), {"name": "s", "status": "NEW", "proxy": None}),
    ],
)
def test_only_fields_that_were_set_are_written(model, written):
    assert model.to_dict() == written
    assert all(name in model for name in written)
    assert "ttl" not in model


def test_field_set_later_is_written():
    request = CreateSessionRequest(name="s")
    request.start = True
    assert request.to_dict() == {"name": "s", "start": True}


def test_subclass_of_the_user_works_alike():
    class MySession(Session):
        my_note: str = ""

    mine = MySession(name="s", status="CONNECTED", my_note="n")
    assert mine.to_dict() == {"name": "s", "status": "CONNECTED", "myNote": "n"}
    assert mine["myNote"] == "n"
    assert isinstance(mine, TitanModel)


@pytest.mark.parametrize(
    "text",
    [
        *("5", "-5", "0", "1.5", "1746100800", "1746100800000", "1e9"),
        *("2025-05-01", "12:00", "2025-05", "20250501T120000Z", "2025-05-01_12:00:00", "2025-W18"),
        *("2025-02-30T12:00:00Z", "2025-05-01T12:00:00 Z", " 2025-05-01T12:00:00Z", "", "yesterday"),
    ],
)
def test_text_that_is_not_a_date_with_its_time_stays_as_it_came(text):
    message = read_as(Message, id="m", sentAt=text)
    assert message.sent_at == message.to_dict()["sentAt"] == text
    with pytest.raises(ValueError, match="sentAt"):
        Message(id="m", sent_at=text)


@pytest.mark.parametrize("number", [5, 0, -5, 1746100800, 1.5, True])
def test_number_for_a_time_stays_as_it_came(number):
    assert type(read_as(Message, id="m", sentAt=number).sent_at) is type(number)
    assert read_as(Message, id="m", sentAt=number).to_dict()["sentAt"] == number
