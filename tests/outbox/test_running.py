"""Runs: what is queued is sent once, in order, and what came of it is what the journal says."""

from __future__ import annotations

import pickle
import threading

import pytest

from tests.support.outbox import FRIEND, claim, move, person, text
from tests.support.sandbox import wait_until
from titan import AuthenticationError, PermissionDeniedError, TitanClient, TitanError
from titan.outbox import Outbox, Pace
from titan.outbox.journal.claims import Claims
from titan.outbox.work.sending import key_of


def test_queued_messages_are_sent_once_in_the_order_in_which_they_were_added(setup, outbox):
    outbox.add_many((f"k{number}", "shop", text(f"message {number}")) for number in range(30))
    outbox.run()
    assert setup.texts == [f"message {number}" for number in range(30)]
    assert outbox.counts()["sent"] == 30
    sent = outbox.get("k7")
    assert (sent.settled_by, sent.attempts, sent.sent_to) == ("answer", 1, FRIEND)
    assert sent.message_id == setup.sandbox.messages[7]["id"]
    outbox.run()
    assert len(setup.texts) == 30


def test_next_run_goes_on_where_the_last_one_ended(setup, outbox):
    outbox.add("a", "shop", text("one"))
    outbox.run()
    again = setup.outbox()
    again.add("b", "shop", text("two"))
    again.run()
    assert setup.texts == ["one", "two"]


def test_sessions_send_side_by_side_each_one_message_at_a_time(setup, outbox):
    for name in ("a", "b", "c"):
        setup.sandbox.connect(name)
        outbox.add_many((f"{name}{number}", name, text(f"{name}{number}")) for number in range(5))
    setup.sandbox.fail("messages.send", delay=2)
    outbox.run()
    order = setup.texts
    # The others went on while one waited, and none overtook another of its session.
    assert max(order.index(f"{name}0") for name in ("a", "b", "c")) >= 4
    for name in ("a", "b", "c"):
        assert [one for one in order if one.startswith(name)] == [f"{name}{number}" for number in range(5)]


def test_two_runs_at_the_same_time_send_each_message_once(setup):
    for name in ("a", "b", "c", "d"):
        setup.sandbox.connect(name)
    outboxes = [setup.outbox() for _ in range(2)]
    outboxes[0].add_many((f"k{number}", "abcd"[number % 4], text(f"m{number}")) for number in range(60))
    threads = [threading.Thread(target=one.run) for one in outboxes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outboxes[0].run()
    assert sorted(setup.texts) == sorted(f"m{number}" for number in range(60))
    assert outboxes[1].counts()["sent"] == 60


def test_message_added_meanwhile_is_sent_by_a_run_that_never_ends(setup, outbox):
    running = threading.Thread(target=outbox.run, kwargs={"wait": float("inf")})
    running.start()
    try:
        outbox.add("a", "shop", text("Hi"))
        wait_until(lambda: outbox.get("a").status == "sent")
        assert running.is_alive()
    finally:
        outbox.stop()
        running.join()


@pytest.mark.parametrize("options", [{"wait": -1}, {"wait": float("nan")}, {"workers": 0}])
def test_options_that_cannot_be_meant_are_refused(outbox, options):
    with pytest.raises(ValueError, match="must be"):
        outbox.run(**options)


# What came of it


@pytest.mark.parametrize(
    ("fault", "is_there"),
    [
        ({"cut": "before"}, False),
        ({"cut": "after"}, True),
        ({"status": 500}, False),
        ({"status": 502}, False),
        ({"status": 503}, False),
        ({"body": "html"}, True),
        ({"body": "truncated"}, True),
    ],
)
def test_unclear_outcome_is_unclear_and_not_sent_again(setup, outbox, fault, is_there):
    setup.sandbox.fail("messages.send", **fault)
    outbox.add("a", "shop", text("Hi"))
    outbox.run()
    outbox.run()
    assert (outbox.get("a").status, outbox.get("a").settled_by) == ("unclear", None)
    assert outbox.get("a").reason
    assert setup.texts == (["Hi"] if is_there else [])


@pytest.mark.parametrize("status", [400, 413, 422])
def test_message_that_is_refused_as_it_is_fails_with_the_reason(setup, outbox, status):
    setup.sandbox.fail("messages.send", status=status)
    outbox.add("a", "shop", text("Hi"))
    outbox.add("b", "shop", text("Hello"))
    outbox.run()
    assert (outbox.get("a").status, str(status) in outbox.get("a").reason) == ("failed", True)
    assert (outbox.get("b").status, setup.texts) == ("sent", ["Hello"])


def test_message_that_surely_was_not_sent_is_queued_again_and_sent_later(setup, sqlite_url):
    nowhere = TitanClient("http://127.0.0.1:9", "titan_key")
    outbox = setup.outbox(nowhere, resolve=False)
    outbox.add("a", "shop", text("Hi"))
    outbox.run()
    queued = outbox.get("a")
    assert (queued.status, queued.attempts, queued.message_id) == ("queued", 1, None)
    assert "ConnectError" in queued.reason
    assert queued.due_at > queued.updated_at
    later = setup.outbox()
    move(later, 10)
    later.run()
    assert (later.get("a").status, later.get("a").reason, setup.texts) == ("sent", None, ["Hi"])
    nowhere.close()


def test_server_that_is_away_is_not_asked_for_every_message(setup):
    nowhere = TitanClient("http://127.0.0.1:9", "titan_key")
    outbox = setup.outbox(nowhere, resolve=False)
    for name in map(str, range(40)):
        outbox.add(name, f"s{name}", text("Hi"))
    outbox.run(workers=2)
    assert sum(message.attempts for message in outbox.messages()) <= 4
    assert outbox.counts()["queued"] == 40
    nowhere.close()


def test_limit_of_the_key_pauses_all_who_use_the_key(setup, outbox):
    setup.sandbox.connect("other")
    setup.sandbox.fail("messages.send", status=429, retry_after=60)
    outbox.add("a", "shop", text("one"))
    outbox.run()
    assert (outbox.get("a").status, setup.texts) == ("queued", [])
    again = setup.outbox()
    again.add("b", "other", text("two"))
    again.run()
    assert setup.texts == []
    move(outbox, 30)
    again.run()
    assert setup.texts == []
    move(outbox, 31)
    again.run()
    assert sorted(setup.texts) == ["one", "two"]


def test_run_waits_for_what_can_go_within_the_time_it_was_given(setup, outbox):
    setup.sandbox.fail("messages.send", status=429, retry_after=1)
    outbox.add("a", "shop", text("one"))
    outbox.run(wait=2)
    assert setup.texts == ["one"]


def test_limit_without_a_time_is_waited_for_longer_and_longer(setup, outbox):
    outbox.add("a", "shop", text("one"))
    waits = []
    for _ in range(4):
        setup.sandbox.fail("messages.send", status=429)
        outbox.run()
        assert outbox.get("a").status == "queued"
        claims = Claims(outbox._database, key_of(outbox._client), Pace(), 300)
        now, until, _ = outbox._database.write(claims.look_at_the_clock)
        wait = until - now
        waits.append(wait)
        move(outbox, wait)
    assert [round(wait) for wait in waits] == [1, 2, 4, 8]
    outbox.run()
    assert setup.texts == ["one"]


@pytest.mark.parametrize(("status", "error"), [(401, AuthenticationError), (403, PermissionDeniedError)])
def test_key_that_is_refused_ends_the_run_and_fails_no_message(setup, outbox, status, error):
    setup.sandbox.fail("messages.send", status=status, times=2)
    outbox.add_many((f"k{number}", "shop", text("Hi")) for number in range(20))
    with pytest.raises(error):
        outbox.run()
    assert outbox.counts()["queued"] == 20


def test_closed_client_ends_the_run_and_loses_nothing(setup):
    closed = TitanClient(setup.sandbox.base_url, setup.sandbox.api_key)
    outbox = setup.outbox(closed, resolve=False)
    closed.close()
    outbox.add("a", "shop", text("Hi"))
    with pytest.raises(TitanError, match="closed"):
        outbox.run()
    assert outbox.get("a").status == "queued"


def test_unexpected_error_leaves_its_message_unclear_and_leaves_the_run(setup, outbox, monkeypatch):
    class MistakeError(Exception):
        pass

    def send(self, *arguments):
        raise MistakeError

    outbox.add("a", "shop", text("Hi"))
    monkeypatch.setattr("titan.services.messages.Messages.send", send)
    with pytest.raises(MistakeError):
        outbox.run()
    assert outbox.get("a").status == "unclear"


# Numbers


def test_number_is_resolved_once_before_the_first_message_and_not_when_it_is_added(setup, outbox):
    setup.sandbox.add_contact("shop", "+5511988888888", "Ana", jid="551188888888@s.whatsapp.net")
    calls = []
    resolve = type(outbox._client.contacts).resolve

    def count(self, *arguments, **options):
        calls.append(arguments)
        return resolve(self, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("titan.services.contacts.Contacts.resolve", count)
        outbox.add_many((f"k{number}", "shop", text("Hi", "+55 11 98888-8888")) for number in range(3))
        assert calls == []
        outbox.run()
    assert len(calls) == 1
    assert {message["chatId"] for message in setup.sandbox.messages} == {"551188888888@s.whatsapp.net"}
    assert outbox.get("k0").sent_to == "551188888888@s.whatsapp.net"


def test_number_that_is_not_on_whatsapp_fails_and_is_not_asked_for_again(setup, outbox):
    nobody = "+55 11 90000-0000"
    outbox.add("a", "shop", text("Hi", nobody))
    outbox.add("b", "shop", text("Hello", nobody))
    outbox.run()
    setup.sandbox.fail("contacts.check", status=500)
    for key in ("a", "b"):
        assert (outbox.get(key).status, "not on WhatsApp" in outbox.get(key).reason) == ("failed", True)
    assert setup.texts == []


def test_numbers_are_not_resolved_where_that_is_not_wanted(setup):
    setup.sandbox.fail("contacts.check", status=500, times=9)
    outbox = setup.outbox(resolve=False)
    outbox.add("a", "shop", text("Hi"))
    outbox.run()
    assert setup.texts == ["Hi"]


@pytest.mark.parametrize("status", [403, 404, 501])
def test_chat_id_is_taken_as_it_is_where_it_cannot_be_checked(setup, outbox, status):
    setup.sandbox.fail("contacts.check", status=status)
    outbox.add("a", "shop", text("Hi"))
    outbox.run()
    assert (outbox.get("a").status, setup.texts) == ("sent", ["Hi"])


def test_phone_number_that_cannot_be_checked_is_not_guessed_at(setup, outbox):
    setup.sandbox.fail("contacts.check", status=403)
    outbox.add("a", "shop", text("Hi", "+55 11 99999-9999"))
    with pytest.raises(PermissionDeniedError):
        outbox.run()
    assert (outbox.get("a").status, setup.texts) == ("queued", [])


@pytest.mark.parametrize("fault", [{"status": 503}, {"cut": "after"}])
def test_failure_of_the_check_leaves_nothing_unclear(setup, outbox, fault):
    setup.sandbox.fail("contacts.check", **fault)
    outbox.add("a", "shop", text("Hi"))
    outbox.run()
    assert (outbox.get("a").status, setup.texts) == ("queued", [])
    move(outbox, 5)
    outbox.run()
    assert (outbox.get("a").status, setup.texts) == ("sent", ["Hi"])


def test_groups_lids_and_known_chats_are_not_checked(setup, outbox):
    setup.sandbox.receive("shop", "Hi", sender="98765432109876543210@lid")
    setup.sandbox.fail("contacts.check", status=500, times=99)
    outbox.know("shop", [person(1)])
    outbox.add("a", "shop", text("to a LID", "98765432109876543210@lid"))
    outbox.add("b", "shop", text("to a friend", person(1)))
    outbox.run()
    assert outbox.counts()["sent"] == 2


def test_progress_bar_shows_how_many_are_done(outbox, capsys):
    outbox.add("a", "shop", text("Hi"))
    outbox.run(progress=True)
    shown = capsys.readouterr()
    assert "1/1" in shown.err
    assert shown.out == ""


def test_claims_of_others_are_left_alone(setup, outbox):
    outbox.add("a", "shop", text("one"))
    outbox.add("b", "shop", text("two"))
    (claimed,) = claim(outbox)
    assert repr(claimed) == f"<message {claimed.id} of the outbox>"
    outbox.run()
    assert (outbox.get("a").status, setup.texts) == ("sending", [])
    # The turn of a process that says nothing is over long before its lease is.
    move(outbox, 31)
    outbox.run()
    assert (outbox.get("a").status, setup.texts) == ("sending", ["two"])


def test_outbox_is_a_context_manager_and_is_not_pickled(client, sqlite_url):
    with Outbox(client, sqlite_url) as outbox:
        assert repr(outbox) == f"<Outbox of {client!r} on SQLite>"
        with pytest.raises(TypeError, match="neither copied nor pickled"):
            pickle.dumps(outbox)
