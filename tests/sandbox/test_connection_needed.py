"""Commands need a connected session; what is known can be read without."""

from __future__ import annotations

import re

import pytest

from tests.support.project import CONTRACT as SPEC
from tests.support.sandbox import (
    CARLA,
    FRIEND,
    GROUP,
    JPEG,
    client,
    data_of,
    error_of,
)
from tests.support.sessions import create_session, stop_session
from titan.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("me")


COMMANDS = [
    pytest.param(path, method, operation, id=operation["operationId"])
    for path, item in SPEC["paths"].items()
    for method, operation in item.items()
    if "202" in operation["responses"]
]


@pytest.fixture(scope="module")
def with_unconnected_sessions():
    with Sandbox(reconnect_after=10**6) as sandbox, client(sandbox) as api:
        create_session(api, "new")
        create_session(api, "unscanned", start=True)
        for name in ("stopped", "reconnecting", "banned", "logged-out"):
            sandbox.connect(name)
        stop_session(api, "stopped")
        sandbox.disconnect("reconnecting", "AUTO_RECONNECT")
        sandbox.disconnect("banned", "TEMPORARY_BAN")
        sandbox.logout("logged-out")
        yield api


@pytest.mark.parametrize(("path", "method", "operation"), COMMANDS)
def test_command_is_refused_while_not_connected(with_unconnected_sessions, path, method, operation):
    body = None
    if "requestBody" in operation:
        examples = operation["requestBody"]["content"]["application/json"]["examples"]
        body = {**next(iter(examples.values()))["value"]}
    for session in ("new", "unscanned", "stopped", "reconnecting", "banned", "logged-out"):
        if body is not None and "session" in body:
            body["session"] = session
        target = re.sub(r"\{\w+\}", "x", path.replace("{session}", session))
        for prefer in ("", "respond-async"):
            response = with_unconnected_sessions.request(
                method, target, json=body, headers={"Prefer": prefer}
            )
            assert error_of(response, 409) == f"session is not connected: {session}"


def test_what_is_known_can_be_read_while_not_connected(sandbox, api):
    sandbox.connect("s")
    sandbox.receive("s", "Hi", sender=FRIEND)
    sandbox.disconnect("s")
    for path in (
        "chats",
        f"chats/{FRIEND}",
        "contacts",
        "groups",
        "channels",
        "labels",
        "profile",
        "presence",
    ):
        assert api.get(f"/api/sessions/s/{path}").status_code == 200
    assert len(data_of(api.get("/api/sessions/s/chats"))) == 1


@pytest.mark.parametrize(("path", "method", "operation"), COMMANDS)
def test_command_to_whatsapp_needs_a_connection(sandbox, api, path, method, operation):
    sandbox.disconnect("my-session")
    body = None
    if "requestBody" in operation:
        examples = operation["requestBody"]["content"]["application/json"]["examples"]
        body = {**next(iter(examples.values()))["value"]}
        if "session" in body:
            body["session"] = "my-session"
    filled = path.replace("{session}", "my-session")
    for name, jid in (("groupId", GROUP), ("channelId", "1@newsletter"), ("labelId", "1")):
        filled = filled.replace(f"{{{name}}}", jid)
    filled = filled.replace("{chatId}", FRIEND).replace("{contactId}", FRIEND)
    refused = api.request(method, filled, json=body)
    assert error_of(refused, 409) == "session is not connected: my-session"


def test_what_is_known_can_be_read_without_a_connection(sandbox, titan, chat, file):
    titan.groups.create("my-session", {"name": "G", "participants": [CARLA]})
    sandbox.disconnect("my-session")
    for service in (titan.chats, titan.contacts, titan.groups):
        assert service.list("my-session") != []
    assert titan.chats.get("my-session", chat).unread_count == 1
    assert titan.media.download("my-session", file) == JPEG
    assert titan.profile.get("my-session").name
