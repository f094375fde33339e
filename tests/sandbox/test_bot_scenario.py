"""The careful bot of examples/, through all that WhatsApp does to it: it answers each message once."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.examples import EXAMPLES, load
from tests.support.interpreter import run_python
from tests.support.sandbox import CARLA, FRIEND, SECRET, wait_until
from titan import NotOnWhatsAppError, PermissionDeniedError, parse_webhook

pytestmark = pytest.mark.usefixtures("connected")

LID = "123456789012345@lid"
NINTH_DIGIT_TOO_MANY = "+55 85 98888-7777"
BRUNO = "558588887777@s.whatsapp.net"
"""Known without the ninth digit, as many numbers in Fortaleza."""
NOBODY = "+55 11 90000-0000"


class Bot(load("careful_bot").CarefulBot):
    """The bot of examples/, where something can happen just before each of its answers."""

    def __init__(self, client):
        super().__init__(client, "my-session", SECRET)
        self.before_answer = lambda event: None

    def answer(self, event):
        if not event.payload.from_me:
            self.before_answer(event)
        super().answer(event)


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
    assert bot.greet(NINTH_DIGIT_TOO_MANY) == BRUNO
    with pytest.raises(NotOnWhatsAppError):
        bot.greet(NOBODY)
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


def deliver(sandbox, bot, **fields):
    """Hand an event to the bot, as Titan would post it."""
    event = sandbox.event("message.received", secret=SECRET, session="my-session", **fields)
    bot.router.handle(event.body, event.headers)


def count_answers(sandbox):
    return sum(one["text"].startswith("About") for one in sandbox.messages)


def test_bot_answers_a_message_once_that_comes_in_two_events_at_the_same_time(sandbox, bot):
    together = threading.Barrier(2)
    bot.before_answer = lambda event: together.wait(5)
    message_id = sandbox.receive("my-session", "Hi", sender=LID)["id"]
    together.wait(5)
    sandbox.wait_for_deliveries()
    bot.answered.clear()  # as if it had just come
    with ThreadPoolExecutor(2) as threads:
        for _ in range(2):
            threads.submit(deliver, sandbox, bot, id=message_id, sender=LID)
    assert count_answers(sandbox) == 2


def test_bot_answers_once_what_is_under_way_when_the_connection_comes_back(sandbox, bot):
    sandbox.fail("messages.send", delay=0.5)
    message = sandbox.receive("my-session", "Hi", sender=FRIEND)
    wait_until(lambda: bot.answered)
    assert count_answers(sandbox) == 0
    bot.answer_what_waits(None)
    sandbox.wait_for_deliveries()
    assert answers(sandbox) == Counter([message["id"]])


def test_bot_answers_what_waits_though_the_connection_was_back_before_it_waited(sandbox, bot):
    event = parse_webhook(sandbox.event("message.received", secret=SECRET, session="my-session").body)
    bot.answered.add(event.payload.id)
    bot.wait_for_connection(event.payload.id, event)
    assert count_answers(sandbox) == 1
    assert not bot.waiting


def test_bot_answers_no_story_and_what_waits_behind_something_that_fails(sandbox, titan, bot):
    deliver(sandbox, bot, **{"from": {"id": "status@broadcast"}, "sender": None, "id": "msg_story"})
    assert not bot.waiting
    bot.before_answer = lambda event: sandbox.ban("my-session", 3600)
    written = [sandbox.receive("my-session", text, sender=FRIEND)["id"] for text in ("one", "two")]
    sandbox.wait_for_deliveries()
    bot.before_answer = lambda event: None
    assert set(bot.waiting) <= set(written)
    sandbox.advance(3600)
    sandbox.fail("messages.send", status=400)
    titan.sessions.start("my-session")
    sandbox.wait_for_deliveries()
    # The first failed, and Titan delivers the event of the connection, or of the message, again.
    sandbox.advance(600)
    sandbox.wait_for_deliveries()
    assert answers(sandbox) == Counter(written)


def run_example(name, imported_from=EXAMPLES):
    script = str(EXAMPLES / f"{name}.py")
    return run_python(
        "import runpy, sys\n"
        f"sys.path.insert(0, {str(imported_from)!r})\n"
        f"runpy.run_path({script!r}, run_name='__main__')"
    )


REHEARSAL = """\
Bruno's chat id is 558588887777@s.whatsapp.net
this phone number is not on WhatsApp
Answered: 2 of 2
Banned: TEMPORARY_BAN
Answered: 2 of 6
Answered: 6 of 6
Each of them once: yes
"""


def test_rehearsal_runs_by_itself_and_says_what_happened():
    assert run_example("careful_bot_rehearsal") == REHEARSAL


FORGETFUL = {
    "whom it has answered": ("            self.answered.add(message_id)\n", "            pass\n"),
    "what it could not answer": ("            self.waiting[message_id] = event\n", ""),
    "to ask WhatsApp for the chat id": ("self.client.contacts.resolve(self.session, number)", "number"),
}


# Each is a process of its own.
@pytest.mark.heavy
@pytest.mark.parametrize("what", FORGETFUL)
def test_rehearsal_fails_with_a_bot_that_forgets(what, tmp_path):
    bot = (EXAMPLES / "careful_bot.py").read_text(encoding="utf-8")
    line, instead = FORGETFUL[what]
    assert line in bot
    (tmp_path / "careful_bot.py").write_text(bot.replace(line, instead), encoding="utf-8")
    with pytest.raises(AssertionError, match="status 1"):
        run_example("careful_bot_rehearsal", tmp_path)
