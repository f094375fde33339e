"""Turns: a task of a queue brings one, and sends one message, however often it is delivered."""

from __future__ import annotations

import logging
import threading

import pytest

from tests.support.outbox import move, now_of, person, text
from titan import AuthenticationError, TitanClient
from titan.outbox import Pace
from titan.outbox.journal.database import Database


@pytest.fixture
def turns(outbox):
    return outbox._turns()


def take_all(turns, given):
    """Take turns, and those that are given meanwhile, as a worker does."""
    while given:
        given += turns.take(given.pop())


def test_turn_sends_the_next_message_of_its_session(setup, outbox, turns):
    outbox.add_many((f"k{number}", "shop", text(f"m{number}")) for number in range(2))
    (turn,) = turns.give()
    (following,) = turns.take(turn)
    assert setup.texts == ["m0"]
    assert turns.take(following) == []
    assert setup.texts == ["m0", "m1"]
    assert outbox.counts()["sent"] == 2


def test_turn_that_comes_twice_does_nothing_the_second_time(setup, outbox, turns):
    outbox.add_many((f"k{number}", "shop", text(f"m{number}")) for number in range(5))
    (turn,) = turns.give()
    turns.take(turn)
    assert turns.take(turn) == turns.take("no turn at all") == []
    assert setup.texts == ["m0"]


def test_turn_that_comes_twice_at_the_same_time_sends_once(setup, outbox):
    outbox.add("a", "shop", text("Hi"))
    (turn,) = outbox._turns().give()
    workers = [outbox._turns() for _ in range(4)]
    threads = [threading.Thread(target=one.take, args=[turn]) for one in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert setup.texts == ["Hi"]
    assert outbox.get("a").attempts == 1


def test_session_gets_no_second_turn_while_it_waits_for_its_task(setup, outbox, turns):
    outbox.add("a", "shop", text("Hi"))
    (lost,) = turns.give()
    assert turns.give() == []
    move(outbox, 61)
    (turn,) = turns.give()
    # The lost task comes after all.
    assert turns.take(lost) == []
    assert setup.texts == []
    turns.take(turn)
    assert setup.texts == ["Hi"]


def test_turn_that_is_given_back_is_given_anew_at_once(setup, outbox, turns):
    outbox.add("a", "shop", text("Hi"))
    given = turns.give()
    turns.give_back(given)
    assert len(turns.give()) == 1
    assert turns.take(given[0]) == []


def test_sessions_have_turns_of_their_own(setup, outbox, turns):
    for name in ("a", "b", "c"):
        setup.sandbox.connect(name)
    outbox.add_many((f"k{number}", "abc"[number % 3], text(f"m{number}")) for number in range(30))
    given = turns.give()
    assert len(given) == len(set(given)) == 3
    take_all(turns, given)
    assert sorted(setup.texts) == sorted(f"m{number}" for number in range(30))


def test_names_of_turns_tell_nothing(setup, outbox, turns):
    setup.sandbox.connect("5511999999999")
    outbox.add("+5511999999999", "5511999999999", text("secret"))
    (turn,) = turns.give()
    assert "5511" not in turn.replace(".", "")[:4]
    assert "secret" not in turn
    assert outbox._turns().take(turn) == []
    assert setup.texts == ["secret"]


def test_worker_that_dies_leaves_its_message_unclear_and_the_task_that_comes_again_sends_nothing(setup):
    outbox = setup.outbox(resolve=False)
    turns = outbox._turns()
    outbox.add("a", "shop", text("one"))
    outbox.add("b", "shop", text("two"))
    (turn,) = turns.give()
    # What a killed worker has done: its turn is taken, and the message claimed.
    assert turns._step(turn=turn).message is not None
    assert outbox.get("a").status == "sending"
    assert turns.take(turn) == []
    move(outbox, 31)
    (following,) = turns.give()
    turns.take(following)
    assert setup.texts == ["two"]
    move(outbox, 300)
    assert outbox.sweep() == 1
    assert outbox.get("a").status == "unclear"


def test_session_that_was_paused_meanwhile_sends_nothing(setup, outbox, turns):
    outbox.add("a", "shop", text("Hi"))
    (turn,) = turns.give()
    outbox.pause("shop")
    assert turns.take(turn) == turns.give() == []
    assert setup.texts == []
    outbox.resume("shop")
    take_all(turns, turns.give())
    assert setup.texts == ["Hi"]


def test_banned_session_stops_after_one_message_and_its_tasks_with_it(setup, outbox, turns):
    setup.sandbox.connect("other")
    outbox.add_many((f"k{number}", ("shop", "other")[number % 2], text(f"m{number}")) for number in range(8))
    setup.sandbox.ban("shop")
    take_all(turns, turns.give())
    assert len(setup.texts) == 4
    assert outbox.paused() == {"shop": "TEMPORARY_BAN"}
    assert turns.give() == []
    setup.sandbox.connect("shop")
    move(outbox, 31)
    turns.ask()
    take_all(turns, turns.give())
    assert len(setup.texts) == 8


def test_pace_holds_between_tasks(setup):
    outbox = setup.outbox(pace=Pace(per_minute=6))
    outbox.add_many((f"k{number}", "shop", text(f"m{number}")) for number in range(3))
    turns = outbox._turns()
    take_all(turns, turns.give())
    assert setup.texts == ["m0"]
    move(outbox, 9)
    assert turns.give() == []
    move(outbox, 1.1)
    take_all(turns, turns.give())
    assert setup.texts == ["m0", "m1"]


def test_turn_that_waited_in_the_queue_counts_from_when_it_is_taken(setup):
    outbox = setup.outbox(pace=Pace(per_minute=6))
    outbox.add_many((f"k{number}", "shop", text(f"m{number}")) for number in range(2))
    turns = outbox._turns()
    given = turns.give()
    move(outbox, 50)
    take_all(turns, given)
    assert setup.texts == ["m0"]
    assert turns.give() == []


def test_strangers_that_must_wait_get_no_tasks_and_hold_up_nobody(setup):
    outbox = setup.outbox(pace=Pace(new_chats_per_day=1), resolve=False)
    outbox.know("shop", [person(9)])
    outbox.add_many([("a", "shop", text("a", person(1))), ("b", "shop", text("b", person(2)))])
    outbox.add("c", "shop", text("c", person(9)))
    turns = outbox._turns()
    take_all(turns, turns.give())
    assert setup.texts == ["a", "c"]
    move(outbox, 2)
    assert turns.give() == []


def test_quiet_hours_that_began_meanwhile_are_kept(setup, monkeypatch):
    outbox = setup.outbox(pace=Pace(quiet=("21:00", "08:00"), timezone="UTC"))
    outbox.add("a", "shop", text("Hi"))
    # To noon, then to eleven at night.
    move(outbox, (12 * 3600 - now_of(outbox)) % 86400)
    turns = outbox._turns()
    (turn,) = turns.give()
    move(outbox, 11 * 3600)
    assert turns.take(turn) == turns.give() == []
    assert setup.texts == []


def test_number_is_looked_up_and_its_message_sent_by_one_task(setup, outbox, turns):
    outbox.add("a", "shop", {"chatId": "+55 11 99999-9999", "type": "text", "text": "Hi"})
    (turn,) = turns.give()
    assert turns.take(turn) == []
    assert setup.texts == ["Hi"]
    assert outbox.get("a").attempts == 1


def test_limit_of_titan_stops_all_tasks_until_it_is_over(setup, outbox, turns):
    setup.sandbox.connect("other")
    outbox.add("a", "shop", text("one"))
    outbox.add("b", "other", text("two"))
    first, second = turns.give()
    setup.sandbox.fail("messages.send", status=429, retry_after=20)
    assert turns.take(first) == turns.take(second) == turns.give() == []
    assert outbox.counts()["queued"] == 2
    move(outbox, 21)
    take_all(turns, turns.give())
    assert sorted(setup.texts) == ["one", "two"]


def test_server_that_is_down_stops_the_tasks_of_this_process(setup, caplog):
    outbox = setup.outbox(TitanClient("http://127.0.0.1:9", "titan_key"), resolve=False)
    outbox.add_many((f"k{number}", f"s{number}", text("Hi")) for number in range(4))
    turns = outbox._turns()
    with caplog.at_level(logging.INFO, "titan"):
        take_all(turns, turns.give())
    assert outbox.counts()["queued"] == 4
    assert sum(message.attempts for message in outbox.messages()) == 1
    assert "the outbox waits 1 s" in caplog.text
    assert turns.give() == []


def test_key_that_titan_refuses_fails_the_task_and_no_message(setup):
    outbox = setup.outbox(TitanClient(setup.sandbox.base_url, "titan_wrong"), resolve=False)
    outbox.add("a", "shop", text("Hi"))
    turns = outbox._turns()
    (turn,) = turns.give()
    with pytest.raises(AuthenticationError):
        turns.take(turn)
    assert outbox.get("a").status == "queued"
    # Not each second again.
    assert turns.give() == []


@pytest.fixture
def forgetful(monkeypatch):
    """A database that loses the connection just after it has committed, each time."""
    write = Database.write

    def write_twice(self, work):
        write(self, work)
        return write(self, work)

    monkeypatch.setattr(Database, "write", write_twice)


def test_transaction_that_was_committed_without_an_answer_is_not_done_again(setup, outbox, request):
    outbox.add_many((f"k{number}", "shop", text(f"m{number}", person(number))) for number in range(4))
    turns = outbox._turns()
    request.getfixturevalue("forgetful")
    take_all(turns, turns.give())
    assert setup.texts == ["m0", "m1", "m2", "m3"]
    assert {message.attempts for message in outbox.messages()} == {1}
