"""The control calls: from Python and over HTTP, and what they refuse."""

from __future__ import annotations

import threading

import httpx
import pytest

from tests.support.operations import fill_path
from tests.support.sandbox import FRIEND, data_of, error_of
from tests.support.sessions import (
    create_session,
    get_session,
    refusal,
    start_session,
    status_of,
    stop_session,
)
from titan.sandbox import Sandbox
from titan.sandbox.control.routes import ROUTES


@pytest.mark.parametrize("route", [one for one in ROUTES if one.method != "GET"])
def test_control_call_refuses_fields_that_it_does_not_know(api, route):
    response = api.request(route.method, fill_path(route.path, {}), json={"nonsense": 1})
    what = "setting" if route.path == "/sandbox/settings" else "field"
    assert error_of(response, 400).startswith(f"unknown {what}: nonsense (known: ")


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("/sandbox/reset", "none"),
        ("/sandbox/clock", "seconds"),
        ("/sandbox/sessions/s/scan", "phoneNumber, pushName, businessName"),
        ("/sandbox/disorder", "events, count, session"),
    ],
)
def test_refusal_of_an_unknown_field_says_which_there_are(api, path, known):
    refused = api.post(path, json={"second": 1})
    assert error_of(refused, 400) == f"unknown field: second (known: {known})"


def test_control_call_takes_no_field_for_what_is_in_its_path(api):
    for field in ("session", "self", "phone_number"):
        refused = api.post("/sandbox/sessions/s/scan", json={field: "x"})
        known = "phoneNumber, pushName, businessName"
        assert error_of(refused, 400) == f"unknown field: {field} (known: {known})"
    refused = api.post("/sandbox/settings", json={"self": 1})
    assert error_of(refused, 400).startswith("unknown setting: self (known: ")


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
def test_control_call_names_a_missing_field(sandbox, api, path, body, field):
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
def test_control_call_names_an_invalid_field(sandbox, api, path, body, message):
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


def test_connect_works_from_any_status(sandbox, api):
    assert status_of(sandbox.connect("new")) == ("CONNECTED", None)
    create_session(api, "created")
    create_session(api, "unscanned", start=True)
    for name in ("stopped", "failed", "logged-out"):
        sandbox.connect(name)
    stop_session(api, "stopped")
    sandbox.disconnect("failed", "FAILED")
    sandbox.logout("logged-out")
    for name in ("new", "created", "unscanned", "stopped", "failed", "logged-out"):
        assert status_of(sandbox.connect(name)) == ("CONNECTED", None)
        assert status_of(get_session(api, name)) == ("CONNECTED", None)
    sessions = data_of(api.get("/api/sessions"))
    assert len({one["phoneNumber"] for one in sessions}) == len(sessions) == 6


def test_connect_of_a_connected_session_changes_nothing(sandbox, api, new_events):
    connected = sandbox.connect("s")
    new_events()
    assert sandbox.connect("s") == connected
    assert new_events() == []


@pytest.mark.parametrize("wrong", ["a b", "a" * 65, "ä", "a/b"])
def test_connect_needs_a_valid_session_name(sandbox, api, wrong):
    with refusal(400, "name must be 1 to 64 letters, digits, dots, hyphens and underscores"):
        sandbox.connect(wrong)
    assert data_of(api.get("/api/sessions")) == []


def test_control_calls_do_the_same_over_http(api):
    session = data_of(api.post("/sandbox/sessions/s/connect"))
    assert session == get_session(api)
    assert status_of(session) == ("CONNECTED", None)
    lost = data_of(api.post("/sandbox/sessions/s/disconnect"))
    assert status_of(lost) == ("DISCONNECTED", "STREAM_ERROR")
    start_session(api)
    lost = data_of(api.post("/sandbox/sessions/s/disconnect", json={"reason": "FAILED"}))
    assert status_of(lost) == ("DISCONNECTED", "FAILED")
    assert status_of(data_of(api.post("/sandbox/sessions/s/logout"))) == ("DISCONNECTED", "LOGGED_OUT")
    start_session(api)
    account = {"phoneNumber": "+4930123456", "pushName": "Ada", "businessName": "Analytical Engines"}
    session = data_of(api.post("/sandbox/sessions/s/scan", json=account))
    assert {name: session[name] for name in account} == account
    assert data_of(api.post("/sandbox/clock", json={"seconds": 1})) == {"success": True}
    assert data_of(api.post("/sandbox/settings", json={})) == {"success": True}
    assert data_of(api.post("/sandbox/reset")) == {"success": True}
    assert data_of(api.get("/api/sessions")) == []


@pytest.mark.parametrize(
    "call", ["scan", "disconnect", "logout", "messages", "calls", "restrict", "ban", "silence"]
)
def test_control_call_for_an_unknown_session_is_404(api, call):
    body = {"text": "Hi"} if call == "messages" else None
    response = api.post(f"/sandbox/sessions/nobody/{call}", json=body)
    assert error_of(response, 404) == "session not found: nobody"


@pytest.mark.parametrize("call", ["disconnect", "silence"])
def test_only_a_connection_can_be_lost_or_go_silent(api, call):
    create_session(api)
    assert error_of(api.post(f"/sandbox/sessions/s/{call}"), 409) == "session is not connected: s"


@pytest.mark.parametrize("call", ["messages", "calls", "restrict", "ban"])
def test_control_call_through_whatsapp_needs_an_account(api, call):
    create_session(api)
    body = {"text": "Hi"} if call == "messages" else None
    assert error_of(api.post(f"/sandbox/sessions/s/{call}", json=body), 409) == "session is not paired: s"


def test_control_calls_work_before_and_after_it_runs():
    sandbox = Sandbox()
    assert status_of(sandbox.connect("s")) == ("CONNECTED", None)
    sandbox.disconnect("s", "AUTO_RECONNECT")
    with sandbox:
        pass
    sandbox.advance(1)
    assert status_of(sandbox.connect("s")) == ("CONNECTED", None)


def test_control_calls_from_many_threads(sandbox, api):
    names = [f"s{number}" for number in range(8)]

    def walk(name):
        for _ in range(10):
            sandbox.connect(name)
            sandbox.disconnect(name)
            sandbox.advance(1)

    threads = [threading.Thread(target=walk, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one["name"]: status_of(one) for one in data_of(api.get("/api/sessions"))} == dict.fromkeys(
        names, ("DISCONNECTED", "STREAM_ERROR")
    )


def test_page_sees_the_change_of_a_call_without_an_event(sandbox, api):
    def version():
        return api.get("/sandbox/overview").json()["data"]["version"]

    sandbox.connect("s")
    before = version()
    data_of(api.post("/api/sessions/s/labels", json={"name": "New"}), 201)
    assert version() > before
