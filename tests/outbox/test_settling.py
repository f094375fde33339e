"""Settling: events by id, only forward; by content only where that is beyond doubt; and persons."""

from __future__ import annotations

import itertools
import random
import time

import pytest

from tests.support.outbox import FRIEND, ack, answer, claim, event, move, person, sent_event, text
from titan import WebhookRouter

LID = "12345678901234567890@lid"
GROUP = "120363012345678901@g.us"


@pytest.fixture
def sent(outbox):
    """An outbox with a sent message `a`, whose id is `m1`."""
    outbox.add("a", "shop", text("Hi"))
    (claimed,) = claim(outbox)
    answer(outbox, claimed, message_id="m1", status="sent")
    return outbox


def make_unclear(outbox, *keys, words="Hi", chat_id=FRIEND, session="shop"):
    for key in keys:
        outbox.add(key, session, text(words, chat_id))
        (claimed,) = claim(outbox)
        answer(outbox, claimed, "unclear", reason="cut")


def settled(outbox, *keys):
    return [(outbox.get(key).status, outbox.get(key).settled_by) for key in keys]


UNCLEAR, MATCHED = ("unclear", None), ("sent", "match")


# By id


@pytest.mark.parametrize("order", list(itertools.permutations(["sent", "delivered", "read"])))
def test_status_moves_forward_whatever_the_order_of_events(sent, order):
    for status in order:
        for _ in range(2):
            sent.record(ack("m1", status))
    assert (sent.get("a").status, sent.get("a").settled_by) == ("read", "answer")


@pytest.mark.parametrize("status", ["pending", "error", "played", None, 5])
def test_other_statuses_change_nothing(sent, status):
    sent.record(ack("m1", status))
    assert sent.get("a").status == "sent"


@pytest.mark.parametrize("statuses", [["delivered"], ["read", "delivered"], ["delivered", "delivered"]])
def test_events_before_the_answer_count(outbox, statuses):
    outbox.add("a", "shop", text("Hi"))
    (claimed,) = claim(outbox)
    for status in statuses:
        outbox.record(ack("m1", status))
    outbox.record(sent_event("m1"))
    assert outbox.get("a").status == "sending"
    answer(outbox, claimed, message_id="m1", status="sent")
    assert settled(outbox, "a") == [("read" if "read" in statuses else "delivered", "answer")]


def test_events_of_other_sessions_do_not_count(sent):
    sent.record(ack("m1", "read", session="other"))
    assert sent.get("a").status == "sent"


def test_events_that_fit_nothing_are_kept_for_a_bounded_time(outbox):
    outbox.add("a", "shop", text("Hi"))
    (claimed,) = claim(outbox)
    outbox.record(ack("m1", "delivered"))
    move(outbox, 7 * 86400 + 1)
    outbox.sweep()
    answer(outbox, claimed, message_id="m1", status="sent")
    assert outbox.get("a").status == "sent"


def test_messages_sent_otherwise_are_watched(setup, outbox):
    message = setup.client.messages.send_text("shop", FRIEND, "Hi")
    key = outbox.watch("shop", message)
    assert (outbox.get(key).status, outbox.get(key).message_id) == ("sent", message.id)
    assert outbox.watch("shop", message) == key
    outbox.record(ack(message.id, "read"))
    assert outbox.get(key).status == "read"
    assert outbox.watch("shop", "m7", key="by id") == "by id"
    outbox.record(ack("m8", "delivered"))
    outbox.watch("shop", "m8", key="later")
    assert outbox.get("later").status == "delivered"
    with pytest.raises(ValueError, match="another message with this key"):
        outbox.watch("shop", "m9", key="later")
    outbox.add("own", "shop", text("Hello"))
    outbox.run()
    assert outbox.watch("shop", outbox.get("own").message_id) == "own"
    with pytest.raises(ValueError, match="no id"):
        outbox.watch("shop", "")


# By content


def test_event_with_the_content_settles_an_unclear_message(outbox):
    make_unclear(outbox, "a")
    outbox.record(sent_event("m1"))
    outbox.record(sent_event("m1"))
    assert settled(outbox, "a") == [MATCHED]
    outbox.record(ack("m1", "read"))
    assert outbox.get("a").status == "read"


def test_ack_that_comes_before_the_content_counts(outbox):
    make_unclear(outbox, "a")
    outbox.record(ack("m1", "delivered"))
    assert settled(outbox, "a") == [UNCLEAR]
    outbox.record(sent_event("m1"))
    assert settled(outbox, "a") == [("delivered", "match")]


def test_received_event_from_me_settles_too(outbox):
    make_unclear(outbox, "a")
    payload = sent_event("m1").payload.to_dict()
    outbox.record(event("message.received", payload))
    assert settled(outbox, "a") == [MATCHED]


@pytest.mark.parametrize(
    "changes",
    [
        {"words": "Hi!"},
        {"session": "other"},
        {"chat": {"phoneNumber": "+5511988887777", "mode": "pn"}},
        {"chat": {"id": GROUP}},
        {"chat": {"lid": LID, "mode": "lid"}},
        {"chat": {}},
        {"fromMe": False},
        {"type": "image"},
        {"at": time.time() - 3600},
        {"timestamp": None},
        {"id": None},
    ],
)
def test_event_that_may_be_of_another_message_settles_nothing(outbox, changes):
    make_unclear(outbox, "a")
    outbox.add("z", "other", text("other"))
    if "fromMe" in changes:
        payload = {**sent_event("m1").payload.to_dict(), **changes}
        outbox.record(event("message.received", payload))
    else:
        outbox.record(sent_event(**{"message_id": "m1", **_named(changes)}))
    assert settled(outbox, "a") == [UNCLEAR]


def _named(changes):
    changes = dict(changes)
    if "id" in changes:
        changes["message_id"] = changes.pop("id")
    return changes


def test_media_is_never_settled_by_itself(outbox):
    message = {"chatId": FRIEND, "type": "image", "url": "https://example.com/a.jpg", "caption": "Hi"}
    outbox.add("a", "shop", message)
    (claimed,) = claim(outbox)
    answer(outbox, claimed, "unclear")
    outbox.record(sent_event("m1", type="image"))
    outbox.record(sent_event("m2"))
    assert settled(outbox, "a") == [UNCLEAR]


def test_id_that_a_row_owns_settles_no_other_one(sent):
    make_unclear(sent, "b")
    sent.record(sent_event("m1"))
    assert settled(sent, "a", "b") == [("sent", "answer"), UNCLEAR]


def test_nothing_is_matched_while_an_equal_message_is_under_way(outbox):
    make_unclear(outbox, "a")
    outbox.add("b", "shop", text("Hi"))
    (claimed,) = claim(outbox)
    outbox.record(sent_event("m2"))
    assert settled(outbox, "a", "b") == [UNCLEAR, ("sending", None)]
    answer(outbox, claimed, message_id="m2", status="sent")
    assert settled(outbox, "a", "b") == [UNCLEAR, ("sent", "answer")]
    outbox.record(sent_event("m1"))
    assert settled(outbox, "a") == [MATCHED]


def test_event_that_waited_for_an_equal_message_settles_the_unclear_one_afterwards(outbox):
    make_unclear(outbox, "a")
    outbox.add("b", "shop", text("Hi"))
    (claimed,) = claim(outbox)
    outbox.record(sent_event("m1"))
    answer(outbox, claimed, message_id="m2", status="sent")
    assert [(outbox.get(key).message_id) for key in "ab"] == ["m1", "m2"]


@pytest.mark.parametrize("events", range(5))
def test_of_equal_unclear_messages_as_many_are_settled_as_there_are_events(outbox, events):
    keys = [f"k{number}" for number in range(4)]
    make_unclear(outbox, *keys)
    found = [sent_event(f"m{number}") for number in range(events)] * 2
    random.Random(events).shuffle(found)
    for one in found:
        outbox.record(one)
    assert sorted(settled(outbox, *keys)) == sorted([MATCHED] * events + [UNCLEAR] * (4 - events))
    ids = [outbox.get(key).message_id for key in keys if outbox.get(key).message_id]
    assert len(set(ids)) == events


def test_events_are_matched_so_that_the_most_are_settled(outbox):
    make_unclear(outbox, "a")
    move(outbox, 100)
    make_unclear(outbox, "b")
    # That of the second claim comes first; the other is older than the second claim.
    outbox.record(sent_event("m2", at=time.time() + 101))
    outbox.record(sent_event("m1", at=time.time() + 10))
    assert [outbox.get(key).message_id for key in "ab"] == ["m1", "m2"]


def test_event_by_lid_settles_where_the_pair_is_known(outbox):
    make_unclear(outbox, "a", "b")
    by_lid = {"lid": LID, "mode": "lid"}
    outbox.record(sent_event("m1", chat=by_lid))
    assert settled(outbox, "a", "b") == [UNCLEAR, UNCLEAR]
    both = {"phoneNumber": "+5511999999999", "lid": LID, "mode": "pn"}
    outbox.record(event("presence.update", {"from": both, "state": "composing"}))
    outbox.record(sent_event("m2", chat=by_lid))
    assert MATCHED in settled(outbox, "a", "b")


def test_message_to_a_lid_is_settled_by_an_event_that_names_both(outbox):
    make_unclear(outbox, "a", chat_id=LID)
    outbox.record(sent_event("m1", chat={"phoneNumber": "+5511999999999", "lid": LID, "mode": "pn"}))
    assert settled(outbox, "a") == [MATCHED]


def test_message_in_a_group_is_settled_by_content(outbox):
    make_unclear(outbox, "a", chat_id=GROUP)
    outbox.record(sent_event("m1", chat={"id": GROUP}, isGroup=True))
    assert settled(outbox, "a") == [MATCHED]


def test_id_that_a_match_gave_to_the_wrong_row_goes_back_to_its_owner(outbox):
    outbox.add("a", "shop", text("Hi"))
    (late,) = claim(outbox)
    move(outbox, 301)
    outbox.sweep()
    make_unclear(outbox, "b")
    outbox.record(sent_event("m1", at=time.time() + 302))
    assert settled(outbox, "a", "b") == [UNCLEAR, MATCHED]
    answer(outbox, late, message_id="m1", status="sent")
    assert settled(outbox, "a", "b") == [("sent", "answer"), UNCLEAR]


def test_message_that_is_queued_again_is_not_settled_by_events(outbox):
    outbox.add("a", "shop", text("Hi"))
    (claimed,) = claim(outbox)
    answer(outbox, claimed, "queued", delay=100)
    outbox.record(sent_event("m1"))
    assert outbox.get("a").status == "queued"


# Persons


def test_person_settles_an_unclear_message(setup, outbox):
    make_unclear(outbox, "a", "b", "c")
    outbox.settle("a", sent=True, message_id="m1")
    outbox.settle("b", sent=True)
    outbox.settle("c", sent=False)
    assert settled(outbox, "a", "b", "c") == [("sent", "person"), ("sent", "person"), ("queued", None)]
    outbox.record(ack("m1", "read"))
    assert outbox.get("a").status == "read"
    outbox.run()
    assert (outbox.get("c").status, setup.texts) == ("sent", ["Hi"])


def test_only_unclear_messages_are_settled(sent):
    make_unclear(sent, "d", words="other")
    with pytest.raises(ValueError, match="another message"):
        sent.settle("d", sent=True, message_id="m1")
    sent.add("b", "shop", text("Hi"))
    for key, status in (("a", "sent"), ("b", "queued")):
        with pytest.raises(ValueError, match=f"this one is {status}"):
            sent.settle(key, sent=True)
    with pytest.raises(KeyError):
        sent.settle("c", sent=True)


# Strange events


@pytest.mark.parametrize(
    "payload",
    [
        None,
        5,
        [],
        {},
        {"id": 5},
        {"id": "m1", "from": "x"},
        {"id": "m1", "from": [1], "timestamp": "x"},
        "text",
    ],
)
@pytest.mark.parametrize(
    "name",
    [
        "message.sent",
        "message.received",
        "message.ack",
        "session.status",
        "session.connected",
        "newsletter.view",
    ],
)
def test_strange_events_change_nothing_and_raise_nothing(sent, name, payload):
    sent.record(event(name, payload, timestamp="no time"))
    assert settled(sent, "a") == [("sent", "answer")]


@pytest.mark.parametrize("strange", [None, 5, "event", object(), {"event": "message.ack"}])
def test_what_is_no_event_is_left_alone(sent, strange):
    sent.record(strange)
    assert sent.get("a").status == "sent"


def test_events_of_sessions_that_nothing_was_added_for_leave_no_trace(outbox):
    outbox.record(sent_event("m1", session="unknown"))
    outbox.record(event("session.status", {"status": "DISCONNECTED"}, session="unknown"))
    assert outbox.paused() == {}


def test_all_events_of_a_message_that_was_cut_off_settle_it(setup, outbox):
    setup.sandbox.configure(delivered_after=0.01, read_after=0.02)
    router = WebhookRouter("a secret of the tests")
    router.on("*")(outbox.record)
    with setup.sandbox.subscribe(router):
        setup.sandbox.fail("messages.send", cut="after")
        outbox.add("a", "shop", text("Hi", person(5)))
        outbox.run()
        setup.sandbox.advance(60)
        setup.sandbox.wait_for_deliveries()
    assert settled(outbox, "a")[0][1] == "match"
    assert outbox.get("a").status in ("sent", "delivered", "read")
    assert len(setup.texts) == 1
