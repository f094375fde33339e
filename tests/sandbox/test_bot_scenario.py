"""A bot as its author would write it, through all that WhatsApp does to it: it answers each message once."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.support.sandbox import CARLA, FRIEND, SECRET
from titan import ConflictError, NotOnWhatsAppError, PermissionDeniedError, TitanError, WebhookRouter
from titan.webhooks import RecentEvents

pytestmark = pytest.mark.usefixtures("connected")

LID = "123456789012345@lid"
NINTH_DIGIT_TOO_MANY = "+55 85 98888-7777"
BRUNO = "558588887777@s.whatsapp.net"
"""Known without the ninth digit, as many numbers in Fortaleza."""
NOBODY = "+55 11 90000-0000"


class Bot:
    """It answers by the id of each message, and keeps what it could not answer for the next connection."""

    def __init__(self, client):
        self._client = client
        self._answered = set()
        self._waiting = {}
        self.greeted = []
        self.before_answer = lambda event: None
        self.router = WebhookRouter(SECRET, seen=RecentEvents())
        self.router.on("message.received")(self.answer)
        self.router.on("session.connected")(self.answer_what_waits)

    def greet(self, number):
        """Write to somebody first, under the JID by which WhatsApp knows the number."""
        chat_id = self._client.contacts.resolve("my-session", number)
        self._client.messages.send_text("my-session", chat_id, "Your order is on its way.")
        self.greeted.append(chat_id)

    def answer(self, event):
        message = event.payload
        if message.from_me or message.id in self._answered:
            return
        self._waiting[message.id] = event
        self.before_answer(event)
        self._try(event)

    def answer_what_waits(self, _event):
        for event in [*self._waiting.values()]:
            self._try(event)

    def _try(self, event):
        try:
            self._client.messages.reply(event, f"About {event.text}: soon!")
        except ConflictError:
            return  # without a connection, it waits for the next one
        except TitanError as error:
            if not error.maybe_processed:
                raise
        self._answered.add(event.payload.id)
        del self._waiting[event.payload.id]


@pytest.fixture
def bot(sandbox, titan):
    bot = Bot(titan)
    with sandbox.subscribe(bot.router):
        yield bot


def answers(sandbox):
    """How many answers each message got that somebody wrote to the account."""
    return Counter(
        one["request"]["quotedMessage"]["id"] for one in sandbox.messages if "quotedMessage" in one["request"]
    )


def test_bot_answers_each_message_exactly_once(sandbox, titan, bot):
    written = []

    def write(text, sender, **options):
        written.append(sandbox.receive("my-session", text, sender=sender, **options)["id"])

    # A customer whose number has a digit too many, and one who is not there.
    bot.greet(NINTH_DIGIT_TOO_MANY)
    with pytest.raises(NotOnWhatsAppError):
        bot.greet(NOBODY)
    assert bot.greeted == [BRUNO]
    write("my order", NINTH_DIGIT_TOO_MANY, push_name="Bruno")
    # A stranger by LID, whose number comes later.
    write("prices", LID, push_name="Ana")
    sandbox.wait_for_deliveries()
    write("prices in euros", LID, phone_number=FRIEND)
    # Somebody helps by hand, on the phone.
    sandbox.send_from_phone("my-session", CARLA, "I will call you.")
    sandbox.wait_for_deliveries()
    assert answers(sandbox) == Counter(written)
    texts = [one["text"] for one in sandbox.chat("my-session", FRIEND)["messages"]]
    assert texts == ["prices", "About prices: soon!", "prices in euros", "About prices in euros: soon!"]

    # The ban comes while the bot is at work.
    bot.before_answer = lambda event: sandbox.ban("my-session", 3600)
    write("a refund", BRUNO)
    sandbox.wait_for_deliveries()
    bot.before_answer = lambda event: None
    assert set(written) - answers(sandbox).keys() == {written[-1]}
    for number in range(3):
        write(f"question {number}", BRUNO)
        sandbox.advance(600)
    assert titan.sessions.start("my-session").status_reason == "TEMPORARY_BAN"
    sandbox.advance(3600)

    # All of it comes in a burst, in no order, and one of it twice.
    sandbox.disorder_events(["message.received"], 3)
    assert titan.sessions.start("my-session").status == "CONNECTED"
    sandbox.wait_for_deliveries()
    last = next(one for one in reversed(sandbox.deliveries) if one["event"] == "message.received")
    sandbox.redeliver(last["id"])
    sandbox.wait_for_deliveries()
    sandbox.redeliver(last["id"], as_new_event=True)
    sandbox.wait_for_deliveries()

    # The answer to one send is lost, and the acks of another are faster than its answer.
    sandbox.fail("messages.send", cut="after")
    write("opening hours", CARLA)
    sandbox.wait_for_deliveries()
    sandbox.fail("messages.send", events_first=True)
    bot.greet(CARLA)

    assert answers(sandbox) == Counter(written)
    assert len(written) == 8
    assert not [one for one in sandbox.deliveries if one["status"] != "delivered"]


def test_bot_tells_a_restriction_from_a_ban(sandbox, titan, bot):
    message = sandbox.receive("my-session", "Hi", sender=FRIEND)
    sandbox.restrict("my-session", 3600)
    with pytest.raises(PermissionDeniedError, match="463"):
        bot.greet(CARLA)
    sandbox.receive("my-session", "Hello?", sender=FRIEND)
    sandbox.wait_for_deliveries()
    assert answers(sandbox)[message["id"]] == 1
    assert sum(answers(sandbox).values()) == 2
    sandbox.advance(3600)
    bot.greet(CARLA)


def test_bot_catches_up_when_a_connection_has_died_unnoticed(sandbox, titan, bot):
    sandbox.go_silent("my-session")
    written = [sandbox.receive("my-session", text, sender=FRIEND)["id"] for text in "123"]
    sandbox.wait_for_deliveries()
    assert answers(sandbox) == Counter()
    assert titan.sessions.get("my-session").status == "CONNECTED"
    titan.sessions.stop("my-session")
    titan.sessions.start("my-session")
    sandbox.wait_for_deliveries()
    assert answers(sandbox) == Counter(written)
