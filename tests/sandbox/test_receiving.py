"""Receiving: messages of all kinds, from people and in groups, and calls."""

from __future__ import annotations

import base64

import pytest

from tests.support.messages import act, find_message
from tests.support.sandbox import (
    BASE,
    CARLA,
    FRIEND,
    GROUP,
    JPEG,
    data_of,
    error_of,
    payloads_of,
)
from titan import TitanClient
from titan.sandbox import SandboxError

pytestmark = pytest.mark.usefixtures("connected")


def test_text_is_received(sandbox, receiver, titan):
    message = sandbox.receive("my-session", "Hi there!", sender="+55 11 99999-9999", push_name="Ana")
    assert (message["chatId"], message["fromMe"], message["type"]) == (FRIEND, False, "text")
    assert find_message(sandbox, message) == message
    (payload,) = payloads_of(sandbox, receiver, "message.received")
    assert isinstance(payload.pop("timestamp"), int)
    assert payload == {
        "id": message["id"],
        "from": {
            "phoneNumber": "+5511999999999",
            "lid": titan.contacts.get("my-session", FRIEND).lid,
            "mode": "pn",
        },
        "type": "text",
        "body": "Hi there!",
        "text": "Hi there!",
        "fromMe": False,
        "pushName": "Ana",
        "isGroup": False,
    }
    chat = titan.chats.get("my-session", FRIEND)
    assert (chat.name, chat.unread_count) == ("Ana", 1)


def test_received_messages_are_not_among_the_sent_ones(sandbox):
    sandbox.receive("my-session", "Hi")
    assert sandbox.messages == []


@pytest.mark.parametrize(
    ("media", "options", "kind", "mime_type"),
    [
        (JPEG, {}, "image", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", {}, "image", "image/png"),
        (b"RIFF....WEBPVP8 ", {}, "image", "image/webp"),
        (b"....ftypisom", {}, "video", "video/mp4"),
        (b"OggS....", {}, "audio", "audio/ogg"),
        (b"ID3....", {}, "audio", "audio/mpeg"),
        (b"%PDF-1.7", {}, "document", "application/pdf"),
        (b"whatever", {}, "document", "application/octet-stream"),
        (b"", {}, "document", "application/octet-stream"),
        (JPEG, {"filename": "scan.jpg"}, "document", "image/jpeg"),
        (b"whatever", {"mime_type": "video/webm; codecs=vp9"}, "video", "video/webm; codecs=vp9"),
        (JPEG, {"mime_type": "audio/aac"}, "audio", "audio/aac"),
    ],
)
def test_file_is_received_with_its_type_and_its_bytes(
    sandbox, titan, receiver, media, options, kind, mime_type
):
    message = sandbox.receive("my-session", "Look", media=media, **options)
    (payload,) = payloads_of(sandbox, receiver, "message.received")
    assert (payload["type"], payload["text"]) == (kind, "Look")
    assert (payload["mimeType"], payload["fileLength"]) == (mime_type, len(media))
    assert "mediaUrl" not in payload
    assert titan.media.download("my-session", payload["mediaId"]) == media
    assert message["media"]["id"] == payload["mediaId"]
    assert message["media"]["filename"] == options.get("filename")


def test_auto_persist_puts_the_address_into_the_event(sandbox, api, receiver):
    sandbox.configure(auto_persist=True)
    sandbox.receive("my-session", media=JPEG)
    (payload,) = payloads_of(sandbox, receiver, "message.received")
    assert payload["mediaUrl"] == f"{sandbox.base_url}/sandbox/files/{payload['mediaId']}"
    assert api.get(payload["mediaUrl"], headers={"Authorization": ""}).content == JPEG
    assert data_of(api.get(f"{BASE}/media/{payload['mediaId']}"))["s3Url"] == payload["mediaUrl"]


def test_message_in_an_unknown_group_creates_it(sandbox, connected, titan, receiver):
    message = sandbox.receive("my-session", "Hi all", sender=CARLA, push_name="Carla", group=GROUP)
    assert (message["chatId"], message["sender"]) == (GROUP, CARLA)
    (payload,) = payloads_of(sandbox, receiver, "message.received")
    assert (payload["from"], payload["isGroup"], payload["pushName"]) == ({"id": GROUP}, True, "Carla")
    assert payload["sender"]["phoneNumber"] == "+5511977776666"
    group = titan.groups.get("my-session", GROUP)
    assert [one.phone_number for one in group.participants] == ["+5511977776666", connected["phoneNumber"]]
    assert group.owner_lid == titan.contacts.get("my-session", CARLA).lid
    assert titan.chats.get("my-session", GROUP).unread_count == 1
    # The group is where she wrote: there is no chat with her.
    assert [one.id for one in titan.chats.list("my-session")] == [GROUP]


def test_only_members_can_write_in_a_group(sandbox, api):
    sandbox.receive("my-session", "1", sender=CARLA, group=GROUP)
    sandbox.receive("my-session", "2", sender=CARLA, group=GROUP)
    with pytest.raises(SandboxError, match="must both be in the group") as refused:
        sandbox.receive("my-session", "3", sender=FRIEND, group=GROUP)
    assert refused.value.status == 409
    data_of(api.post(f"{BASE}/groups/{GROUP}/leave"))
    with pytest.raises(SandboxError, match="must both be in the group"):
        sandbox.receive("my-session", "4", sender=CARLA, group=GROUP)


@pytest.mark.parametrize("group", [FRIEND, "1@newsletter", "nonsense"])
def test_group_must_be_the_jid_of_one(sandbox, group):
    with pytest.raises(SandboxError, match="group must be") as refused:
        sandbox.receive("my-session", "Hi", group=group)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("content", "field", "shown"),
    [
        (
            {"type": "location", "latitude": 52.5, "longitude": 13.4, "name": "Berlin"},
            "location",
            {"latitude": 52.5, "longitude": 13.4, "name": "Berlin", "address": None},
        ),
        (
            {"type": "poll", "question": "When?", "options": ["Mon", "Tue"]},
            "poll",
            {
                "question": "When?",
                "options": [{"text": "Mon", "votes": 0}, {"text": "Tue", "votes": 0}],
            },
        ),
        (
            {"type": "contact", "contacts": [{"name": "Bo", "phoneNumber": "+4930123456"}]},
            "contacts",
            [{"name": "Bo", "phoneNumber": "+4930123456"}],
        ),
    ],
)
def test_message_of_another_kind_is_received(sandbox, receiver, content, field, shown):
    message = sandbox.receive("my-session", content=content, sender=FRIEND)
    assert (message["type"], message[field]) == (content["type"], shown)
    (payload,) = payloads_of(sandbox, receiver, "message.received")
    assert (payload["type"], payload["text"]) == (content["type"], "")


def test_account_can_react_to_incoming_messages_of_any_kind(sandbox, api):
    poll = sandbox.receive("my-session", content={"type": "poll", "question": "?", "options": ["a", "b"]})
    data_of(act(api, "react", poll, reaction="👍"))
    assert find_message(sandbox, poll)["reactions"] == [{"sender": "me", "reaction": "👍"}]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ({}, 400, "missing required field: text"),
        ({"text": "a", "content": {"type": "location"}}, 400, "give either content, or text and media"),
        ({"content": {"latitude": 1}}, 400, "missing required field: type"),
        ({"media": JPEG, "mime_type": "a picture"}, 400, "mimeType must be a media type, such as image/jpeg"),
        ({"text": "a", "sender": "Ana"}, 400, "sender must be a phone number with its country code"),
        ({"text": "a", "sender": GROUP}, 400, "sender must be the JID of a person"),
        (
            {"text": "a", "sender": "Ana@lid"},
            400,
            "sender must be a JID, such as 5511999999999@s.whatsapp.net",
        ),
    ],
)
def test_invalid_incoming_message_is_refused(sandbox, api, arguments, status, message):
    with pytest.raises(SandboxError) as refused:
        sandbox.receive("my-session", **arguments)
    assert (refused.value.status, refused.value.message) == (status, message)
    assert data_of(api.get(f"{BASE}/chats")) == []


def test_nothing_is_received_without_an_account_or_from_the_account_itself(sandbox, connected):
    with pytest.raises(SandboxError, match="sender is the account itself"):
        sandbox.receive("my-session", "Hi", sender=connected["phoneNumber"])
    sandbox.logout("my-session")
    with pytest.raises(SandboxError, match="session is not paired: my-session") as refused:
        sandbox.receive("my-session", "Hi")
    assert refused.value.status == 409


def test_message_is_received_over_http(sandbox, api):
    body = {
        "text": "Look",
        "sender": "+5511999999999",
        "pushName": "Ana",
        "media": base64.b64encode(JPEG).decode(),
        "mimeType": "image/jpeg",
        "filename": "scan.jpg",
    }
    message = data_of(api.post("/sandbox/sessions/my-session/messages", json=body))
    assert (message["type"], message["pushName"]) == ("file", "Ana")
    assert message["media"]["filename"] == "scan.jpg"
    assert api.post(f"{BASE}/media/{message['media']['id']}/download").content == JPEG
    wrong = api.post("/sandbox/sessions/my-session/messages", json={**body, "media": "no base64"})
    assert "must be base64" in error_of(wrong, 400)


def test_blocked_sender_can_still_write_in_groups(sandbox, api):
    sandbox.receive("my-session", "Hi", sender=FRIEND, group=GROUP)
    data_of(api.post(f"{BASE}/contacts/{FRIEND}/block"))
    sandbox.receive("my-session", "Still here", sender=FRIEND, group=GROUP)
    assert [one["text"] for one in sandbox.chat("my-session", GROUP)["messages"]] == ["Hi", "Still here"]


def test_nothing_is_received_from_a_blocked_sender(sandbox, api, receiver):
    sandbox.receive("my-session", "Hi", sender=FRIEND)
    data_of(api.post(f"{BASE}/contacts/{FRIEND}/block"))
    with pytest.raises(SandboxError, match=f"the account has blocked {FRIEND}") as refused:
        sandbox.receive("my-session", "Hello?", sender=FRIEND)
    assert refused.value.status == 409
    data_of(api.post(f"{BASE}/contacts/{FRIEND}/unblock"))
    sandbox.receive("my-session", "At last", sender=FRIEND)
    assert [one["text"] for one in payloads_of(sandbox, receiver, "message.received")] == ["Hi", "At last"]


def test_new_name_of_a_sender_makes_one_event(sandbox, titan, receiver):
    for name in ("Ana", "Ana", "Ana Maria", None, "Ana Maria"):
        sandbox.receive("my-session", "Hi", sender=FRIEND, push_name=name)
    assert payloads_of(sandbox, receiver, "contact.update") == [
        {"phoneNumber": "+5511999999999", "pushName": "Ana Maria"}
    ]
    assert titan.contacts.get("my-session", FRIEND).push_name == "Ana Maria"
    assert titan.chats.get("my-session", FRIEND).name == "Ana Maria"


def test_sender_of_a_message_is_online(sandbox, titan, receiver):
    titan.presence.subscribe("my-session", FRIEND)
    assert titan.presence.get("my-session", FRIEND).presence == "unavailable"
    sandbox.receive("my-session", "Hi", sender=FRIEND)
    assert titan.presence.get("my-session", FRIEND).presence == "available"
    (payload,) = payloads_of(sandbox, receiver, "presence.update")
    assert payload["presence"] == "available"


@pytest.mark.parametrize("outcome", ["missed", "accepted", "rejected"])
def test_call_is_two_events_with_one_id(sandbox, receiver, outcome):
    call = sandbox.call("my-session", sender=FRIEND, outcome=outcome)
    lid = sandbox.add_contact("my-session", FRIEND, "Ana")["lid"]
    who = {"phoneNumber": "+5511999999999", "lid": lid, "mode": "pn"}
    about = {"id": call["id"], "from": who}
    assert payloads_of(sandbox, receiver, "call.received") == [about]
    assert payloads_of(sandbox, receiver, f"call.{outcome}") == [about]
    assert receiver.names == ["call.received", f"call.{outcome}"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"type": "poll", "question": "?", "options": 5}, "options must be an array, not a number"),
        (
            {"type": "text", "text": "a", "quotedMessage": "b"},
            "quotedMessage must be an object, not a string",
        ),
        ({"type": "text", "text": "a", "quotedMessage": {"id": [1]}}, "quotedMessage.id must be a string"),
        ({"type": "image"}, "missing required field: url or base64"),
    ],
)
def test_content_that_could_not_be_sent_cannot_be_received(sandbox, content, message):
    with pytest.raises(SandboxError, match=message):
        sandbox.receive("my-session", content=content, group=GROUP)
    assert data_from(sandbox, "groups") == data_from(sandbox, "chats") == []


def data_from(sandbox, domain):
    with TitanClient(sandbox.base_url, sandbox.api_key) as titan:
        return getattr(titan, domain).list("my-session")


def test_picture_is_received_as_content_too(sandbox, api):
    content = {"type": "image", "base64": base64.b64encode(JPEG).decode(), "caption": "Look"}
    media = sandbox.receive("my-session", content=content)["media"]
    assert (media["mimeType"], media["fileLength"]) == ("image/jpeg", len(JPEG))
    assert api.post(f"{BASE}/media/{media['id']}/download").content == JPEG
