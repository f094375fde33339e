"""The recipe of a support bot: it answers once, and is silent while a person is active."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.examples import (
    EXAMPLES,
    encoded,
    environment,
    free_port,
    received,
    run_example,
    running,
)
from tests.support.loopback import http_json, serving
from titan import TitanClient, sign_webhook
from titan.sandbox import Sandbox

ANA = "5511988887777@s.whatsapp.net"
BRUNO = "5511977776666@s.whatsapp.net"
GROUP = "120363012345678901@g.us"
SECRET = "a secret of the test"


@pytest.fixture
def recipe(load):
    return load("support_bot")


@pytest.fixture
def start(recipe, titan, client, tmp_path):
    """Start a bot on the file of the last one; the last one gets no more events."""
    with contextlib.ExitStack() as running:

        def start():
            running.close()
            memory = recipe.Memory(str(tmp_path / "support-bot.db"))
            bot = recipe.SupportBot(client, SECRET, memory)
            running.enter_context(titan.subscribe(bot.router))
            return bot

        yield start


@pytest.fixture
def ask(titan):
    """Let somebody write, and see what the bot answers."""

    def ask(text, sender=ANA, **options):
        before = len(titan.messages)
        titan.receive("default", text, sender=sender, **options)
        titan.wait_for_deliveries()
        return [one["text"] for one in titan.messages[before:]]

    return ask


@pytest.fixture
def write_as_person(titan):
    def write(text, chat_id=ANA):
        titan.send_from_phone("default", chat_id, text)
        titan.wait_for_deliveries()

    return write


def test_scene_is_played_on_a_local_titan(recipe, tmp_path):
    done = run_example("support_bot", tmp_path)
    assert done.returncode == 0, done.stdout
    assert (
        "You: I am sorry! A new one is on its way.\nAna: Thank you. What is its price?\nYou:" in done.stdout
    )
    assert done.stdout.endswith(f"Ana: Hello?\nBot: {recipe.ANSWERS['hello']}\n")
    assert [*tmp_path.iterdir()] == []


def test_program_serves_what_it_subscribed_and_remembers_across_a_restart(recipe, tmp_path):
    with Sandbox() as titan, TitanClient(titan.base_url, titan.api_key) as client:
        titan.connect("default")
        command = [sys.executable, str(EXAMPLES / "support_bot.py")]
        variables = {
            "TITAN_BASE_URL": titan.base_url,
            "TITAN_API_KEY": titan.api_key,
            "PORT": str(free_port()),
        }
        for text in ("Hello", "A person!", "Hello"):
            with running(lambda port: command, tmp_path, **variables):
                titan.receive("default", text, sender=ANA)
                titan.wait_for_deliveries()
        assert [one["text"] for one in titan.messages] == [recipe.ANSWERS["hello"], recipe.HANDED_OVER]
        assert len(client.webhooks.list()) == 1, "a restart goes on with the webhook"


def test_bot_answers_what_it_knows_in_the_chat(recipe, start, ask):
    start()
    assert ask("when do you OPEN?") == [recipe.ANSWERS["open"]]
    assert ask("The price?", BRUNO) == [recipe.ANSWERS["price"]]


def test_bot_ignores_groups_and_stories(titan, start, ask):
    bot = start()
    assert ask("Hello", group=GROUP) == []
    event = titan.event("message.received", text="Hello", from_={"id": "status@broadcast"}, secret=SECRET)
    bot.router.handle(*event)
    assert titan.messages == []


def test_chat_is_handed_over_on_request_and_others_are_not(recipe, start, ask):
    start()
    assert ask("Can I talk to a human?") == [recipe.HANDED_OVER]
    assert ask("Hello") == []
    assert ask("Hello", BRUNO) == [recipe.ANSWERS["hello"]]


def test_chat_is_handed_over_after_two_misunderstandings_in_a_row(recipe, start, ask):
    start()
    for answers in (
        [recipe.NOT_UNDERSTOOD],
        [recipe.HANDED_OVER],
        [],
    ):
        assert ask("qwertz") == answers
    assert ask("qwertz", BRUNO) == [recipe.NOT_UNDERSTOOD]
    assert ask("Hello", BRUNO) == [recipe.ANSWERS["hello"]]
    assert ask("qwertz", BRUNO) == [recipe.NOT_UNDERSTOOD]


def test_misunderstood_message_that_comes_again_after_a_failure_counts_once(recipe, titan, start, ask):
    start()
    titan.fail("messages.send", status=409)
    assert ask("qwertz") == []
    titan.advance(60)
    titan.wait_for_deliveries()
    assert [one["text"] for one in titan.messages] == [recipe.NOT_UNDERSTOOD]


def test_bot_is_silent_while_the_person_is_active_and_takes_over_after_a_while(
    recipe, titan, start, ask, write_as_person
):
    start()
    write_as_person("Hi Ana, this is Carla.")
    titan.advance(recipe.SECONDS_OF_SILENCE - 60)
    assert ask("Hello") == []
    write_as_person("Just a moment.")
    titan.advance(recipe.SECONDS_OF_SILENCE - 60)
    assert ask("Hello") == []
    titan.advance(120)
    assert ask("Hello") == [recipe.ANSWERS["hello"]]


def test_person_hands_the_chat_back_with_a_command(recipe, start, ask, write_as_person):
    start()
    write_as_person("I will see to it. #bot")
    assert ask("Hello") == [recipe.ANSWERS["hello"]]
    write_as_person("One more thing:")
    assert ask("Hello") == []
    write_as_person("That is all. #bot ")
    assert ask("Hello") == [recipe.ANSWERS["hello"]]


def test_bot_does_not_take_itself_for_the_person(recipe, titan, start, ask):
    bot = start()
    own = titan.event(
        "message.received", text=recipe.ANSWERS["hello"], sender=ANA, from_me=True, secret=SECRET
    )
    bot.router.handle(*own)
    assert ask("Hello") == [recipe.ANSWERS["hello"]]


def test_message_that_comes_late_from_before_the_hand_over_is_left_to_the_person(
    titan, start, ask, write_as_person
):
    start()
    write_as_person("Hi Ana!")
    titan.disconnect("default")
    assert ask("Hello") == []
    titan.advance(7200)
    titan.connect("default")
    titan.wait_for_deliveries()
    assert titan.messages == []


def test_state_survives_a_restart(recipe, start, ask):
    start()
    assert ask("A person, please") == [recipe.HANDED_OVER]
    assert ask("qwertz", BRUNO) == [recipe.NOT_UNDERSTOOD]
    start()
    assert ask("Hello") == []
    assert ask("qwertz", BRUNO) == [recipe.HANDED_OVER]


def test_message_that_comes_again_is_not_answered_again(titan, start, ask):
    start()
    assert len(ask("Hello")) == 1
    id_of_message = titan.chat("default", ANA)["messages"][0]["id"]
    for as_new_event in (False, True):
        delivery = next(one for one in titan.deliveries if one["event"] == "message.received")
        titan.redeliver(delivery["id"], as_new_event=as_new_event)
        titan.wait_for_deliveries()
    bot = start()
    again = titan.event("message.received", text="Hello", sender=ANA, id=id_of_message, secret=SECRET)
    bot.router.handle(*again)
    assert len(titan.messages) == 1


def test_message_that_comes_twice_at_once_is_answered_once(titan, start):
    bot = start()
    message = {"text": "Hello", "sender": ANA, "id": "msg_1", "secret": SECRET}
    events = [titan.event("message.received", **message) for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        [*threads.map(lambda event: bot.router.handle(*event), events)]
    assert len(titan.messages) == 1


def test_answer_that_was_surely_not_sent_is_sent_when_the_event_comes_again(recipe, titan, start, ask):
    start()
    titan.fail("messages.send", status=409)
    assert ask("Hello") == []
    titan.advance(60)
    titan.wait_for_deliveries()
    assert [one["text"] for one in titan.messages] == [recipe.ANSWERS["hello"]]


@pytest.mark.parametrize("fault", [{"cut": "after"}, {"status": 500}])
def test_chat_of_an_unclear_answer_is_handed_to_the_person(titan, start, ask, fault, capsys):
    start()
    titan.fail("messages.send", **fault)
    sent = len(ask("Hello"))
    titan.advance(60)
    titan.wait_for_deliveries()
    assert len(titan.messages) == sent
    assert "A person is needed" in capsys.readouterr().out
    assert ask("Hello") == []


def test_chat_whose_answer_was_under_way_when_the_bot_was_killed_is_handed_to_the_person(
    recipe, titan, start, ask, tmp_path
):
    asked, over = threading.Event(), threading.Event()

    def answer(request):
        if request.target.endswith("/send"):
            asked.set()
            over.wait(60)
            return None
        return http_json({"data": []} if request.method == "GET" else {"data": {"id": 1}})

    event = {**received(), "session": "default"}
    event["payload"].update(text="Hello")
    code = (
        "import sys, titan; sys.path.insert(0, sys.argv[1]); import support_bot as recipe\n"
        "bot = recipe.SupportBot(titan.TitanClient(), 'secret', recipe.Memory('support-bot.db'))\n"
        "bot.router.handle(sys.argv[2], sys.argv[3])\n"
    )
    body = encoded(event)
    with serving(answer) as silent:
        command = [sys.executable, "-c", code, str(EXAMPLES), body.decode(), sign_webhook(body, "secret")]
        variables = environment(TITAN_BASE_URL=silent.url, TITAN_API_KEY=titan.api_key)
        with subprocess.Popen(command, env=variables, cwd=tmp_path) as process:
            assert asked.wait(60)
            process.kill()
        over.set()
    bot = start()
    bot.router.handle(body, sign_webhook(body, SECRET))
    assert titan.messages == []
    assert recipe.Memory(str(tmp_path / "support-bot.db")).is_with_person("5511999999999@s.whatsapp.net", 0)


def test_message_is_answered_later_where_the_memory_could_not_be_read(recipe, titan, start, ask, monkeypatch):
    bot = start()
    fails = [True, True]

    def choose(self, text, chat_id, choose=recipe.SupportBot._choose):
        if fails and fails.pop():
            raise recipe.sqlite3.OperationalError("database is locked")
        return choose(self, text, chat_id)

    monkeypatch.setattr(recipe.SupportBot, "_choose", choose)
    assert bot is not None
    assert ask("Hello") == []
    for _ in range(2):
        titan.advance(3600)
        titan.wait_for_deliveries()
    assert [one["text"] for one in titan.messages] == [recipe.ANSWERS["hello"]]
