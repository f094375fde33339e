"""The sandbox over real sockets, driven by plain httpx: what holds for all its operations, and the server."""

import functools
import gc
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import datetime, timedelta

import httpx
import pytest
from jsonschema import Draft202012Validator
from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest, MockResponse

import titan.sandbox
from tests.support.loopback import serving
from tests.support.project import CONTRACT as SPEC
from tests.support.project import ROOT, SANDBOX
from tests.support.sandbox import FRIEND, TEXT, client, data_of, error_of, receiving, subscribe
from titan._distribution import install_hint
from titan.sandbox import Sandbox
from titan.sandbox import __main__ as command_line
from titan.sandbox.api.handlers import HANDLERS
from titan.sandbox.control.routes import ROUTES
from titan.sandbox.spec import sentences

PNG = b"\x89PNG\r\n\x1a\n, the beginning of one"


# --- the quickstart ---------------------------------------------------------------------------------


def test_quickstart_in_its_order(sandbox, api):
    wanted = {"label": "my-first-key", "lifetimeDays": 30, "scopes": ["sessions:manage", "messages:write"]}
    key = data_of(api.post("/api/account/keys", json=wanted), 201)
    assert re.fullmatch(r"titan_[A-Za-z0-9_-]{98}", key["key"])
    assert key["id"].startswith("key_")
    assert (key["label"], key["scopes"]) == (wanted["label"], wanted["scopes"])
    assert key["expiresAt"] > key["createdAt"]

    with client(sandbox, key["key"]) as api:
        session = data_of(api.post("/api/sessions", json={"name": "my-session"}), 201)
        assert session.pop("createdAt").endswith("Z")
        assert session == {"name": "my-session", "status": "DISCONNECTED", "statusReason": None}

        session = data_of(api.post("/api/sessions/my-session/start"))
        assert (session["status"], session["statusReason"]) == ("CONNECTING", "SCAN_QR")

        qr = data_of(api.get("/api/sessions/my-session/pairing/qr"))
        assert qr["qr"].startswith("data:image/png;base64,")
        assert qr["event"] == "code"

        data_of(api.post("/sandbox/sessions/my-session/scan"))
        session = data_of(api.get("/api/sessions/my-session"))
        assert (session["status"], session["statusReason"]) == ("CONNECTED", None)
        assert re.fullmatch(r"\+\d{10,15}", session["phoneNumber"])
        assert session["lid"].endswith("@lid")
        assert session["pushName"]
        assert session["platform"] == "consumer"

        message = data_of(api.post("/api/messages/send", json=TEXT))
    assert message.pop("sentAt").endswith("Z")
    assert message.pop("id").startswith("msg_")
    assert message == {**TEXT, "fromMe": True, "status": "sent"}
    assert [one["request"] for one in sandbox.messages] == [TEXT]


# --- every operation --------------------------------------------------------------------------------


OPERATIONS = [
    pytest.param(path, method, operation, id=operation["operationId"])
    for path, item in SPEC["paths"].items()
    for method, operation in item.items()
]
GROUPMATE = "5511988888888@s.whatsapp.net"


def resolved(node):
    while "$ref" in node:
        target = SPEC
        for part in node["$ref"][2:].split("/"):
            target = target[part]
        node = target
    return node


def example_of(operation):
    """The smallest body that the spec shows."""
    if "requestBody" not in operation:
        return None
    examples = operation["requestBody"]["content"]["application/json"]["examples"]
    return {**examples.get("minimal", next(iter(examples.values())))["value"]}


def filled(path, ids):
    return re.sub(r"\{(\w+)\}", lambda found: ids.get(found[1], "x").replace("@", "%40"), path)


@functools.cache
def openapi():
    return OpenAPI.from_dict(SPEC, config=Config(spec_validator_cls=None))


def assert_conforms(response, path, method):
    openapi().validate_response(
        MockRequest("https://api.example.com", method, path, path_pattern=path, headers={}),
        MockResponse(
            response.content,
            headers=dict(response.headers),
            status_code=response.status_code,
            content_type=response.headers["Content-Type"],
        ),
    )


@pytest.fixture
def ids(sandbox, api):
    """One thing of each kind, by the names that the spec has for their ids."""
    sandbox.connect("my-session")
    received = sandbox.receive("my-session", "Look", sender=FRIEND, media=PNG)
    message = data_of(api.post("/api/messages/send", json=TEXT))
    group = {"session": "my-session", "name": "Team", "participants": [FRIEND, GROUPMATE]}
    group_id = data_of(api.post("/api/sessions/my-session/groups", json=group), 201)["id"]
    channel = data_of(api.post("/api/sessions/my-session/channels", json={"name": "News"}), 201)
    label = data_of(api.post("/api/sessions/my-session/labels", json={"name": "New"}), 201)
    webhook = {"url": "http://127.0.0.1:9/", "events": ["command.result"]}
    key = {"label": "l", "lifetimeDays": 1, "scopes": ["*"]}
    rules = {"recipientMode": "conversation"}
    data_of(api.put("/api/sessions/my-session/client-rules", json=rules))
    return {
        "session": "my-session",
        "contactId": FRIEND,
        "chatId": FRIEND,
        "lid": data_of(api.get(f"/api/sessions/my-session/contacts/{FRIEND}"))["lid"],
        "mediaId": received["media"]["id"],
        "messageId": message["id"],
        "groupId": group_id,
        "code": data_of(api.get(f"/api/sessions/my-session/groups/{group_id}/invite"))["code"],
        "channelId": channel["id"],
        "labelId": label["id"],
        "webhookId": str(data_of(api.post("/api/webhooks", json=webhook), 201)["id"]),
        "keyId": data_of(api.post("/api/account/keys", json=key), 201)["id"],
    }


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_operation_answers_as_the_spec_says(sandbox, api, ids, path, method, operation):
    name, body = operation["operationId"], example_of(operation)
    if body is not None:
        body.update((field, ids[field]) for field in body if field in ids)
    if name == "sessions.create":
        body = {"name": "another"}
    if name == "webhooks.create":
        body = {"url": "http://127.0.0.1:9/"}
    if name.startswith("pairing."):
        ids["session"] = "unpaired"
        data_of(api.post("/api/sessions", json={"name": "unpaired", "start": True}), 201)
    response = api.request(method, filled(path, ids), json=body)

    assert response.is_success, response.text
    assert response.headers["X-RateLimit-Limit"] == "100000"
    assert int(response.headers["X-RateLimit-Remaining"]) < 100000
    if name == "media.download":
        # As a string, which is how OpenAPI 3.1 sees it, bytes are never valid.
        assert (response.headers["Content-Type"], response.content) == ("image/png", PNG)
        return
    assert_conforms(response, path, method)


@pytest.mark.parametrize(
    ("path", "method", "operation"),
    [
        one
        for one in OPERATIONS
        if "/{session}" in one.values[0] or one.id in ("messages.send", "client_tokens.mint")
    ],
)
def test_operation_on_unknown_session_is_404(api, path, method, operation):
    body = example_of(operation)
    if body is not None and "session" in body:
        body["session"] = "nobody"
    response = api.request(method, filled(path, {"session": "nobody"}), json=body)
    assert error_of(response, 404) == "session not found: nobody"


# --- async mode -------------------------------------------------------------------------------------


ASYNC = {"Prefer": "respond-async"}


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_async_mode_is_for_the_operations_that_the_spec_has_it_for(sandbox, api, path, method, operation):
    sandbox.connect("my-session")
    body = example_of(operation)
    if body is not None and "session" in body:
        body["session"] = "my-session"
    response = api.request(method, filled(path, {"session": "my-session"}), json=body, headers=ASYNC)
    assert (response.status_code == 202) == ("202" in operation["responses"])
    if response.status_code == 202:
        assert re.fullmatch("cmd-[0-9a-f]{12}", data_of(response, 202)["correlationId"])
        assert_conforms(response, path, method)


def test_async_command_is_carried_out_a_moment_later(sandbox, api):
    sandbox.connect("my-session")
    at_once = data_of(api.post("/api/messages/send", json=TEXT))
    data_of(api.post("/api/messages/send", json=TEXT, headers=ASYNC), 202)
    sandbox.advance(0.05)
    assert sandbox.messages[0]["id"] == at_once["id"]
    first, second = (datetime.fromisoformat(one["sentAt"].replace("Z", "+00:00")) for one in sandbox.messages)
    assert second - first >= timedelta(seconds=0.05)


def test_prefer_may_ask_for_other_things_too(sandbox, api):
    sandbox.connect("my-session")
    prefer = {"Prefer": "wait=5, Respond-Async"}
    data_of(api.post("/api/messages/send", json=TEXT, headers=prefer), 202)
    data_of(api.post("/api/messages/send", json=TEXT, headers={"Prefer": "respond-asynchronously"}), 200)


def test_success_of_an_async_command_comes_as_an_event(sandbox, api):
    sandbox.connect("my-session")
    with receiving() as receiver:
        subscribe(api, receiver, "command.result")
        accepted = data_of(api.post("/api/messages/send", json=TEXT, headers=ASYNC), 202)
        sandbox.advance(0.05)
        sandbox.wait_for_deliveries()
        (event,) = receiver.events
    result = event["data"].pop("result")
    assert event == {
        "event": "command.result",
        "session": "my-session",
        "data": {"correlationId": accepted["correlationId"], "success": True},
    }
    assert result["id"] == sandbox.messages[0]["id"]
    assert (result["status"], result["text"]) == ("sent", "Hi")


def test_failure_of_an_async_command_comes_as_an_event(sandbox, api):
    sandbox.connect("my-session")
    data_of(api.post("/api/messages/send", json=TEXT))
    with receiving() as receiver:
        subscribe(api, receiver, "command.result")
        edit = {"chatId": FRIEND, "messageId": "msg_unknown", "text": "?"}
        accepted = api.post("/api/sessions/my-session/messages/edit", json=edit, headers=ASYNC)
        sandbox.advance(0.05)
        sandbox.wait_for_deliveries()
        (event,) = receiver.events
    assert event["data"] == {
        "correlationId": data_of(accepted, 202)["correlationId"],
        "success": False,
        "result": {"error": "message not found: msg_unknown"},
    }


def test_async_command_of_a_session_disconnected_meanwhile_fails(sandbox, api):
    sandbox.connect("my-session")
    with receiving() as receiver:
        subscribe(api, receiver, "command.result")
        # The command takes 0.05 s, and a machine that is busy can be late with the rest.
        for _ in range(20):
            data_of(api.post("/api/messages/send", json=TEXT, headers=ASYNC), 202)
            sandbox.disconnect("my-session")
            sandbox.advance(0.05)
            sandbox.connect("my-session")
            sandbox.wait_for_deliveries()
            if not receiver.events[-1]["data"]["success"]:
                break
    assert receiver.events[-1]["data"]["result"] == {"error": "session is not connected: my-session"}
    assert len(sandbox.messages) == len(receiver.events) - 1


def test_what_async_mode_can_refuse_at_once_it_refuses_at_once(sandbox, api):
    sandbox.connect("my-session")
    data_of(api.post("/api/sessions", json={"name": "idle"}), 201)
    for change, status in (({"text": 5}, 400), ({"session": "x"}, 404), ({"session": "idle"}, 409)):
        error_of(api.post("/api/messages/send", json={**TEXT, **change}, headers=ASYNC), status)
    error_of(api.post("/api/messages/send", json=TEXT, headers={**ASYNC, "Authorization": "Bearer x"}), 401)


# --- messages ---------------------------------------------------------------------------------------


def test_every_kind_of_message_is_kept_as_it_came(sandbox, api):
    sandbox.connect("my-session")
    examples = SPEC["paths"]["/api/messages/send"]["post"]["requestBody"]["content"]["application/json"]
    bodies = [example["value"] for example in examples["examples"].values()]
    for group in {body["chatId"] for body in bodies} - {FRIEND}:
        sandbox.receive("my-session", "Hi", group=group)
    ids = [data_of(api.post("/api/messages/send", json=body))["id"] for body in bodies]
    assert len(set(ids)) == len(bodies) >= 9
    assert [one["id"] for one in sandbox.messages] == ids
    assert [one["request"] for one in sandbox.messages] == bodies
    assert all(("mediaId" in one) == ("url" in one["request"] or "base64" in one["request"])
               for one in sandbox.messages)  # fmt: skip


def test_half_a_surrogate_pair_passes_through(sandbox, api):
    sandbox.connect("my-session")
    body = json.dumps({**TEXT, "text": "\ud83d"}).encode()
    sent = api.post("/api/messages/send", content=body, headers={"Content-Type": "application/json"})
    assert data_of(sent)["text"] == "\ud83d"


def test_a_file_of_70_megabytes(sandbox, api, record_property):
    sandbox.connect("my-session")
    encoded = "QUJD" * 17_500_000
    body = {"session": "my-session", "chatId": FRIEND, "type": "file", "filename": "f", "base64": encoded}
    raw = json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    started = time.perf_counter()
    sent = data_of(api.post("/api/messages/send", content=raw, headers=headers))
    took = time.perf_counter() - started
    print(f"70 MB: {took:.2f} s")
    record_property("seconds", took)
    assert took < 10
    assert sandbox.messages[0]["request"] == body
    media = data_of(api.get(f"/api/sessions/my-session/media/{sent['mediaId']}"))
    assert media["fileLength"] == 52_500_000

    body["base64"] += "QUJD"
    refused = api.post("/api/messages/send", json=body)
    assert error_of(refused, 400) == "base64 must have at most 70000000 characters"


# --- headers of every response ----------------------------------------------------------------------


def test_rate_limit():
    with Sandbox(rate_limit=2) as sandbox, client(sandbox) as api:
        assert [api.get("/api/sessions").headers["X-RateLimit-Remaining"] for _ in range(2)] == ["1", "0"]
        limited = api.get("/api/sessions")
        assert error_of(limited, 429) == "rate limit exceeded"
        assert limited.headers["X-RateLimit-Limit"] == "2"
        assert limited.headers["X-RateLimit-Remaining"] == "0"
        assert 55 <= int(limited.headers["Retry-After"]) <= 60
        sandbox.advance(60)
        data_of(api.get("/api/sessions"))


def test_rate_limit_is_a_sliding_window(sandbox, api):
    sandbox.configure(rate_limit=2)
    data_of(api.get("/api/sessions"))
    sandbox.advance(40)
    data_of(api.get("/api/sessions"))
    assert 15 <= int(api.get("/api/sessions").headers["Retry-After"]) <= 20
    sandbox.advance(20)
    assert data_of(api.get("/api/sessions")) == []
    assert 35 <= int(api.get("/api/sessions").headers["Retry-After"]) <= 40


def test_each_key_has_a_rate_limit_of_its_own(sandbox, api):
    key = data_of(api.post("/api/account/keys", json={"label": "", "lifetimeDays": 1, "scopes": ["*"]}), 201)
    sandbox.configure(rate_limit=2)
    data_of(api.get("/api/sessions"))
    error_of(api.get("/api/sessions"), 429)
    with client(sandbox, key["key"]) as other:
        assert other.get("/api/sessions").headers["X-RateLimit-Remaining"] == "1"


def test_rate_limit_counts_refusals_but_no_strangers_and_no_control_calls(sandbox, api):
    sandbox.configure(rate_limit=2)
    assert api.get("/api/sessions/nobody").headers["X-RateLimit-Remaining"] == "1"
    for path in ("/sandbox/messages", "/", "/api/nothing"):
        assert api.get(path).headers["X-RateLimit-Remaining"] == "2"
    stranger = api.get("/api/sessions", headers={"Authorization": "Bearer x"})
    assert (stranger.status_code, stranger.headers["X-RateLimit-Remaining"]) == (401, "2")
    assert api.get("/api/sessions").headers["X-RateLimit-Remaining"] == "0"


DEPRECATION = {
    "deprecation": "true",
    "sunset": "Sat, 31 Oct 2026 23:59:59 GMT",
    "sdk_deprecation": "use titan-sdk 2",
}


def deprecation_of(response):
    names = ("Deprecation", "Sunset", "Titan-SDK-Deprecation")
    return {name: response.headers[name] for name in names if name in response.headers}


def test_deprecation_headers_are_on_every_response(sandbox, api):
    assert deprecation_of(api.get("/api/sessions")) == {}
    sandbox.configure(rate_limit=7, **DEPRECATION)
    statuses = {
        api.get("/api/sessions"): 200,
        api.post("/api/sessions", json={"name": "s"}): 201,
        api.post("/api/sessions", json={}): 400,
        api.get("/api/sessions", headers={"Authorization": "Bearer x"}): 401,
        api.get("/api/sessions", headers={"Host": "evil.example"}): 403,
        api.get("/api/sessions/nobody"): 404,
        api.get("/api/nothing"): 404,
        api.delete("/api/sessions"): 405,
        api.post("/api/sessions", json={"name": "s"}): 409,
        api.get("/api/sessions/s/pairing/qr"): 409,
        api.get("/api/sessions"): 429,
        api.get("/sandbox/messages"): 200,
        api.get("/"): 200,
    }
    assert [response.status_code for response in statuses] == list(statuses.values())
    assert [deprecation_of(response) for response in statuses] == [
        {
            "Deprecation": "true",
            "Sunset": "Sat, 31 Oct 2026 23:59:59 GMT",
            "Titan-SDK-Deprecation": "use titan-sdk 2",
        }
    ] * len(statuses)
    sandbox.reset()
    assert deprecation_of(api.get("/api/sessions")) == {}


def test_deprecation_headers_come_one_by_one_too():
    with Sandbox(sunset="tomorrow") as sandbox, client(sandbox) as api:
        assert deprecation_of(api.get("/api/sessions")) == {"Sunset": "tomorrow"}
        sandbox.configure(sunset=None, sdk_deprecation="")
        assert deprecation_of(api.get("/api/sessions")) == {"Titan-SDK-Deprecation": ""}


# --- refusals ---------------------------------------------------------------------------------------


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
def test_wrong_message_is_refused_by_the_name_of_the_field(sandbox, api, change, message):
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


def test_body_that_need_not_come(api, ids):
    optional = [
        one.values[:2]
        for one in OPERATIONS
        if one.values[2].get("requestBody", {"required": True}).get("required") is not True
    ]
    assert len(optional) == 1
    for path, method in optional:
        data_of(api.request(method, filled(path, ids)))


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
def test_body_that_is_no_json_object_is_refused(api, body, message):
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


# --- who may ask ------------------------------------------------------------------------------------


STRANGERS = [
    "evil.example",
    "evil.example:80",
    "localhost.evil.example",
    "",
    "127.0.0.1@evil.example",
    "[::",
]


@pytest.mark.parametrize("host", [*STRANGERS, "192.168.1.20", "0.0.0.0"])
def test_foreign_host_is_refused(api, host):
    for path in ("/api/sessions", "/sandbox/messages", "/", "/nothing"):
        refused = api.get(path, headers={"Host": host})
        assert error_of(refused, 403) == "this sandbox responds only to requests for this machine"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.2", "[::1]:8420"])
def test_name_of_this_machine_is_let_in(api, host):
    assert data_of(api.get("/api/sessions", headers={"Host": host})) == []


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost.evil.example", "null", ""])
def test_foreign_origin_is_refused_and_nothing_done(sandbox, api, origin):
    for path, body in (("/sandbox/sessions/s/connect", None), ("/api/sessions", {"name": "s"})):
        error_of(api.post(path, json=body, headers={"Origin": origin}), 403)
    assert data_of(api.get("/api/sessions")) == []


def test_own_origin_is_let_in(sandbox, api):
    data_of(api.post("/sandbox/reset", headers={"Origin": sandbox.base_url}))


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:80", "192.168.1.20:8420", "[fd00::1]", "TITAN.test"]
)
def test_on_another_address_it_answers_to_addresses_and_to_names_that_are_allowed(host):
    with Sandbox(host="0.0.0.0", allowed_hosts=["Titan.TEST"]) as sandbox, client(sandbox) as api:
        assert sandbox.base_url.startswith("http://127.0.0.1:")
        assert data_of(api.get("/api/sessions", headers={"Host": host, "Origin": f"http://{host}"})) == []


@pytest.mark.parametrize("host", [*STRANGERS, "titan.test.evil.example"])
def test_on_another_address_it_answers_to_no_other_name(host):
    with Sandbox(host="0.0.0.0", allowed_hosts=["titan.test"]) as sandbox, client(sandbox) as api:
        error_of(api.get("/api/sessions", headers={"Host": host}), 403)
        error_of(api.get("/api/sessions", headers={"Origin": f"http://{host}"}), 403)


def test_name_is_allowed_on_loopback_too():
    with Sandbox(allowed_hosts=["titan.test"]) as sandbox, client(sandbox) as api:
        data_of(api.get("/api/sessions", headers={"Host": "titan.test:8420"}))
        error_of(api.get("/api/sessions", headers={"Host": "other.test:8420"}), 403)
        # A page of that name reaches it under that name, and another page does not.
        error_of(api.get("/api/sessions", headers={"Origin": "http://titan.test"}), 403)


def test_ipv6_loopback():
    try:
        with Sandbox(host="::1") as sandbox, client(sandbox) as api:
            assert sandbox.base_url.startswith("http://[::1]:")
            data_of(api.get("/api/sessions"))
            error_of(api.get("/api/sessions", headers={"Host": "evil.example"}), 403)
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")


ORIGINS = ["http://localhost:3000", "https://127.0.0.1", "http://127.8.9.10:5173", "http://[::1]:3000"]


@pytest.mark.parametrize("origin", ORIGINS)
def test_app_in_a_browser_on_this_machine_may_use_the_api(sandbox, api, origin):
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization,content-type,prefer",
    }
    preflight = httpx.options(f"{sandbox.base_url}/api/account/keys/x", headers=asked, trust_env=False)
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] == origin
    assert "PATCH" in preflight.headers["Access-Control-Allow-Methods"]
    assert preflight.headers["Access-Control-Allow-Headers"] == asked["Access-Control-Request-Headers"]
    for path, status in (("/api/sessions", 200), ("/api/sessions/nobody", 404)):
        response = api.get(path, headers={"Origin": origin})
        assert (response.status_code, response.headers["Access-Control-Allow-Origin"]) == (status, origin)
        assert {"Retry-After", "X-RateLimit-Remaining", "Deprecation"} <= set(
            response.headers["Access-Control-Expose-Headers"].split(", ")
        )


@pytest.mark.parametrize("origin", ORIGINS)
def test_control_calls_and_the_page_are_for_no_other_page(api, origin):
    for path in ("/sandbox/messages", "/"):
        assert "Access-Control-Allow-Origin" not in api.get(path, headers={"Origin": origin}).headers
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    preflight = api.options("/sandbox/reset", headers=asked)
    assert preflight.status_code == 405
    assert not [name for name in preflight.headers if name.startswith("access-control")]


# --- control calls over HTTP, and the page ------------------------------------------------------------


@pytest.mark.parametrize("route", [one for one in ROUTES if one.method != "GET"])
def test_control_call_refuses_fields_that_it_does_not_know(api, route):
    response = api.request(route.method, filled(route.path, {}), json={"nonsense": 1})
    expected = "unknown field: nonsense"
    if route.path == "/sandbox/settings":
        expected = "nonsense: extra inputs are not permitted"
    assert error_of(response, 400) == expected


def test_control_call_takes_no_field_for_what_stands_in_its_path(api):
    for field in ("session", "self", "phone_number"):
        refused = api.post("/sandbox/sessions/s/scan", json={field: "x"})
        assert error_of(refused, 400) == f"unknown field: {field}"
    refused = api.post("/sandbox/settings", json={"self": 1})
    assert error_of(refused, 400) == "self: extra inputs are not permitted"


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/sandbox/sessions/s/messages", {}, "text"),
        ("/sandbox/sessions/s/messages", {"content": {"question": "?"}}, "type"),
        ("/sandbox/sessions/s/messages/m/reaction", {}, "reaction"),
        ("/sandbox/sessions/s/messages/m/vote", {}, "options"),
        ("/sandbox/sessions/s/messages/m/edit", {}, "text"),
        ("/sandbox/sessions/s/contacts", {}, "phoneNumber"),
        ("/sandbox/sessions/s/contacts", {"phoneNumber": "+4930123456"}, "pushName"),
        ("/sandbox/sessions/s/presence", {}, "chatId"),
        ("/sandbox/sessions/s/presence", {"chatId": FRIEND}, "presence"),
        ("/sandbox/faults", {}, "route"),
        ("/sandbox/clock", {}, "seconds"),
    ],
)
def test_control_call_names_the_field_that_it_lacks(sandbox, api, path, body, field):
    sandbox.connect("s")
    assert error_of(api.post(path, json=body), 400) == f"missing required field: {field}"


NO_NUMBER = "must be a phone number with its country code"


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("sessions/s/scan", {"phoneNumber": 5}, "phoneNumber: input should be a valid string"),
        ("sessions/s/scan", {"businessName": []}, "businessName: input should be a valid string"),
        ("sessions/s/contacts", {"phoneNumber": "x", "pushName": ""}, f"phoneNumber {NO_NUMBER}"),
        ("sessions/s/messages", {"text": 5}, "text: input should be a valid string"),
        ("sessions/s/messages", {"media": 5}, "media: input should be a valid bytes"),
        ("sessions/s/messages", {"media": "*"}, "media: must be base64"),
        ("sessions/s/messages", {"text": "", "mimeType": 5}, "mimeType: input should be a valid string"),
        ("sessions/s/messages", {"text": "", "sender": "x"}, f"sender {NO_NUMBER}"),
        ("sessions/s/messages", {"text": "", "group": FRIEND}, "group must be the JID of a group"),
        ("sessions/s/messages", {"content": []}, "content: input should be a valid dictionary"),
        ("sessions/s/messages/m/ack", {"status": 1}, "status: input should be 'sent', 'delivered' or 'read'"),
        ("sessions/s/messages/m/vote", {"options": [1]}, "options.0: input should be a valid string"),
        (
            "sessions/s/disconnect",
            {"reason": "LOGGED_OUT"},
            "reason: input should be 'STREAM_ERROR', 'FAILED', 'TEMPORARY_BAN' or 'AUTO_RECONNECT'",
        ),
        ("faults", {"route": "*", "times": 0}, "times: input should be greater than or equal to 1"),
        ("faults", {"route": "*", "retryAfter": ""}, "retryAfter: input should be a valid integer, "
                                                     "unable to parse string as an integer"),
        ("faults", {"route": "*", "unknownFields": 5}, "unknownFields: input should be a valid boolean, "
                                                       "unable to interpret input"),
        ("settings", {"qrSeconds": 0}, "qrSeconds: input should be greater than 0"),
        ("settings", {"qrFormat": "svg"}, "qrFormat: input should be 'image' or 'text'"),
        ("settings", {"deprecation": "a\n"}, "deprecation: string should match pattern '^[ -~]*$'"),
        ("clock", {"seconds": -1}, "seconds: input should be greater than or equal to 0"),
        ("clock", {"seconds": "5"}, "seconds: input should be a valid number"),
        ("clock", {"seconds": True}, "seconds: input should be a valid number"),
        ("clock", {"seconds": None}, "seconds: input should be a valid number"),
        ("clock", {"seconds": 1e300}, "seconds: input should be less than or equal to 1000000000"),
    ],
)  # fmt: skip
def test_control_call_names_the_field_that_is_wrong(sandbox, api, path, body, message):
    sandbox.connect("s")
    assert error_of(api.post(f"/sandbox/{path}", json=body), 400) == message


def test_control_call_takes_a_json_object_or_nothing(sandbox, api):
    data_of(api.post("/sandbox/sessions/s/connect"))
    assert error_of(api.post("/sandbox/reset", json=[]), 400) == "the body must be an object, not an array"
    assert error_of(api.post("/sandbox/reset", content=b"{"), 400).startswith("invalid JSON")
    assert error_of(api.post("/sandbox/settings", content=b'{"qrSeconds": NaN}'), 400).startswith(
        "invalid JSON"
    )
    assert len(data_of(api.get("/api/sessions"))) == 1


def test_control_calls_need_no_key(sandbox):
    with httpx.Client(base_url=sandbox.base_url, trust_env=False) as anybody:
        assert data_of(anybody.post("/sandbox/sessions/s/connect"))["status"] == "CONNECTED"
        assert data_of(anybody.get("/sandbox/messages")) == []


PAGE = SANDBOX / "page" / "static"


@pytest.mark.parametrize(
    ("path", "name", "media_type"),
    [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/page/phone.css", "phone.css", "text/css; charset=utf-8"),
        ("/page/phone.js", "phone.js", "text/javascript; charset=utf-8"),
        ("/page/icon.svg", "icon.svg", "image/svg+xml"),
    ],
)
def test_page_is_served_with_a_content_security_policy(sandbox, path, name, media_type):
    response = httpx.get(f"{sandbox.base_url}{path}", trust_env=False)
    assert (response.status_code, response.headers["Content-Type"]) == (200, media_type)
    assert response.content == (PAGE / name).read_bytes()
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    policy = dict(one.strip().split(" ", 1) for one in response.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    # Nothing inline, nothing evaluated, nothing from elsewhere.
    assert set(" ".join(policy.values()).split()) == {"'none'", "'self'", "data:"}
    assert "data:" not in policy["script-src"]


@pytest.mark.parametrize(
    "path",
    [
        "/index.html",
        "/page",
        "/page/",
        "/page/index.html",
        "/page/../server.py",
        "/page/..%2Fserver.py",
        "/page/%2e%2e/server.py",
        "/page//phone.js",
        "/page/phone.js/",
        "/openapi.json",
    ],
)
def test_nothing_else_is_served_from_the_package(sandbox, path):
    # httpx would leave out the dots.
    connection = http.client.HTTPConnection(sandbox.base_url.rpartition("/")[2], timeout=10)
    connection.request("GET", path)
    assert connection.getresponse().status == 404
    connection.close()


def test_file_that_came_in_is_no_page_of_this_origin(sandbox, api):
    sandbox.connect("s")
    script = b"<script>fetch('/sandbox/reset', {method: 'POST'})</script>"
    media = sandbox.receive("s", media=script, mime_type="text/html")["media"]
    response = api.get(media["url"])
    assert response.content == script
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_a_fault_of_the_sandbox_is_a_500_in_json(sandbox, api, monkeypatch):
    monkeypatch.setitem(HANDLERS, "sessions.list", lambda request: 1 / 0)
    sandbox.configure(deprecation="true")
    response = api.get("/api/sessions")
    assert error_of(response, 500) == "internal server error"
    assert response.headers["X-RateLimit-Limit"] == "100000"
    assert response.headers["Deprecation"] == "true"


# --- the server -------------------------------------------------------------------------------------


def test_two_at_once(api, sandbox):
    with Sandbox() as second, client(second) as other:
        data_of(api.post("/api/sessions", json={"name": "s"}), 201)
        assert data_of(other.get("/api/sessions")) == []
        assert second.api_key != sandbox.api_key
        assert error_of(other.get("/api/sessions", headers=api.headers), 401) == "invalid API key"


def open_sockets():
    return {one for one in gc.get_objects() if isinstance(one, socket.socket) and one.fileno() != -1}


def test_nothing_is_left_behind():
    threads, sockets = set(threading.enumerate()), open_sockets()
    sandbox = Sandbox()
    with sandbox, client(sandbox) as api:
        data_of(api.post("/api/sessions", json={"name": "s", "start": True}), 201)
        address = api.base_url.host, api.base_url.port
    assert set(threading.enumerate()) <= threads
    # Those of the tests before may have been closed meanwhile.
    assert open_sockets() <= sockets
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)
    with pytest.raises(RuntimeError, match="not running"):
        _ = sandbox.base_url
    sandbox.stop()


def test_what_is_under_way_does_not_keep_it():
    threads, sockets = set(threading.enumerate()), open_sockets()
    with slow_receiver() as (url, called), Sandbox() as sandbox, client(sandbox) as api:
        address = api.base_url.host, api.base_url.port
        # A request that never ends, the page's stream, and a webhook whose receiver does not answer.
        half = socket.create_connection(address)
        half.sendall(b"POST /api/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n")
        stream = socket.create_connection(address)
        stream.sendall(b"GET /sandbox/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert stream.recv(1000).startswith(b"HTTP/1.1 200 OK\r\n")
        data_of(api.post("/api/webhooks", json={"url": url}), 201)
        sandbox.connect("s")
        assert called.wait(10)
        started = time.perf_counter()
        sandbox.stop()
        assert time.perf_counter() - started < 4
        assert half.recv(1000) == b""
        while stream.recv(1000):
            pass
        half.close()
        stream.close()
    assert set(threading.enumerate()) <= threads
    # Those of the tests before may have been closed meanwhile.
    assert open_sockets() <= sockets


@contextmanager
def slow_receiver():
    called, done = threading.Event(), threading.Event()

    def answer(_request):
        called.set()
        done.wait(30)

    with serving(answer) as server:
        yield server.url, called
        done.set()


def test_can_be_started_again_and_knows_what_it_knew():
    sandbox = Sandbox()
    sandbox.connect("s")
    for _ in range(2):
        with sandbox, client(sandbox) as api:
            assert [one["name"] for one in data_of(api.get("/api/sessions"))] == ["s"]
            with pytest.raises(RuntimeError, match="running already"):
                sandbox.start()


def test_can_be_started_and_stopped_at_once():
    sandbox = Sandbox()
    for _ in range(3):
        sandbox.start()
        sandbox.stop()


def test_port_in_use_is_an_os_error(sandbox):
    port = int(sandbox.base_url.rpartition(":")[2])
    sockets = open_sockets()
    second = Sandbox(port)
    with pytest.raises(OSError, match="in use"):
        second.start()
    # Those of the tests before may have been closed meanwhile.
    assert open_sockets() <= sockets
    with pytest.raises(RuntimeError, match="not running"):
        _ = second.base_url


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"qr_seconds": 0}, "qr_seconds: input should be greater than 0"),
        ({"qr_seconds": float("nan")}, "qr_seconds: input should be a finite number"),
        ({"qr_format": "svg"}, "qr_format: input should be 'image' or 'text'"),
        ({"scan_after": -1}, "scan_after: input should be greater than or equal to 0"),
        ({"delivered_after": -1}, "delivered_after: input should be greater than or equal to 0"),
        ({"read_after": float("inf")}, "read_after: input should be a finite number"),
        ({"reconnect_after": None}, "reconnect_after: input should be a valid number"),
        ({"rate_limit": -1}, "rate_limit: input should be greater than or equal to 0"),
        ({"rate_limit": 1.5}, "rate_limit: input should be a valid integer, "
                              "got a number with a fractional part"),
        ({"sunset": "\r\n"}, "sunset: string should match pattern '^[ -~]*$'"),
        ({"nonsense": 1}, "nonsense: extra inputs are not permitted"),
    ],
)  # fmt: skip
def test_senseless_settings_are_refused(wrong, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Sandbox(**wrong)


def test_sends_from_many_threads_are_all_kept(sandbox):
    sandbox.connect("my-session")

    def send():
        with client(sandbox) as api:
            for _ in range(25):
                data_of(api.post("/api/messages/send", json=TEXT))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one["id"] for one in sandbox.messages}) == 200


@contextmanager
def python(*args):
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, *args], env=env, **pipes) as process:
        try:
            yield process
        finally:
            process.kill()


def test_starts_in_a_moment(record_property):
    code = (
        "import time; started = time.perf_counter()\n"
        "from titan.sandbox import Sandbox\n"
        "with Sandbox() as titan: print(time.perf_counter() - started, time.process_time())"
    )
    taken = []
    # Three times at most: the first may have to compile.
    while len(taken) < 3 and (not taken or min(taken[-1]) >= 1.0):
        with python("-W", "error", "-c", code) as process:
            out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        taken.append([float(one) for one in out.split()])
    elapsed, busy = taken[-1]
    print(f"start-up: {elapsed:.2f} s, {busy:.2f} s of them busy")
    record_property("seconds", elapsed)
    # Where other processes have the machine, what it takes of the processor is what is its own.
    assert min(elapsed, busy) < 1.0


def test_command_line():
    with python("-m", "titan.sandbox", "--port", "0", "--scan-after", "0", "--qr-seconds", "5") as process:
        base_url = process.stdout.readline().strip().partition("=")[2]
        key = process.stdout.readline().strip().partition("=")[2]
        with httpx.Client(base_url=base_url, headers={"Authorization": f"Bearer {key}"}) as api:
            data_of(api.post("/api/sessions", json={"name": "s", "start": True}), 201)
            assert data_of(api.get("/api/sessions/s"))["status"] == "CONNECTED"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")


@pytest.fixture
def main():
    before = signal.getsignal(signal.SIGTERM)
    yield command_line.main
    signal.signal(signal.SIGTERM, before)


def test_command_line_ends_on_sigterm(main, monkeypatch, capsys):
    monkeypatch.setattr(command_line, "_wait", lambda: os.kill(os.getpid(), signal.SIGTERM))
    assert main(["--port", "0"]) == 0
    out = capsys.readouterr().out
    shown = re.match(r"TITAN_BASE_URL=(http://127\.0\.0\.1:\d+)\nTITAN_API_KEY=titan_\S{98}\n", out)
    assert f"A phone in your browser: {shown[1]}/\n" in out


def test_command_line_says_what_is_wrong(main, sandbox, capsys):
    assert main(["--port", sandbox.base_url.rpartition(":")[2]]) == 1
    assert "cannot listen on 127.0.0.1" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--qr-seconds", "0"])
    assert "qr_seconds: input should be greater than 0" in capsys.readouterr().err


def test_command_line_takes_a_key_and_the_name_of_a_container(main, monkeypatch, capsys):
    def ask():
        base_url, key = re.findall(r"^TITAN_\w+=(.*)$", capsys.readouterr().out, re.MULTILINE)
        headers = {"Authorization": f"Bearer {key}", "Host": "titan:8420"}
        answers.append((key, httpx.get(f"{base_url}/api/sessions", headers=headers).status_code))
        raise KeyboardInterrupt

    answers = []
    monkeypatch.setattr(command_line, "_wait", ask)
    assert main(["--port", "0", "--api-key", "titan_of_mine", "--allow-host", "titan"]) == 0
    assert answers == [("titan_of_mine", 200)]
    for key in ("titan_ct_of_mine", "mine", "titan_of mine", ""):
        with pytest.raises(SystemExit):
            main(["--api-key", key])
        assert "api_key must be titan_" in capsys.readouterr().err


def test_command_line_without_the_extra_says_how_to_get_it(not_yet_loaded, main, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert main([]) == 1
    assert capsys.readouterr().err == f"titan.sandbox needs uvicorn: {install_hint('sandbox')}\n"


@pytest.fixture
def not_yet_loaded(monkeypatch):
    """The package as it is before the first look at one of its names."""
    for name in titan.sandbox.__all__:
        monkeypatch.delitem(vars(titan.sandbox), name, raising=False)
    for name in [name for name in sys.modules if name.startswith("titan.sandbox.server")]:
        monkeypatch.delitem(sys.modules, name)


@pytest.mark.parametrize("name", titan.sandbox.__all__)
def test_without_the_extra_the_import_names_it(not_yet_loaded, monkeypatch, name):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(ImportError) as raised:
        getattr(titan.sandbox, name)
    assert str(raised.value) == f"titan.sandbox needs uvicorn: {install_hint('sandbox')}"
    with pytest.raises(ImportError, match="needs uvicorn"):
        from titan.sandbox import Sandbox  # noqa: F401


def test_a_broken_sdk_is_not_blamed_on_the_extra(not_yet_loaded, monkeypatch):
    monkeypatch.setitem(sys.modules, "titan.sandbox.server", None)
    with pytest.raises(ModuleNotFoundError, match=r"titan\.sandbox\.server"):
        _ = titan.sandbox.Sandbox


def test_package_alone_loads_nothing():
    code = (
        "import sys, titan.sandbox\n"
        "assert {'Sandbox', 'SandboxError'} <= set(dir(titan.sandbox))\n"
        "assert not {'uvicorn', 'starlette', 'openapi_core', 'titan.sandbox.server'} & set(sys.modules)\n"
        "from titan.sandbox import Sandbox, SandboxError\n"
        "assert titan.sandbox.Sandbox is Sandbox and issubclass(SandboxError, Exception)"
    )
    with python("-W", "error", "-c", code) as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err


def test_package_has_no_other_names():
    with pytest.raises(AttributeError, match=r"module 'titan\.sandbox' has no attribute 'Nonsense'"):
        _ = titan.sandbox.Nonsense
