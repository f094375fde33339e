"""What the account does to messages: edits, reactions, deletion, stars, typing, reading."""

from __future__ import annotations

import pytest

from tests.support.messages import act, find_message, send
from tests.support.sandbox import (
    BASE,
    CARLA,
    FRIEND,
    GROUP,
    IN_BASE64,
    data_of,
    error_of,
    jid_of,
    payloads_of,
)
from titan import NotFoundError

pytestmark = pytest.mark.usefixtures("connected")


def test_edit_is_visible_and_makes_an_event(sandbox, api, titan, receiver):
    message = send(api)
    change = {"chatId": FRIEND, "messageId": message["id"], "text": "Hello"}
    assert titan.messages.edit("my-session", change).text == "Hello"
    assert (find_message(sandbox, message)["text"], find_message(sandbox, message)["edited"]) == (
        "Hello",
        True,
    )
    assert (sandbox.messages[0]["text"], sandbox.messages[0]["edited"]) == ("Hello", True)
    # What was asked for stays what it was.
    assert sandbox.messages[0]["request"]["text"] == "Hi"
    assert payloads_of(sandbox, receiver, "message.edited") == [
        {"id": message["id"], "chatId": FRIEND, "fromMe": True, "text": "Hello"}
    ]


def test_edit_of_a_picture_changes_its_caption(sandbox, api):
    message = send(api, type="image", base64=IN_BASE64, caption="Look")
    data_of(act(api, "edit", message, text="Look here"))
    assert find_message(sandbox, message)["text"] == "Look here"


def test_reaction_is_visible_replaced_and_removed(sandbox, connected, api, titan, receiver):
    message = sandbox.receive("my-session", "Hi", sender=FRIEND)
    for reaction, shown in (
        ("👍", [{"sender": "me", "reaction": "👍"}]),
        ("🎉", [{"sender": "me", "reaction": "🎉"}]),
        ("", []),
    ):
        titan.messages.react(
            "my-session", {"chatId": FRIEND, "messageId": message["id"], "reaction": reaction}
        )
        assert find_message(sandbox, message)["reactions"] == shown
    about = {"id": message["id"], "chatId": FRIEND, "fromMe": True}
    assert payloads_of(sandbox, receiver, "message.reaction") == [
        {**about, "reaction": "👍"}, {**about, "reaction": "🎉"}, {**about, "reaction": ""}
    ]  # fmt: skip
    own = send(api)
    data_of(act(api, "react", own, reaction="👍"))
    assert sandbox.messages[0]["reactions"] == {jid_of(connected): "👍"}


def test_message_deleted_for_everyone_stays_visible_as_deleted(sandbox, api, titan, receiver):
    message = send(api)
    data_of(act(api, "react", message, reaction="👍"))
    titan.messages.delete("my-session", {"chatId": FRIEND, "messageId": message["id"], "forEveryone": True})
    shown = find_message(sandbox, message)
    assert (shown["deleted"], shown["text"], shown["reactions"]) == (True, None, [])
    assert sandbox.messages[0]["deleted"]
    about = {"id": message["id"], "chatId": FRIEND, "fromMe": True}
    assert payloads_of(sandbox, receiver, "message.revoked", "message.delete") == [about]


def test_message_deleted_for_me_is_gone_from_the_chat(sandbox, api, titan, receiver):
    message, other = send(api), send(api)
    titan.messages.delete("my-session", {"chatId": FRIEND, "messageId": message["id"]})
    assert [one["id"] for one in sandbox.chat("my-session", FRIEND)["messages"]] == [other["id"]]
    # The contact still has it, since it was sent.
    assert [one["deleted"] for one in sandbox.messages] == [False, False]
    about = {"id": message["id"], "chatId": FRIEND, "fromMe": True}
    assert payloads_of(sandbox, receiver, "message.revoked", "message.delete") == [about]
    gone = act(api, "delete", message)
    assert error_of(gone, 404) == f"message not found: {message['id']}"


def test_unread_message_deleted_for_me_is_no_longer_counted(sandbox, api):
    first = sandbox.receive("my-session", "1", sender=FRIEND)
    sandbox.receive("my-session", "2", sender=FRIEND)
    data_of(act(api, "delete", first))
    assert data_of(api.get(f"{BASE}/chats/{FRIEND}"))["unreadCount"] == 1


def test_star_is_visible_and_removed(sandbox, api, titan, receiver):
    message = send(api)
    for star in (True, False):
        titan.messages.star("my-session", {"chatId": FRIEND, "messageId": message["id"], "star": star})
        assert find_message(sandbox, message)["starred"] is star
        assert sandbox.messages[0]["starred"] is star
    about = {"id": message["id"], "chatId": FRIEND, "fromMe": True}
    assert payloads_of(sandbox, receiver, "message.update") == [
        {**about, "starred": True}, {**about, "starred": False}
    ]  # fmt: skip


def test_message_of_somebody_else_can_be_starred_but_not_changed(sandbox, api, receiver):
    message = sandbox.receive("my-session", "Hi", sender=FRIEND)
    data_of(act(api, "star", message, star=True))
    for refused in (act(api, "edit", message, text="!"), act(api, "delete", message, forEveryone=True)):
        assert error_of(refused, 403) == "this message was not sent by the account"
    shown = find_message(sandbox, message)
    assert (shown["text"], shown["edited"], shown["deleted"], shown["starred"]) == ("Hi", False, False, True)
    assert payloads_of(sandbox, receiver, "message.edited", "message.revoked") == []


CHANGES = [
    ("react", {"reaction": "👍"}),
    ("edit", {"text": "!"}),
    ("star", {"star": True}),
    ("delete", {"forEveryone": True}),
]


@pytest.mark.parametrize(("verb", "fields"), CHANGES)
def test_deleted_message_can_only_be_deleted_for_me(sandbox, api, verb, fields):
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


def test_message_is_found_by_the_lid_of_its_chat(sandbox, api):
    message = send(api)
    lid = data_of(api.get(f"{BASE}/contacts/{FRIEND}"))["lid"]
    data_of(act(api, "star", {**message, "chatId": lid}, star=True))
    assert find_message(sandbox, message)["starred"]


def test_typing_is_visible_until_it_pauses_or_a_message_is_sent(sandbox, api, titan):
    send(api)
    for state, shown in (("composing", "composing"), ("recording", "recording"), ("paused", None)):
        titan.messages.typing("my-session", {"chatId": FRIEND, "state": state})
        assert sandbox.chat("my-session", FRIEND)["typing"] == shown
    titan.messages.typing("my-session", {"chatId": FRIEND, "state": "composing"})
    send(api)
    assert sandbox.chat("my-session", FRIEND)["typing"] is None


def test_typing_alone_makes_no_chat(api):
    data_of(api.post(f"{BASE}/messages/typing", json={"chatId": FRIEND, "state": "composing"}))
    assert data_of(api.get(f"{BASE}/chats")) == []


def test_typing_to_nobody_is_refused(api):
    wrong = api.post(f"{BASE}/messages/typing", json={"chatId": GROUP, "state": "composing"})
    assert error_of(wrong, 404) == f"group not found: {GROUP}"
    wrong = api.post(f"{BASE}/messages/typing", json={"chatId": FRIEND, "state": "sleeping"})
    assert error_of(wrong, 400) == "state must be one of: composing, recording, paused"


def test_seen_marks_all_unread_messages(sandbox, titan, receiver):
    for text in ("1", "2", "3"):
        sandbox.receive("my-session", text, sender=FRIEND)
    assert titan.chats.get("my-session", FRIEND).unread_count == 3
    titan.messages.seen("my-session", {"chatId": FRIEND})
    titan.messages.seen("my-session", {"chatId": FRIEND})
    assert titan.chats.get("my-session", FRIEND).unread_count == 0
    shown = sandbox.chat("my-session", FRIEND)["messages"]
    assert [one["status"] for one in shown] == ["read"] * 3
    assert payloads_of(sandbox, receiver, "chat.read")[0] == {"chatId": FRIEND, "read": True}


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
    data_of(api.post(f"{BASE}/messages/seen", json={"chatId": FRIEND}))
    assert find_message(sandbox, message)["status"] == "sent"
