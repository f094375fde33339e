"""Names of events, actions and scopes that look misspelled: accepted, as Titan would, and told of."""

from __future__ import annotations

import logging

import pytest

from tests.support.sandbox import BASE, data_of

URL = "http://127.0.0.1:8000/"
KEY = {"label": "l", "lifetimeDays": 1}
RULES = {"recipientMode": "conversation"}
ACCEPTED = " It was accepted as it is."
MISSPELLED = [
    ("post", "/api/webhooks", {"url": URL, "events": ["message.recieved"]},
     "events names message.recieved: did you mean message.received?"),
    ("post", "/api/webhooks", {"url": URL, "events": ["session.status", "Session.Conected"]},
     "events names Session.Conected: did you mean session.connected?"),
    ("put", f"{BASE}/client-rules", {**RULES, "allowedActions": "send_mesage"},
     "allowedActions names send_mesage: did you mean send_message?"),
    ("put", f"{BASE}/client-rules", {**RULES, "allowedActions": "send_typing, read-contact"},
     "allowedActions names read-contact: did you mean read_contact?"),
    ("put", f"{BASE}/client-rules", {"recipientMode": "conversatoin"},
     "recipientMode names conversatoin: did you mean conversation?"),
    ("post", "/api/account/keys", {**KEY, "scopes": ["mesages:write"]},
     "scopes names mesages:write: did you mean messages:write?"),
    ("post", "/api/account/keys", {**KEY, "scopes": ["sessions.manage"]},
     "scopes names sessions.manage: did you mean sessions:manage?"),
]  # fmt: skip


def logged(caplog):
    return [one.getMessage() for one in caplog.records if one.name == "titan.sandbox"]


@pytest.fixture(autouse=True)
def _logging(caplog, connected):
    caplog.set_level(logging.WARNING, logger="titan.sandbox")


@pytest.mark.parametrize(("method", "path", "body", "warning"), MISSPELLED)
def test_misspelled_name_is_accepted_and_told_of_once(sandbox, api, caplog, method, path, body, warning):
    for _ in range(2):
        response = api.request(method, path, json=body)
        assert response.status_code in (200, 201), response.text
    assert logged(caplog) == [warning + ACCEPTED]
    assert sandbox.warnings == [warning + ACCEPTED]
    assert data_of(api.get("/sandbox/overview"))["warnings"] == [warning + ACCEPTED]


def test_update_of_a_webhook_is_looked_at_too(sandbox, api):
    webhook = data_of(api.post("/api/webhooks", json={"url": URL}), 201)
    data_of(api.put(f"/api/webhooks/{webhook['id']}", json={"events": ["message.sended", "chat.raed"]}))
    assert [one.partition(":")[0] for one in sandbox.warnings] == ["events names chat.raed"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "/api/webhooks", {"url": URL, "events": ["message.received", "*", "of.mine"]}),
        ("put", f"{BASE}/client-rules", {**RULES, "allowedActions": "send_message,read_contact , dance"}),
        ("post", "/api/account/keys", {**KEY, "scopes": ["*", "contacts:write", "billing:read"]}),
    ],
)
def test_known_names_and_names_of_their_own_are_not_told_of(sandbox, api, caplog, method, path, body):
    assert api.request(method, path, json=body).status_code in (200, 201)
    assert (logged(caplog), sandbox.warnings) == ([], [])


def test_what_is_refused_is_not_told_of(sandbox, api, caplog):
    response = api.post("/api/webhooks", json={"url": "https://example.com/", "events": ["message.recieved"]})
    assert response.status_code == 400
    assert (logged(caplog), sandbox.warnings) == ([], [])


def test_reset_forgets_what_was_told(sandbox, api, caplog):
    for _ in range(2):
        data_of(api.post("/api/webhooks", json={"url": URL, "events": ["message.recieved"]}), 201)
        sandbox.reset()
        assert sandbox.warnings == []
    assert len(logged(caplog)) == 2
