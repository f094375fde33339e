"""Every operation responds as the contract says, from the quickstart to an unknown session."""

from __future__ import annotations

import re

import pytest

from tests.support.operations import OPERATIONS, assert_conforms, example_body, fill_path
from tests.support.sandbox import PNG, TEXT, client, data_of, error_of


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


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_operation_responds_as_the_spec_says(sandbox, api, ids, path, method, operation):
    name, body = operation["operationId"], example_body(operation)
    if body is not None:
        body.update((field, ids[field]) for field in body if field in ids)
    if name == "sessions.create":
        body = {"name": "another"}
    if name == "webhooks.create":
        body = {"url": "http://127.0.0.1:9/"}
    if name.startswith("pairing."):
        ids["session"] = "unpaired"
        data_of(api.post("/api/sessions", json={"name": "unpaired", "start": True}), 201)
    response = api.request(method, fill_path(path, ids), json=body)

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
    body = example_body(operation)
    if body is not None and "session" in body:
        body["session"] = "nobody"
    response = api.request(method, fill_path(path, {"session": "nobody"}), json=body)
    assert error_of(response, 404) == "session not found: nobody"
