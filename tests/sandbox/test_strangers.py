"""People of whom only the LID is known: they do what others do, until something tells their number."""

from __future__ import annotations

import json

import pytest

from tests.support.messages import find_message, statuses_of
from tests.support.sandbox import (
    BASE,
    CARLA,
    FRIEND,
    GROUP,
    SECRET,
    data_of,
    error_of,
    jid_of,
    payloads_of,
)
from titan import NotFoundError, WebhookRouter
from titan.sandbox import SandboxError

pytestmark = pytest.mark.usefixtures("connected")

LID = "123456789012345@lid"
STRANGER = {"lid": LID, "mode": "lid"}
FRIENDS_NUMBER = "+5511999999999"
BOTH = {"phoneNumber": FRIENDS_NUMBER, "lid": LID, "mode": "pn"}


@pytest.fixture
def stranger(sandbox):
    """The first message of a stranger."""
    return sandbox.receive("my-session", "Hi", sender=LID, push_name="Ana")


def test_message_of_a_stranger_comes_without_a_number(sandbox, receiver, stranger):
    assert (stranger["chatId"], stranger["sender"], stranger["pushName"]) == (LID, LID, "Ana")
    (payload,) = payloads_of(sandbox, receiver, "message.received")
    assert (payload["from"], payload["isGroup"], payload["pushName"]) == (STRANGER, False, "Ana")


def test_stranger_is_received_over_http(api):
    body = {"text": "Hi", "sender": LID}
    assert data_of(api.post("/sandbox/sessions/my-session/messages", json=body))["chatId"] == LID


def test_stranger_without_a_name_is_called_by_the_lid(sandbox, titan):
    assert sandbox.receive("my-session", "Hi", sender=LID)["pushName"] == LID
    assert titan.chats.get("my-session", LID).name == LID


@pytest.mark.parametrize("way", ["send", "send_text", "plain HTTP"])
def test_answer_to_a_stranger_is_delivered_and_read(sandbox, titan, api, receiver, stranger, way):
    sandbox.configure(delivered_after=60, read_after=120)
    message = {"chatId": LID, "type": "text", "text": "Hello!"}
    if way == "send":
        sent = titan.messages.send("my-session", message).to_dict()
    elif way == "send_text":
        sent = titan.messages.send_text("my-session", LID, "Hello!").to_dict()
    else:
        sent = data_of(api.post("/api/messages/send", json={"session": "my-session", **message}))
    assert (sent["chatId"], sent["status"]) == (LID, "sent")
    sandbox.advance(61)
    assert find_message(sandbox, sent)["status"] == "delivered"
    sandbox.advance(60)
    assert find_message(sandbox, sent)["status"] == "read"
    assert [status for _, status in statuses_of(sandbox, receiver)] == ["sent", "delivered", "read"]
    assert payloads_of(sandbox, receiver, "message.sent")[0]["from"] == STRANGER


def test_handler_answers_a_stranger_by_the_chat_id_of_the_event(sandbox, titan, receiver, stranger):
    router = WebhookRouter(SECRET)

    @router.on("message.received")
    def answer(event):
        titan.messages.send_text(event.session, event.payload.from_.chat_id, "Hello!")

    sandbox.wait_for_deliveries()
    router.handle(receiver.bodies[0], receiver.headers[0])
    assert [one["text"] for one in sandbox.chat("my-session", LID)["messages"]] == ["Hi", "Hello!"]


def test_message_can_be_sent_to_a_lid_before_anybody_wrote_from_it(sandbox, titan):
    sent = titan.messages.send_text("my-session", LID, "Hello!")
    assert sandbox.acknowledge("my-session", sent.id)["status"] == "read"


def test_answer_of_a_stranger_shows_that_the_message_was_read(sandbox, titan):
    sent = titan.messages.send_text("my-session", LID, "Hello!").to_dict()
    sandbox.receive("my-session", "Yes?", sender=LID)
    assert find_message(sandbox, sent)["status"] == "read"


def test_stranger_reacts_and_votes(sandbox, titan, receiver, stranger):
    poll = {"chatId": LID, "type": "poll", "question": "When?", "options": ["Mon", "Tue"]}
    sent = titan.messages.send("my-session", poll)
    assert sandbox.react("my-session", sent.id, "👍")["reactions"] == [{"sender": LID, "reaction": "👍"}]
    sandbox.vote("my-session", sent.id, ["Mon"], sender=LID)
    for event in ("message.reaction", "message.vote"):
        (payload,) = payloads_of(sandbox, receiver, event)
        assert (payload["sender"], payload["chatId"]) == (STRANGER, LID)


def test_stranger_edits_and_revokes(sandbox, receiver, stranger):
    sandbox.edit("my-session", stranger["id"], "Hi there")
    sandbox.revoke("my-session", stranger["id"])
    for event in ("message.edited", "message.revoked"):
        assert payloads_of(sandbox, receiver, event)[0]["sender"] == STRANGER


def test_stranger_calls(sandbox, receiver):
    call = sandbox.call("my-session", sender=LID)
    assert payloads_of(sandbox, receiver, "call.received") == [{"id": call["id"], "from": STRANGER}]


def test_presence_of_a_stranger_is_seen(sandbox, titan, receiver):
    titan.presence.subscribe("my-session", LID)
    sandbox.set_presence("my-session", LID, "composing")
    assert titan.presence.get("my-session", LID).to_dict() == {"chatId": LID, "presence": "composing"}
    (payload,) = payloads_of(sandbox, receiver, "presence.update")
    assert (payload["from"], payload["state"]) == (STRANGER, "composing")


def test_contacts_show_a_stranger_without_a_number(titan, stranger):
    shown = {"pushName": "Ana", "name": "Ana", "businessName": None, "lid": LID}
    assert [one.to_dict() for one in titan.contacts.list("my-session")] == [shown]
    assert titan.contacts.get("my-session", LID).to_dict() == shown


def test_new_name_of_a_stranger_is_told_by_lid(sandbox, receiver, stranger):
    sandbox.receive("my-session", "Hi", sender=LID, push_name="Ana Maria")
    assert payloads_of(sandbox, receiver, "contact.update") == [{"lid": LID, "pushName": "Ana Maria"}]


def test_blocked_stranger_does_not_come_through(sandbox, titan, stranger):
    titan.contacts.block("my-session", LID)
    with pytest.raises(SandboxError, match=f"the account has blocked {LID}"):
        sandbox.receive("my-session", "Hello?", sender=LID)


def test_stranger_writes_in_a_group(sandbox, titan, receiver, connected):
    message = sandbox.receive("my-session", "Hi all", sender=LID, group=GROUP)
    (payload,) = payloads_of(sandbox, receiver, "message.received")
    assert (payload["from"], payload["sender"], message["sender"]) == ({"id": GROUP}, STRANGER, LID)
    group = titan.groups.get("my-session", GROUP)
    assert group.owner_lid == LID
    assert group.participants[0].to_dict() == {"lid": LID, "isAdmin": True, "isSuperAdmin": True}
    assert group.participants[1].phone_number == connected["phoneNumber"]
    assert sandbox.chat("my-session", GROUP)["members"] == [{"jid": LID, "name": LID}]


def test_strangers_are_added_to_a_group_promoted_and_removed(sandbox, titan, receiver):
    group = titan.groups.create("my-session", {"name": "Us", "participants": [LID, CARLA]})
    assert [one.lid for one in group.participants][1] == LID
    people = {"participants": ["77@lid"]}
    (added,) = titan.groups.add_participants("my-session", group.id, people)
    assert added.to_dict() == {"lid": "77@lid", "isAdmin": False, "isSuperAdmin": False}
    titan.groups.promote("my-session", group.id, people)
    titan.groups.remove_participants("my-session", group.id, people)
    assert [(one["action"], one["participants"]) for one in payloads_of(
        sandbox, receiver, "group.participant"
    )][1:] == [("add", ["77@lid"]), ("promote", ["77@lid"]), ("remove", ["77@lid"])]  # fmt: skip


def test_number_of_a_stranger_is_not_found(titan, api, stranger):
    with pytest.raises(NotFoundError, match="LID not found"):
        titan.lids.get("my-session", LID)
    assert titan.contacts.resolve("my-session", LID) == LID
    assert error_of(api.get(f"{BASE}/lids/{LID}"), 404) == f"LID not found: {LID}"


TEACHERS = {
    "a contact that is added with the LID": lambda sandbox: sandbox.add_contact(
        "my-session", FRIENDS_NUMBER, "Ana", jid=LID
    ),
    "a message that brings both": lambda sandbox: sandbox.receive(
        "my-session", "It is me", sender=LID, phone_number=FRIENDS_NUMBER
    ),
    "a message to another session": lambda sandbox: sandbox.receive(
        "other", "It is me", sender=LID, phone_number="+55 11 99999-9999"
    ),
}


@pytest.mark.parametrize("teach", TEACHERS.values(), ids=TEACHERS)
def test_both_lead_to_one_chat_when_the_number_has_become_known(
    sandbox, titan, other, receiver, stranger, teach
):
    titan.messages.send_text("my-session", LID, "Hello!")
    teach(sandbox)
    sandbox.receive("my-session", "Still me", sender=LID)
    sandbox.receive("my-session", "Me too", sender=FRIEND)
    assert titan.lids.get("my-session", LID).phone_number == FRIENDS_NUMBER
    assert titan.messages.send_text("my-session", LID, "All right").chat_id == FRIEND
    assert [one.id for one in titan.chats.list("my-session")] == [FRIEND]
    chat = sandbox.chat("my-session", FRIEND)
    assert chat == sandbox.chat("my-session", LID)
    texts = [one["text"] for one in chat["messages"] if one["text"] != "It is me"]
    assert texts == ["Hi", "Hello!", "Still me", "Me too", "All right"]
    assert {one["chatId"] for one in (*chat["messages"], *sandbox.messages)} == {FRIEND}
    assert chat["unreadCount"] == len(chat["messages"]) - 2
    assert [one["from"] for one in payloads_of(sandbox, receiver, "message.received")][-2:] == [BOTH, BOTH]
    (contact,) = titan.contacts.list("my-session")
    assert (contact.phone_number, contact.lid, contact.push_name) == (FRIENDS_NUMBER, LID, "Ana")


def test_number_that_has_become_known_is_told_by_an_event(sandbox, receiver, stranger):
    sandbox.receive("my-session", "It is me", sender=LID, phone_number=FRIENDS_NUMBER)
    assert payloads_of(sandbox, receiver, "contact.update") == [
        {"phoneNumber": FRIENDS_NUMBER, "lid": LID, "pushName": "Ana"}
    ]
    assert payloads_of(sandbox, receiver, "message.received")[-1]["from"] == BOTH


def test_two_chats_become_one_in_the_order_of_their_messages(sandbox, titan):
    for text, sender in (("1", LID), ("2", FRIEND), ("3", LID)):
        sandbox.advance(60)
        sandbox.receive("my-session", text, sender=sender)
    label = titan.labels.create("my-session", {"name": "VIP"})
    titan.labels.assign("my-session", label.id, {"chatIds": [LID]})
    titan.contacts.block("my-session", LID)
    sandbox.add_contact("my-session", FRIEND, "Ana", jid=LID)
    chat = sandbox.chat("my-session", FRIEND)
    assert [one["text"] for one in chat["messages"]] == ["1", "2", "3"]
    assert (chat["unreadCount"], chat["lastMessageAt"]) == (3, chat["messages"][-1]["at"])
    assert [one["name"] for one in chat["labels"]] == ["VIP"]
    assert len(titan.contacts.list("my-session")) == 1
    with pytest.raises(SandboxError, match="the account has blocked"):
        sandbox.receive("my-session", "4", sender=FRIEND)


def test_what_a_stranger_did_stays_with_the_person(sandbox, titan):
    group = titan.groups.create("my-session", {"name": "Us", "participants": [LID]})
    poll = {"chatId": group.id, "type": "poll", "question": "When?", "options": ["Mon", "Tue"]}
    sent = titan.messages.send("my-session", poll)
    sandbox.react("my-session", sent.id, "👍", sender=LID)
    sandbox.vote("my-session", sent.id, ["Mon"], sender=LID)
    sandbox.add_contact("my-session", FRIEND, "Ana", jid=LID)
    shown = sandbox.react("my-session", sent.id, "❤️", sender=FRIEND)
    assert shown["reactions"] == [{"sender": FRIEND, "reaction": "❤️"}]
    sandbox.vote("my-session", sent.id, ["Tue"], sender=FRIEND)
    votes = find_message(sandbox, shown)["poll"]["options"]
    assert [one["votes"] for one in votes] == [0, 1]
    assert titan.groups.get("my-session", group.id).participants[1].phone_number == FRIENDS_NUMBER


def test_check_answers_the_lid_that_was_set(sandbox, titan):
    added = sandbox.add_contact("my-session", FRIEND, "Ana", jid=LID)
    assert added == {"jid": FRIEND, "lid": LID}
    (check,) = titan.contacts.check("my-session", {"phoneNumbers": [FRIENDS_NUMBER]})
    assert (check.jid, check.lid) == (FRIEND, LID)


def test_lid_of_a_number_belongs_to_nobody_else(sandbox, connected):
    sandbox.add_contact("my-session", FRIEND, "Ana", jid=LID)
    for lid, number in ((LID, FRIENDS_NUMBER), (connected["lid"], connected["phoneNumber"])):
        with pytest.raises(SandboxError) as refused:
            sandbox.add_contact("my-session", CARLA, "Carla", jid=lid)
        assert (refused.value.status, refused.value.message) == (409, f"this LID is that of {number}")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"phone_number": LID, "jid": LID}, "phoneNumber must be a phone number with its country code"),
        ({"phone_number": FRIEND, "jid": GROUP}, "jid must be the JID or the LID of a person"),
        ({"phone_number": FRIEND, "jid": "Ana"}, "jid must be a JID, such as 5511999999999@s.whatsapp.net"),
    ],
)
def test_only_a_person_is_set_for_a_number(sandbox, arguments, message):
    with pytest.raises(SandboxError) as refused:
        sandbox.add_contact("my-session", push_name="Ana", **arguments)
    assert (refused.value.status, refused.value.message) == (400, message)


def test_message_tells_the_number_of_a_lid_only(sandbox):
    with pytest.raises(SandboxError, match="phoneNumber is for a sender that is a LID"):
        sandbox.receive("my-session", "Hi", sender=FRIEND, phone_number=FRIENDS_NUMBER)


def test_reset_forgets_who_is_who(sandbox, titan):
    sandbox.add_contact("my-session", FRIEND, "Ana", jid=LID)
    sandbox.reset()
    sandbox.connect("my-session")
    assert sandbox.receive("my-session", "Hi", sender=LID)["chatId"] == LID


@pytest.mark.parametrize(
    ("device", "person"),
    [
        ("123456789012345:2@lid", LID),
        ("5511999999999:12@s.whatsapp.net", FRIEND),
        ("5511999999999.0:3@s.whatsapp.net", FRIEND),
    ],
)
def test_device_of_a_person_leads_to_the_person(sandbox, titan, receiver, device, person):
    assert sandbox.receive("my-session", "Hi", sender=device)["chatId"] == person
    assert titan.messages.send_text("my-session", device, "Hello!").chat_id == person
    assert sandbox.chat("my-session", device)["id"] == titan.chats.get("my-session", device).id == person
    assert titan.contacts.get("my-session", device) == titan.contacts.get("my-session", person)
    titan.presence.subscribe("my-session", device)
    sandbox.set_presence("my-session", device, "composing")
    assert titan.presence.get("my-session", device).chat_id == person
    titan.messages.seen("my-session", {"chatId": device})
    assert titan.chats.get("my-session", person).unread_count == 0
    group = titan.groups.create("my-session", {"name": "Us", "participants": [device]})
    assert sandbox.chat("my-session", group.id)["members"][0]["jid"] == person
    titan.groups.promote("my-session", group.id, {"participants": [device]})
    assert [one.id for one in titan.chats.list("my-session")] == [person, group.id]


def test_device_of_a_known_lid_leads_to_the_number(sandbox, titan, other):
    device = other.lid.replace("@", ":7@")
    assert titan.lids.get("my-session", device).phone_number == other.phone_number
    assert titan.messages.send_text("my-session", device, "Hello!").chat_id == jid_of(other)
    (check,) = titan.contacts.check("my-session", {"phoneNumbers": [jid_of(other).replace("@", ":7@")]})
    assert (check.exists, check.jid) == (True, jid_of(other))


def test_made_event_of_a_lid_has_the_number_once_it_is_known(sandbox):
    def who():
        made = sandbox.event("message.received", sender=LID, secret=SECRET)
        return json.loads(made.body)["payload"]["from"]

    assert who() == STRANGER
    sandbox.add_contact("my-session", FRIEND, "Ana", jid=LID)
    assert who() == BOTH
