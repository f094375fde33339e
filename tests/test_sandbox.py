"""The sandbox over real sockets, driven by plain httpx: no code of the SDK's client is used here."""

import importlib
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
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from jsonschema import Draft202012Validator
from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest, MockResponse

import titan.sandbox
from titan.sandbox import Sandbox, SandboxError, contract
from titan.sandbox import __main__ as command_line

ROOT = Path(__file__).parent.parent
SPEC = json.loads((Path(titan.sandbox.__file__).parent / "openapi.json").read_bytes())
TEXT = {"session": "my-session", "chatId": "5511999999999@s.whatsapp.net", "type": "text", "text": "Hi"}


@pytest.fixture(scope="module")
def running():
    with Sandbox() as running:
        yield running


@pytest.fixture
def sandbox(running):
    running.reset()
    return running


@pytest.fixture
def api(sandbox):
    with client(sandbox) as api:
        yield api


def client(sandbox, key=None):
    headers = {"Authorization": f"Bearer {key or sandbox.api_key}"}
    return httpx.Client(base_url=sandbox.base_url, headers=headers, trust_env=False, timeout=60)


def error_of(response, status):
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/json"
    assert response.json()["docs"] == "https://docs.usetitan.app/"
    return response.json()["error"]


def data_of(response, status=200):
    assert response.status_code == status, response.text
    return response.json()["data"]


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
        assert qr["qr"].startswith("2@")
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


def resolved(node):
    while "$ref" in node:
        target = SPEC
        for part in node["$ref"][2:].split("/"):
            target = target[part]
        node = target
    return node


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_operation_answers_as_the_spec_says(sandbox, api, path, method, operation):
    name = operation["operationId"]
    values = {param["name"]: param["example"] for param in map(resolved, operation.get("parameters", []))}
    body = None
    if "requestBody" in operation:
        examples = operation["requestBody"]["content"]["application/json"]["examples"]
        body = examples.get("minimal", next(iter(examples.values())))["value"]
        values["session"] = body.get("session", values.get("session"))
    if name.startswith("account_keys."):
        key = {"label": "l", "lifetimeDays": 1, "scopes": ["*"]}
        values["keyId"] = data_of(api.post("/api/account/keys", json=key), 201)["id"]
    if name.startswith("pairing."):
        data_of(api.post("/api/sessions", json={"name": values["session"], "start": True}), 201)
    elif values.get("session") and name != "sessions.create":
        sandbox.connect(values["session"])
    filled = path.format(**{key: value.replace("@", "%40") for key, value in values.items() if value})
    response = api.request(method, filled, json=body)

    assert response.is_success, response.text
    assert response.headers["X-RateLimit-Limit"] == "100000"
    assert int(response.headers["X-RateLimit-Remaining"]) < 100000
    content_type = response.headers["Content-Type"]
    if name == "media.download":
        # As a string, which is how OpenAPI 3.1 sees it, bytes are never valid.
        assert (content_type, bool(response.content)) == ("application/octet-stream", True)
        return
    core = OpenAPI.from_dict(SPEC, config=Config(spec_validator_cls=None))
    core.validate_response(
        MockRequest("https://api.example.com", method, filled, path_pattern=path, headers={}),
        MockResponse(
            response.content,
            headers=dict(response.headers),
            status_code=response.status_code,
            content_type=content_type,
        ),
    )


@pytest.mark.parametrize(
    ("path", "method", "operation"), [one for one in OPERATIONS if "/{session}" in one.values[0]]
)
def test_operation_on_unknown_session_is_404(api, path, method, operation):
    body = None
    if "requestBody" in operation:
        examples = operation["requestBody"]["content"]["application/json"]["examples"]
        body = {**next(iter(examples.values()))["value"]}
        if "session" in body:
            body["session"] = "nobody"
    response = api.request(method, re.sub(r"\{(\w+)\}", "x", path.replace("{session}", "nobody")), json=body)
    assert error_of(response, 404) == "session not found: nobody"


# --- sessions ---------------------------------------------------------------------------------------


def test_session_life(api):
    options = {"proxy": "socks5://proxy.example.com:1080", "config": {"safeMode": True}}
    session = data_of(api.post("/api/sessions", json={"name": "s", "start": True, **options}), 201)
    assert (session["status"], session["statusReason"]) == ("CONNECTING", "SCAN_QR")
    assert {name: session[name] for name in options} == options
    assert error_of(api.post("/api/sessions", json={"name": "s"}), 409) == "session already exists: s"
    assert [one["name"] for one in data_of(api.get("/api/sessions"))] == ["s"]

    session = data_of(api.post("/api/sessions/s/stop"))
    assert (session["status"], session["statusReason"]) == ("DISCONNECTED", "MANUAL_STOP")
    assert "updatedAt" in session
    data_of(api.post("/api/sessions/s/start"))
    data_of(api.post("/sandbox/sessions/s/scan", json={"phoneNumber": "+4930123456", "pushName": "Ada"}))
    assert data_of(api.post("/api/sessions/s/start"))["status"] == "CONNECTED"
    data_of(api.post("/api/sessions/s/stop"))

    session = data_of(api.post("/api/sessions/s/start"))
    assert (session["status"], session["statusReason"]) == ("CONNECTED", None)
    assert (session["phoneNumber"], session["pushName"]) == ("+4930123456", "Ada")

    assert data_of(api.delete("/api/sessions/s")) == {"success": True}
    assert error_of(api.get("/api/sessions/s"), 404) == "session not found: s"
    assert data_of(api.get("/api/sessions")) == []


def test_stop_of_a_session_never_started_changes_nothing(api):
    before = data_of(api.post("/api/sessions", json={"name": "s"}), 201)
    assert data_of(api.post("/api/sessions/s/stop")) == before


# --- pairing ----------------------------------------------------------------------------------------


def test_qr_rotates_until_it_times_out(sandbox, api):
    data_of(api.post("/api/sessions", json={"name": "s", "start": True}), 201)
    seen = []
    for _ in range(6):
        seen.append(data_of(api.get("/api/sessions/s/pairing/qr"))["qr"])
        assert data_of(api.get("/api/sessions/s/pairing/qr"))["qr"] == seen[-1]
        sandbox.advance(20)
    assert len(set(seen)) == 6
    session = data_of(api.get("/api/sessions/s"))
    assert (session["status"], session["statusReason"]) == ("DISCONNECTED", "QR_TIMEOUT")
    assert "start it first" in error_of(api.get("/api/sessions/s/pairing/qr"), 409)

    assert data_of(api.post("/api/sessions/s/start"))["status"] == "CONNECTING"
    assert data_of(api.get("/api/sessions/s/pairing/qr"))["qr"] not in seen


def test_clock_moves_over_http_and_several_rotations_at_once(api):
    data_of(api.post("/api/sessions", json={"name": "s", "start": True}), 201)
    started = data_of(api.get("/api/sessions/s"))["updatedAt"]
    data_of(api.post("/sandbox/clock", json={"advance": 3600}))
    session = data_of(api.get("/api/sessions/s"))
    assert session["statusReason"] == "QR_TIMEOUT"
    # It ended when its time was up, not when somebody looked.
    assert seconds_between(started, session["updatedAt"]) == pytest.approx(120, abs=1)


def seconds_between(first, second):
    first, second = (datetime.fromisoformat(one.replace("Z", "+00:00")) for one in (first, second))
    return (second - first).total_seconds()


def test_qr_lifetime_is_a_setting():
    with Sandbox(qr_seconds=1) as sandbox, client(sandbox) as api:
        data_of(api.post("/api/sessions", json={"name": "s", "start": True}), 201)
        first = data_of(api.get("/api/sessions/s/pairing/qr"))["qr"]
        sandbox.advance(1)
        assert data_of(api.get("/api/sessions/s/pairing/qr"))["qr"] != first


def test_scan_after_some_seconds():
    with Sandbox(scan_after=5) as sandbox, client(sandbox) as api:
        data_of(api.post("/api/sessions", json={"name": "s", "start": True}), 201)
        assert data_of(api.get("/api/sessions/s"))["status"] == "CONNECTING"
        sandbox.advance(5)
        assert data_of(api.get("/api/sessions/s"))["status"] == "CONNECTED"


def test_scan_after_some_seconds_without_the_moved_clock():
    with Sandbox(scan_after=0.05) as sandbox, client(sandbox) as api:
        data_of(api.post("/api/sessions", json={"name": "s", "start": True}), 201)
        deadline = time.monotonic() + 5
        while data_of(api.get("/api/sessions/s"))["status"] != "CONNECTED":
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_a_scan_and_a_rotation_of_a_stopped_session_do_not_happen():
    with Sandbox(scan_after=5) as sandbox, client(sandbox) as api:
        data_of(api.post("/api/sessions", json={"name": "s", "start": True}), 201)
        data_of(api.post("/api/sessions/s/stop"))
        sandbox.advance(500)
        assert data_of(api.get("/api/sessions/s"))["statusReason"] == "MANUAL_STOP"


def test_scan_from_python(sandbox, api):
    with pytest.raises(SandboxError, match="session not found: s") as raised:
        sandbox.scan("s")
    assert raised.value.status == 404
    data_of(api.post("/api/sessions", json={"name": "s"}), 201)
    with pytest.raises(SandboxError, match="start it first"):
        sandbox.scan("s")
    data_of(api.post("/api/sessions/s/start"))
    session = sandbox.scan("s", phone_number="+4930123456", push_name="Ada")
    assert session == data_of(api.get("/api/sessions/s"))
    assert (session["status"], session["phoneNumber"]) == ("CONNECTED", "+4930123456")
    assert "already connected" in error_of(api.post("/sandbox/sessions/s/scan"), 409)
    assert "already connected" in error_of(api.get("/api/sessions/s/pairing/qr"), 409)


def test_scan_over_http_is_checked(api):
    assert error_of(api.post("/sandbox/sessions/s/scan"), 404) == "session not found: s"
    assert "phoneNumber" in error_of(api.post("/sandbox/sessions/s/scan", json={"phoneNumber": 5}), 400)
    for seconds in (-1, "5", True, None, 1e300):
        assert "advance" in error_of(api.post("/sandbox/clock", json={"advance": seconds}), 400)


def test_connect_takes_a_session_from_anywhere(sandbox, api):
    assert data_of(api.post("/sandbox/sessions/s/connect"))["status"] == "CONNECTED"
    data_of(api.post("/api/sessions/s/stop"))
    assert sandbox.connect("s")["status"] == "CONNECTED"
    assert sandbox.connect("s")["status"] == "CONNECTED"
    assert sandbox.connect("t")["phoneNumber"] != sandbox.connect("s")["phoneNumber"]


def test_qr_as_image(api):
    data_of(api.post("/api/sessions", json={"name": "s", "start": True}), 201)
    response = api.get("/api/sessions/s/pairing/qr", params={"format": "image"})
    assert response.headers["Content-Type"] == "image/png"
    assert response.content.startswith(b"\x89PNG\r\n")


def test_pairing_code(sandbox, api):
    data_of(api.post("/api/sessions", json={"name": "s", "start": True}), 201)
    code = api.post("/api/sessions/s/pairing/code", json={"phoneNumber": "+55 11 98888-7777"})
    assert re.fullmatch(r"\d{8}", data_of(code)["code"])
    wrong = api.post("/api/sessions/s/pairing/code", json={"phoneNumber": "abc"})
    assert "phoneNumber" in error_of(wrong, 400)
    assert sandbox.scan("s")["phoneNumber"] == "+5511988887777"
    error_of(api.post("/api/sessions/s/pairing/code", json={"phoneNumber": "1234567"}), 409)


# --- messages ---------------------------------------------------------------------------------------


def test_send_needs_a_connected_session(sandbox, api):
    assert error_of(api.post("/api/messages/send", json=TEXT), 404) == "session not found: my-session"
    data_of(api.post("/api/sessions", json={"name": "my-session"}), 201)
    refused = api.post("/api/messages/send", json=TEXT)
    assert error_of(refused, 409) == "session is not connected: my-session"
    assert sandbox.messages == []


def test_every_kind_of_message_is_kept_as_it_came(sandbox, api):
    sandbox.connect("my-session")
    examples = SPEC["paths"]["/api/messages/send"]["post"]["requestBody"]["content"]["application/json"]
    bodies = [example["value"] for example in examples["examples"].values()]
    ids = [data_of(api.post("/api/messages/send", json=body))["id"] for body in bodies]
    assert len(set(ids)) == len(bodies) >= 9
    assert [one["id"] for one in sandbox.messages] == ids
    assert [one["request"] for one in sandbox.messages] == bodies
    assert all(("mediaId" in one) == ("url" in one["request"] or "base64" in one["request"])
               for one in sandbox.messages)  # fmt: skip


def test_async_mode_answers_202_where_the_spec_has_it(sandbox, api):
    sandbox.connect("my-session")
    headers = {"Prefer": "wait=5, respond-async"}
    accepted = data_of(api.post("/api/messages/send", json=TEXT, headers=headers), 202)
    assert accepted["correlationId"].startswith("cmd-")
    assert len(sandbox.messages) == 1
    data_of(api.get("/api/sessions", headers=headers), 200)
    error_of(api.post("/api/messages/send", json={**TEXT, "session": "x"}, headers=headers), 404)


def test_half_a_surrogate_pair_passes_through(sandbox, api):
    sandbox.connect("my-session")
    body = json.dumps({**TEXT, "text": "\ud83d"}).encode()
    sent = api.post("/api/messages/send", content=body, headers={"Content-Type": "application/json"})
    assert data_of(sent)["text"] == "\ud83d"


def test_a_file_of_70_megabytes(sandbox, api, record_property):
    sandbox.connect("my-session")
    encoded = "QUJD" * 17_500_000
    body = {"session": "my-session", "chatId": "x@g.us", "type": "file", "filename": "f", "base64": encoded}
    raw = json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    started = time.perf_counter()
    data_of(api.post("/api/messages/send", content=raw, headers=headers))
    took = time.perf_counter() - started
    print(f"70 MB: {took:.2f} s")
    record_property("seconds", took)
    assert took < 10
    assert sandbox.messages[0]["request"] == body

    body["base64"] += "QUJD"
    refused = api.post("/api/messages/send", json=body)
    assert error_of(refused, 400) == "base64 must have at most 70000000 characters"


# --- keys and tokens --------------------------------------------------------------------------------


def new_key(api, **changes):
    body = {"label": "k", "lifetimeDays": 1, "scopes": ["*"], **changes}
    return data_of(api.post("/api/account/keys", json=body), 201)


@pytest.mark.parametrize(
    ("authorization", "message"),
    [
        (None, "missing API key: send Authorization: Bearer <key>"),
        ("Bearer", "missing API key: send Authorization: Bearer <key>"),
        ("Basic dTpw", "missing API key: send Authorization: Bearer <key>"),
        ("Bearer titan_wrong", "invalid API key"),
    ],
)
def test_without_a_good_key_it_is_401(sandbox, authorization, message):
    headers = {} if authorization is None else {"Authorization": authorization}
    response = httpx.get(f"{sandbox.base_url}/api/sessions", headers=headers, trust_env=False)
    assert error_of(response, 401) == message
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.headers["X-RateLimit-Remaining"] == response.headers["X-RateLimit-Limit"]


def test_key_is_shown_once_and_can_be_switched_off_and_deleted(sandbox, api):
    key = new_key(api)
    listed = data_of(api.get("/api/account/keys"))
    assert [one["label"] for one in listed] == ["sandbox", "k"]
    assert not any("key" in one for one in listed)

    with client(sandbox, key["key"]) as other:
        data_of(other.get("/api/sessions"))
        path = f"/api/account/keys/{key['id']}"
        changed = data_of(api.patch(path, json={"isActive": False, "label": "new"}))
        assert (changed["isActive"], changed["label"]) == (False, "new")
        assert error_of(other.get("/api/sessions"), 401) == "API key is deactivated"
        data_of(api.patch(path, json={"isActive": True}))
        data_of(other.get("/api/sessions"))
        assert data_of(api.delete(path)) == {"success": True}
        assert error_of(other.get("/api/sessions"), 401) == "invalid API key"
        assert error_of(api.delete(path), 404) == f"key not found: {key['id']}"


def test_key_expires(sandbox, api):
    key = new_key(api, lifetimeDays=2)
    with client(sandbox, key["key"]) as other:
        sandbox.advance(2 * 86400 - 5)
        data_of(other.get("/api/sessions"))
        sandbox.advance(5)
        assert error_of(other.get("/api/sessions"), 401) == "API key has expired"
    data_of(api.get("/api/sessions"))


def test_times_too_far_away_are_refused(sandbox, api):
    body = {"label": "k", "lifetimeDays": 10**9, "scopes": []}
    assert error_of(api.post("/api/account/keys", json=body), 400) == "lifetimeDays is too large"
    sandbox.connect("s")
    body = {"session": "s", "ephemeralId": "e", "ttl": 10**15}
    assert error_of(api.post("/api/client-tokens", json=body), 400) == "ttl is too large"


def test_client_token_sends_for_its_session_and_nothing_else(sandbox, api):
    sandbox.connect("my-session")
    sandbox.connect("other")
    wanted = {"session": "my-session", "ephemeralId": "user-123"}
    error_of(api.post("/api/client-tokens", json={**wanted, "session": "nobody"}), 404)
    token = data_of(api.post("/api/client-tokens", json=wanted), 201)
    assert token["token"].startswith("titan_ct_")
    assert token["ephemeralId"] == "user-123"

    with client(sandbox, token["token"]) as browser:
        data_of(browser.post("/api/sessions/my-session/messages/send", json=TEXT))
        assert len(sandbox.messages) == 1
        assert error_of(browser.get("/api/sessions"), 403) == "a client token cannot do this"
        error_of(browser.post("/api/messages/send", json=TEXT), 403)
        error_of(browser.post("/api/client-tokens", json=wanted), 403)
        other = browser.post("/api/sessions/other/messages/send", json={**TEXT, "session": "other"})
        assert error_of(other, 403) == "the client token is for another session"
        crossed = browser.post("/api/sessions/my-session/messages/send", json={**TEXT, "session": "other"})
        assert error_of(crossed, 400) == "session is not the session in the path"
        sandbox.advance(900)
        expired = browser.post("/api/sessions/my-session/messages/send", json=TEXT)
        assert error_of(expired, 401) == "API key has expired"


def test_client_token_dies_with_its_session(sandbox, api):
    sandbox.connect("s")
    token = data_of(api.post("/api/client-tokens", json={"session": "s", "ephemeralId": "e"}), 201)
    data_of(api.delete("/api/sessions/s"))
    sandbox.connect("s")
    with client(sandbox, token["token"]) as browser:
        error_of(browser.post("/api/sessions/s/messages/send", json={**TEXT, "session": "s"}), 401)


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
    assert contract._schema_sentence(error, None) == message


def test_value_outside_an_enum_is_refused(sandbox, api):
    sandbox.connect("s")
    refused = api.post("/api/sessions/s/presence", json={"presence": "sleeping"})
    assert error_of(refused, 400) == "presence must be one of: available, unavailable"


def test_empty_query_parameter_is_refused(api):
    data_of(api.post("/api/sessions", json={"name": "s", "start": True}), 201)
    assert "format" in error_of(api.get("/api/sessions/s/pairing/qr?format="), 400)


def test_body_that_need_not_come(sandbox, api):
    sandbox.connect("s")
    optional = [
        one.values
        for one in OPERATIONS
        if one.values[2].get("requestBody", {"required": True}).get("required") is not True
    ]
    for path, method, _ in optional:
        assert api.request(method, re.sub(r"\{(\w+)\}", "s", path)).is_success


def test_wrong_session_name_in_the_path_is_refused(api):
    assert error_of(api.get("/api/sessions/a%20b"), 400) == "session must match ^[A-Za-z0-9._-]+$"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "missing request body"),
        (b"{", "invalid JSON: Expecting property name enclosed in double quotes"),
        (b"\xff\xff\xff", "invalid JSON"),
        (b'{"name": NaN}', "invalid JSON: NaN is no JSON"),
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


def test_unknown_route_is_404_and_wrong_method_405(api):
    for path in ("/", "/api/nothing", "/api/sessions/", "/api/sessions//start", "/api/sessions/s%2Fstart"):
        assert "X-RateLimit-Limit" in api.post(path).headers
        error_of(api.post(path), 404 if path != "/api/sessions/s%2Fstart" else 405)
    wrong = api.delete("/api/sessions")
    assert error_of(wrong, 405) == "method not allowed: DELETE"
    assert {"GET", "POST"} <= set(wrong.headers["Allow"].replace(" ", "").split(","))


def test_encoded_slash_stays_in_its_segment(sandbox, api):
    sandbox.connect("s")
    data_of(api.get("/api/sessions/s/groups/a%2Finvite"))
    assert error_of(api.get("/api/sessions/s%2Fgroups"), 400).startswith("session must match")


def test_foreign_host_or_origin_is_refused(sandbox, api):
    for host in (
        "evil.example",
        "evil.example:80",
        "localhost.evil.example",
        "",
        "127.0.0.1@evil.example",
        "[::",
    ):
        refused = api.get("/api/sessions", headers={"Host": host})
        assert error_of(refused, 403) == "this sandbox answers only to requests for this machine"
    for host in ("localhost", "LOCALHOST:1", "127.0.0.2", "[::1]:8420"):
        data_of(api.get("/api/sessions", headers={"Host": host}))
    for origin in ("https://evil.example", "null"):
        error_of(api.post("/sandbox/reset", headers={"Origin": origin}), 403)
    data_of(api.post("/sandbox/reset", headers={"Origin": sandbox.base_url}))


def test_on_another_address_any_host_is_let_in():
    with Sandbox(host="0.0.0.0") as sandbox, client(sandbox) as api:
        assert sandbox.base_url.startswith("http://127.0.0.1:")
        data_of(api.get("/api/sessions", headers={"Host": "titan.example"}))


def test_ipv6_loopback():
    try:
        with Sandbox(host="::1") as sandbox, client(sandbox) as api:
            assert sandbox.base_url.startswith("http://[::1]:")
            data_of(api.get("/api/sessions"))
            error_of(api.get("/api/sessions", headers={"Host": "evil.example"}), 403)
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")


def test_a_fault_of_the_sandbox_is_a_500_in_json(sandbox, api, monkeypatch):
    from titan.sandbox import app

    monkeypatch.setitem(app.HANDLERS, "sessions.list", lambda call: 1 / 0)
    assert error_of(api.get("/api/sessions"), 500) == "internal server error"


# --- the server -------------------------------------------------------------------------------------


def test_two_at_once(api, sandbox):
    with Sandbox() as second, client(second) as other:
        data_of(api.post("/api/sessions", json={"name": "s"}), 201)
        assert data_of(other.get("/api/sessions")) == []
        assert second.api_key != sandbox.api_key
        assert error_of(other.get("/api/sessions", headers=api.headers), 401) == "invalid API key"


def test_reset_keeps_the_key_only(sandbox, api):
    key = new_key(api)
    first = data_of(api.get("/api/account/keys"))[0]["id"]
    data_of(api.patch(f"/api/account/keys/{first}", json={"isActive": False}))
    sandbox.connect("my-session")
    sandbox.advance(10**6)
    sandbox.reset()
    assert data_of(api.get("/api/sessions")) == []
    assert sandbox.messages == []
    assert len(data_of(api.get("/api/account/keys"))) == 1
    with client(sandbox, key["key"]) as other:
        error_of(other.get("/api/sessions"), 401)


def test_nothing_is_left_behind():
    before = set(threading.enumerate())
    sandbox = Sandbox()
    with sandbox, client(sandbox) as api:
        data_of(api.get("/api/sessions"))
        address = api.base_url.host, api.base_url.port
        # A request that never ends does not keep the sandbox.
        half = socket.create_connection(address)
        half.sendall(b"POST /api/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n")
        started = time.perf_counter()
    assert time.perf_counter() - started < 4
    assert half.recv(1000) == b""
    half.close()
    assert set(threading.enumerate()) == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)
    with pytest.raises(RuntimeError, match="not running"):
        _ = sandbox.base_url
    sandbox.stop()


def test_can_be_started_again_and_knows_what_it_knew():
    sandbox = Sandbox()
    sandbox.connect("s")
    for _ in range(2):
        with sandbox, client(sandbox) as api:
            assert [one["name"] for one in data_of(api.get("/api/sessions"))] == ["s"]
            with pytest.raises(RuntimeError, match="running already"):
                sandbox.start()


def test_port_in_use_is_an_os_error(sandbox):
    port = int(sandbox.base_url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        Sandbox(port).start()


@pytest.mark.parametrize("wrong", [{"qr_seconds": 0}, {"scan_after": -1}, {"qr_seconds": float("nan")}])
def test_senseless_settings_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Sandbox(**wrong)


def test_clock_does_not_go_back(sandbox):
    with pytest.raises(ValueError, match="forward"):
        sandbox.advance(-1)


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


def test_starts_in_a_moment():
    code = (
        "import time; started = time.perf_counter()\n"
        "from titan.sandbox import Sandbox\n"
        "with Sandbox() as titan: print(time.perf_counter() - started)"
    )
    with python("-W", "error", "-c", code) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    print(f"start-up: {float(out):.2f} s")
    assert float(out) < 3


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
    assert re.match(r"TITAN_BASE_URL=http://127\.0\.0\.1:\d+\nTITAN_API_KEY=titan_\S{98}\n", out)


def test_command_line_says_what_is_wrong(main, sandbox, capsys):
    assert main(["--port", sandbox.base_url.rpartition(":")[2]]) == 1
    assert "cannot listen on 127.0.0.1" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--qr-seconds", "0"])
    assert "qr_seconds must be above 0" in capsys.readouterr().err


def test_without_the_extra_the_import_names_it(monkeypatch):
    monkeypatch.delitem(sys.modules, "titan.sandbox.server")
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(ImportError) as raised:
        importlib.reload(titan.sandbox)
    assert str(raised.value) == 'titan.sandbox needs uvicorn: pip install "titan-sdk[sandbox]"'


def test_a_broken_sdk_is_not_blamed_on_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "titan.sandbox.server", None)
    with pytest.raises(ModuleNotFoundError, match=r"titan\.sandbox\.server"):
        importlib.reload(titan.sandbox)
