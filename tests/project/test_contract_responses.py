"""Each example answer of the contract is read strictly, and nothing of it is lost."""

import re
from datetime import datetime
from typing import get_args, get_origin, get_type_hints

import httpx
import pytest

from tests.support.fake_server import FakeServer, json_response
from tests.support.openapi import OPERATIONS, violations
from titan import TitanClient
from titan._models import TitanModel

REPLIES = [(one, reply) for one in OPERATIONS for reply in one.replies if reply.status != 202]
ASYNC_REPLIES = [(one, reply) for one in OPERATIONS for reply in one.replies if reply.status == 202]

each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.id)
each_reply = pytest.mark.parametrize(
    ("operation", "reply"), REPLIES, ids=[f"{one.id}-{reply.status}-{reply.name}" for one, reply in REPLIES]
)


def returned(operation):
    """What the method says it returns."""
    return get_type_hints(operation.bind(TitanClient))["return"]


@each_reply
def test_each_example_answer_parses_strictly_and_nothing_of_it_is_lost(connect, operation, reply):
    server = FakeServer(json_response(reply.value, reply.status))
    method = operation.bind(connect(server, strict_responses=True))
    result = method(*operation.arguments(operation.payload()))
    declared = returned(operation)
    value = reply.value.get("data", reply.value)
    if declared is type(None):
        assert result is None
        assert value == {"success": True}
    elif value == {"success": True}:
        assert type(result) is declared
        assert all(getattr(result, name) is None for name in declared.model_fields)
        assert result.to_dict() == value
    else:
        items = result if get_origin(declared) is list else [result]
        assert {type(item) for item in items} <= {declared, *get_args(declared)}
        assert instants(to_json(result)) == instants(value)
        assert unknown_fields(result) == []


def to_json(result):
    return [item.to_dict() for item in result] if isinstance(result, list) else result.to_dict()


def instants(value):
    """JSON with its times as times."""
    if isinstance(value, dict):
        return {key: instants(item) for key, item in value.items()}
    if isinstance(value, list):
        return [instants(item) for item in value]
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)", value):
        return datetime.fromisoformat(value.replace("Z", "+00:00"))
    return value


def unknown_fields(value):
    if isinstance(value, list):
        return [name for item in value for name in unknown_fields(item)]
    if not isinstance(value, TitanModel):
        return []
    inner = [name for field in type(value).model_fields for name in unknown_fields(getattr(value, field))]
    return [*(value.model_extra or {}), *inner]


NOTHING = [one for one in OPERATIONS if returned(one) is type(None)]


@pytest.mark.parametrize("operation", NOTHING, ids=lambda one: one.id)
@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(204),
        httpx.Response(200),
        json_response({"data": {"success": True}}),
        json_response({"success": True}),
        json_response({"data": None}),
    ],
    ids=["204", "empty", "success", "bare", "null"],
)
def test_operations_without_result_return_none(connect, operation, answer):
    method = operation.bind(connect(FakeServer(answer), strict_responses=True))
    assert method(*operation.arguments(operation.payload())) is None


def test_media_download_returns_the_bytes_as_they_came(connect):
    server = FakeServer(httpx.Response(200, content=b"\xff\xd8\x00", headers={"Content-Type": "image/jpeg"}))
    assert connect(server, strict_responses=True).media.download("my-session", "med_1") == b"\xff\xd8\x00"


@pytest.mark.parametrize(("operation", "reply"), ASYNC_REPLIES, ids=[one.id for one, _ in ASYNC_REPLIES])
def test_a_submitted_operation_asks_for_async_and_gives_the_correlation_id(connect, operation, reply):
    server = FakeServer(json_response(reply.value, 202))
    client = connect(server, strict_responses=True)
    submitted = client.submit(operation.bind(client), *operation.arguments(operation.payload()))
    assert violations(server.request) == []
    assert server.request.headers["Prefer"] == "respond-async"
    assert submitted.accepted
    assert submitted.correlation_id == reply.value["data"]["correlationId"]
    assert submitted.result is None


@each_operation
def test_every_operation_can_be_submitted_and_wrapped_in_its_response(connect, operation):
    server = FakeServer(operation.first_reply())
    client = connect(server, strict_responses=True)
    arguments = operation.arguments(operation.payload())
    plain = operation.bind(client)(*arguments)
    submitted = client.submit(operation.bind(client), *arguments)
    wrapped = client.with_response(operation.bind(client), *arguments)
    assert not submitted.accepted
    assert plain == submitted.result == wrapped.data
    assert wrapped.status_code == operation.first_reply().status_code
    assert [one.headers.get("Prefer") for one in server.requests] == [None, "respond-async", None]
