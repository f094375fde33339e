"""A payload in Python names is refused, with the way out; one in wire names never is."""

from __future__ import annotations

from types import MappingProxyType
from typing import List

import pytest

from tests.support.fake_server import FakeServer, json_response
from titan import types_gen
from titan._models import TitanModel
from titan.services._generated import operations
from titan.services._payload.request_check import check_request
from titan.types_gen import (
    ImageMessage,
    PollMessage,
    QuotedMessage,
    TextMessage,
    WebhookHeader,
    WebhookRetries,
)

CHAT = "1@g.us"
TEXT = {"chatId": CHAT, "type": "text", "text": "Hi"}


@pytest.fixture
def server():
    return FakeServer(json_response({"data": {"id": "x", "url": "https://x", "name": "n"}}))


def dumped(model, **options):
    return model.model_dump(**{"exclude_none": True, **options})


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda client: client.messages.send("s", dumped(TextMessage(chat_id=CHAT, text="x"))), "chat_id"),
        (lambda client: client.messages.send("s", ImageMessage(chat_id=CHAT).model_dump()), "chat_id"),
        (lambda client: client.messages.send("s", {**TEXT, "link_preview": False}), "link_preview"),
        (lambda client: client.messages.send("s", {**TEXT, "chat_id": CHAT}), "chat_id"),
        (lambda client: client.messages.send("s", {"chat_id": CHAT, "type": "hologram"}), "chat_id"),
        (
            lambda client: client.messages.send("s", MappingProxyType({**TEXT, "is_forwarded": True})),
            "is_forwarded",
        ),
        (
            lambda client: client.messages.send("s", {**TEXT, "quotedMessage": {"id": "m", "chat_id": CHAT}}),
            r"quotedMessage\.chat_id",
        ),
        (
            lambda client: client.submit(client.messages.send, "s", {**TEXT, "is_forwarded": True}),
            "is_forwarded",
        ),
        (
            lambda client: client.webhooks.create({"url": "https://x", "events": [], "hmac_key": "k"}),
            "hmac_key",
        ),
        (
            lambda client: client.webhooks.create(
                {"url": "https://x", "events": [], "retries": dumped(WebhookRetries(delay_seconds=5))}
            ),
            r"retries\.delay_seconds",
        ),
        (lambda client: client.contacts.check("s", {"phone_numbers": ["+1"]}), "phone_numbers"),
        (lambda client: client.account_keys.update("key_1", {"is_active": False}), "is_active"),
    ],
)
def test_python_name_of_a_field_is_refused_before_anything_is_sent(connect, server, call, name):
    with pytest.raises(
        ValueError, match=rf"the payload has {name}, the Python name of \w+: pass the model itself"
    ) as caught:
        call(connect(server))
    assert type(caught.value) is ValueError
    assert CHAT not in str(caught.value)
    assert server.requests == []


@pytest.mark.parametrize("many", [list, tuple])
def test_python_names_in_a_list_of_models_are_refused(many, monkeypatch):
    class Team(TitanModel):
        members: List[QuotedMessage]

    monkeypatch.setattr(types_gen, "Team", Team, raising=False)
    members = many([{"id": "m"}, {"id": "m", "chat_id": CHAT}])
    operation = operations.GROUPS_CREATE._replace(body="Team")
    with pytest.raises(ValueError, match=r"members\.chat_id"):
        check_request(operation, {"members": members}, strict=False)
    check_request(operation, {"members": [QuotedMessage(id="m", chat_id=CHAT)]}, strict=True)


@pytest.mark.parametrize(
    "payload",
    [
        TEXT,
        {**TEXT, "new_field": 1, "newField": {"chat_id": 1}},
        {**TEXT, "quotedMessage": {"id": "m", "chatId": CHAT, "new_field": 1}},
        {**TEXT, "quotedMessage": QuotedMessage(id="m", chat_id=CHAT)},
        {**TEXT, "quotedMessage": None, "mentions": ["chat_id"]},
        {**TEXT, "quotedMessage": "chat_id", "mentions": {"chat_id": 1}},
        {"chatId": CHAT, "type": "hologram", "hologram": {"chat_id": 5}},
        {"chatId": CHAT, "type": ["text"], "text": "x"},
        TextMessage(chat_id=CHAT, text="x", link_preview=True),
        TextMessage(chat_id=CHAT, text="x").to_dict(),
        TextMessage(chat_id=CHAT, text="x").model_dump(by_alias=True, exclude_none=True),
        PollMessage(chat_id=CHAT, question="?", options=["a"], chatId2=5),
        {},
    ],
    ids=str,
)
def test_wire_names_and_unknown_names_travel_as_given(connect, server, payload):
    connect(server).messages.send("s", payload)
    assert len(server.requests) == 1


def test_request_takes_any_names(connect, server):
    connect(server).request("POST", "/api/x", json={"chat_id": CHAT})
    assert len(server.requests) == 1


def test_models_in_a_dict_are_written_in_wire_names(connect, server):
    header = WebhookHeader(name="X-A", value="b")
    connect(server).webhooks.create(
        {"url": "https://x", "events": [], "retries": WebhookRetries(delay_seconds=5), "headers": [header]}
    )
    assert b'"delaySeconds":5' in server.request.content
