"""Sending messages: what is sent, what is refused, and where it goes."""

from __future__ import annotations

import json
import time

import pytest

from tests.support.messages import find_message, send
from tests.support.project import CONTRACT as SPEC
from tests.support.sandbox import (
    BASE,
    FRIEND,
    GROUP,
    TEXT,
    data_of,
    error_of,
    payloads_of,
)
from titan import ConflictError

pytestmark = pytest.mark.usefixtures("connected")


def test_every_kind_of_message_is_kept_as_it_was_sent(sandbox, api):
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


# It takes hundreds of megabytes of memory, and its limit is one of wall clock.
@pytest.mark.heavy
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


def test_each_message_has_an_id_of_its_own(sandbox, api):
    ids = [send(api)["id"] for _ in range(20)]
    assert len(set(ids)) == 20
    assert [one["id"] for one in sandbox.messages] == ids
    assert [one["id"] for one in sandbox.chat("my-session", FRIEND)["messages"]] == ids


def test_sent_message_makes_an_event_and_is_in_its_chat(sandbox, connected, receiver, titan):
    message = titan.messages.send("my-session", {"chatId": FRIEND, "type": "text", "text": "Hi"})
    assert (message.chat_id, message.from_me, message.status) == (FRIEND, True, "sent")
    (payload,) = payloads_of(sandbox, receiver, "message.sent")
    assert payload.pop("timestamp") == int(message.sent_at.timestamp())
    assert payload == {
        "id": message.id,
        "from": {"phoneNumber": "+5511999999999", "lid": titan.contacts.get("my-session", FRIEND).lid,
                 "mode": "pn"},
        "type": "text",
        "body": "Hi",
        "text": "Hi",
        "fromMe": True,
        "pushName": connected["pushName"],
        "isGroup": False,
    }  # fmt: skip
    assert titan.chats.get("my-session", FRIEND).last_message_at == message.sent_at


def test_session_that_is_not_connected_sends_nothing(sandbox, api):
    data_of(api.post("/api/sessions", json={"name": "new"}), 201)
    data_of(api.post("/api/sessions", json={"name": "waiting", "start": True}), 201)
    sandbox.connect("stopped")
    data_of(api.post("/api/sessions/stopped/stop"))
    sandbox.connect("lost")
    sandbox.disconnect("lost", "AUTO_RECONNECT")
    sandbox.connect("gone")
    sandbox.logout("gone")
    for name in ("new", "waiting", "stopped", "lost", "gone"):
        refused = api.post("/api/messages/send", json={**TEXT, "session": name})
        assert error_of(refused, 409) == f"session is not connected: {name}"
    assert sandbox.messages == []


def test_sdk_raises_a_conflict_error_when_not_connected(sandbox, titan):
    sandbox.disconnect("my-session")
    with pytest.raises(ConflictError, match="session is not connected: my-session"):
        titan.messages.send("my-session", {"chatId": FRIEND, "type": "text", "text": "Hi"})


@pytest.mark.parametrize(
    ("changes", "status", "message"),
    [
        ({"session": "nobody"}, 404, "session not found: nobody"),
        ({"chatId": GROUP}, 404, f"group not found: {GROUP}"),
        ({"chatId": "1@newsletter"}, 404, "channel not found: 1@newsletter"),
        ({"chatId": "Ana@lid"}, 400, "chatId must be a JID, such as 5511999999999@s.whatsapp.net"),
        ({"chatId": "Ana"}, 400, "chatId must be a JID, such as 5511999999999@s.whatsapp.net"),
        ({"chatId": "+55@s.whatsapp.net"}, 400, "chatId must be a JID, such as 5511999999999@s.whatsapp.net"),
        ({"type": "image"}, 400, "missing required field: url or base64"),
        ({"type": "image", "base64": "no base64"}, 400, "base64 is not valid base64"),
        ({"type": "image", "base64": "QUJ"}, 400, "base64 is not valid base64"),
        ({"type": "file", "base64": "QUJD"}, 400, "missing required field: filename"),
    ],
)
def test_message_that_cannot_be_sent_is_refused_and_leaves_no_trace(
    sandbox, api, receiver, changes, status, message
):
    assert error_of(api.post("/api/messages/send", json={**TEXT, **changes}), status) == message
    assert sandbox.messages == []
    assert data_of(api.get(f"{BASE}/chats")) == []
    assert payloads_of(sandbox, receiver, "message.sent", "message.ack") == []


def test_group_and_channel_of_others_are_unknown(sandbox, api):
    sandbox.connect("other")
    body = {"session": "other", "name": "G", "participants": [FRIEND]}
    group = data_of(api.post("/api/sessions/other/groups", json=body), 201)
    channel = data_of(api.post("/api/sessions/other/channels", json={"name": "C"}), 201)
    for what, chat in (("group", group["id"]), ("channel", channel["id"])):
        refused = api.post("/api/messages/send", json={**TEXT, "chatId": chat})
        assert error_of(refused, 404) == f"{what} not found: {chat}"


def test_lid_leads_to_the_chat_with_the_person(sandbox, api):
    lid = sandbox.add_contact("my-session", FRIEND, "Ana")["lid"]
    assert send(api, chatId=lid)["chatId"] == FRIEND
    assert [one["id"] for one in data_of(api.get(f"{BASE}/chats"))] == [FRIEND]
    assert sandbox.chat("my-session", lid)["name"] == "Ana"


def test_own_channel_and_status_take_messages(sandbox, api):
    channel = data_of(api.post(f"{BASE}/channels", json={"name": "News"}), 201)["id"]
    for chat in (channel, "status@broadcast"):
        assert send(api, chatId=chat)["chatId"] == chat
        assert len(sandbox.chat("my-session", chat)["messages"]) == 1


def test_quoted_message_is_shown(sandbox, api):
    question = sandbox.receive("my-session", "When?", sender=FRIEND)
    answer = send(api, text="At nine", quotedMessage={"id": question["id"]})
    quoted = {"id": question["id"], "text": "When?", "fromMe": False}
    assert find_message(sandbox, answer)["quoted"] == quoted


def test_field_of_another_kind_of_message_does_no_harm(sandbox, api):
    data_of(api.post("/api/messages/send", json={**TEXT, "contacts": 5}))
    assert sandbox.chat("my-session", FRIEND)["messages"][0]["contacts"] == []
