"""Sessions that pause: one alone, within one message, said once, until it is back."""

from __future__ import annotations

import logging
import time

import pytest

from tests.support.outbox import ack, event, move, now_of, person, text
from titan.outbox.journal import sessions


def add(outbox, *names, count=3):
    outbox.add_many(
        (f"{name}{number}", name, text("Hi", person(number))) for name in names for number in range(count)
    )


@pytest.fixture
def warnings(caplog):
    caplog.set_level(logging.WARNING, "titan")
    return lambda: [record.getMessage() for record in caplog.records if record.name == "titan"]


def test_ban_stops_that_session_alone_within_one_message_and_says_so_once(setup, outbox, warnings):
    setup.sandbox.connect("other")
    add(outbox, "shop", "other", count=6)
    setup.sandbox.ban("shop")
    for _ in range(3):
        outbox.run()
    assert outbox.counts(session="other")["sent"] == 6
    assert outbox.counts(session="shop")["queued"] == 6
    assert sum(message.attempts for message in outbox.messages(session="shop")) <= 1
    assert [message["session"] for message in setup.sandbox.messages] == ["other"] * 6
    assert outbox.paused() == {"shop": "TEMPORARY_BAN"}
    assert warnings() == ["the outbox pauses the session shop: TEMPORARY_BAN"]


def test_session_that_is_back_goes_on_with_the_next_run(setup, outbox):
    add(outbox, "shop")
    setup.sandbox.disconnect("shop", "STREAM_ERROR")
    outbox.run()
    assert outbox.paused() == {"shop": "STREAM_ERROR"}
    setup.sandbox.connect("shop")
    outbox.run()
    assert (outbox.counts()["sent"], outbox.paused()) == (3, {})


def test_session_that_titan_does_not_have_is_paused(setup, outbox):
    add(outbox, "nowhere")
    outbox.run()
    assert outbox.paused() == {"nowhere": "MISSING"}
    assert outbox.counts()["queued"] == 3
    setup.sandbox.connect("nowhere")
    outbox.run()
    assert outbox.counts()["sent"] == 3


def test_chat_that_is_not_found_fails_its_message_and_pauses_nothing(setup, outbox):
    outbox.add("a", "shop", text("Hi", "120363099999999999@g.us"))
    outbox.run()
    assert (outbox.get("a").status, outbox.paused()) == ("failed", {})
    assert "not found" in outbox.get("a").reason


@pytest.mark.parametrize(
    ("name", "payload", "reason"),
    [
        ("session.logged_out", {}, "LOGGED_OUT"),
        ("session.status", {"status": "DISCONNECTED", "statusReason": "TEMPORARY_BAN"}, "TEMPORARY_BAN"),
        ("session.status", {"status": "CONNECTING", "statusReason": "AUTO_RECONNECT"}, "AUTO_RECONNECT"),
        ("session.status", {"status": "DISCONNECTED"}, "DISCONNECTED"),
    ],
)
def test_events_pause_and_resume_a_session(outbox, warnings, name, payload, reason):
    add(outbox, "shop")
    for _ in range(2):
        outbox.record(event(name, payload))
    assert outbox.paused() == {"shop": reason}
    assert len(warnings()) == 1
    outbox.record(event("session.status", {"status": "CONNECTED"}))
    assert outbox.paused() == {}


def test_events_of_a_session_count_by_when_they_happened(outbox):
    add(outbox, "shop")
    down, up = {"status": "DISCONNECTED", "statusReason": "FAILED"}, {"status": "CONNECTED"}
    outbox.record(event("session.status", up, timestamp="2026-01-01T12:00:05Z"))
    outbox.record(event("session.status", down, timestamp="2026-01-01T12:00:00Z"))
    assert outbox.paused() == {}
    outbox.record(event("session.status", down, timestamp="2026-01-01T12:00:10Z"))
    outbox.record(event("session.connected", {}, timestamp="2026-01-01T12:00:07Z"))
    assert outbox.paused() == {"shop": "FAILED"}


def test_person_pauses_a_session_and_only_a_person_resumes_it(setup, outbox):
    add(outbox, "shop")
    outbox.pause("shop")
    outbox.record(event("session.status", {"status": "CONNECTED"}))
    outbox.run()
    assert (outbox.paused(), setup.texts) == ({"shop": "PERSON"}, [])
    assert outbox.resume("shop") is True
    assert outbox.resume("shop") is False
    outbox.run()
    assert len(setup.texts) == 3


def test_restricted_account_writes_to_chats_that_exist_and_to_no_strangers(setup, outbox, warnings):
    setup.sandbox.receive("shop", "Hello", sender="+" + person(2).partition("@")[0])
    outbox.know("shop", [person(2)])
    setup.sandbox.restrict("shop", 600)
    add(outbox, "shop", count=5)
    outbox.run()
    assert [message.key for message in outbox.messages("sent")] == ["shop2"]
    assert sum(message.attempts for message in outbox.messages("queued")) == 1
    assert (outbox.paused(), len(warnings())) == ({}, 1)
    setup.sandbox.restrict("shop", 0)
    outbox.run()
    assert len(setup.texts) == 1
    move(outbox, 3601)
    outbox.run()
    assert outbox.counts()["sent"] == 5


def test_silent_session_is_paused_until_something_is_heard_of_it(setup, outbox, warnings):
    add(outbox, "shop", count=2)
    outbox.record(ack("of another message", "read"))
    setup.sandbox.go_silent("shop")
    outbox.run()
    assert outbox.counts()["sent"] == 2  # Titan has them, and answered "pending"
    move(outbox, 61)
    add(outbox, "shop", count=3)
    outbox.run()
    assert (outbox.paused(), len(warnings())) == ({"shop": "SILENT"}, 1)
    # That it says CONNECTED does not tell that it is back.
    outbox.run()
    assert outbox.counts()["queued"] == 1
    setup.sandbox.connect("shop")
    outbox.record(ack(outbox.get("shop0").message_id, "delivered"))
    assert outbox.paused() == {}
    outbox.run()
    assert outbox.counts()["queued"] == 0


def test_pending_answers_are_no_silence_where_events_come(setup, outbox):
    setup.sandbox.configure(sent_after=0.01)
    add(outbox, "shop", count=1)
    outbox.record(ack("of another message", "read"))
    outbox.run()
    outbox.record(ack(outbox.get("shop0").message_id, "sent"))
    move(outbox, 61)
    add(outbox, "shop", count=2)
    outbox.run()
    assert outbox.paused() == {}


def test_pending_answers_are_no_silence_where_nobody_passes_events_on(setup, outbox):
    setup.sandbox.go_silent("shop")
    add(outbox, "shop", count=1)
    outbox.run()
    move(outbox, 3600)
    add(outbox, "shop", count=2)
    outbox.run()
    assert outbox.paused() == {}


def test_paused_session_is_asked_for_now_and_then_by_one_process(setup, outbox):
    add(outbox, "shop")
    setup.sandbox.disconnect("shop")
    outbox.run()

    def checks():
        database = outbox._database
        return database.write(
            lambda connection: sessions.take_checks(connection, database.now(connection), all_of_them=False)
        )

    assert checks() == []
    move(outbox, 31)
    assert [checks(), checks()] == [["shop"], []]
    assert time.time() - now_of(outbox) < 0
