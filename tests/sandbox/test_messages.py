"""Messages in the sandbox: sending, receiving, what happens to them, and the events that tell of it."""

import base64
import json
from datetime import datetime

import pytest
from jsonschema import Draft202012Validator

from tests.support.project import CONTRACT as SPEC
from tests.support.sandbox import FRIEND, TEXT, data_of, error_of, receiving, subscribe
from titan import ConflictError, NotFoundError, TitanClient, parse_webhook
from titan.sandbox import SandboxError
from titan.webhooks.events_gen import EVENT_CLASSES

S = "/api/sessions/my-session"
JPEG = b"\xff\xd8\xff\xe0 a picture"
GROUP = "120363012345678901@g.us"
CARLA = "5511977776666@s.whatsapp.net"


@pytest.fixture(autouse=True)
def connected(sandbox):
    """Messages stay `sent` until a test says otherwise: what it asserts must not depend on its speed."""
    sandbox.configure(delivered_after=None, read_after=None)
    return sandbox.connect("my-session")


@pytest.fixture
def titan(sandbox):
    with TitanClient(sandbox.base_url, sandbox.api_key, strict_responses=True) as client:
        yield client


@pytest.fixture
def receiver(api):
    with receiving() as receiver:
        subscribe(api, receiver)
        yield receiver


def told(sandbox, receiver, *names, session="my-session"):
    """The payloads of these events, in the order in which they came."""
    sandbox.wait_for_deliveries()
    return [one["payload"] for one in receiver.events if one["event"] in names and one["session"] == session]


def statuses(sandbox, receiver, session="my-session"):
    return [(one["id"], one["status"]) for one in told(sandbox, receiver, "message.ack", session=session)]


def jid_of(session):
    return f"{session['phoneNumber'][1:]}@s.whatsapp.net"


def send(api, **changes):
    return data_of(api.post("/api/messages/send", json={**TEXT, **changes}))


def create_group(api, *participants):
    body = {"session": "my-session", "name": "All of us", "participants": list(participants)}
    return data_of(api.post(f"{S}/groups", json=body), 201)["id"]


def act(api, verb, message, session="my-session", **fields):
    body = {"chatId": message["chatId"], "messageId": message["id"], **fields}
    return api.post(f"/api/sessions/{session}/messages/{verb}", json=body)


def kept(sandbox, message, session="my-session", chat_id=None):
    """A message as the phone of a session shows it."""
    messages = sandbox.chat(session, chat_id or message["chatId"])["messages"]
    return next(one for one in messages if one["id"] == message["id"])


# --- sending ----------------------------------------------------------------------------------------


def test_each_message_has_an_id_of_its_own(sandbox, api):
    ids = [send(api)["id"] for _ in range(20)]
    assert len(set(ids)) == 20
    assert [one["id"] for one in sandbox.messages] == ids
    assert [one["id"] for one in sandbox.chat("my-session", FRIEND)["messages"]] == ids


def test_sent_message_is_told_of_and_stands_in_its_chat(sandbox, connected, receiver, titan):
    message = titan.messages.send("my-session", {"chatId": FRIEND, "type": "text", "text": "Hi"})
    assert (message.chat_id, message.from_me, message.status) == (FRIEND, True, "sent")
    (payload,) = told(sandbox, receiver, "message.sent")
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


def test_statuses_come_by_the_clock(sandbox, api, receiver):
    sandbox.configure(delivered_after=60, read_after=180)
    message = send(api)
    assert message["status"] == "sent"
    sandbox.advance(61)
    assert sandbox.messages[0]["status"] == "delivered"
    sandbox.advance(120)
    assert sandbox.messages[0]["status"] == "read"
    wanted = [(message["id"], status) for status in ("sent", "delivered", "read")]
    assert statuses(sandbox, receiver) == wanted


def test_statuses_come_at_their_own_times_however_far_the_clock_jumps(sandbox, api, receiver):
    sandbox.configure(delivered_after=60, read_after=180)
    send(api)
    sandbox.advance(10_000)
    sandbox.wait_for_deliveries()
    acks = [one for one in receiver.events if one["event"] == "message.ack"]
    at = [datetime.fromisoformat(one["timestamp"].replace("Z", "+00:00")) for one in acks]
    assert [round((one - at[0]).total_seconds()) for one in at] == [0, 60, 180]


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ({"delivered_after": None, "read_after": None}, "sent"),
        ({"delivered_after": 5, "read_after": None}, "delivered"),
        ({"delivered_after": None, "read_after": 5}, "read"),
    ],
)
def test_status_that_is_switched_off_does_not_come_by_itself(sandbox, api, settings, status):
    sandbox.configure(**settings)
    send(api)
    sandbox.advance(10**6)
    assert sandbox.messages[0]["status"] == status


def test_statuses_come_by_a_control_call_and_never_go_back(sandbox, api, receiver):
    message = send(api)
    assert sandbox.acknowledge("my-session", message["id"], "delivered")["status"] == "delivered"
    assert sandbox.acknowledge("my-session", message["id"], "sent")["status"] == "delivered"
    assert sandbox.acknowledge("my-session", message["id"])["status"] == "read"
    assert sandbox.acknowledge("my-session", message["id"], "delivered")["status"] == "read"
    wanted = [(message["id"], status) for status in ("sent", "delivered", "read")]
    assert statuses(sandbox, receiver) == wanted


def test_what_came_in_is_not_acknowledged_by_a_control_call(sandbox):
    message = sandbox.receive("my-session", "Hi")
    with pytest.raises(SandboxError, match="came in") as refused:
        sandbox.acknowledge("my-session", message["id"])
    assert refused.value.status == 409
    # Otherwise it would be read, and still be counted as unread.
    assert kept(sandbox, message)["status"] == "delivered"


def test_message_without_a_session_to_carry_it_on_stays_where_it_is(sandbox, api):
    sandbox.configure(delivered_after=60)
    send(api)
    data_of(api.delete(S))
    sandbox.advance(60)
    assert sandbox.messages[0]["status"] == "sent"


def test_an_answer_shows_that_all_before_it_was_read(sandbox, api, receiver):
    first, second = send(api), send(api)
    elsewhere = send(api, chatId=CARLA)
    sandbox.receive("my-session", "Yes?", sender=FRIEND)
    steps = [(one["id"], status) for one in (first, second) for status in ("delivered", "read")]
    assert statuses(sandbox, receiver)[3:] == steps
    assert kept(sandbox, elsewhere)["status"] == "sent"


def test_what_was_read_already_is_not_read_again(sandbox, api, receiver):
    send(api)
    sandbox.receive("my-session", "Yes?", sender=FRIEND)
    message = send(api)
    sandbox.receive("my-session", "Yes!", sender=FRIEND)
    steps = [(message["id"], status) for status in ("sent", "delivered", "read")]
    assert statuses(sandbox, receiver)[3:] == steps


def test_message_is_pending_for_as_long_as_a_test_says(sandbox, api, receiver):
    sandbox.configure(sent_after=60, delivered_after=30)
    message = send(api)
    assert message["status"] == "pending"
    assert statuses(sandbox, receiver) == []
    sandbox.advance(31)
    assert kept(sandbox, message)["status"] == "delivered"
    sandbox.advance(30)
    assert statuses(sandbox, receiver) == [(message["id"], "sent"), (message["id"], "delivered")]


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
        ({"chatId": "1@lid"}, 404, "LID not found: 1@lid"),
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
    assert data_of(api.get(f"{S}/chats")) == []
    assert told(sandbox, receiver, "message.sent", "message.ack") == []


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
    assert [one["id"] for one in data_of(api.get(f"{S}/chats"))] == [FRIEND]
    assert sandbox.chat("my-session", lid)["name"] == "Ana"


def test_own_channel_and_status_take_messages(sandbox, api):
    channel = data_of(api.post(f"{S}/channels", json={"name": "News"}), 201)["id"]
    for chat in (channel, "status@broadcast"):
        assert send(api, chatId=chat)["chatId"] == chat
        assert len(sandbox.chat("my-session", chat)["messages"]) == 1


def test_quoted_message_is_seen(sandbox, api):
    question = sandbox.receive("my-session", "When?", sender=FRIEND)
    answer = send(api, text="At nine", quotedMessage={"id": question["id"]})
    quoted = {"id": question["id"], "text": "When?", "fromMe": False}
    assert kept(sandbox, answer)["quoted"] == quoted


# --- what is done to messages -----------------------------------------------------------------------


def test_edit_is_seen_afterwards_and_told(sandbox, api, titan, receiver):
    message = send(api)
    change = {"chatId": FRIEND, "messageId": message["id"], "text": "Hello"}
    assert titan.messages.edit("my-session", change).text == "Hello"
    assert (kept(sandbox, message)["text"], kept(sandbox, message)["edited"]) == ("Hello", True)
    assert (sandbox.messages[0]["text"], sandbox.messages[0]["edited"]) == ("Hello", True)
    # What was asked for stays what it was.
    assert sandbox.messages[0]["request"]["text"] == "Hi"
    assert told(sandbox, receiver, "message.edited") == [
        {"id": message["id"], "chatId": FRIEND, "fromMe": True, "text": "Hello"}
    ]


def test_edit_of_a_picture_changes_what_is_under_it(sandbox, api):
    message = send(api, type="image", base64="QUJD", caption="Look")
    data_of(act(api, "edit", message, text="Look here"))
    assert kept(sandbox, message)["text"] == "Look here"


def test_reaction_is_seen_afterwards_replaced_and_taken_away(sandbox, connected, api, titan, receiver):
    message = sandbox.receive("my-session", "Hi", sender=FRIEND)
    for reaction, shown in (
        ("👍", [{"sender": "me", "reaction": "👍"}]),
        ("🎉", [{"sender": "me", "reaction": "🎉"}]),
        ("", []),
    ):
        titan.messages.react(
            "my-session", {"chatId": FRIEND, "messageId": message["id"], "reaction": reaction}
        )
        assert kept(sandbox, message)["reactions"] == shown
    about = {"id": message["id"], "chatId": FRIEND, "fromMe": True}
    assert told(sandbox, receiver, "message.reaction") == [
        {**about, "reaction": "👍"}, {**about, "reaction": "🎉"}, {**about, "reaction": ""}
    ]  # fmt: skip
    own = send(api)
    data_of(act(api, "react", own, reaction="👍"))
    assert sandbox.messages[0]["reactions"] == {jid_of(connected): "👍"}


def test_message_deleted_for_everyone_is_seen_to_have_been(sandbox, api, titan, receiver):
    message = send(api)
    data_of(act(api, "react", message, reaction="👍"))
    titan.messages.delete("my-session", {"chatId": FRIEND, "messageId": message["id"], "forEveryone": True})
    shown = kept(sandbox, message)
    assert (shown["deleted"], shown["text"], shown["reactions"]) == (True, None, [])
    assert sandbox.messages[0]["deleted"]
    about = {"id": message["id"], "chatId": FRIEND, "fromMe": True}
    assert told(sandbox, receiver, "message.revoked", "message.delete") == [about]


def test_message_deleted_for_me_is_gone_from_the_chat(sandbox, api, titan, receiver):
    message, other = send(api), send(api)
    titan.messages.delete("my-session", {"chatId": FRIEND, "messageId": message["id"]})
    assert [one["id"] for one in sandbox.chat("my-session", FRIEND)["messages"]] == [other["id"]]
    # The contact still has it: it was sent.
    assert [one["deleted"] for one in sandbox.messages] == [False, False]
    about = {"id": message["id"], "chatId": FRIEND, "fromMe": True}
    assert told(sandbox, receiver, "message.revoked", "message.delete") == [about]
    gone = act(api, "delete", message)
    assert error_of(gone, 404) == f"message not found: {message['id']}"


def test_unread_message_deleted_for_me_is_no_longer_counted(sandbox, api):
    first = sandbox.receive("my-session", "1", sender=FRIEND)
    sandbox.receive("my-session", "2", sender=FRIEND)
    data_of(act(api, "delete", first))
    assert data_of(api.get(f"{S}/chats/{FRIEND}"))["unreadCount"] == 1


def test_star_is_seen_afterwards_and_taken_away(sandbox, api, titan, receiver):
    message = send(api)
    for star in (True, False):
        titan.messages.star("my-session", {"chatId": FRIEND, "messageId": message["id"], "star": star})
        assert kept(sandbox, message)["starred"] is star
        assert sandbox.messages[0]["starred"] is star
    about = {"id": message["id"], "chatId": FRIEND, "fromMe": True}
    assert told(sandbox, receiver, "message.update") == [
        {**about, "starred": True}, {**about, "starred": False}
    ]  # fmt: skip


def test_message_of_somebody_else_can_be_starred_but_not_changed(sandbox, api, receiver):
    message = sandbox.receive("my-session", "Hi", sender=FRIEND)
    data_of(act(api, "star", message, star=True))
    for refused in (act(api, "edit", message, text="!"), act(api, "delete", message, forEveryone=True)):
        assert error_of(refused, 403) == "this message was not sent by the account"
    shown = kept(sandbox, message)
    assert (shown["text"], shown["edited"], shown["deleted"], shown["starred"]) == ("Hi", False, False, True)
    assert told(sandbox, receiver, "message.edited", "message.revoked") == []


CHANGES = [
    ("react", {"reaction": "👍"}),
    ("edit", {"text": "!"}),
    ("star", {"star": True}),
    ("delete", {"forEveryone": True}),
]


@pytest.mark.parametrize(("verb", "fields"), CHANGES)
def test_deleted_message_can_only_be_cleared_away(sandbox, api, verb, fields):
    message = send(api)
    data_of(act(api, "delete", message, forEveryone=True))
    assert error_of(act(api, verb, message, **fields), 404) == f"message was deleted: {message['id']}"
    data_of(act(api, "delete", message))
    assert sandbox.chat("my-session", FRIEND)["messages"] == []


@pytest.mark.parametrize(("verb", "fields"), [*CHANGES, ("delete", {})])
def test_message_is_found_in_its_own_chat_only(sandbox, api, verb, fields):
    message = send(api)
    send(api, chatId=CARLA)
    wrong = act(api, verb, {**message, "chatId": CARLA}, **fields)
    assert error_of(wrong, 404) == f"message not found: {message['id']}"
    unknown = act(api, verb, {**message, "chatId": GROUP}, **fields)
    assert error_of(unknown, 404) == f"chat not found: {GROUP}"


def test_message_is_found_in_a_chat_that_is_named_by_lid(sandbox, api):
    message = send(api)
    lid = data_of(api.get(f"{S}/contacts/{FRIEND}"))["lid"]
    data_of(act(api, "star", {**message, "chatId": lid}, star=True))
    assert kept(sandbox, message)["starred"]


def test_typing_is_seen_until_it_pauses_or_a_message_is_sent(sandbox, api, titan):
    send(api)
    for state, shown in (("composing", "composing"), ("recording", "recording"), ("paused", None)):
        titan.messages.typing("my-session", {"chatId": FRIEND, "state": state})
        assert sandbox.chat("my-session", FRIEND)["typing"] == shown
    titan.messages.typing("my-session", {"chatId": FRIEND, "state": "composing"})
    send(api)
    assert sandbox.chat("my-session", FRIEND)["typing"] is None


def test_typing_alone_makes_no_chat(api):
    data_of(api.post(f"{S}/messages/typing", json={"chatId": FRIEND, "state": "composing"}))
    assert data_of(api.get(f"{S}/chats")) == []


def test_typing_to_nobody_is_refused(api):
    wrong = api.post(f"{S}/messages/typing", json={"chatId": GROUP, "state": "composing"})
    assert error_of(wrong, 404) == f"group not found: {GROUP}"
    wrong = api.post(f"{S}/messages/typing", json={"chatId": FRIEND, "state": "sleeping"})
    assert error_of(wrong, 400) == "state must be one of: composing, recording, paused"


def test_seen_marks_all_that_is_unread(sandbox, titan, receiver):
    for text in ("1", "2", "3"):
        sandbox.receive("my-session", text, sender=FRIEND)
    assert titan.chats.get("my-session", FRIEND).unread_count == 3
    titan.messages.seen("my-session", {"chatId": FRIEND})
    titan.messages.seen("my-session", {"chatId": FRIEND})
    assert titan.chats.get("my-session", FRIEND).unread_count == 0
    shown = sandbox.chat("my-session", FRIEND)["messages"]
    assert [one["status"] for one in shown] == ["read"] * 3
    assert told(sandbox, receiver, "chat.read")[0] == {"chatId": FRIEND, "read": True}


def test_seen_marks_only_the_messages_it_names(sandbox, titan):
    ids = [sandbox.receive("my-session", text, sender=FRIEND)["id"] for text in ("1", "2", "3")]
    with pytest.raises(NotFoundError, match="message not found: nobody"):
        titan.messages.seen("my-session", {"chatId": FRIEND, "messageIds": [ids[0], "nobody"]})
    titan.messages.seen("my-session", {"chatId": FRIEND, "messageIds": ids[1:2]})
    assert titan.chats.get("my-session", FRIEND).unread_count == 2
    shown = sandbox.chat("my-session", FRIEND)["messages"]
    assert [one["status"] for one in shown] == ["delivered", "read", "delivered"]


def test_seen_says_nothing_about_own_messages(sandbox, api):
    message = send(api)
    data_of(api.post(f"{S}/messages/seen", json={"chatId": FRIEND}))
    assert kept(sandbox, message)["status"] == "sent"


# --- receiving --------------------------------------------------------------------------------------


def test_text_comes_in(sandbox, receiver, titan):
    message = sandbox.receive("my-session", "Hi there!", sender="+55 11 99999-9999", push_name="Ana")
    assert (message["chatId"], message["fromMe"], message["type"]) == (FRIEND, False, "text")
    assert kept(sandbox, message) == message
    (payload,) = told(sandbox, receiver, "message.received")
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
def test_file_comes_in_with_its_type_and_its_bytes(sandbox, titan, receiver, media, options, kind, mime_type):
    message = sandbox.receive("my-session", "Look", media=media, **options)
    (payload,) = told(sandbox, receiver, "message.received")
    assert (payload["type"], payload["text"]) == (kind, "Look")
    assert (payload["mimeType"], payload["fileLength"]) == (mime_type, len(media))
    assert "mediaUrl" not in payload
    assert titan.media.download("my-session", payload["mediaId"]) == media
    assert message["media"]["id"] == payload["mediaId"]
    assert message["media"]["filename"] == options.get("filename")


def test_auto_persist_puts_the_address_into_the_event(sandbox, api, receiver):
    sandbox.configure(auto_persist=True)
    sandbox.receive("my-session", media=JPEG)
    (payload,) = told(sandbox, receiver, "message.received")
    assert payload["mediaUrl"] == f"{sandbox.base_url}/sandbox/files/{payload['mediaId']}"
    assert api.get(payload["mediaUrl"], headers={"Authorization": ""}).content == JPEG
    assert data_of(api.get(f"{S}/media/{payload['mediaId']}"))["s3Url"] == payload["mediaUrl"]


def test_group_that_is_new_is_made_by_who_writes_in_it(sandbox, connected, titan, receiver):
    message = sandbox.receive("my-session", "Hi all", sender=CARLA, push_name="Carla", group=GROUP)
    assert (message["chatId"], message["sender"]) == (GROUP, CARLA)
    (payload,) = told(sandbox, receiver, "message.received")
    assert (payload["from"], payload["isGroup"], payload["pushName"]) == ({"id": GROUP}, True, "Carla")
    assert payload["sender"]["phoneNumber"] == "+5511977776666"
    group = titan.groups.get("my-session", GROUP)
    assert [one.phone_number for one in group.participants] == ["+5511977776666", connected["phoneNumber"]]
    assert group.owner_lid == titan.contacts.get("my-session", CARLA).lid
    assert titan.chats.get("my-session", GROUP).unread_count == 1
    # The group is where she wrote: there is no chat with her.
    assert [one.id for one in titan.chats.list("my-session")] == [GROUP]


def test_group_that_exists_is_closed_to_who_is_not_in_it(sandbox, api):
    sandbox.receive("my-session", "1", sender=CARLA, group=GROUP)
    sandbox.receive("my-session", "2", sender=CARLA, group=GROUP)
    with pytest.raises(SandboxError, match="must both be in the group") as refused:
        sandbox.receive("my-session", "3", sender=FRIEND, group=GROUP)
    assert refused.value.status == 409
    data_of(api.post(f"{S}/groups/{GROUP}/leave"))
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
def test_message_of_another_kind_comes_in(sandbox, receiver, content, field, shown):
    message = sandbox.receive("my-session", content=content, sender=FRIEND)
    assert (message["type"], message[field]) == (content["type"], shown)
    (payload,) = told(sandbox, receiver, "message.received")
    assert (payload["type"], payload["text"]) == (content["type"], "")


def test_account_can_react_to_what_came_in_of_any_kind(sandbox, api):
    poll = sandbox.receive("my-session", content={"type": "poll", "question": "?", "options": ["a", "b"]})
    data_of(act(api, "react", poll, reaction="👍"))
    assert kept(sandbox, poll)["reactions"] == [{"sender": "me", "reaction": "👍"}]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ({}, 400, "missing required field: text"),
        ({"text": "a", "content": {"type": "location"}}, 400, "give either content, or text and media"),
        ({"content": {"latitude": 1}}, 400, "missing required field: type"),
        ({"media": JPEG, "mime_type": "a picture"}, 400, "mimeType must be a media type, such as image/jpeg"),
        ({"text": "a", "sender": "Ana"}, 400, "sender must be a phone number with its country code"),
        ({"text": "a", "sender": GROUP}, 400, "sender must be the JID of a person"),
        ({"text": "a", "sender": "1@lid"}, 404, "LID not found: 1@lid"),
    ],
)
def test_message_that_cannot_come_in_is_refused(sandbox, api, arguments, status, message):
    with pytest.raises(SandboxError) as refused:
        sandbox.receive("my-session", **arguments)
    assert (refused.value.status, refused.value.message) == (status, message)
    assert data_of(api.get(f"{S}/chats")) == []


def test_nothing_comes_in_without_a_connection_or_from_the_account_itself(sandbox, connected):
    with pytest.raises(SandboxError, match="sender is the account itself"):
        sandbox.receive("my-session", "Hi", sender=connected["phoneNumber"])
    sandbox.disconnect("my-session")
    with pytest.raises(SandboxError, match="session is not connected: my-session") as refused:
        sandbox.receive("my-session", "Hi")
    assert refused.value.status == 409


def test_message_comes_in_over_http(sandbox, api):
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
    assert api.post(f"{S}/media/{message['media']['id']}/download").content == JPEG
    wrong = api.post("/sandbox/sessions/my-session/messages", json={**body, "media": "no base64"})
    assert "must be base64" in error_of(wrong, 400)


def test_blocked_sender_is_still_heard_in_groups(sandbox, api):
    sandbox.receive("my-session", "Hi", sender=FRIEND, group=GROUP)
    data_of(api.post(f"{S}/contacts/{FRIEND}/block"))
    sandbox.receive("my-session", "Still here", sender=FRIEND, group=GROUP)
    assert [one["text"] for one in sandbox.chat("my-session", GROUP)["messages"]] == ["Hi", "Still here"]


def test_blocked_sender_does_not_come_through(sandbox, api, receiver):
    sandbox.receive("my-session", "Hi", sender=FRIEND)
    data_of(api.post(f"{S}/contacts/{FRIEND}/block"))
    with pytest.raises(SandboxError, match=f"the account has blocked {FRIEND}") as refused:
        sandbox.receive("my-session", "Hello?", sender=FRIEND)
    assert refused.value.status == 409
    data_of(api.post(f"{S}/contacts/{FRIEND}/unblock"))
    sandbox.receive("my-session", "At last", sender=FRIEND)
    assert [one["text"] for one in told(sandbox, receiver, "message.received")] == ["Hi", "At last"]


def test_new_name_of_a_sender_is_told_once(sandbox, titan, receiver):
    for name in ("Ana", "Ana", "Ana Maria", None, "Ana Maria"):
        sandbox.receive("my-session", "Hi", sender=FRIEND, push_name=name)
    assert told(sandbox, receiver, "contact.update") == [
        {"phoneNumber": "+5511999999999", "pushName": "Ana Maria"}
    ]
    assert titan.contacts.get("my-session", FRIEND).push_name == "Ana Maria"
    assert titan.chats.get("my-session", FRIEND).name == "Ana Maria"


def test_who_writes_is_online(sandbox, titan, receiver):
    titan.presence.subscribe("my-session", FRIEND)
    assert titan.presence.get("my-session", FRIEND).presence == "unavailable"
    sandbox.receive("my-session", "Hi", sender=FRIEND)
    assert titan.presence.get("my-session", FRIEND).presence == "available"
    (payload,) = told(sandbox, receiver, "presence.update")
    assert payload["presence"] == "available"


# --- what the contact does --------------------------------------------------------------------------


def test_contact_reacts(sandbox, api, receiver):
    message = send(api)
    sandbox.react("my-session", message["id"], "❤️")
    assert kept(sandbox, message)["reactions"] == [{"sender": FRIEND, "reaction": "❤️"}]
    sandbox.react("my-session", message["id"], "")
    assert kept(sandbox, message)["reactions"] == []
    lid = data_of(api.get(f"{S}/contacts/{FRIEND}"))["lid"]
    about = {
        "id": message["id"],
        "chatId": FRIEND,
        "fromMe": False,
        "sender": {"phoneNumber": "+5511999999999", "lid": lid, "mode": "pn"},
    }
    assert told(sandbox, receiver, "message.reaction") == [
        {**about, "reaction": "❤️"}, {**about, "reaction": ""}
    ]  # fmt: skip


def test_each_member_of_a_group_has_a_reaction_of_their_own(sandbox, api):
    group = create_group(api, FRIEND, CARLA)
    message = send(api, chatId=group)
    sandbox.react("my-session", message["id"], "👍")
    sandbox.react("my-session", message["id"], "👎", sender=CARLA)
    assert sandbox.messages[0]["reactions"] == {FRIEND: "👍", CARLA: "👎"}


def test_somebody_reacts_where_no_contact_is(sandbox, api):
    channel = data_of(api.post(f"{S}/channels", json={"name": "News"}), 201)["id"]
    message = send(api, chatId=channel)
    sandbox.react("my-session", message["id"], "👍")
    assert list(sandbox.messages[0]["reactions"].values()) == ["👍"]


def test_contacts_vote_and_change_their_minds(sandbox, api, receiver):
    group = create_group(api, FRIEND, CARLA)
    poll = send(api, chatId=group, type="poll", question="When?", options=["Mon", "Tue"])
    sandbox.vote("my-session", poll["id"], ["Mon"])
    sandbox.vote("my-session", poll["id"], ["Mon"], sender=CARLA)
    sandbox.vote("my-session", poll["id"], ["Tue"], sender=CARLA)
    votes = {"question": "When?", "options": [{"text": "Mon", "votes": 1}, {"text": "Tue", "votes": 1}]}
    assert kept(sandbox, poll)["poll"] == votes
    shown = sandbox.vote("my-session", poll["id"], [])
    assert [one["votes"] for one in shown["poll"]["options"]] == [0, 1]
    events = told(sandbox, receiver, "message.vote")
    assert [(one["sender"]["phoneNumber"], one["options"]) for one in events] == [
        ("+5511999999999", ["Mon"]),
        ("+5511977776666", ["Mon"]),
        ("+5511977776666", ["Tue"]),
        ("+5511999999999", []),
    ]


def test_votes_that_the_poll_does_not_have_are_refused(sandbox, api):
    poll = send(api, type="poll", question="When?", options=["Mon", "Tue"])
    several = send(api, type="poll", question="When?", options=["Mon", "Tue"], multipleAnswers=True)
    text = send(api)
    for message, options, reason in (
        (poll, ["Sun"], "options must be options of the poll"),
        (text, ["Mon"], "options must be options of the poll"),
        (poll, ["Mon", "Tue"], "this poll allows one answer only"),
    ):
        with pytest.raises(SandboxError, match=reason) as refused:
            sandbox.vote("my-session", message["id"], options)
        assert refused.value.status == 400
    shown = sandbox.vote("my-session", several["id"], ["Mon", "Tue"])
    assert [one["votes"] for one in shown["poll"]["options"]] == [1, 1]


def test_contact_edits_and_takes_back_what_came_in(sandbox, receiver):
    message = sandbox.receive("my-session", "Hi", sender=FRIEND)
    shown = sandbox.edit("my-session", message["id"], "Hello")
    assert (shown["text"], shown["edited"]) == ("Hello", True)
    shown = sandbox.revoke("my-session", message["id"])
    assert (shown["text"], shown["deleted"]) == (None, True)
    edited, revoked = told(sandbox, receiver, "message.edited", "message.revoked")
    assert (edited["text"], edited["fromMe"]) == ("Hello", False)
    assert edited["sender"] == revoked["sender"]
    assert revoked["sender"]["phoneNumber"] == "+5511999999999"


def test_contact_cannot_change_what_the_account_sent(sandbox, api):
    message = send(api)
    for change in (lambda: sandbox.edit("my-session", message["id"], "!"),
                   lambda: sandbox.revoke("my-session", message["id"])):  # fmt: skip
        with pytest.raises(SandboxError, match="the account sent this message") as refused:
            change()
        assert refused.value.status == 409
    assert kept(sandbox, message)["text"] == "Hi"


def test_contact_can_do_nothing_with_a_deleted_message(sandbox):
    message = sandbox.receive("my-session", content={"type": "poll", "question": "?", "options": ["a", "b"]})
    sandbox.revoke("my-session", message["id"])
    for change in (
        lambda: sandbox.edit("my-session", message["id"], "!"),
        lambda: sandbox.revoke("my-session", message["id"]),
        lambda: sandbox.react("my-session", message["id"], "👍"),
        lambda: sandbox.vote("my-session", message["id"], ["a"]),
    ):
        with pytest.raises(SandboxError, match=f"message was deleted: {message['id']}") as refused:
            change()
        assert refused.value.status == 404


# --- two sessions of one sandbox --------------------------------------------------------------------


@pytest.fixture
def other(sandbox):
    """JID of a second session's account."""
    return jid_of(sandbox.connect("other"))


def test_message_to_another_session_arrives_there_under_the_same_id(sandbox, connected, other, api, receiver):
    message = send(api, chatId=other)
    # It is there before the answer is.
    assert message["status"] == "delivered"
    arrived = kept(sandbox, message, "other", jid_of(connected))
    assert (arrived["text"], arrived["fromMe"], arrived["pushName"]) == ("Hi", False, connected["pushName"])
    (payload,) = told(sandbox, receiver, "message.received", session="other")
    assert (payload["id"], payload["text"]) == (message["id"], "Hi")
    assert payload["from"] == {
        "phoneNumber": connected["phoneNumber"], "lid": connected["lid"], "mode": "pn"
    }  # fmt: skip
    assert statuses(sandbox, receiver) == [(message["id"], "sent"), (message["id"], "delivered")]


def test_message_is_read_when_the_other_session_has_seen_it(sandbox, connected, other, api, receiver):
    sandbox.configure(delivered_after=1, read_after=1)
    message = send(api, chatId=other)
    sandbox.advance(1000)
    # By itself it is not: here somebody really reads.
    assert kept(sandbox, message)["status"] == "delivered"
    data_of(api.post("/api/sessions/other/messages/seen", json={"chatId": jid_of(connected)}))
    assert kept(sandbox, message)["status"] == "read"
    assert statuses(sandbox, receiver)[-1] == (message["id"], "read")
    assert statuses(sandbox, receiver, session="other") == []


def test_two_sessions_write_to_each_other(sandbox, connected, other, api):
    me = jid_of(connected)
    send(api, chatId=other, text="ping")
    send(api, session="other", chatId=me, text="pong")
    for session, chat in (("my-session", other), ("other", me)):
        shown = sandbox.chat(session, chat)
        assert [one["text"] for one in shown["messages"]] == ["ping", "pong"]
        assert shown["unreadCount"] == 1
    assert [(one["session"], one["text"]) for one in sandbox.messages] == [
        ("my-session", "ping"),
        ("other", "pong"),
    ]


def test_what_was_sent_while_the_other_session_was_away_arrives_when_it_is_back(
    sandbox, connected, other, api, receiver
):
    me = jid_of(connected)
    sandbox.disconnect("other")
    first, second = send(api, chatId=other, text="1"), send(api, chatId=other, text="2")
    assert kept(sandbox, first)["status"] == "sent"
    assert told(sandbox, receiver, "message.received", session="other") == []
    sandbox.connect("other")
    assert [one["text"] for one in sandbox.chat("other", me)["messages"]] == ["1", "2"]
    assert [kept(sandbox, one)["status"] for one in (first, second)] == ["delivered", "delivered"]
    arrived = told(sandbox, receiver, "message.received", session="other")
    assert [one["id"] for one in arrived] == [first["id"], second["id"]]

    data_of(api.post("/api/sessions/other/stop"))
    data_of(api.post("/api/sessions/other/start"))
    assert len(sandbox.chat("other", me)["messages"]) == 2


def test_message_to_a_session_that_has_blocked_the_account_stays_sent(sandbox, connected, other, api):
    sandbox.receive("other", "Hi", sender=jid_of(connected))
    data_of(api.post(f"/api/sessions/other/contacts/{jid_of(connected)}/block"))
    message = send(api, chatId=other)
    assert kept(sandbox, message)["status"] == "sent"
    assert len(sandbox.chat("other", jid_of(connected))["messages"]) == 1


def test_post_in_a_channel_reaches_the_sessions_that_follow_it(sandbox, other, api, receiver):
    channel = data_of(api.post(f"{S}/channels", json={"name": "News"}), 201)["id"]
    data_of(api.post(f"/api/sessions/other/channels/{channel}/follow"))
    message = send(api, chatId=channel, text="It is out.")
    (arrived,) = told(sandbox, receiver, "message.received", session="other")
    assert (arrived["id"], arrived["from"], arrived["text"]) == (message["id"], {"id": channel}, "It is out.")


def test_one_session_sees_the_other_online_and_typing(sandbox, connected, other, api, receiver):
    me = jid_of(connected)
    data_of(api.post(f"/api/sessions/other/presence/{me}/subscribe"))
    data_of(api.post(f"{S}/presence", json={"presence": "available"}))
    send(api, chatId=other)
    for state in ("composing", "paused"):
        data_of(api.post(f"{S}/messages/typing", json={"chatId": other, "state": state}))
    data_of(api.post(f"{S}/presence", json={"presence": "unavailable"}))
    seen = [one["presence"] for one in told(sandbox, receiver, "presence.update", session="other")]
    assert seen == ["available", "composing", "available", "unavailable"]


def test_changes_show_on_both_sides(sandbox, connected, other, api, receiver):
    me = jid_of(connected)
    message = send(api, chatId=other)
    data_of(act(api, "edit", message, text="Hello"))
    data_of(act(api, "react", {**message, "chatId": me}, "other", reaction="👍"))
    arrived = kept(sandbox, message, "other", me)
    assert (arrived["text"], arrived["edited"]) == ("Hello", True)
    assert arrived["reactions"] == [{"sender": "me", "reaction": "👍"}]
    assert kept(sandbox, message)["reactions"] == [{"sender": other, "reaction": "👍"}]
    data_of(act(api, "delete", message, forEveryone=True))
    assert kept(sandbox, message, "other", me)["deleted"]

    names = ("message.edited", "message.reaction", "message.revoked")
    mine = told(sandbox, receiver, *names)
    theirs = told(sandbox, receiver, *names, session="other")
    assert [(one["chatId"], one["fromMe"]) for one in mine] == [(other, True), (other, False), (other, True)]
    assert [(one["chatId"], one["fromMe"]) for one in theirs] == [(me, False), (me, True), (me, False)]


def test_star_and_deletion_for_me_stay_on_one_side(sandbox, connected, other, api):
    message = send(api, chatId=other)
    data_of(act(api, "star", message, star=True))
    assert not kept(sandbox, message, "other", jid_of(connected))["starred"]
    data_of(act(api, "delete", message))
    assert kept(sandbox, message, "other", jid_of(connected))["text"] == "Hi"


def test_other_session_cannot_change_what_it_did_not_write(connected, other, api):
    message = {**send(api, chatId=other), "chatId": jid_of(connected)}
    error_of(act(api, "edit", message, "other", text="!"), 403)
    error_of(act(api, "delete", message, "other", forEveryone=True), 403)


def test_file_arrives_with_the_message(sandbox, connected, other, api, titan, receiver):
    sent = send(api, chatId=other, type="file", filename="a.jpg", base64=base64.b64encode(JPEG).decode())
    (payload,) = told(sandbox, receiver, "message.received", session="other")
    assert (payload["type"], payload["mimeType"], payload["fileLength"]) == (
        "document", "image/jpeg", len(JPEG)
    )  # fmt: skip
    assert titan.media.download("other", payload["mediaId"]) == JPEG
    assert payload["mediaId"] != sent["mediaId"]
    assert kept(sandbox, sent, "other", jid_of(connected))["media"]["filename"] == "a.jpg"


@pytest.fixture
def group(api, connected, other):
    """A group of both sessions and a third person."""
    return create_group(api, other, FRIEND)


def test_message_in_a_common_group_arrives_there(sandbox, connected, other, group, api, receiver):
    message = send(api, chatId=group)
    arrived = kept(sandbox, message, "other")
    assert (arrived["chatId"], arrived["sender"], arrived["fromMe"]) == (group, jid_of(connected), False)
    (payload,) = told(sandbox, receiver, "message.received", session="other")
    assert (payload["id"], payload["from"], payload["isGroup"]) == (message["id"], {"id": group}, True)
    assert payload["sender"]["phoneNumber"] == connected["phoneNumber"]
    # In the group, and in no chat of the two.
    assert [one["id"] for one in data_of(api.get("/api/sessions/other/chats"))] == [group]


def test_message_in_a_common_group_is_read_when_one_has_seen_it(sandbox, group, api):
    message = send(api, chatId=group)
    assert kept(sandbox, message)["status"] == "delivered"
    data_of(api.post("/api/sessions/other/messages/seen", json={"chatId": group}))
    assert kept(sandbox, message)["status"] == "read"
    assert data_of(api.get(f"/api/sessions/other/chats/{group}"))["unreadCount"] == 0


def test_who_has_not_seen_a_message_in_a_group_still_has_it_unread(sandbox, group, api):
    third = jid_of(sandbox.connect("third"))
    data_of(api.post(f"{S}/groups/{group}/participants", json={"participants": [third]}))
    message = send(api, chatId=group)
    data_of(api.post("/api/sessions/other/messages/seen", json={"chatId": group}))
    assert kept(sandbox, message, "third")["status"] == "delivered"
    assert data_of(api.get(f"/api/sessions/third/chats/{group}"))["unreadCount"] == 1
    data_of(api.post("/api/sessions/third/messages/seen", json={"chatId": group}))
    assert data_of(api.get(f"/api/sessions/third/chats/{group}"))["unreadCount"] == 0


def test_changes_in_a_common_group_show_on_both_sides(sandbox, connected, other, group, api):
    message = send(api, chatId=group)
    data_of(act(api, "react", message, "other", reaction="👍"))
    data_of(act(api, "edit", message, text="Hello"))
    assert kept(sandbox, message)["reactions"] == [{"sender": other, "reaction": "👍"}]
    assert kept(sandbox, message, "other")["text"] == "Hello"
    data_of(act(api, "delete", message, forEveryone=True))
    assert kept(sandbox, message, "other")["deleted"]


def test_an_answer_in_a_group_says_nothing_of_what_was_read(sandbox, group, api):
    message = send(api, chatId=group)
    sandbox.receive("my-session", "Yes?", sender=FRIEND, group=group)
    assert kept(sandbox, message)["status"] == "delivered"


# --- events -----------------------------------------------------------------------------------------

# All whose names are known, and what async mode answers with.
EVENTS = {
    "message.received",
    "message.sent",
    "message.ack",
    "message.revoked",
    "message.reaction",
    "message.edited",
    "message.update",
    "message.delete",
    "message.vote",
    "session.status",
    "session.qr",
    "session.connected",
    "session.logged_out",
    "group.update",
    "group.participant",
    "presence.update",
    "call.received",
    "call.missed",
    "call.accepted",
    "call.rejected",
    "contact.update",
    "chat.archive",
    "chat.mute",
    "chat.read",
    "command.result",
}


def a_long_day(sandbox, api):
    """Do everything that there is an event for."""
    data_of(api.post("/api/sessions", json={"name": "new", "start": True}), 201)
    sandbox.advance(20)
    account = sandbox.scan("new", business_name="Acme Ltda")
    sandbox.disconnect("new", "AUTO_RECONNECT")
    sandbox.advance(5)
    assert account["platform"] == "smba"

    data_of(api.post(f"{S}/presence/{FRIEND}/subscribe"))
    for text in ("Hi", "\N{GRINNING FACE}"):
        sandbox.receive("my-session", text, sender=FRIEND, push_name=f"Ana {text}")
    sandbox.receive("my-session", "Look", sender=FRIEND, media=JPEG, filename="scan.jpg")
    sandbox.receive("my-session", "Hi all", sender=CARLA, group=GROUP)
    sandbox.receive("my-session", content={"type": "location", "latitude": 52.5, "longitude": 13.4})
    sandbox.set_presence("my-session", FRIEND, "composing")
    sandbox.set_presence("my-session", FRIEND, "unavailable")

    examples = SPEC["paths"]["/api/messages/send"]["post"]["requestBody"]["content"]["application/json"]
    for example in examples["examples"].values():
        # Without a group of the example's, in the one there is.
        chat = GROUP if example["value"]["chatId"].endswith("@g.us") else example["value"]["chatId"]
        send(api, **{**example["value"], "chatId": chat})
    # To another session, too: what one sends the other receives.
    send(api, chatId=jid_of(account))
    message, poll = send(api), send(api, type="poll", question="When?", options=["Mon", "Tue"])
    for status in ("delivered", "read"):
        sandbox.acknowledge("my-session", message["id"], status)
    data_of(act(api, "react", message, reaction="👍"))
    data_of(act(api, "edit", message, text="Hello"))
    data_of(act(api, "star", message, star=True))
    sandbox.react("my-session", message["id"], "❤️")
    sandbox.vote("my-session", poll["id"], ["Mon"])
    data_of(act(api, "delete", message, forEveryone=True))
    data_of(act(api, "delete", poll))

    group = create_group(api, FRIEND)
    data_of(api.put(f"{S}/groups/{group}/subject", json={"session": "my-session", "subject": "New"}))
    picture = {"session": "my-session", "base64": base64.b64encode(JPEG).decode()}
    data_of(api.put(f"{S}/groups/{group}/picture", json=picture))
    data_of(api.post(f"{S}/groups/{group}/participants/promote", json={"participants": [FRIEND]}))
    data_of(api.post(f"{S}/groups/{group}/leave"))
    for outcome in ("missed", "accepted", "rejected"):
        sandbox.call("my-session", outcome=outcome)

    data_of(api.post(f"{S}/messages/seen", json={"chatId": FRIEND}))
    for verb, body in (("archive", {}), ("unarchive", {}), ("mute", {"duration": 60}), ("unmute", {})):
        data_of(api.post(f"{S}/chats/{FRIEND}/{verb}", json=body))
    prefer = {"Prefer": "respond-async"}
    data_of(api.post("/api/messages/send", json=TEXT, headers=prefer), 202)
    data_of(api.post("/api/messages/send", json={**TEXT, "chatId": "1@g.us"}, headers=prefer), 202)
    sandbox.advance(1)
    sandbox.logout("my-session")
    sandbox.wait_for_deliveries()


def schema_of(event):
    content = SPEC["webhooks"][event]["post"]["requestBody"]["content"]["application/json"]
    return {**content["schema"], "components": SPEC["components"]}


def test_every_event_fits_the_spec_and_is_read_as_the_class_of_its_name(sandbox, api, receiver):
    a_long_day(sandbox, api)
    assert set(receiver.names) == EVENTS == set(EVENT_CLASSES) == set(SPEC["webhooks"])
    for body in receiver.bodies:
        event = json.loads(body)
        validator = Draft202012Validator(
            schema_of(event["event"]), format_checker=Draft202012Validator.FORMAT_CHECKER
        )
        assert [error.message for error in validator.iter_errors(event)] == []
        kind = EVENT_CLASSES[event["event"]]
        assert type(parse_webhook(body)) is kind
        # The SDK reads tolerantly; that nothing had to be tolerated, only this shows.
        kind.model_validate_json(body, strict=True)


def test_every_event_has_the_fields_of_its_example(sandbox, api, receiver):
    a_long_day(sandbox, api)
    # The example of a presence is of somebody who types in a group, which the sandbox does not have.
    for name in EVENTS - {"presence.update"}:
        content = SPEC["webhooks"][name]["post"]["requestBody"]["content"]["application/json"]
        example = content["examples"]["default"]["value"]
        shown = [one for one in receiver.events if one["event"] == name]
        assert {frozenset(one) for one in shown} == {frozenset(example)}
        fields = set(payload_of(example))
        assert any(fields <= set(payload_of(one)) for one in shown), name


def payload_of(event):
    return event["payload"] if "payload" in event else event["data"]


def test_no_event_has_a_field_that_the_spec_does_not_know(sandbox, api, receiver):
    a_long_day(sandbox, api)
    schemas = SPEC["components"]["schemas"]
    judged = set()
    for event in receiver.events:
        fields = schemas[EVENT_CLASSES[event["event"]].__name__]["properties"]
        payload = schemas[fields["data" if "data" in event else "payload"]["$ref"].rpartition("/")[2]]
        # Most payloads are open: the reference does not say what is in them.
        if not payload.get("additionalProperties"):
            judged.add(event["event"])
            assert set(payload_of(event)) <= set(payload["properties"])
    assert judged == {
        "message.received",
        "message.sent",
        "presence.update",
        "session.status",
        "session.qr",
        "session.connected",
        "command.result",
    }


def test_every_event_has_an_id_of_its_own_and_the_time_it_happened(sandbox, api, receiver):
    a_long_day(sandbox, api)
    named = [one for one in receiver.events if one["event"] != "command.result"]
    assert len({one["id"] for one in named}) == len(named)
    times = [one["timestamp"] for one in named]
    assert times == sorted(times)
    results = [one for one in receiver.events if one["event"] == "command.result"]
    assert [set(one) for one in results] == [{"event", "session", "data"}] * 2
    assert [one["data"]["success"] for one in results] == [True, False]


@pytest.mark.parametrize("outcome", ["missed", "accepted", "rejected"])
def test_call_is_two_events_with_one_id(sandbox, receiver, outcome):
    call = sandbox.call("my-session", sender=FRIEND, outcome=outcome)
    lid = sandbox.add_contact("my-session", FRIEND, "Ana")["lid"]
    who = {"phoneNumber": "+5511999999999", "lid": lid, "mode": "pn"}
    about = {"id": call["id"], "from": who}
    assert told(sandbox, receiver, "call.received") == [about]
    assert told(sandbox, receiver, f"call.{outcome}") == [about]
    assert receiver.names == ["call.received", f"call.{outcome}"]


# --- what must not go on ----------------------------------------------------------------------------


def test_statuses_wait_while_there_is_no_connection(sandbox, api, receiver):
    sandbox.configure(delivered_after=60, read_after=120)
    message = send(api)
    sandbox.disconnect("my-session")
    sandbox.advance(300)
    assert kept(sandbox, message)["status"] == "sent"
    sandbox.connect("my-session")
    assert kept(sandbox, message)["status"] == "read"
    assert [status for _, status in statuses(sandbox, receiver)] == ["sent", "delivered", "read"]


@pytest.mark.parametrize("end", ["logout", "revoke"])
def test_statuses_end_with_the_account_and_with_the_message(sandbox, api, receiver, end):
    sandbox.configure(delivered_after=60, read_after=120)
    message = send(api)
    if end == "logout":
        sandbox.logout("my-session")
    else:
        data_of(act(api, "delete", message, forEveryone=True))
    sandbox.advance(300)
    assert [status for _, status in statuses(sandbox, receiver)] == ["sent"]


def test_deleted_session_hears_of_nothing_that_arrives_later(sandbox, connected, other, api, receiver):
    sandbox.disconnect("other")
    send(api, chatId=other, text="Late")
    data_of(api.delete(S))
    sandbox.connect("other")
    assert [one["text"] for one in sandbox.chat("other", jid_of(connected))["messages"]] == ["Late"]
    assert [status for _, status in statuses(sandbox, receiver)] == ["sent"]


def test_message_to_another_session_leaves_when_it_is_sent(sandbox, connected, other, api):
    sandbox.configure(sent_after=60)
    message = send(api, chatId=other)
    assert message["status"] == "pending"
    assert sandbox.messages[0]["status"] == "pending"
    sandbox.advance(60)
    assert kept(sandbox, message)["status"] == "delivered"
    assert len(sandbox.chat("other", jid_of(connected))["messages"]) == 1


def test_option_that_is_named_twice_has_one_vote(sandbox, api):
    poll = send(api, type="poll", question="?", options=["a", "b"], multipleAnswers=True)
    voted = sandbox.vote("my-session", poll["id"], ["a", "a", "b"])
    assert [one["votes"] for one in voted["poll"]["options"]] == [1, 1]


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
def test_content_that_could_not_be_sent_cannot_come_in(sandbox, content, message):
    with pytest.raises(SandboxError, match=message):
        sandbox.receive("my-session", content=content, group=GROUP)
    assert data_from(sandbox, "groups") == data_from(sandbox, "chats") == []


def data_from(sandbox, domain):
    with TitanClient(sandbox.base_url, sandbox.api_key) as titan:
        return getattr(titan, domain).list("my-session")


def test_picture_comes_in_as_content_too(sandbox, api):
    content = {"type": "image", "base64": base64.b64encode(JPEG).decode(), "caption": "Look"}
    media = sandbox.receive("my-session", content=content)["media"]
    assert (media["mimeType"], media["fileLength"]) == ("image/jpeg", len(JPEG))
    assert api.post(f"{S}/media/{media['id']}/download").content == JPEG


def test_field_that_no_text_message_has_does_no_harm(sandbox, api):
    data_of(api.post("/api/messages/send", json={**TEXT, "contacts": 5}))
    assert sandbox.chat("my-session", FRIEND)["messages"][0]["contacts"] == []
