"""The pattern of docs/guides/errors.md settles what is unclear, and nothing else."""

from __future__ import annotations

import pytest

from tests.support.documents import blocks_of
from titan import WebhookRouter

PATTERN = next(block.code for block in blocks_of("docs/guides/errors.md") if "def send_once" in block.code)
CHAT, TEXT = "5511999999999@s.whatsapp.net", "Your order 1042 is on its way."
LID = "123456789012345@lid"


@pytest.fixture
def pattern(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "errors"}
    exec(compile(f"from titan import TitanClient, TitanError\n{PATTERN}", "errors.md", "exec"), names)
    return names


@pytest.fixture
def send(sandbox, client, pattern):
    """Send a text once, and wait until its events have come."""
    router = WebhookRouter("a secret")
    router.on("message.sent")(pattern["settle"])

    def send(text=TEXT, chat_id=CHAT):
        state = pattern["send_once"](client, "default", chat_id, text)
        sandbox.wait_for_deliveries()
        return state

    with sandbox.subscribe(router):
        yield send


@pytest.fixture
def states(pattern):
    def states():
        with pattern["transaction"]() as database:
            return [row[0] for row in database.execute("SELECT state FROM outgoing ORDER BY id")]

    return states


@pytest.mark.parametrize("chat_id", [CHAT, LID])
def test_an_event_settles_a_message_whose_answer_was_lost(sandbox, send, states, chat_id):
    sandbox.fail("messages.send", cut="after")
    assert send(chat_id=chat_id) in ("unclear", "sent")
    assert states() == ["sent"]


def test_a_message_that_never_arrived_stays_unclear_and_is_not_sent_again(sandbox, send, states, pattern):
    sandbox.fail("messages.send", cut="before")
    assert send() == send() == "unclear"
    assert states() == ["unclear"]
    assert sandbox.messages == []
    assert pattern["unclear_for"](seconds=0) == [("default", CHAT, TEXT)]
    assert pattern["unclear_for"](seconds=3600) == []


def test_a_refused_message_has_failed_and_can_be_sent_later(sandbox, client, send, states):
    client.sessions.stop("default")
    assert send() == "failed"
    sandbox.connect("default")
    assert send() == "sent"
    assert states() == ["failed", "sent"]


def test_an_event_that_comes_before_the_answer_settles_the_message_once(sandbox, send, states):
    sandbox.fail("messages.send", events_first=True)
    send()
    assert send("Another text") == "sent"
    assert states() == ["sent", "sent"]


def test_events_of_other_messages_settle_nothing(sandbox, client, send, states):
    assert send() == "sent"
    earlier = next(one for one in sandbox.deliveries if one["event"] == "message.sent")
    sandbox.fail("messages.send", cut="before")
    assert send() == "unclear"
    sandbox.redeliver(earlier["id"], as_new_event=True)  # of the same text, and known by its id
    client.messages.send_text("default", "5511988887777@s.whatsapp.net", TEXT)  # to somebody else
    client.messages.send_text("default", CHAT, "Another text")
    sandbox.wait_for_deliveries()
    assert states() == ["sent", "unclear"]
