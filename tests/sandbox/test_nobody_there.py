"""Phone numbers that are not on WhatsApp: what is sent there stays sent, and nobody answers."""

from __future__ import annotations

import pytest

from tests.support.messages import find_message, statuses_of
from tests.support.sandbox import BASE, CARLA, FRIEND, GROUP, data_of, jid_of, payloads_of
from titan.sandbox import SandboxError

pytestmark = pytest.mark.usefixtures("connected")

NUMBER = "+5511900000000"
NOBODY = "5511900000000@s.whatsapp.net"
REFUSAL = f"nobody is at {NOBODY}: this phone number is not on WhatsApp"


@pytest.fixture
def lost(titan):
    """A poll that was sent to nobody."""
    poll = {"chatId": NOBODY, "type": "poll", "question": "When?", "options": ["Mon", "Tue"]}
    return titan.messages.send("my-session", poll).to_dict()


def test_message_is_accepted_and_stays_sent(sandbox, titan, receiver):
    sandbox.configure(delivered_after=60, read_after=120)
    sent = titan.messages.send_text("my-session", NOBODY, "Hello?").to_dict()
    assert (sent["chatId"], sent["status"]) == (NOBODY, "sent")
    sandbox.advance(10**6)
    sandbox.disconnect("my-session")
    sandbox.connect("my-session")
    assert find_message(sandbox, sent)["status"] == sandbox.messages[0]["status"] == "sent"
    assert statuses_of(sandbox, receiver) == [(sent["id"], "sent")]
    # Not even an LID is known, since there is nobody who could have one.
    (payload,) = payloads_of(sandbox, receiver, "message.sent")
    assert payload["from"] == {"phoneNumber": NUMBER, "mode": "pn"}


def test_message_that_is_pending_is_sent_and_no_more(sandbox, titan):
    sandbox.configure(sent_after=60, delivered_after=60, read_after=60)
    sent = titan.messages.send_text("my-session", NOBODY, "Hello?").to_dict()
    assert sandbox.acknowledge("my-session", sent["id"], "sent")["status"] == "sent"
    sandbox.advance(300)
    assert find_message(sandbox, sent)["status"] == "sent"


ACTS = {
    "delivered": lambda sandbox, lost: sandbox.acknowledge("my-session", lost["id"], "delivered"),
    "read": lambda sandbox, lost: sandbox.acknowledge("my-session", lost["id"]),
    "react": lambda sandbox, lost: sandbox.react("my-session", lost["id"], "👍"),
    "react as somebody else": lambda sandbox, lost: sandbox.react(
        "my-session", lost["id"], "👍", sender=FRIEND
    ),
    "vote": lambda sandbox, lost: sandbox.vote("my-session", lost["id"], ["Mon"]),
    "write": lambda sandbox, lost: sandbox.receive("my-session", "Hi", sender=NUMBER),
    "write in a group": lambda sandbox, lost: sandbox.receive("my-session", "Hi", sender=NOBODY, group=GROUP),
    "call": lambda sandbox, lost: sandbox.call("my-session", sender=NUMBER),
    "type": lambda sandbox, lost: sandbox.set_presence("my-session", NOBODY, "composing"),
    "become a contact": lambda sandbox, lost: sandbox.add_contact("my-session", NUMBER, "Ana"),
    "be written to by phone": lambda sandbox, lost: sandbox.send_from_phone("my-session", NUMBER, "Hi"),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_nobody_does_anything(sandbox, api, titan, lost, receiver, act):
    sandbox.wait_for_deliveries()
    seen = len(receiver.events)
    with pytest.raises(SandboxError) as refused:
        act(sandbox, lost)
    assert (refused.value.status, refused.value.message) == (409, REFUSAL)
    sandbox.wait_for_deliveries()
    assert len(receiver.events) == seen
    assert titan.contacts.list("my-session") == titan.groups.list("my-session") == []
    shown = find_message(sandbox, lost)
    assert (shown["status"], shown["reactions"]) == ("sent", [])
    assert [one["votes"] for one in shown["poll"]["options"]] == [0, 0]


def test_nobody_is_added_to_a_group_and_the_answer_names_those_who_were(sandbox, titan, receiver):
    group = titan.groups.create("my-session", {"name": "Us", "participants": [NOBODY, FRIEND]})
    assert [one.phone_number for one in group.participants][1:] == ["+5511999999999"]
    added = titan.groups.add_participants("my-session", group.id, {"participants": [NOBODY, CARLA]})
    assert [one.phone_number for one in added] == ["+5511977776666"]
    assert titan.groups.add_participants("my-session", group.id, {"participants": [NOBODY]}) == []
    shown = titan.groups.get("my-session", group.id)
    assert [one.phone_number for one in shown.participants][1:] == ["+5511999999999", "+5511977776666"]
    first, second = payloads_of(sandbox, receiver, "group.participant")
    assert NOBODY not in first["participants"]
    assert second["participants"] == [CARLA]


def test_message_in_a_group_that_nobody_else_is_in_stays_sent(sandbox, titan):
    sandbox.configure(delivered_after=60, read_after=120)
    group = titan.groups.create("my-session", {"name": "Alone", "participants": [NOBODY]})
    titan.messages.send_text("my-session", group.id, "Hello?")
    sandbox.advance(300)
    assert sandbox.messages[0]["status"] == "sent"


def test_presence_of_nobody_is_never_known(titan, api):
    titan.presence.subscribe("my-session", NOBODY)
    assert titan.presence.list("my-session") == []
    assert api.get(f"{BASE}/presence/{NOBODY}").status_code == 404


def test_chat_with_nobody_is_listed_by_its_number(sandbox, titan, api, lost):
    (chat,) = titan.chats.list("my-session")
    assert (chat.id, chat.name, chat.unread_count) == (NOBODY, NUMBER, 0)
    data_of(api.post(f"{BASE}/chats/{NOBODY}/archive"))
    assert titan.chats.get("my-session", NOBODY).archived


def test_account_that_scans_is_on_whatsapp_whatever_its_number(sandbox, titan, connected):
    titan.sessions.create({"name": "new", "start": True})
    assert sandbox.scan("new", phone_number=NUMBER)["phoneNumber"] == NUMBER
    assert titan.contacts.resolve("my-session", NUMBER) == NOBODY
    titan.messages.send_text("my-session", NOBODY, "Hello!")
    assert len(sandbox.chat("new", jid_of(connected))["messages"]) == 1
