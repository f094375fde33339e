"""The helpers of the SDK, and a router with a store, against what WhatsApp does to accounts and people."""

from __future__ import annotations

import io
import threading

import pytest

from tests.support.sandbox import FRIEND, SECRET
from titan import (
    ConflictError,
    NotOnWhatsAppError,
    PairingError,
    PermissionDeniedError,
    WebhookRouter,
)
from titan.webhooks import RecentEvents

pytestmark = pytest.mark.usefixtures("connected")

SESSION = "my-session"
LID = "123456789012345@lid"
SHORT = "553188887777@s.whatsapp.net"
LONG = "5531988887777@s.whatsapp.net"
"""The number behind SHORT with the ninth digit, which WhatsApp does not have there."""
NOBODY = "5511900000000@s.whatsapp.net"
GIF = b"GIF89a, the beginning of one"


def send_text(titan, chat_id, event=None):
    titan.messages.send_text(SESSION, chat_id, "Hello!")


def send_file(titan, chat_id, event=None):
    titan.messages.send_file(SESSION, chat_id, io.BytesIO(GIF), type="file", filename="hello.gif")


def reply(titan, chat_id, event=None):
    titan.messages.reply(event, "Hello!")


def submit(titan, chat_id, event=None):
    titan.submit(titan.messages.send, SESSION, {"chatId": chat_id, "type": "text", "text": "Hello!"})


SENDERS = [send_text, send_file, submit]
ANSWERERS = [*SENDERS, reply]


def last_of(sandbox):
    """What was sent last, once commands of async mode have run."""
    sandbox.advance(1)
    return sandbox.messages[-1]


class Inbox:
    """The events that a router with a store has handled."""

    def __init__(self):
        self.received, self.other = [], []
        self.router = WebhookRouter(SECRET, seen=RecentEvents())
        self.router.on("message.received")(self.received.append)
        self.router.on("message.sent", "message.ack", "command.result")(self.other.append)


@pytest.fixture
def inbox(sandbox):
    inbox = Inbox()
    with sandbox.subscribe(inbox.router):
        yield inbox


@pytest.mark.parametrize("answer", ANSWERERS)
def test_stranger_is_answered_by_lid(sandbox, titan, inbox, answer):
    sandbox.receive(SESSION, "Hi", sender=LID)
    sandbox.wait_for_deliveries()
    (event,) = inbox.received
    assert (event.chat_id, event.sender_id) == (LID, LID)
    answer(titan, event.chat_id, event)
    assert last_of(sandbox)["chatId"] == LID
    assert titan.contacts.resolve(SESSION, LID) == LID


@pytest.mark.parametrize("send", SENDERS)
def test_resolved_number_is_reached_and_other_digits_are_not(sandbox, titan, send):
    sandbox.configure(delivered_after=1, read_after=1)
    for chat_id, status in ((LONG, "sent"), (titan.contacts.resolve(SESSION, "+55 31 98888-7777"), "read")):
        send(titan, chat_id)
        last_of(sandbox)
        sandbox.advance(60)
        assert (sandbox.messages[-1]["chatId"], sandbox.messages[-1]["status"]) == (chat_id, status)


@pytest.mark.parametrize("answer", ANSWERERS)
def test_answer_goes_to_the_digits_that_whatsapp_has(sandbox, titan, inbox, answer):
    sandbox.receive(SESSION, "Hi", sender="+55 31 98888-7777")
    sandbox.wait_for_deliveries()
    answer(titan, inbox.received[0].chat_id, inbox.received[0])
    assert last_of(sandbox)["chatId"] == SHORT


@pytest.mark.parametrize("send", SENDERS)
def test_message_to_nobody_is_accepted_and_stays_sent(sandbox, titan, send):
    sandbox.configure(delivered_after=1, read_after=1)
    with pytest.raises(NotOnWhatsAppError):
        titan.contacts.resolve(SESSION, "+55 11 90000-0000")
    send(titan, NOBODY)
    last_of(sandbox)
    sandbox.advance(24 * 3600)
    assert sandbox.messages[-1]["status"] == "sent"


@pytest.mark.parametrize("send", SENDERS)
def test_restriction_refuses_a_first_message_and_says_that_nothing_was_sent(sandbox, titan, inbox, send):
    sandbox.restrict(SESSION)
    chat_id = titan.contacts.resolve(SESSION, "+55 11 99999-9999")
    if send is submit:
        send(titan, chat_id)
        sandbox.advance(1)
        sandbox.wait_for_deliveries()
        (result,) = inbox.other
        assert (result.data.success, "463" in result.data.result["error"]) == (False, True)
    else:
        with pytest.raises(PermissionDeniedError, match="463") as refused:
            send(titan, chat_id)
        assert not refused.value.maybe_processed
    assert sandbox.messages == []


@pytest.mark.parametrize("answer", ANSWERERS)
def test_restriction_leaves_answers_alone(sandbox, titan, inbox, answer):
    sandbox.restrict(SESSION)
    sandbox.receive(SESSION, "Hi", sender=FRIEND)
    sandbox.wait_for_deliveries()
    answer(titan, inbox.received[0].chat_id, inbox.received[0])
    assert last_of(sandbox)["chatId"] == FRIEND


@pytest.mark.parametrize("answer", ANSWERERS)
def test_ban_refuses_everything_and_says_that_nothing_was_sent(sandbox, titan, inbox, answer):
    sandbox.receive(SESSION, "Hi", sender=FRIEND)
    sandbox.wait_for_deliveries()
    sandbox.ban(SESSION)
    for call in (
        lambda: answer(titan, FRIEND, inbox.received[0]),
        lambda: titan.contacts.resolve(SESSION, "+55 11 99999-9999"),
    ):
        with pytest.raises(ConflictError, match="not connected") as refused:
            call()
        assert not refused.value.maybe_processed
    sandbox.advance(1)
    assert sandbox.messages == []


def test_pairing_tells_of_a_ban_at_once_and_not_of_silence(sandbox, titan):
    sandbox.go_silent(SESSION)
    assert titan.pairing.wait(SESSION, on_qr=print, timeout=5).status == "CONNECTED"
    sandbox.ban(SESSION)
    with pytest.raises(PairingError) as refused:
        titan.pairing.wait(SESSION, on_qr=print, timeout=5)
    assert refused.value.reason == "TEMPORARY_BAN"


@pytest.mark.parametrize("answer", ANSWERERS)
def test_what_is_sent_over_a_silent_connection_waits_and_leaves_once(sandbox, titan, inbox, answer):
    sandbox.receive(SESSION, "Hi", sender=FRIEND)
    sandbox.wait_for_deliveries()
    sandbox.go_silent(SESSION)
    answer(titan, FRIEND, inbox.received[0])
    assert last_of(sandbox)["status"] == "pending"
    sandbox.connect(SESSION)
    assert [one["status"] for one in sandbox.messages] == ["sent"]


@pytest.mark.parametrize("answer", ANSWERERS)
def test_acks_that_come_before_the_answer_disturb_nobody(sandbox, titan, inbox, answer):
    sandbox.receive(SESSION, "Hi", sender=FRIEND)
    sandbox.wait_for_deliveries()
    sandbox.fail("messages.send", events_first=True)
    answer(titan, FRIEND, inbox.received[0])
    message_id = last_of(sandbox)["id"]
    sandbox.wait_for_deliveries()
    told = [one for one in inbox.other if one.event != "command.result"]
    assert {one.payload.id for one in told} == {message_id}
    assert {"message.sent", "message.ack"} <= {one.event for one in told}


@pytest.mark.parametrize("answer", ANSWERERS)
def test_burst_in_no_order_with_one_event_twice_is_handled_once_each(sandbox, titan, inbox, answer):
    titan.sessions.stop(SESSION)
    texts = [f"Question {number}" for number in range(5)]
    for text in texts:
        sandbox.receive(SESSION, text, sender=FRIEND)
    sandbox.disorder_events(["message.received"], 5)
    titan.sessions.start(SESSION)
    sandbox.wait_for_deliveries()
    again = next(one for one in sandbox.deliveries if one["event"] == "message.received")
    sandbox.redeliver(again["id"])
    sandbox.wait_for_deliveries()
    assert [event.text for event in inbox.received] == texts[::-1]
    for event in inbox.received:
        answer(titan, event.chat_id, event)
    last_of(sandbox)
    assert len(sandbox.messages) == 5


def test_event_that_comes_twice_at_a_time_is_handled_once(sandbox, titan):
    begun, ended, handled = threading.Event(), threading.Event(), []
    router = WebhookRouter(SECRET, seen=RecentEvents())

    @router.on("message.received")
    def handle(event):
        handled.append(event.id)
        begun.set()
        assert ended.wait(10)

    with sandbox.subscribe(router), sandbox.subscribe(router, path="/again"):
        sandbox.receive(SESSION, "Hi", sender=FRIEND)
        assert begun.wait(10)
        ended.set()
        sandbox.wait_for_deliveries()
        # The one that was refused meanwhile comes again later.
        sandbox.advance(60)
        sandbox.wait_for_deliveries()
    assert len(handled) == 1
    assert {one["status"] for one in sandbox.deliveries} == {"delivered"}


@pytest.mark.parametrize("answer", ANSWERERS)
def test_message_of_the_own_phone_is_known_by_from_me_and_has_the_chat_of_the_other(
    sandbox, titan, inbox, connected, answer
):
    sandbox.send_from_phone(SESSION, FRIEND, "Hi")
    sandbox.wait_for_deliveries()
    (event,) = inbox.received
    assert (event.payload.from_me, event.chat_id) == (True, FRIEND)
    answer(titan, event.chat_id, event)
    assert last_of(sandbox)["chatId"] == FRIEND
