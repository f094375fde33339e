"""What waits for a session: one whose connection is lost, or has died without a sign."""

from __future__ import annotations

import time

import pytest

from tests.support.messages import act, find_message, send, statuses_of
from tests.support.sandbox import BASE, CARLA, FRIEND, JPEG, data_of, jid_of, payloads_of
from tests.support.sessions import get_session, start_session, status_of, stop_session

pytestmark = pytest.mark.usefixtures("connected")

LID = "123456789012345@lid"


def lose(sandbox, api, way):
    """Let nothing come any longer."""
    if way == "silent":
        sandbox.go_silent("my-session")
    elif way == "stopped":
        stop_session(api, "my-session")
    else:
        sandbox.disconnect("my-session", way)


def come_back(sandbox, api, way):
    if way == "AUTO_RECONNECT":
        sandbox.advance(10)
    elif way == "stopped":
        start_session(api, "my-session")
    else:
        sandbox.connect("my-session")


LOSSES = ["silent", "stopped", "STREAM_ERROR", "AUTO_RECONNECT"]


@pytest.mark.parametrize("way", LOSSES)
def test_what_came_meanwhile_comes_in_a_burst_with_its_own_time(sandbox, api, titan, receiver, way):
    sandbox.configure(reconnect_after=7205)
    sandbox.receive("my-session", "before", sender=FRIEND)
    lose(sandbox, api, way)
    began = time.time()
    for text in ("1", "2"):
        sandbox.receive("my-session", text, sender=FRIEND)
        sandbox.advance(3600)
    assert titan.chats.get("my-session", FRIEND).unread_count == 1
    assert [one["text"] for one in payloads_of(sandbox, receiver, "message.received")] == ["before"]
    come_back(sandbox, api, way)
    sandbox.receive("my-session", "after", sender=FRIEND)

    payloads = payloads_of(sandbox, receiver, "message.received")
    assert [one["text"] for one in payloads] == ["before", "1", "2", "after"]
    ages = [one["timestamp"] - began for one in payloads]
    assert ages == pytest.approx([0, 0, 3600, 7200], abs=30)
    shown = sandbox.chat("my-session", FRIEND)["messages"]
    assert [one["text"] for one in shown] == ["before", "1", "2", "after"]
    assert titan.chats.get("my-session", FRIEND).unread_count == 4


def test_silent_session_says_that_it_is_connected(sandbox, api, connected, new_events):
    data_of(api.post("/sandbox/sessions/my-session/silence"))
    assert get_session(api, "my-session") == connected
    assert new_events() == []


@pytest.mark.parametrize("end", ["stop and start", "connect", "reconnection"])
def test_what_is_sent_over_a_silent_connection_stays_pending(sandbox, api, receiver, end):
    sandbox.configure(delivered_after=60, read_after=120)
    sandbox.go_silent("my-session")
    message = send(api)
    assert message["status"] == "pending"
    sandbox.advance(3600)
    assert find_message(sandbox, message)["status"] == "pending"
    sandbox.wait_for_deliveries()
    assert receiver.events == []

    if end == "stop and start":
        stop_session(api, "my-session")
        start_session(api, "my-session")
    elif end == "connect":
        sandbox.connect("my-session")
    else:
        sandbox.disconnect("my-session", "AUTO_RECONNECT")
        sandbox.advance(5)
    assert find_message(sandbox, message)["status"] == "read"
    assert [one["id"] for one in payloads_of(sandbox, receiver, "message.sent")] == [message["id"]]
    assert statuses_of(sandbox, receiver) == [(message["id"], one) for one in ("sent", "delivered", "read")]


def test_silence_of_one_session_is_not_that_of_another(sandbox, titan, receiver, other, connected):
    sandbox.go_silent("my-session")
    sandbox.receive("other", "Hi", sender=CARLA)
    from_other = titan.messages.send_text("other", jid_of(connected), "Hello?")
    to_other = titan.messages.send_text("my-session", jid_of(other), "Hello!")
    assert (from_other.status, to_other.status) == ("sent", "pending")
    received = payloads_of(sandbox, receiver, "message.received", session="other")
    assert [one["text"] for one in received] == ["Hi"]
    sandbox.connect("my-session")
    assert sandbox.chat("other", jid_of(connected))["messages"][-1]["text"] == "Hello!"
    (payload,) = payloads_of(sandbox, receiver, "message.received")
    assert payload["text"] == "Hello?"
    assert find_message(sandbox, from_other.to_dict(), "other")["status"] != "sent"


@pytest.mark.parametrize("way", LOSSES[:3])
def test_what_people_do_to_messages_waits_too(sandbox, api, titan, receiver, way):
    poll = send(api, type="poll", question="When?", options=["Mon", "Tue"])
    first = sandbox.receive("my-session", "1", sender=FRIEND)
    second = sandbox.receive("my-session", "2", sender=FRIEND)
    titan.presence.subscribe("my-session", CARLA)
    sandbox.wait_for_deliveries()
    before = len(receiver.events)
    lose(sandbox, api, way)
    sandbox.react("my-session", poll["id"], "👍")
    sandbox.vote("my-session", poll["id"], ["Mon"])
    sandbox.edit("my-session", first["id"], "one")
    sandbox.revoke("my-session", second["id"])
    sandbox.call("my-session", sender=CARLA)
    sandbox.set_presence("my-session", CARLA, "available")
    shown = sandbox.chat("my-session", FRIEND)["messages"]
    assert [one["text"] for one in shown] == ["Hi", "1", "2"]
    assert shown[0]["reactions"] == []
    come_back(sandbox, api, way)
    sandbox.wait_for_deliveries()
    names = [one for one in receiver.names[before:] if not one.startswith("session.")]
    assert names == [
        "message.reaction",
        "message.vote",
        "message.edited",
        "message.revoked",
        "call.received",
        "call.missed",
        "presence.update",
    ]
    shown = sandbox.chat("my-session", FRIEND)["messages"]
    assert [one["text"] for one in shown] == ["Hi", "one", None]


def test_what_the_account_does_over_a_silent_connection_reaches_others_later(sandbox, api, other, receiver):
    message = send(api, chatId=jid_of(other))
    sandbox.go_silent("my-session")
    data_of(act(api, "edit", message, text="Hello"))
    assert find_message(sandbox, message)["text"] == "Hello"
    assert payloads_of(sandbox, receiver, "message.edited", session="other") == []
    sandbox.connect("my-session")
    (payload,) = payloads_of(sandbox, receiver, "message.edited", session="other")
    assert payload["text"] == "Hello"
    assert len(payloads_of(sandbox, receiver, "message.edited")) == 1


def test_acknowledgement_waits_for_the_connection(sandbox, api, receiver):
    message = send(api)
    sandbox.go_silent("my-session")
    assert sandbox.acknowledge("my-session", message["id"])["status"] == "sent"
    sandbox.connect("my-session")
    assert find_message(sandbox, message)["status"] == "read"


def test_what_the_own_phone_wrote_meanwhile_is_seen_later(sandbox, connected, other, receiver):
    sandbox.disconnect("my-session")
    sandbox.send_from_phone("my-session", jid_of(other), "I am on my way")
    # The phone needs no session: the other one has it at once.
    assert [one["text"] for one in sandbox.chat("other", jid_of(connected))["messages"]] == ["I am on my way"]
    sandbox.connect("my-session")
    sandbox.wait_for_deliveries()
    names = [one["event"] for one in receiver.events if one["session"] == "my-session"]
    assert names[names.index("session.connected") + 1 :] == [
        "message.sent",
        "message.received",
        "message.ack",
    ]
    (message,) = sandbox.chat("my-session", jid_of(other))["messages"]
    assert (message["text"], message["status"]) == ("I am on my way", "delivered")


def test_late_message_stands_before_what_is_newer_and_has_not_read_it(sandbox, api):
    sandbox.configure(delivered_after=None, read_after=None)
    send(api, text="0")
    sandbox.go_silent("my-session")
    sandbox.advance(60)
    sandbox.receive("my-session", "1", sender=FRIEND)
    sandbox.advance(60)
    send(api, text="2")
    sandbox.advance(60)
    sandbox.connect("my-session")
    shown = sandbox.chat("my-session", FRIEND)["messages"]
    assert [(one["text"], one["status"]) for one in shown] == [
        ("0", "read"), ("1", "delivered"), ("2", "sent")
    ]  # fmt: skip


def test_file_that_came_meanwhile_is_there_with_its_message(sandbox, titan, receiver):
    sandbox.disconnect("my-session")
    media = sandbox.receive("my-session", "Look", media=JPEG)["media"]
    sandbox.connect("my-session")
    (payload,) = payloads_of(sandbox, receiver, "message.received")
    assert payload["mediaId"] == media["id"]
    assert titan.media.download("my-session", media["id"]) == JPEG


def test_stranger_whose_number_became_known_meanwhile_comes_under_the_number(sandbox, titan, receiver):
    sandbox.disconnect("my-session")
    sandbox.receive("my-session", "Hi", sender=LID, push_name="Ana")
    sandbox.add_contact("my-session", FRIEND, "Ana", jid=LID)
    sandbox.connect("my-session")
    (payload,) = payloads_of(sandbox, receiver, "message.received")
    assert payload["from"]["phoneNumber"] == "+5511999999999"
    assert [one.id for one in titan.chats.list("my-session")] == [FRIEND]


def test_group_message_waits_as_well(sandbox, receiver):
    sandbox.disconnect("my-session")
    sandbox.receive("my-session", "Hi all", sender=LID, group="120363012345678901@g.us")
    sandbox.connect("my-session")
    (payload,) = payloads_of(sandbox, receiver, "message.received")
    assert (payload["isGroup"], payload["sender"]) == (True, {"lid": LID, "mode": "lid"})


@pytest.mark.parametrize("end", ["logout", "delete"])
def test_what_waited_goes_with_the_account(sandbox, api, receiver, end):
    sandbox.go_silent("my-session")
    send(api)
    sandbox.receive("my-session", "Hi", sender=FRIEND)
    if end == "logout":
        sandbox.logout("my-session")
    else:
        data_of(api.delete(BASE))
    sandbox.connect("my-session")
    assert payloads_of(sandbox, receiver, "message.received", "message.sent", "message.ack") == []
    assert data_of(api.get(f"{BASE}/chats")) == []


def test_silence_ends_with_the_connection(sandbox, api, receiver):
    sandbox.go_silent("my-session")
    assert status_of(sandbox.disconnect("my-session")) == ("DISCONNECTED", "STREAM_ERROR")
    assert len(payloads_of(sandbox, receiver, "session.status")) == 1
    start_session(api, "my-session")
    assert send(api)["status"] == "sent"


@pytest.mark.parametrize("way", ["silent", "stopped", "STREAM_ERROR"])
def test_no_more_waits_than_messages_are_kept(sandbox, api, receiver, way):
    sandbox.configure(max_messages=3)
    lose(sandbox, api, way)
    for text in "12345":
        sandbox.receive("my-session", text, sender=FRIEND)
    come_back(sandbox, api, way)
    assert [one["text"] for one in payloads_of(sandbox, receiver, "message.received")] == ["3", "4", "5"]
