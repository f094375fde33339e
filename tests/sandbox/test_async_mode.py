"""Async mode: which operations have it, and the event that tells how a command ended."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest

from tests.support.operations import OPERATIONS, assert_conforms, example_body, fill_path
from tests.support.sandbox import FRIEND, TEXT, data_of, error_of, receiving, subscribe

ASYNC = {"Prefer": "respond-async"}


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_async_mode_is_for_the_operations_that_the_spec_has_it_for(sandbox, api, path, method, operation):
    sandbox.connect("my-session")
    body = example_body(operation)
    if body is not None and "session" in body:
        body["session"] = "my-session"
    response = api.request(method, fill_path(path, {"session": "my-session"}), json=body, headers=ASYNC)
    assert (response.status_code == 202) == ("202" in operation["responses"])
    if response.status_code == 202:
        assert re.fullmatch("cmd-[0-9a-f]{12}", data_of(response, 202)["correlationId"])
        assert_conforms(response, path, method)


def test_async_command_is_done_a_moment_later(sandbox, api):
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


def test_async_mode_refuses_at_once_what_it_can(sandbox, api):
    sandbox.connect("my-session")
    data_of(api.post("/api/sessions", json={"name": "idle"}), 201)
    for change, status in (({"text": 5}, 400), ({"session": "x"}, 404), ({"session": "idle"}, 409)):
        error_of(api.post("/api/messages/send", json={**TEXT, **change}, headers=ASYNC), status)
    error_of(api.post("/api/messages/send", json=TEXT, headers={**ASYNC, "Authorization": "Bearer x"}), 401)
