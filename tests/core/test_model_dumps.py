"""What pydantic writes of the models: read back without loss, and without a warning that quotes a value."""

from __future__ import annotations

import asyncio
import json
import warnings
from typing import Any, Dict, List, Optional, Union

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel, Field, PlainSerializer, TypeAdapter, field_serializer
from typing_extensions import Annotated

from tests.core.test_parsing_of_anything import EXAMPLES
from tests.support.answers import NOON, SESSION, read_as, to_bytes
from titan._models.parsing import parse
from titan.types_gen import (
    Contact,
    CreateSessionRequest,
    Group,
    ImageMessage,
    JIDRef,
    Message,
    MessagePayload,
    MessageReceivedEvent,
    PollMessage,
    QuotedMessage,
    SendMessageRequest,
    Session,
    TextMessage,
)

NUMBER = 5511999999999

DUMPS = {
    "Python names": lambda model: model.model_dump(),
    "wire names": lambda model: model.model_dump(by_alias=True),
    "only what was set": lambda model: model.model_dump(exclude_unset=True),
    "no None": lambda model: model.model_dump(exclude_none=True),
    "only what was set in wire names": lambda model: model.model_dump(by_alias=True, exclude_unset=True),
    "ready for JSON": lambda model: model.model_dump(mode="json"),
    "JSON": lambda model: json.loads(model.model_dump_json()),
    "JSON in wire names": lambda model: json.loads(model.model_dump_json(by_alias=True, exclude_none=True)),
    "an adapter's": lambda model: TypeAdapter(type(model)).dump_python(model),
    "an adapter's JSON": lambda model: json.loads(TypeAdapter(type(model)).dump_json(model, by_alias=True)),
    "to_dict()": lambda model: model.to_dict(),
}
MODELS = [
    TextMessage(chat_id="1@g.us", text="Hi", quoted_message=QuotedMessage(id="m", chat_id="2@g.us")),
    ImageMessage(chat_id="1@g.us"),
    PollMessage(chat_id="1@g.us", question="?", options=["a", "b"], viewOnce=True),
    CreateSessionRequest(name="s", start=False),
    Session(name="s", status="NEW", status_reason="SCAN_QR", created_at=NOON, config={"safe_mode": [1]}),
    Message(id="m", sent_at="2025-05-01T12:00:00Z"),
    MessagePayload(from_=JIDRef(phone_number="+1")),
    MessageReceivedEvent(id="e", payload=MessagePayload(from_=JIDRef(lid="1@lid"))),
    Group(id="1@g.us", created_at=1746100800, participants=[{"lid": "5@lid", "isAdmin": True}]),
]


@pytest.fixture(autouse=True)
def warnings_are_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize("dump", DUMPS)
@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_what_was_dumped_is_read_back(model, dump):
    written = DUMPS[dump](model)
    assert type(model).model_validate(written) == model
    assert TypeAdapter(type(model)).validate_python(written) == model
    assert type(model).model_validate_json(json.dumps(written, default=str)) == model


@pytest.mark.parametrize(
    "dump", ["Python names", "wire names", "only what was set", "JSON", "an adapter's JSON"]
)
def test_every_example_of_the_contract_is_read_back(dump):
    for data, shape in EXAMPLES:
        value = parse(to_bytes({"data": data}), shape).value
        for model in value if isinstance(value, list) else [value]:
            double = type(model).model_validate(DUMPS[dump](model))
            assert double == model
            if dump == "only what was set":
                assert double.to_dict() == model.to_dict()


class Job(BaseModel):
    message: SendMessageRequest
    later: List[SendMessageRequest] = Field(default_factory=list)
    by_name: Dict[str, Session] = Field(default_factory=dict)
    sent: Union[Message, None] = None


@pytest.mark.parametrize("options", [{}, {"exclude_none": True}, {"exclude_unset": True}, {"by_alias": True}])
def test_model_of_the_user_survives_its_own_json(options):
    text = TextMessage(chat_id="1@g.us", text="Hi", link_preview=False)
    job = Job(message=text, later=[MODELS[2], text], by_name={"a": MODELS[4]}, sent=MODELS[5])
    written = job.model_dump_json(**options)
    assert Job.model_validate_json(written) == job
    assert Job.model_validate(job.model_dump(**options)) == job
    again = Job.model_validate_json(job.model_dump_json(exclude_unset=True))
    assert again.message.to_dict() == text.to_dict()
    assert list(map(type, again.later)) == [PollMessage, TextMessage]


def test_union_alone_is_read_back():
    adapter = TypeAdapter(SendMessageRequest)
    assert adapter.validate_json(adapter.dump_json(MODELS[0], exclude_unset=True)) == MODELS[0]
    assert adapter.validate_python(adapter.dump_python(MODELS[0])) == MODELS[0]


def test_constant_counts_as_set():
    assert TextMessage(chat_id="1@g.us", text="x").model_fields_set == {"chat_id", "text", "type"}
    assert MessageReceivedEvent().model_dump(exclude_unset=True) == {"event": "message.received"}
    assert CreateSessionRequest(name="s").model_fields_set == {"name"}


def test_subclass_of_the_user_keeps_its_post_init_and_its_serializers():
    class Reminder(TextMessage):
        attempts: int = 0
        secret: Annotated[Optional[str], PlainSerializer(lambda value: "***")] = None
        due: Optional[str] = None

        def model_post_init(self, context: Any) -> None:
            self.attempts += 1

        @field_serializer("due")
        def write_due(self, value: Any) -> str:
            return f"at {value}"

    reminder = Reminder(chat_id="1@g.us", text="x", secret="s", due="noon")
    assert reminder.attempts == 1
    dumped = reminder.model_dump(exclude_unset=True)
    assert dumped == {
        "chat_id": "1@g.us", "type": "text", "text": "x", "attempts": 1, "secret": "***", "due": "at noon",
    }  # fmt: skip


# Both names at once


def test_wire_name_wins_over_the_python_name():
    for keys in (
        {"statusReason": "FAILED", "status_reason": "x"},
        {"status_reason": "x", "statusReason": "FAILED"},
    ):
        for session in (
            Session.model_validate({"name": "s", "status": "NEW", **keys}),
            read_as(Session, name="s", status="NEW", **keys),
            read_as(Session, name="s", status="NEW", lid=5, **keys),
        ):
            assert session.status_reason == "FAILED"


@pytest.mark.parametrize("misfit", [{}, {"lid": 5}])
def test_python_name_alone_fills_its_attribute_on_both_paths(misfit):
    session = read_as(Session, name="s", status="NEW", status_reason="FAILED", **misfit)
    assert session.status_reason == session["statusReason"] == "FAILED"
    assert "status_reason" not in session


def test_misfit_under_a_python_name_stays_an_unknown_field():
    session = read_as(Session, name="s", status="NEW", phone_number=[1])
    assert (session.phone_number, session["phone_number"]) == (None, [1])
    assert session.to_dict() == {"name": "s", "status": "NEW", "phone_number": [1]}


# Values that were kept as they came

RAW = [
    (Contact, {"phoneNumber": NUMBER}, {"phone_number": NUMBER}),
    (Session, {**SESSION, "createdAt": "yesterday"}, {"created_at": "yesterday"}),
    (Session, {**SESSION, "status": NUMBER}, {"status": NUMBER}),
    (Session, {**SESSION, "statusReason": {"code": NUMBER}}, {"status_reason": {"code": NUMBER}}),
    (Session, {**SESSION, "config": str(NUMBER)}, {"config": str(NUMBER)}),
    (Group, {"id": NUMBER, "participants": str(NUMBER)}, {"id": NUMBER, "participants": str(NUMBER)}),
    (MessageReceivedEvent, {"payload": {"from": NUMBER}}, {"payload": {"from_": NUMBER}}),
]


def holds(dumped, expected):
    if isinstance(expected, dict) and isinstance(dumped, dict):
        return all(name in dumped and holds(dumped[name], value) for name, value in expected.items())
    return dumped == expected


@pytest.mark.parametrize(("model", "came", "raw"), RAW, ids=lambda value: str(value)[:30])
def test_raw_values_are_dumped_as_they_came_without_a_warning(model, came, raw):
    value = read_as(model, **came)

    class Holder(BaseModel):
        one: model
        many: List[model]
        either: Union[model, int]
        named: Dict[str, Optional[model]]

    holder = Holder(one=value, many=[value], either=value, named={"a": value})
    for dumped in (
        value.model_dump(),
        value.model_dump(mode="json", exclude_unset=True),
        json.loads(value.model_dump_json()),
        TypeAdapter(model).dump_python(value),
        json.loads(TypeAdapter(List[model]).dump_json([value]))[0],
        holder.model_dump()["one"],
        json.loads(holder.model_dump_json())["many"][0],
        holder.model_dump()["either"],
        json.loads(holder.model_dump_json())["named"]["a"],
    ):
        assert holds(dumped, raw)


def test_raw_values_deep_inside_are_dumped_too():
    group = read_as(Group, id="1@g.us", participants=[{"lid": 5}, NUMBER, {"isAdmin": "yes"}], createdAt=[1])
    dumped = group.model_dump(exclude_unset=True)
    assert dumped["participants"] == [{"lid": 5}, NUMBER, {"is_admin": "yes"}]
    assert dumped["created_at"] == [1]


@pytest.mark.parametrize(("model", "came", "raw"), RAW, ids=lambda value: str(value)[:30])
def test_framework_answers_with_raw_values(model, came, raw):
    app = FastAPI()

    @app.get("/one", response_model=model, response_model_by_alias=False)
    def one() -> Any:
        return read_as(model, **came)

    @app.get("/many", response_model=List[model], response_model_by_alias=False)
    def many() -> Any:
        return [read_as(model, **came)]

    async def ask() -> List[Any]:
        # Not the client for tests of starlette, which wants httpx2 on Pythons that have none.
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
            return [(await client.get(path)).json() for path in ("/one", "/many")]

    alone, listed = asyncio.run(ask())
    assert holds(alone, raw)
    assert holds(listed[0], raw)
