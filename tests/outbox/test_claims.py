"""Claims: one owner, a lease by the clock of the database, and answers that come late."""

from __future__ import annotations

import pytest
import time_machine

from tests.support.outbox import answer, claim, move, now_of, sent_event, text


def test_claim_takes_each_message_once(outbox):
    outbox.add_many((f"k{number}", f"s{number}", text("Hi")) for number in range(6))
    claimed = [message.id for _ in range(4) for message in claim(outbox, 2)]
    assert sorted(claimed) == sorted(set(claimed))
    assert len(claimed) == 6
    assert outbox.counts()["sending"] == 6


def test_claimed_message_is_unclear_after_the_lease_and_not_before(setup):
    outbox = setup.outbox(lease=100)
    outbox.add("a", "shop", text("Hi"))
    claim(outbox)
    move(outbox, 99)
    assert outbox.sweep() == 0
    assert outbox.get("a").status == "sending"
    move(outbox, 2)
    assert outbox.sweep() == 1
    assert (outbox.get("a").status, outbox.get("a").settled_by) == ("unclear", None)
    move(outbox, 10_000)
    outbox.run()
    assert (outbox.get("a").status, setup.texts) == ("unclear", [])


def test_run_ends_leases_too(setup):
    outbox = setup.outbox(lease=100)
    outbox.add("a", "shop", text("Hi"))
    claim(outbox)
    move(outbox, 101)
    outbox.run()
    assert outbox.get("a").status == "unclear"


@pytest.mark.parametrize("moved", [-2 * 86400, 2 * 86400])
def test_lease_goes_by_the_clock_of_the_database(outbox, moved):
    outbox.add("a", "shop", text("Hi"))
    claim(outbox)
    with time_machine.travel(now_of(outbox) + moved):
        assert outbox.sweep() == 0


def test_late_answer_of_the_owner_makes_it_sent(outbox):
    outbox.add("a", "shop", text("Hi"))
    (claimed,) = claim(outbox)
    move(outbox, 301)
    outbox.sweep()
    answer(outbox, claimed, message_id="m1", status="sent", sent_to=claimed.chat_id)
    found = outbox.get("a")
    assert (found.status, found.settled_by, found.message_id, found.reason) == ("sent", "answer", "m1", None)


def test_late_answer_that_it_was_not_sent_never_queues_it_again(outbox):
    outbox.add("a", "shop", text("Hi"))
    (claimed,) = claim(outbox)
    move(outbox, 301)
    outbox.sweep()
    answer(outbox, claimed, "queued", reason="refused")
    assert (outbox.get("a").status, "after its lease" in outbox.get("a").reason) == ("failed", True)


@pytest.mark.parametrize("kind", ["sent", "unclear", "failed", "queued"])
def test_answer_of_an_earlier_claim_changes_nothing(outbox, kind):
    outbox.add("a", "shop", text("Hi"))
    (first,) = claim(outbox)
    answer(outbox, first, "queued")
    (second,) = claim(outbox)
    assert first.id == second.id
    answer(outbox, first, kind)
    assert outbox.get("a").status == "sending"
    answer(outbox, second)
    assert outbox.get("a").status == "sent"


@pytest.mark.parametrize("kind", ["unclear", "failed", "queued"])
def test_answer_that_is_written_twice_counts_once(outbox, kind):
    outbox.add("a", "shop", text("Hi"))
    (claimed,) = claim(outbox)
    answer(outbox, claimed)
    answer(outbox, claimed, kind)
    assert outbox.get("a").status == "sent"


def test_answer_that_comes_after_a_person_said_otherwise_counts(setup, outbox):
    outbox.add("a", "shop", text("Hi"))
    (claimed,) = claim(outbox)
    move(outbox, 301)
    outbox.sweep()
    outbox.settle("a", sent=False)
    assert outbox.get("a").status == "queued"
    answer(outbox, claimed, message_id="m1")
    outbox.run()
    assert (outbox.get("a").status, setup.texts) == ("sent", [])


def test_claim_that_was_committed_although_the_connection_was_lost_is_found_again(setup, outbox, monkeypatch):

    write, failed = outbox._database.write, []

    def lose_the_answer_of_the_first_commit(work):
        def twice(connection):
            return work(connection)

        result = write(twice)
        if not failed and getattr(result, "claimed", None):
            failed.append(True)
            # What `write` does where the database committed, and the connection broke before it said so.
            return write(twice)
        return result

    monkeypatch.setattr(outbox._database, "write", lose_the_answer_of_the_first_commit)
    outbox.add("a", "shop", text("Hi"))
    outbox.run()
    assert failed
    assert (outbox.get("a").status, outbox.get("a").attempts, setup.texts) == ("sent", 1, ["Hi"])


def test_messages_of_a_session_go_on_after_the_turn_of_a_process_that_died(setup, outbox):
    outbox.add("a", "shop", text("one"))
    outbox.add("b", "shop", text("two"))
    claim(outbox)
    assert claim(outbox) == []
    move(outbox, 31)
    assert [message.id for message in claim(outbox)] == [2]


def test_event_of_a_message_that_was_under_way_settles_it_once_the_lease_is_over(outbox):
    outbox.add("a", "shop", text("Hi"))
    claim(outbox)
    outbox.record(sent_event("m1"))
    assert outbox.get("a").status == "sending"
    move(outbox, 301)
    outbox.sweep()
    found = outbox.get("a")
    assert (found.status, found.settled_by, found.message_id) == ("sent", "match", "m1")
