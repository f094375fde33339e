"""The generated types: every property of the contract, in models of users, from many threads."""

from __future__ import annotations

import ast
import inspect
import json
import typing
from datetime import datetime, timezone
from typing import List, Optional

import jsonschema
import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from tests.support.interpreter import run_python
from tests.support.openapi import ALL_OPERATIONS, OPERATIONS, SCHEMAS, name_of, properties_of, resolve
from titan import params_gen, types_gen
from titan._models import TitanModel
from titan._models.fields import fields_of
from titan._models.validation import is_model
from titan.params_gen import SendMessageParams
from titan.types_gen import (
    ImageMessage,
    OutgoingMessage,
    PollMessage,
    SendMessageRequest,
    Session,
    SessionStatus,
    TextMessage,
)
from titan.webhooks.events_gen import EVENT_CLASSES

TEXT = {"chatId": "1@g.us", "type": "text", "text": "Hello!"}


def filled_in_by_the_sdk():
    """Names of the schemas whose `session` is an argument of its own, and so no field of the type."""

    def parts(schema):
        for reference in [*schema.get("allOf", []), *schema.get("oneOf", [])]:
            if "$ref" in reference:
                yield name_of(reference)
                yield from parts(resolve(reference))

    bodies = {operation.component for operation in OPERATIONS if operation.session_in_body}
    return bodies.union(*(parts(SCHEMAS[name]) for name in bodies))


FILLED_IN = filled_in_by_the_sdk()


def properties(name):
    """The properties of a schema, its own and inherited ones, that its type must have."""
    found = properties_of(SCHEMAS[name])
    return {key: one for key, one in found.items() if (key, name in FILLED_IN) != ("session", True)}


def sample(schema):
    """A value that fits, as it comes over the wire, and what it must be as an attribute."""
    target = resolve(schema)
    if "anyOf" in target or "oneOf" in target:
        some = [one for one in target.get("anyOf", target.get("oneOf")) if one.get("type") != "null"]
        return sample(some[0])
    if "const" in target:
        return target["const"], target["const"]
    if "enum" in target:
        member = getattr(types_gen, name_of(schema))(target["enum"][0]) if "$ref" in schema else None
        return target["enum"][0], member or target["enum"][0]
    kind = target.get("type", "object")
    kind = next(one for one in kind if one != "null") if isinstance(kind, list) else kind
    if kind == "array":
        wire, value = sample(target["items"])
        return [wire], [value]
    if kind == "string" and target.get("format") == "date-time":
        return "2025-05-01T12:00:00Z", datetime(2025, 5, 1, 12, tzinfo=timezone.utc)
    if "x-extensible-enum" in target:
        return target["x-extensible-enum"][-1], target["x-extensible-enum"][-1]
    simple = {"string": "text", "integer": 5, "number": 0.5, "boolean": True, "object": {"any": "thing"}}
    if kind != "object" or not properties_of(target):
        value = simple[kind]
        if "$ref" in schema:
            return value, getattr(types_gen, name_of(schema)).model_validate(value)
        return value, value
    wire = {name: sample(one)[0] for name, one in properties_of(target).items()}
    return wire, getattr(types_gen, name_of(schema)).model_validate_json(json.dumps(wire))


OBJECTS = [name for name, schema in SCHEMAS.items() if schema.get("type") == "object" or "allOf" in schema]
OPEN_SETS = {name: one["x-extensible-enum"] for name, one in SCHEMAS.items() if "x-extensible-enum" in one}
GENERATED = [
    one for one in vars(types_gen).values() if inspect.isclass(one) and one.__module__ == types_gen.__name__
]
MODELS = [one for one in GENERATED if issubclass(one, TitanModel)]


@pytest.mark.parametrize("name", OBJECTS)
def test_every_property_of_the_spec_is_a_typed_attribute(name):
    model = getattr(types_gen, name)
    named = properties(name)
    samples = {wire_name: sample(schema) for wire_name, schema in named.items()}
    wire = {wire_name: value for wire_name, (value, _) in samples.items()}
    instance = model.model_validate_json(json.dumps(wire), strict=True)

    assert instance.model_extra == {}
    assert instance.to_dict() == wire
    assert set(fields_of(model).python_names) == set(named)
    for wire_name, (_, expected) in samples.items():
        attribute = fields_of(model).python_names[wire_name]
        assert attribute in model.model_fields
        assert attribute.strip("_").replace("_", "").lower() == wire_name.lower()
        assert getattr(instance, attribute) == expected
        assert type(getattr(instance, attribute)) is type(expected)
        assert instance[wire_name] is getattr(instance, attribute)


def test_the_types_are_those_of_the_spec_and_no_others():
    assert {one.__name__ for one in GENERATED} | {"SendMessageRequest", *OPEN_SETS} == set(SCHEMAS)


@pytest.mark.parametrize("name", OPEN_SETS)
def test_a_set_of_names_that_stays_open_has_the_known_ones_and_takes_any_other(name):
    known, other = typing.get_args(getattr(types_gen, name).__value__)
    assert list(typing.get_args(known)) == OPEN_SETS[name]
    assert other is str
    adapter = TypeAdapter(getattr(types_gen, name))
    for value in (*OPEN_SETS[name], "brand.new", ""):
        assert adapter.validate_json(json.dumps(value), strict=True) == value
    with pytest.raises(ValidationError):
        adapter.validate_python(5)


def test_the_known_names_of_events_are_those_of_the_events():
    assert OPEN_SETS["EventName"] == ["*", *EVENT_CLASSES]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_is_documented(model):
    assert vars(model)["__doc__"]
    body = ast.parse(inspect.getsource(model)).body[0].body
    described = [
        node.target.id
        for node, after in zip(body, body[1:])
        if isinstance(node, ast.AnnAssign) and isinstance(after, ast.Expr)
    ]
    assert described == [name for name in model.__annotations__ if name in model.model_fields]


REQUEST_EXAMPLES = [
    pytest.param(operation, name, id=f"{operation.id}-{name}")
    for operation in ALL_OPERATIONS.values()
    for name in operation.bodies
]


@pytest.mark.parametrize(("operation", "name"), REQUEST_EXAMPLES)
def test_every_request_example_is_a_payload_of_its_type(operation, name):
    example = operation.payload(name)
    payload = TypeAdapter(getattr(types_gen, operation.component)).validate_json(
        json.dumps(example), strict=True
    )
    assert payload.to_dict() == example
    assert payload.model_extra == {}


def test_limits_of_the_spec_are_no_validators():
    assert len(PollMessage(chat_id="?", question="", options=[]).options) == 0
    assert types_gen.CreateSessionRequest(name="no/session name" * 99, proxy="no url").proxy == "no url"
    assert len(types_gen.CreateGroupRequest(name="n" * 26, participants=["p"] * 257).participants) == 257
    assert ImageMessage(chat_id="1", url="http://localhost").url == "http://localhost"


# In models of the user.


class Job(BaseModel):
    message: SendMessageRequest
    session: Optional[Session] = None
    history: List[SendMessageRequest] = []


@pytest.mark.parametrize(
    ("payload", "model"),
    [
        (TEXT, TextMessage),
        ({"chatId": "1@g.us", "type": "image", "url": "https://example.com/a.png"}, ImageMessage),
        ({"chatId": "1@g.us", "type": "poll", "question": "?", "options": ["a", "b"]}, PollMessage),
    ],
)
def test_message_in_a_model_of_the_user_is_told_by_its_type(payload, model):
    job = Job(message=payload, history=[payload, TEXT])
    assert type(job.message) is type(job.history[0]) is model
    assert type(job.history[1]) is TextMessage
    assert job.message.to_dict() == payload
    assert Job.model_validate_json(json.dumps({"message": payload})).message == job.message


def test_model_of_the_user_takes_instances():
    message = TextMessage(chat_id="1@g.us", text="Hello!")
    session = Session(name="s", status=SessionStatus.CONNECTED)
    job = Job(message=message, session=session)
    assert job.message is message
    assert job.session is session
    assert job.message.to_dict() == TEXT


def test_model_of_the_user_comes_back_from_its_own_json():
    job = Job(
        message=TEXT,
        session={"name": "s", "status": "NEW", "createdAt": "2025-05-01T12:00:00Z", "shard": 5},
    )
    assert type(job.session.status) is SessionStatus
    assert job.session["shard"] == 5
    again = Job.model_validate_json(job.model_dump_json(by_alias=True, exclude_none=True))
    assert again.message.to_dict() == TEXT
    assert again.session == job.session


@pytest.mark.parametrize("payload", [{**TEXT, "type": "hologram"}, {"chatId": "1@g.us"}, {"type": "text"}, 5])
def test_model_of_the_user_refuses_what_is_no_message(payload):
    with pytest.raises(ValidationError):
        Job(message=payload)


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_json_schema_of_a_model_of_the_user(mode):
    schema = Job.model_json_schema(mode=mode)
    variants = SCHEMAS["SendMessageRequest"]["discriminator"]["mapping"]
    union = schema["$defs"]["SendMessageRequest"]
    assert union["discriminator"]["propertyName"] == "type"
    assert set(union["discriminator"]["mapping"]) == set(variants)
    text = schema["$defs"]["TextMessage"]
    assert set(text["properties"]) == set(properties("TextMessage"))
    assert {"chatId", "text"} <= set(text["required"])
    assert schema["$defs"]["Session"]["properties"]["createdAt"]["anyOf"][0]["format"] == "date-time"
    json.dumps(schema)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_type_has_a_json_schema(model):
    assert set(model.model_json_schema().get("properties", {})) == set(fields_of(model).python_names)


def test_variant_of_a_message_is_a_payload_of_its_own():
    assert issubclass(TextMessage, OutgoingMessage)
    assert {
        type(TypeAdapter(SendMessageRequest).validate_python({**one, "chatId": "1"})).__name__
        for one in (
            {"type": "text", "text": ""},
            {"type": "file", "filename": "a"},
            {"type": "sticker"},
            {"type": "contact"},
        )
    } == {"TextMessage", "FileMessage", "StickerMessage", "ContactMessage"}


# TypedDicts.


def test_typed_dict_in_a_model_of_the_user():
    class Draft(BaseModel):
        message: SendMessageParams
        presence: Optional[params_gen.SetPresenceParams] = None

    draft = Draft.model_validate_json(json.dumps({"message": TEXT, "presence": {"presence": "available"}}))
    assert draft.message == TEXT
    assert type(draft.message) is dict
    assert draft.presence["presence"] == "available"
    assert Draft.model_json_schema()["properties"]["message"]
    with pytest.raises(ValidationError):
        Draft(message={"type": "text"})


PARAMS = {
    name: one for name, one in vars(params_gen).items() if name.endswith("Params") and inspect.isclass(one)
}


@pytest.mark.parametrize("name", sorted(PARAMS))
def test_typed_dict_has_the_keys_of_its_model(name):
    params = PARAMS[name]
    stem = name[: -len("Params")]
    model = getattr(types_gen, f"{stem}Request", None) or getattr(types_gen, stem)
    assert params.__required_keys__ | params.__optional_keys__ == set(fields_of(model).python_names)
    required = {
        fields_of(model).wire_names[field]
        for field, info in model.model_fields.items()
        if info.is_required() or field in fields_of(model).constants
    }
    assert params.__required_keys__ == required
    assert params.__doc__ == vars(model)["__doc__"]


def test_typed_dicts_are_those_of_request_bodies():
    union = typing.get_args(SendMessageParams)
    assert {one.__name__ for one in union} == {
        f"{reference['$ref'].rpartition('/')[2]}Params"
        for reference in SCHEMAS["SendMessageRequest"]["oneOf"]
    }
    assert "SessionParams" not in PARAMS
    assert "MessageParams" not in PARAMS


# First use.

FIRST_USE = """
import sys, threading
from typing import List

sys.setswitchinterval(1e-6)
from pydantic import TypeAdapter
from titan._models.parsing import parse
from titan.types_gen import *
from titan import types_gen

THREADS = 32
barrier = threading.Barrier(THREADS)
done, errors = [], []

def use(number):
    try:
        barrier.wait()
        if number % 4 == 0:
            session = Session(name="s", status="NEW", status_reason="FAILED", shard=5)
            assert session.to_dict() == {"name": "s", "status": "NEW", "statusReason": "FAILED", "shard": 5}
        elif number % 4 == 1:
            body = b'{"data": [{"id": "g", "participants": [{"phoneNumber": "+1", "isAdmin": true}]}]}'
            groups, mismatch = parse(body, List[types_gen.Group])
            assert mismatch is None and groups[0].participants[0].is_admin is True
        elif number % 4 == 2:
            body = b'{"data": {"name": "s", "status": 5, "createdAt": "2025-05-01T12:00:00Z"}}'
            session, mismatch = parse(body, Session)
            assert mismatch and session.status == 5 and session.created_at.year == 2025
        else:
            text = {"type": "text", "chatId": "1", "text": "t", "quotedMessage": {"id": "m"}}
            message = TypeAdapter(SendMessageRequest).validate_python(text)
            assert message.quoted_message.id == "m" and message.to_dict() == text
        done.append(number)
    except BaseException as error:
        errors.append(repr(error))
        raise

threads = [threading.Thread(target=use, args=(number,)) for number in range(THREADS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not errors, errors
print(len(done))
"""


def test_first_use_of_the_types_from_many_threads_at_once():
    assert run_python(FIRST_USE) == "32\n"


def test_types_are_not_built_before_they_are_used():
    code = "from titan.types_gen import Session, Group; print(Session.__pydantic_complete__)"
    assert run_python(code) == "False\n"


@pytest.mark.parametrize("name", [name for name in SCHEMAS if is_model(getattr(types_gen, name, None))])
def test_a_model_knows_which_of_its_fields_may_be_null(name):
    fields = fields_of(getattr(types_gen, name))
    for key, schema in properties(name).items():
        document = {**schema, "components": {"schemas": SCHEMAS}}
        fits = jsonschema.Draft202012Validator(document).is_valid(None)
        attribute = getattr(types_gen, name).model_fields[fields.python_names[key]]
        assert fits == (fields.python_names[key] not in fields.not_null) or attribute.is_required(), key
