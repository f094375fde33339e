"""Two sessions of one sandbox write to each other, alone and in a group."""

from __future__ import annotations

import base64

import pytest

from tests.support.messages import act, create_group, find_message, send, statuses_of
from tests.support.sandbox import (
    BASE,
    FRIEND,
    JPEG,
    data_of,
    error_of,
    jid_of,
    payloads_of,
)

pytestmark = pytest.mark.usefixtures("connected")


@pytest.fixture
def other(sandbox):
    """JID of a second session's account."""
    return jid_of(sandbox.connect("other"))


def test_message_to_another_session_arrives_there_under_the_same_id(sandbox, connected, other, api, receiver):
    message = send(api, chatId=other)
    # It is there before the response is.
    assert message["status"] == "delivered"
    arrived = find_message(sandbox, message, "other", jid_of(connected))
    assert (arrived["text"], arrived["fromMe"], arrived["pushName"]) == ("Hi", False, connected["pushName"])
    (payload,) = payloads_of(sandbox, receiver, "message.received", session="other")
    assert (payload["id"], payload["text"]) == (message["id"], "Hi")
    assert payload["from"] == {
        "phoneNumber": connected["phoneNumber"], "lid": connected["lid"], "mode": "pn"
    }  # fmt: skip
    assert statuses_of(sandbox, receiver) == [(message["id"], "sent"), (message["id"], "delivered")]


def test_message_is_read_when_the_other_session_has_seen_it(sandbox, connected, other, api, receiver):
    sandbox.configure(delivered_after=1, read_after=1)
    message = send(api, chatId=other)
    sandbox.advance(1000)
    # It is not read by itself: here somebody really reads.
    assert find_message(sandbox, message)["status"] == "delivered"
    data_of(api.post("/api/sessions/other/messages/seen", json={"chatId": jid_of(connected)}))
    assert find_message(sandbox, message)["status"] == "read"
    assert statuses_of(sandbox, receiver)[-1] == (message["id"], "read")
    assert statuses_of(sandbox, receiver, session="other") == []


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


def test_message_sent_while_the_other_session_was_away_arrives_when_it_is_back(
    sandbox, connected, other, api, receiver
):
    me = jid_of(connected)
    sandbox.disconnect("other")
    first, second = send(api, chatId=other, text="1"), send(api, chatId=other, text="2")
    assert find_message(sandbox, first)["status"] == "sent"
    assert payloads_of(sandbox, receiver, "message.received", session="other") == []
    sandbox.connect("other")
    assert [one["text"] for one in sandbox.chat("other", me)["messages"]] == ["1", "2"]
    assert [find_message(sandbox, one)["status"] for one in (first, second)] == ["delivered", "delivered"]
    arrived = payloads_of(sandbox, receiver, "message.received", session="other")
    assert [one["id"] for one in arrived] == [first["id"], second["id"]]

    data_of(api.post("/api/sessions/other/stop"))
    data_of(api.post("/api/sessions/other/start"))
    assert len(sandbox.chat("other", me)["messages"]) == 2


def test_message_to_a_session_that_has_blocked_the_account_stays_sent(sandbox, connected, other, api):
    sandbox.receive("other", "Hi", sender=jid_of(connected))
    data_of(api.post(f"/api/sessions/other/contacts/{jid_of(connected)}/block"))
    message = send(api, chatId=other)
    assert find_message(sandbox, message)["status"] == "sent"
    assert len(sandbox.chat("other", jid_of(connected))["messages"]) == 1


def test_post_in_a_channel_reaches_the_sessions_that_follow_it(sandbox, other, api, receiver):
    channel = data_of(api.post(f"{BASE}/channels", json={"name": "News"}), 201)["id"]
    data_of(api.post(f"/api/sessions/other/channels/{channel}/follow"))
    message = send(api, chatId=channel, text="It is out.")
    (arrived,) = payloads_of(sandbox, receiver, "message.received", session="other")
    assert (arrived["id"], arrived["from"], arrived["text"]) == (message["id"], {"id": channel}, "It is out.")


def test_one_session_sees_the_other_online_and_typing(sandbox, connected, other, api, receiver):
    me = jid_of(connected)
    data_of(api.post(f"/api/sessions/other/presence/{me}/subscribe"))
    data_of(api.post(f"{BASE}/presence", json={"presence": "available"}))
    send(api, chatId=other)
    for state in ("composing", "paused"):
        data_of(api.post(f"{BASE}/messages/typing", json={"chatId": other, "state": state}))
    data_of(api.post(f"{BASE}/presence", json={"presence": "unavailable"}))
    seen = [one["presence"] for one in payloads_of(sandbox, receiver, "presence.update", session="other")]
    assert seen == ["available", "composing", "available", "unavailable"]


def test_changes_show_on_both_sides(sandbox, connected, other, api, receiver):
    me = jid_of(connected)
    message = send(api, chatId=other)
    data_of(act(api, "edit", message, text="Hello"))
    data_of(act(api, "react", {**message, "chatId": me}, "other", reaction="👍"))
    arrived = find_message(sandbox, message, "other", me)
    assert (arrived["text"], arrived["edited"]) == ("Hello", True)
    assert arrived["reactions"] == [{"sender": "me", "reaction": "👍"}]
    assert find_message(sandbox, message)["reactions"] == [{"sender": other, "reaction": "👍"}]
    data_of(act(api, "delete", message, forEveryone=True))
    assert find_message(sandbox, message, "other", me)["deleted"]

    names = ("message.edited", "message.reaction", "message.revoked")
    mine = payloads_of(sandbox, receiver, *names)
    theirs = payloads_of(sandbox, receiver, *names, session="other")
    assert [(one["chatId"], one["fromMe"]) for one in mine] == [(other, True), (other, False), (other, True)]
    assert [(one["chatId"], one["fromMe"]) for one in theirs] == [(me, False), (me, True), (me, False)]


def test_star_and_deletion_for_me_stay_on_one_side(sandbox, connected, other, api):
    message = send(api, chatId=other)
    data_of(act(api, "star", message, star=True))
    assert not find_message(sandbox, message, "other", jid_of(connected))["starred"]
    data_of(act(api, "delete", message))
    assert find_message(sandbox, message, "other", jid_of(connected))["text"] == "Hi"


def test_other_session_cannot_change_what_it_did_not_write(connected, other, api):
    message = {**send(api, chatId=other), "chatId": jid_of(connected)}
    error_of(act(api, "edit", message, "other", text="!"), 403)
    error_of(act(api, "delete", message, "other", forEveryone=True), 403)


def test_file_arrives_with_the_message(sandbox, connected, other, api, titan, receiver):
    sent = send(api, chatId=other, type="file", filename="a.jpg", base64=base64.b64encode(JPEG).decode())
    (payload,) = payloads_of(sandbox, receiver, "message.received", session="other")
    assert (payload["type"], payload["mimeType"], payload["fileLength"]) == (
        "document", "image/jpeg", len(JPEG)
    )  # fmt: skip
    assert titan.media.download("other", payload["mediaId"]) == JPEG
    assert payload["mediaId"] != sent["mediaId"]
    assert find_message(sandbox, sent, "other", jid_of(connected))["media"]["filename"] == "a.jpg"


@pytest.fixture
def group(api, connected, other):
    """A group of both sessions and a third person."""
    return create_group(api, other, FRIEND)


def test_message_in_a_common_group_arrives_there(sandbox, connected, other, group, api, receiver):
    message = send(api, chatId=group)
    arrived = find_message(sandbox, message, "other")
    assert (arrived["chatId"], arrived["sender"], arrived["fromMe"]) == (group, jid_of(connected), False)
    (payload,) = payloads_of(sandbox, receiver, "message.received", session="other")
    assert (payload["id"], payload["from"], payload["isGroup"]) == (message["id"], {"id": group}, True)
    assert payload["sender"]["phoneNumber"] == connected["phoneNumber"]
    # In the group, and not in a chat of the two.
    assert [one["id"] for one in data_of(api.get("/api/sessions/other/chats"))] == [group]


def test_message_in_a_common_group_is_read_when_one_has_seen_it(sandbox, group, api):
    message = send(api, chatId=group)
    assert find_message(sandbox, message)["status"] == "delivered"
    data_of(api.post("/api/sessions/other/messages/seen", json={"chatId": group}))
    assert find_message(sandbox, message)["status"] == "read"
    assert data_of(api.get(f"/api/sessions/other/chats/{group}"))["unreadCount"] == 0


def test_message_in_a_group_stays_unread_for_members_who_have_not_seen_it(sandbox, group, api):
    third = jid_of(sandbox.connect("third"))
    data_of(api.post(f"{BASE}/groups/{group}/participants", json={"participants": [third]}))
    message = send(api, chatId=group)
    data_of(api.post("/api/sessions/other/messages/seen", json={"chatId": group}))
    assert find_message(sandbox, message, "third")["status"] == "delivered"
    assert data_of(api.get(f"/api/sessions/third/chats/{group}"))["unreadCount"] == 1
    data_of(api.post("/api/sessions/third/messages/seen", json={"chatId": group}))
    assert data_of(api.get(f"/api/sessions/third/chats/{group}"))["unreadCount"] == 0


def test_changes_in_a_common_group_show_on_both_sides(sandbox, connected, other, group, api):
    message = send(api, chatId=group)
    data_of(act(api, "react", message, "other", reaction="👍"))
    data_of(act(api, "edit", message, text="Hello"))
    assert find_message(sandbox, message)["reactions"] == [{"sender": other, "reaction": "👍"}]
    assert find_message(sandbox, message, "other")["text"] == "Hello"
    data_of(act(api, "delete", message, forEveryone=True))
    assert find_message(sandbox, message, "other")["deleted"]


def test_answer_in_a_group_does_not_mark_messages_as_read(sandbox, group, api):
    message = send(api, chatId=group)
    sandbox.receive("my-session", "Yes?", sender=FRIEND, group=group)
    assert find_message(sandbox, message)["status"] == "delivered"


def test_deleted_session_gets_no_events_afterwards(sandbox, connected, other, api, receiver):
    sandbox.disconnect("other")
    send(api, chatId=other, text="Late")
    data_of(api.delete(BASE))
    sandbox.connect("other")
    assert [one["text"] for one in sandbox.chat("other", jid_of(connected))["messages"]] == ["Late"]
    assert [status for _, status in statuses_of(sandbox, receiver)] == ["sent"]


def test_message_to_another_session_leaves_when_it_is_sent(sandbox, connected, other, api):
    sandbox.configure(sent_after=60)
    message = send(api, chatId=other)
    assert message["status"] == "pending"
    assert sandbox.messages[0]["status"] == "pending"
    sandbox.advance(60)
    assert find_message(sandbox, message)["status"] == "delivered"
    assert len(sandbox.chat("other", jid_of(connected))["messages"]) == 1


@pytest.mark.parametrize("way", ["alone", "group"])
@pytest.mark.parametrize("again", ["logged out", "deleted"])
def test_message_under_way_does_not_reach_an_account_paired_meanwhile(sandbox, other, api, way, again):
    sandbox.configure(sent_after=60)
    chat = other if way == "alone" else create_group(api, other)
    message = send(api, chatId=chat)
    if again == "logged out":
        sandbox.logout("other")
    else:
        data_of(api.delete("/api/sessions/other"))
    assert jid_of(sandbox.connect("other")) != other
    sandbox.advance(100)
    assert find_message(sandbox, message)["status"] == "sent"
    assert [one for one in data_of(api.get("/api/sessions/other/chats")) if one["unreadCount"]] == []


def test_message_under_way_reaches_its_account_in_the_session_that_then_has_it(
    sandbox, connected, other, api
):
    sandbox.configure(sent_after=60)
    message = send(api, chatId=other)
    data_of(api.delete("/api/sessions/other"))
    data_of(api.post("/api/sessions", json={"name": "new", "start": True}), 201)
    sandbox.scan("new", phone_number=f"+{other.partition('@')[0]}")
    sandbox.advance(100)
    assert find_message(sandbox, message, "new", jid_of(connected))["text"] == "Hi"
