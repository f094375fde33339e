"""Chats: listing, archiving, muting, unread messages."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.sandbox import (
    BASE,
    CARLA,
    DAYS,
    FRIEND,
    error_of,
    payloads_of,
)

pytestmark = pytest.mark.usefixtures("me")


def test_chat_is_listed_and_found_by_jid_and_lid(titan, chat):
    lid = titan.contacts.get("my-session", chat).lid
    shown = titan.chats.get("my-session", chat)
    assert shown.model_dump(exclude={"last_message_at"}, exclude_unset=True) == {
        "id": FRIEND,
        "name": "Ana",
        "is_group": False,
        "archived": False,
        "muted": False,
        "pinned": False,
        "unread_count": 1,
    }
    assert shown.last_message_at is not None
    assert titan.chats.list("my-session") == [shown]
    assert titan.chats.get("my-session", lid) == shown


def test_chat_is_archived_and_unarchived(sandbox, titan, chat, receiver):
    titan.chats.archive("my-session", chat)
    assert titan.chats.get("my-session", chat).archived
    titan.chats.unarchive("my-session", titan.contacts.get("my-session", chat).lid)
    assert not titan.chats.get("my-session", chat).archived
    assert payloads_of(sandbox, receiver, "chat.archive") == [
        {"chatId": chat, "archived": True},
        {"chatId": chat, "archived": False},
    ]


def test_mute_ends_with_its_duration(sandbox, titan, chat, receiver):
    titan.chats.mute("my-session", chat, {"duration": 3600})
    muted = titan.chats.get("my-session", chat)
    assert muted.muted
    left = muted.muted_until - muted.last_message_at
    assert timedelta(seconds=3600) <= left < timedelta(seconds=3700)
    sandbox.advance(3500)
    assert titan.chats.get("my-session", chat).muted
    sandbox.advance(101)
    shown = titan.chats.get("my-session", chat)
    assert (shown.muted, shown.muted_until) == (False, None)
    (payload,) = payloads_of(sandbox, receiver, "chat.mute")
    assert payload.pop("mutedUntil").endswith("Z")
    assert payload == {"chatId": chat, "muted": True}


def test_mute_without_duration_lasts_until_it_is_ended(sandbox, titan, chat, receiver):
    titan.chats.mute("my-session", chat)
    sandbox.advance(10_000 * DAYS)
    shown = titan.chats.get("my-session", chat)
    assert (shown.muted, shown.muted_until) == (True, None)
    titan.chats.unmute("my-session", chat)
    assert not titan.chats.get("my-session", chat).muted
    assert payloads_of(sandbox, receiver, "chat.mute") == [
        {"chatId": chat, "muted": True},
        {"chatId": chat, "muted": False},
    ]


def test_mute_beyond_the_end_of_time_is_refused(api, titan, chat):
    refused = api.post(f"{BASE}/chats/{chat}/mute", json={"duration": 10**15})
    assert error_of(refused, 400) == "duration is too large"
    assert not titan.chats.get("my-session", chat).muted


def test_unread_messages_are_counted_by_chat(sandbox, titan, chat):
    sandbox.receive("my-session", "2", sender=FRIEND)
    sandbox.receive("my-session", "3", sender=CARLA)
    titan.messages.send("my-session", {"chatId": FRIEND, "type": "text", "text": "4"})
    counts = {one.id: one.unread_count for one in titan.chats.list("my-session")}
    assert counts == {FRIEND: 2, CARLA: 1}
    titan.messages.seen("my-session", {"chatId": FRIEND})
    counts = {one.id: one.unread_count for one in titan.chats.list("my-session")}
    assert counts == {FRIEND: 0, CARLA: 1}
