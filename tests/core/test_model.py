from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from enum import Enum

import pydantic
import pytest

from tests.support import openapi
from tests.support.project import CONTRACT as SPEC
from titan import types_gen
from titan._models import OpenEnum, TitanModel
from titan._models.parsing import parse
from titan.types_gen import (
    ClientToken,
    Contact,
    CreateSessionRequest,
    Group,
    ImageMessage,
    Message,
    MessageReceivedEvent,
    MessageStatus,
    MintClientTokenRequest,
    QuotedMessage,
    Session,
    SessionStatus,
    TextMessage,
)

NOON = datetime(2025, 5, 1, 12, tzinfo=timezone.utc)


def read(model, **fields):
    return parse(json.dumps({"data": fields}).encode(), model).value


@pytest.fixture(params=["fits", "does not fit"])
def session(request):
    """A session from each of the two paths of parsing, which must not be told apart."""
    misfit = {} if request.param == "fits" else {"lid": 5}
    return read(
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


@pytest.mark.parametrize("name", ["pushName", "proxy", "created_at", "status_reason", "", 5, None])
def test_what_did_not_come_is_no_item(session, name):
    with pytest.raises(KeyError) as caught:
        session[name]
    assert caught.value.args == (name,)
    assert name not in session
    assert session.get(name) is None
    assert session.get(name, "default") == "default"


def test_field_that_did_not_come_reads_as_none(session):
    assert (session.push_name, session.updated_at, session.proxy) == (None, None, None)


def test_unknown_field_is_had_by_its_wire_name(session):
    assert session["shardId"] == session.get("shardId") == 7
    assert "shardId" in session
    with pytest.raises(AttributeError):
        _ = session.shard_id


@pytest.mark.parametrize("name", ["status_reason", "model_config", "get", "to_dict", "_has", "__class__"])
def test_unknown_field_cannot_take_the_place_of_an_attribute(name):
    session = read(Session, name="s", status="CONNECTED", statusReason="FAILED", **{name: "intruder"})
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
    event = read(MessageReceivedEvent, event="message.received", payload={"from": {"id": "1@g.us"}})
    assert event.payload["from"] is event.payload.from_
    assert event.payload.from_.id == "1@g.us"
    assert "from_" not in event.payload


def test_nested_models_are_had_by_wire_names_too():
    group = read(Group, id="1@g.us", participants=[{"phoneNumber": "+1", "isAdmin": True}])
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
    assert read(Session, **json.loads(json.dumps(result))) == session


def test_to_dict_goes_through_lists_and_models():
    came = {"id": "1@g.us", "createdAt": 1746100800, "participants": [{"lid": "5@lid", "new": [{"a": 1}]}]}
    assert read(Group, **came).to_dict() == came


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
        ("2025-05-01T12:00:00.000Z", "2025-05-01T12:00:00Z"),
    ],
)
def test_iso_time_is_an_aware_datetime_and_ends_in_z(wire, written):
    message = read(Message, id="m", sentAt=wire)
    assert message.sent_at == NOON
    assert message.sent_at.tzinfo is timezone.utc
    assert message.to_dict()["sentAt"] == written
    assert Message(id="m", sent_at=wire).to_dict() == message.to_dict()


@pytest.mark.parametrize("wire", ["2025-05-01T12:00:00.123456Z", "2025-05-01T12:00:00.123456789Z"])
def test_fraction_of_a_second_is_kept_to_the_microsecond(wire):
    message = read(Message, id="m", sentAt=wire)
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
    group = read(Group, id="1@g.us", createdAt=1746100800)
    assert group.created_at == 1746100800
    assert type(group.created_at) is int
    assert group.to_dict()["createdAt"] == 1746100800


# Copies.


@pytest.mark.parametrize("status", ["CONNECTED", "NEW", 5])
@pytest.mark.parametrize(
    "twin_of",
    [
        copy.copy,
        copy.deepcopy,
        lambda model: model.model_copy(),
        *(
            lambda model, n=n: pickle.loads(pickle.dumps(model, n))
            for n in range(2, pickle.HIGHEST_PROTOCOL + 1)
        ),
    ],
)
def test_copies_are_equal_and_keep_everything(twin_of, status):
    model = read(
        Session,
        name="s",
        status=status,
        createdAt="2025-05-01T12:00:00Z",
        updatedAt="9999-12-31T23:59:59-05:00",
        shard={"id": 5},
    )
    twin = twin_of(model)
    assert twin == model
    assert type(twin.status) is type(model.status)
    assert twin.to_dict() == model.to_dict()
    assert repr(twin) == repr(model)
    assert (twin.push_name, twin["shard"]) == (None, {"id": 5})


def test_pickle_is_read_by_a_process_that_has_used_no_type_yet():
    model = read(Group, id="1@g.us", participants=[{"lid": "5@lid", "new": 1}], x=1)
    code = "import pickle, sys; print(pickle.load(sys.stdin.buffer).to_dict())"
    done = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(model), capture_output=True)
    assert done.stdout.decode().strip() == str(model.to_dict()), done.stderr.decode()


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (read(Message, id="m"), Message(id="m"), True),
        (read(Message, id="m", x=1), read(Message, id="m", x=1), True),
        (read(Message, id="m", x=1), read(Message, id="m", x=2), False),
        (read(Message, id="m"), read(Message, id="n"), False),
        (read(Message, id="m", sentAt="2025-05-01T12:00:00Z"), Message(id="m", sent_at=NOON), True),
        (read(Message, id="m", timestamp=5), read(Message, id="m", timestamp=5), True),
        (read(Message, id="m"), read(Group, id="m"), False),
        (read(Message, id="m"), {"id": "m"}, False),
    ],
)
def test_equality_is_of_type_and_values(left, right, equal):
    assert (left == right) is equal
    assert (left != right) is not equal


# What repr() and str() show.

SECRETS = [tuple(secret.split(".")) for secret in openapi.SECRETS]


def test_every_kind_of_secret_is_listed():
    assert {wire_name for _, wire_name in SECRETS} >= {"token", "key", "hmacKey", "proxy", "qr", "code"}


@pytest.mark.parametrize("value", ["s3cr3t-value", ["s3cr3t-value"], {"a": "s3cr3t-value"}, 31337])
@pytest.mark.parametrize(("model", "wire_name"), SECRETS)
def test_secret_is_not_shown(model, wire_name, value):
    instance = read(getattr(types_gen, model), **{wire_name: value})
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
    assert repr(read(Session, name="s", status="NEW", proxy=None)) == (
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
    session = read(Session, **fields)
    for shown in (repr(session), str(session)):
        assert "5511999999999" not in shown
        assert "secretkey" not in shown
        assert "…" in shown
    assert session.to_dict() == fields


@pytest.mark.parametrize("value", ["Maria", 5, ["Maria"], {"a": "Maria"}, None])
def test_nothing_of_an_unknown_field_is_shown_but_its_name(value):
    assert repr(read(Session, name="s", newField=value)) == "Session(name='s', newField='…')"


def test_small_numbers_times_and_counts_are_shown():
    assert repr(read(Group, id="g", createdAt=1746100800)) == "Group(id='g', created_at=1746100800)"
    assert repr(read(types_gen.Media, id="m", fileLength=52428800)) == "Media(id='m', file_length=52428800)"
    assert "2025, 5, 1" in repr(read(Message, id="m", sentAt="2025-05-01T12:00:00Z"))
    assert repr(read(Contact, name=404)) == "Contact(name=404)"


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


# Open enums.


class Colour(OpenEnum):
    DEEP_RED = "deep red"
    BLUE = "blue"


def test_known_values_are_members():
    assert Colour("blue") is Colour.BLUE
    assert list(Colour) == [Colour.DEEP_RED, Colour.BLUE]


def test_every_enum_of_the_types_is_open():
    in_spec = {name for name, schema in SPEC["components"]["schemas"].items() if "enum" in schema}
    generated = {one for one in vars(types_gen).values() if isinstance(one, type) and issubclass(one, Enum)}
    assert {one.__name__ for one in generated} == in_spec | {"OpenEnum"}
    for one in generated - {OpenEnum}:
        assert one("brand new") == "brand new"
        assert [member.value for member in one] == SPEC["components"]["schemas"][one.__name__]["enum"]


@pytest.mark.parametrize("value", ["deep red", "blue", "infrared", "", "name", "é\ud800", "0"])
def test_enum_value_is_its_string(value):
    colour = Colour(value)
    assert type(colour) is Colour
    assert colour == value
    assert value == colour
    assert colour == Colour(value)
    assert colour.value == value
    assert hash(colour) == hash(value)
    assert {value: 1}[colour] == 1
    assert str(colour) == value
    assert type(str(colour)) is str
    assert f"{colour}" == "{}".format(colour) == "%s" % colour == value  # noqa: UP031, UP032 - each is another way
    assert f"{colour:>12}" == f"{value:>12}"
    assert json.dumps(colour) == json.dumps(value)
    assert isinstance(colour, str)


@pytest.mark.parametrize("value", ["blue", "infrared"])
@pytest.mark.parametrize(
    "twin_of",
    [
        copy.copy,
        copy.deepcopy,
        *(lambda one, n=n: pickle.loads(pickle.dumps(one, n)) for n in range(pickle.HIGHEST_PROTOCOL + 1)),
    ],
)
def test_enum_value_survives_copying(twin_of, value):
    twin = twin_of(Colour(value))
    assert type(twin) is Colour
    assert twin == value
    assert (twin is Colour.BLUE) is (value == "blue")


def test_unknown_value_is_no_new_member():
    before = list(Colour), dict(Colour.__members__), dict(Colour._value2member_map_)
    first, second = Colour("infrared"), Colour("infrared")
    assert first is not second
    assert (list(Colour), dict(Colour.__members__), dict(Colour._value2member_map_)) == before


def test_enums_differ_from_other_values():
    assert Colour("infrared") != Colour("ultraviolet")
    assert Colour.DEEP_RED != "DEEP_RED"
    assert Colour.DEEP_RED != "blue"


@pytest.mark.parametrize("value", [5, None, True, b"blue", ["blue"], 1.5, Enum])
def test_what_is_no_string_is_no_enum_value(value):
    with pytest.raises(ValueError, match="is not a valid Colour"):
        Colour(value)


def test_enum_shows_what_it_is():
    assert repr(MessageStatus.SENT) == "<MessageStatus.SENT: 'sent'>"
    assert repr(MessageStatus("lost")) == "<MessageStatus.lost: 'lost'>"
    assert MessageStatus("lost").name == "lost"


@pytest.mark.parametrize("status", ["CONNECTED", "NEW", SessionStatus.CONNECTED, SessionStatus("NEW")])
def test_enum_works_in_a_model_of_the_user(status):
    class Row(pydantic.BaseModel):
        status: SessionStatus = SessionStatus.DISCONNECTED

    row = Row(status=status)
    assert type(row.status) is SessionStatus
    assert row.status == status
    assert json.loads(row.model_dump_json()) == {"status": str(status)}
    assert Row.model_validate_json(row.model_dump_json()) == row
    assert row.model_dump(mode="json") == {"status": str(status)}
    with pytest.raises(pydantic.ValidationError):
        Row(status=5)
