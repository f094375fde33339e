"""Enums are open: a value that the SDK does not know is a value like the others."""

from __future__ import annotations

import copy
import json
import pickle
from enum import Enum

import pydantic
import pytest

from tests.support.project import CONTRACT as SPEC
from titan import types_gen
from titan._models import OpenEnum
from titan.types_gen import (
    MessageStatus,
    SessionStatus,
)

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
