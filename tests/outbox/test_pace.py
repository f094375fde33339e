"""The pace: messages a minute, first messages a day and quiet hours, for all processes together."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.support.outbox import FRIEND, answer, claim, event, move, now_of, person, text
from titan.outbox import Pace

GROUP = "120363012345678901@g.us"


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"per_minute": 0}, ValueError),
        ({"per_minute": -1}, ValueError),
        ({"per_minute": float("inf")}, ValueError),
        ({"per_minute": "20"}, TypeError),
        ({"per_minute": True}, TypeError),
        ({"new_chats_per_day": 0}, ValueError),
        ({"new_chats_per_day": 1.5}, ValueError),
        ({"quiet": "21:00"}, TypeError),
        ({"quiet": ("21:00", 8)}, TypeError),
        ({"quiet": ("21:00", "24:00")}, ValueError),
        ({"quiet": ("21:00", "8")}, ValueError),
        ({"quiet": ("21:00", "21:00")}, ValueError),
        ({"quiet": ("21:00", "08:00"), "timezone": "Nowhere/City"}, ValueError),
        ({"quiet": ("21:00", "08:00"), "timezone": "../secrets"}, ValueError),
        ({"quiet": ("21:00", "08:00"), "timezone": 3}, TypeError),
        ({"timezone": "Europe/Berlin"}, ValueError),
    ],
)
def test_pace_that_cannot_be_meant_is_refused(options, kind):
    with pytest.raises(kind):
        Pace(**options)


def test_every_part_of_the_pace_is_optional():
    assert repr(Pace()) == "Pace()"
    assert repr(Pace(20, 50, quiet=("21:00", "08:00"), timezone="UTC")) == (
        "Pace(per_minute=20, new_chats_per_day=50, quiet=('21:00', '08:00'), timezone='UTC')"
    )


# Messages a minute


def test_messages_of_a_session_are_spaced_across_processes(setup):
    outboxes = [setup.outbox(pace=Pace(per_minute=20)) for _ in range(3)]
    outboxes[0].add_many((f"k{number}", "shop", text("Hi")) for number in range(10))
    times = []
    for second in range(31):
        for outbox in outboxes:
            for message in claim(outbox, 5):
                times.append(second)
                answer(outbox, message)
        move(outboxes[0], 1)
    assert len(times) == 10
    assert min(later - earlier for earlier, later in zip(times, times[1:])) >= 3


def test_sessions_have_a_pace_each(setup):
    outbox = setup.outbox(pace=Pace(per_minute=1))
    outbox.add_many((f"k{number}", f"s{number % 4}", text("Hi")) for number in range(12))
    assert len(claim(outbox, 9)) == 4
    assert claim(outbox, 9) == []


def test_run_waits_for_its_turn_whatever_it_was_told_to_wait(setup):
    outbox = setup.outbox(pace=Pace(per_minute=600))
    outbox.add_many((f"k{number}", "shop", text(f"m{number}")) for number in range(4))
    started = now_of(outbox)
    outbox.run()
    assert setup.texts == ["m0", "m1", "m2", "m3"]
    assert now_of(outbox) - started >= 0.3


# First messages to new chats


@pytest.fixture
def shy(setup):
    """An outbox that writes to two strangers a day."""
    return setup.outbox(pace=Pace(new_chats_per_day=2))


def add_to_people(outbox, count, first=0):
    outbox.add_many(
        (f"p{number}", "shop", text("Hi", person(number))) for number in range(first, first + count)
    )


def test_first_messages_are_counted_in_rolling_hours_across_processes(setup, shy):
    add_to_people(shy, 5)
    shy.run()
    setup.outbox(pace=Pace(new_chats_per_day=2)).run()
    assert shy.counts()["sent"] == 2
    move(shy, 86_300)
    shy.run()
    assert shy.counts()["sent"] == 2
    move(shy, 101)
    shy.run()
    assert shy.counts()["sent"] == 4


def test_message_to_a_stranger_that_must_wait_blocks_nobody_behind_it(setup, shy):
    add_to_people(shy, 3)
    shy.add("again", "shop", text("once more", person(0)))
    shy.add(
        "group",
        "shop",
        text("to all", setup.client.groups.create("shop", {"name": "Us", "participants": [FRIEND]}).id),
    )
    shy.run()
    waiting = [message.key for message in shy.messages("queued")]
    assert waiting == ["p2"]
    assert setup.texts[-2:] == ["once more", "to all"]


def test_chats_that_the_account_had_before_are_no_strangers(setup, shy):
    add_to_people(shy, 4)
    shy.know("shop", [person(0), person(3), GROUP])
    add_to_people(shy, 2, first=4)
    shy.know("shop", [person(5)])
    shy.run()
    assert [message.key for message in shy.messages("queued")] == ["p4"]


def test_who_writes_to_the_account_is_no_stranger(setup, shy):
    add_to_people(shy, 3)
    shy.run()
    assert shy.counts()["queued"] == 1
    number = "+" + person(2).partition("@")[0]
    shy.record(event("message.received", {"id": "x", "from": {"phoneNumber": number}, "fromMe": False}))
    move(shy, 2)  # a session in which all had to wait is not looked at for a second
    shy.run()
    assert shy.counts()["queued"] == 0


def test_first_message_that_surely_was_not_sent_does_not_count(setup, shy):
    setup.sandbox.fail("messages.send", status=429, retry_after=1)
    add_to_people(shy, 3)
    shy.run()
    assert shy.counts()["queued"] == 3
    move(shy, 2)
    shy.run()
    assert shy.counts()["sent"] == 2


def test_first_message_whose_process_died_counts(setup, shy):
    add_to_people(shy, 3)
    claim(shy)
    move(shy, 301)
    shy.run()
    assert {name: count for name, count in shy.counts().items() if count} == {
        "unclear": 1,
        "sent": 1,
        "queued": 1,
    }


# Quiet hours


@pytest.mark.parametrize(
    ("quiet", "zone", "at", "until"),
    [
        (("21:00", "08:00"), "UTC", "2026-03-01T20:59:59", None),
        (("21:00", "08:00"), "UTC", "2026-03-01T21:00:00", "2026-03-02T08:00:00"),
        (("21:00", "08:00"), "UTC", "2026-03-02T03:00:00", "2026-03-02T08:00:00"),
        (("21:00", "08:00"), "UTC", "2026-03-02T08:00:00", None),
        (("12:00", "13:30"), "UTC", "2026-03-02T12:45:00", "2026-03-02T13:30:00"),
        (("12:00", "13:30"), "UTC", "2026-03-02T11:00:00", None),
        (("21:00", "08:00"), "America/Sao_Paulo", "2026-03-02T01:00:00", "2026-03-02T11:00:00"),
        # The night in which the clocks go forward is an hour shorter.
        (("21:00", "08:00"), "Europe/Berlin", "2026-03-28T22:00:00", "2026-03-29T06:00:00"),
        (("21:00", "08:00"), "Europe/Berlin", "2026-10-24T22:00:00", "2026-10-25T07:00:00"),
    ],
)
def test_quiet_hours_end_by_the_clock_on_the_wall(quiet, zone, at, until):
    def seconds(time):
        return dt.datetime.fromisoformat(time).replace(tzinfo=dt.timezone.utc).timestamp()

    pace = Pace(quiet=quiet, timezone=zone)
    assert pace._quiet_until(seconds(at)) == seconds(until or at)


def test_nothing_is_sent_in_quiet_hours(setup):
    outbox = setup.outbox(pace=Pace(quiet=("21:00", "08:00"), timezone="UTC"))
    outbox.add("a", "shop", text("Hi"))
    move(outbox, -(now_of(outbox) % 86400) + 22 * 3600)
    outbox.run()
    assert (outbox.get("a").status, setup.texts) == ("queued", [])
    move(outbox, 10 * 3600 - 60)
    outbox.run()
    assert setup.texts == []
    move(outbox, 61)
    outbox.run()
    assert setup.texts == ["Hi"]
