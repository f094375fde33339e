"""Requests that do not fit the contract are refused by the name of the field."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from tests.support.operations import OPERATIONS, fill_path
from tests.support.sandbox import TEXT, data_of, error_of
from titan.sandbox.spec import sentences


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"chatId": None}, "chatId must be a string, not null"),
        ({"chatId": 5}, "chatId must be a string, not a number"),
        ({"chatId": ...}, "missing required field: chatId"),
        ({"session": ...}, "missing required field: session"),
        ({"text": ...}, "missing required field: text"),
        ({"type": ...}, "missing required field: type"),
        (
            {"type": "song"},
            "type must be one of: text, image, video, voice, file, sticker, poll, location, contact",
        ),
        (
            {"type": ["text"]},
            "type must be one of: text, image, video, voice, file, sticker, poll, location, contact",
        ),
        ({"type": "poll", "question": "?"}, "missing required field: options"),
        ({"type": "poll", "question": "?", "options": ["a"]}, "options must have at least 2 items"),
        (
            {"type": "poll", "question": "?", "options": ["a"] * 13},
            "options must have at most 12 items",
        ),
        ({"type": "poll", "question": "?", "options": ["a", 1]}, "options.1 must be a string, not a number"),
        ({"type": "location", "latitude": "1", "longitude": 0}, "latitude must be a number, not a string"),
        ({"mentions": "x"}, "mentions must be an array, not a string"),
        ({"isForwarded": 1}, "isForwarded must be a boolean, not a number"),
        ({"quotedMessage": []}, "quotedMessage must be an object, not an array"),
        ({"quotedMessage": {}}, "missing required field: quotedMessage.id"),
    ],
)
def test_invalid_message_is_refused_by_the_name_of_the_field(sandbox, api, change, message):
    sandbox.connect("my-session")
    body = {name: value for name, value in {**TEXT, **change}.items() if value is not ...}
    assert error_of(api.post("/api/messages/send", json=body), 400) == message
    assert sandbox.messages == []


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "name must have at least 1 characters"),
        ("a" * 65, "name must have at most 64 characters"),
        ("a b", "name must match ^[A-Za-z0-9._-]+$"),
        (True, "name must be a string, not a boolean"),
    ],
)
def test_wrong_session_name_is_refused(api, name, message):
    assert error_of(api.post("/api/sessions", json={"name": name}), 400) == message


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        ({"enum": ["a", 1]}, 2, "the body must be one of: a, 1"),
        ({"const": 1}, 2, "the body must be 1"),
        ({"type": ["string", "null"]}, {}, "the body must be a string or null, not an object"),
        ({"additionalProperties": False, "properties": {"a": {}}}, {"a": 1, "b": 2}, "unknown field: b"),
        ({"items": {"minimum": 3}}, [1], "0 must be at least 3"),
        ({"properties": {"a": {"uniqueItems": True}}}, {"a": [1, 1]}, "a must not have an item twice"),
        ({"properties": {"a": {"anyOf": [False]}}}, {"a": 1}, "a fits none of its allowed forms"),
        ({"propertyNames": {"const": "a"}}, {"b": 1}, "the body must be a"),
        ({"not": {}}, {}, "the body is invalid (not)"),
    ],
)
def test_every_kind_of_error_has_a_sentence(schema, value, message):
    error = next(Draft202012Validator(schema).iter_errors(value))
    assert sentences._explain_schema_error(error, None) == message


def test_value_outside_an_enum_is_refused(sandbox, api):
    sandbox.connect("s")
    refused = api.post("/api/sessions/s/presence", json={"presence": "sleeping"})
    assert error_of(refused, 400) == "presence must be one of: available, unavailable"


def test_empty_query_parameter_is_refused(api):
    data_of(api.post("/api/sessions", json={"name": "s", "start": True}), 201)
    assert "format" in error_of(api.get("/api/sessions/s/pairing/qr?format="), 400)


def test_optional_body(api, ids):
    optional = [
        one.values[:2]
        for one in OPERATIONS
        if one.values[2].get("requestBody", {"required": True}).get("required") is not True
    ]
    assert len(optional) == 1
    for path, method in optional:
        data_of(api.request(method, fill_path(path, ids)))


def test_wrong_session_name_in_the_path_is_refused(api):
    assert error_of(api.get("/api/sessions/a%20b"), 400) == "session must match ^[A-Za-z0-9._-]+$"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "missing request body"),
        (b"{", "invalid JSON: Expecting property name enclosed in double quotes"),
        (b"\xff\xff\xff", "invalid JSON"),
        (b'{"name": NaN}', "invalid JSON: NaN is not JSON"),
        (b"[" * 200_000, "invalid JSON"),
        (b"[]", "the body must be an object, not an array"),
        (b"null", "the body must be an object, not null"),
        (b'"x"', "the body must be an object, not a string"),
    ],
)
def test_body_that_is_not_a_json_object_is_refused(api, body, message):
    for path in ("/api/sessions", "/api/messages/send"):
        response = api.post(path, content=body, headers={"Content-Type": "application/json"})
        assert error_of(response, 400).startswith(message)


def test_body_of_another_type_is_refused(api):
    assert "application/json" in error_of(api.post("/api/sessions", data={"name": "s"}), 400)
    typed = {"Content-Type": "Application/JSON; charset=utf-8"}
    data_of(api.post("/api/sessions", content=b'{"name": "s"}', headers=typed), 201)


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/nothing",
        "/api/sessions/",
        "/api/sessions//start",
        "/sandbox",
        "/sandbox/nothing",
        "/admin",
    ],
)
def test_unknown_route_is_404(api, path):
    for method in ("GET", "POST"):
        response = api.request(method, path)
        assert error_of(response, 404) == f"no such route: {method} {path}"
        assert response.headers["X-RateLimit-Limit"] == "100000"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/sessions", {"GET", "POST"}),
        ("POST", "/api/sessions/s%2Fstart", {"GET", "DELETE"}),
        ("GET", "/sandbox/reset", {"POST"}),
        ("POST", "/sandbox/deliveries", {"GET"}),
        ("POST", "/", {"GET"}),
    ],
)
def test_wrong_method_is_405(api, method, path, allowed):
    wrong = api.request(method, path)
    assert error_of(wrong, 405) == f"method not allowed: {method}"
    assert set(wrong.headers["Allow"].replace(" ", "").split(",")) - {"HEAD"} <= allowed
    assert wrong.headers["X-RateLimit-Limit"] == "100000"


def test_encoded_slash_stays_in_its_segment(sandbox, api):
    sandbox.connect("s")
    assert error_of(api.get("/api/sessions/s/groups/a%2Finvite"), 404) == "group not found: a/invite"
    assert error_of(api.get("/api/sessions/s%2Fgroups"), 400).startswith("session must match")
