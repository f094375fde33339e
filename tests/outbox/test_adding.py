"""Adding messages: once by their key, checked, and not yet sent."""

from __future__ import annotations

import io
import sqlite3

import pytest
from sqlalchemy import make_url

from tests.support.outbox import FRIEND, text
from titan.outbox import STATUSES, Outbox, OutboxMessage
from titan.types_gen import TextMessage


def test_added_message_is_queued_and_nothing_is_sent(setup, outbox):
    assert outbox.add("invoice-4711", "shop", text("Your invoice")) is True
    message = outbox.get("invoice-4711")
    assert isinstance(message, OutboxMessage)
    assert (message.status, message.session, message.chat_id, message.type) == (
        "queued",
        "shop",
        FRIEND,
        "text",
    )
    assert (message.message_id, message.settled_by, message.reason, message.attempts) == (None, None, None, 0)
    assert setup.texts == []


def test_same_message_with_the_same_key_is_added_once(outbox):
    assert [outbox.add("a", "shop", text("Hi")) for _ in range(3)] == [True, False, False]
    other_order = {"text": "Hi", "type": "text", "chatId": FRIEND}
    assert outbox.add("a", "shop", other_order) is False
    assert outbox.add("a", "shop", TextMessage(chat_id=FRIEND, text="Hi")) is False
    assert outbox.counts() == {**dict.fromkeys(STATUSES, 0), "queued": 1}


@pytest.mark.parametrize(
    ("session", "message"),
    [("shop", text("Bye")), ("other", text("Hi")), ("shop", text("Hi", "120363012345678901@g.us"))],
)
def test_same_key_with_another_content_is_refused(outbox, session, message):
    outbox.add("a", "shop", text("Hi"))
    with pytest.raises(ValueError, match="another message with this key"):
        outbox.add("a", session, message)
    assert outbox.counts()["queued"] == 1


def test_many_are_added_at_once_and_again_without_harm(outbox):
    items = [(f"k{number}", "shop", text(f"message {number}")) for number in range(2500)]
    assert outbox.add_many(iter(items)) == 2500
    assert outbox.add_many([*items, ("new", "shop", text("new"))]) == 1
    assert outbox.counts()["queued"] == 2501
    assert [message.key for message in outbox.messages()][:3] == ["k0", "k1", "k2"]


def test_thousand_with_a_key_of_another_content_is_not_added_those_before_are(outbox):
    outbox.add("k1500", "shop", text("other"))
    items = ((f"k{number}", "shop", text(f"message {number}")) for number in range(2000))
    with pytest.raises(ValueError, match=r"number 501 of those"):
        outbox.add_many(items)
    assert outbox.counts()["queued"] == 1001


def test_key_that_comes_twice_at_once_is_one_message(outbox):
    assert outbox.add_many([("a", "shop", text("Hi")), ("a", "shop", text("Hi"))]) == 1
    with pytest.raises(ValueError, match="another message"):
        outbox.add_many([("b", "shop", text("Hi")), ("b", "shop", text("Bye"))])
    assert outbox.counts()["queued"] == 1


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        ({"type": "text", "text": "Hi"}, "no chatId"),
        (text("Hi", ""), "no chatId"),
        (text("Hi", "12345"), "does not say its country"),
        ({"chat_id": FRIEND, "type": "text", "text": "Hi"}, "the Python name"),
        (text("Hi", session="other"), "another session"),
        (text("x" * 1_000_001), "more than 1,000,000 characters"),
        ({"chatId": FRIEND, "type": "file", "filename": "a", "base64": "A" * 1_000_001}, "file="),
    ],
)
def test_message_that_cannot_be_meant_is_refused(outbox, message, complaint):
    with pytest.raises(ValueError, match=complaint):
        outbox.add("a", "shop", message)
    assert sum(outbox.counts().values()) == 0


@pytest.mark.parametrize("key", ["", "a\0b"])
def test_key_that_is_no_text_is_refused(outbox, key):
    with pytest.raises(ValueError, match="key"):
        outbox.add(key, "shop", text("Hi"))


def test_what_is_of_a_wrong_type_is_refused(outbox):
    with pytest.raises(TypeError, match="key must be a string"):
        outbox.add(4711, "shop", text("Hi"))
    with pytest.raises(TypeError, match="payload is a dict"):
        outbox.add("a", "shop", "Hi")
    with pytest.raises(TypeError, match="a stream is gone"):
        outbox.add("a", "shop", {"chatId": FRIEND}, file=io.BytesIO(b"x"))
    with pytest.raises(ValueError, match="session"):
        outbox.add("a", "no/session", text("Hi"))


def test_phone_number_becomes_a_chat_id_and_a_device_is_dropped(outbox):
    outbox.add("a", "shop", text("Hi", "+55 11 99999-9999"))
    outbox.add("b", "shop", text("Hi", "5511999999999:12@s.whatsapp.net"))
    assert [message.chat_id for message in outbox.messages()] == [FRIEND, FRIEND]


def test_unknown_key_is_a_key_error_that_does_not_show_it(outbox):
    with pytest.raises(KeyError) as caught:
        outbox.get("5511999999999")
    assert "5511" not in str(caught.value)


def test_messages_are_found_by_status_and_session(outbox):
    outbox.add("a", "shop", text("Hi"))
    outbox.add("b", "other", text("Hi"))
    assert [one.key for one in outbox.messages("queued", session="other")] == ["b"]
    assert list(outbox.messages("unclear")) == []
    assert outbox.counts(session="other")["queued"] == 1
    with pytest.raises(ValueError, match="no such status"):
        outbox.messages("lost")


def test_cancelled_message_fails_and_is_not_sent(setup, outbox):
    outbox.add("a", "shop", text("Hi"))
    outbox.cancel("a")
    outbox.run()
    assert (outbox.get("a").status, outbox.get("a").reason, setup.texts) == ("failed", "it was cancelled", [])
    with pytest.raises(ValueError, match="this one is failed"):
        outbox.cancel("a")
    with pytest.raises(KeyError):
        outbox.cancel("b")


# Where the journal is


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        ("mysql://localhost/outbox", "SQLite or PostgreSQL"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("no address", "must look like"),
    ],
)
def test_other_databases_are_refused(client, address, complaint):
    with pytest.raises(ValueError, match=complaint):
        Outbox(client, address)


def test_sqlite_without_returning_is_refused(client, sqlite_url, monkeypatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(ValueError, match=r"3\.35 or later"):
        Outbox(client, sqlite_url)


def test_journal_of_another_version_is_left_alone(client, sqlite_url):
    Outbox(client, sqlite_url).close()
    with sqlite3.connect(make_url(sqlite_url).database) as connection:
        connection.execute("UPDATE titan_outbox_state SET version = 99")
    connection.close()
    with pytest.raises(ValueError, match="version 99"):
        Outbox(client, sqlite_url)


@pytest.mark.parametrize(
    ("options", "kind"),
    [({"lease": 0}, ValueError), ({"lease": float("inf")}, ValueError), ({"pace": 20}, TypeError)],
)
def test_options_that_cannot_be_meant_are_refused(client, sqlite_url, options, kind):
    with pytest.raises(kind):
        Outbox(client, sqlite_url, **options)


def test_client_that_is_none_is_refused(sqlite_url):
    with pytest.raises(TypeError, match="must be a TitanClient"):
        Outbox("titan_key", sqlite_url)
