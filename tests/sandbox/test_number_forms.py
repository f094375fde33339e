"""Phone numbers whose account WhatsApp knows by other digits: Brazil, Mexico, Argentina, and set by hand."""

from __future__ import annotations

import json

import pytest

from tests.support.messages import find_message, statuses_of
from tests.support.sandbox import FRIEND, GROUP, SECRET, payloads_of
from titan import NotOnWhatsAppError, WebhookRouter
from titan.sandbox import SandboxError

pytestmark = pytest.mark.usefixtures("connected")


def jid(digits):
    return f"{digits}@s.whatsapp.net"


SHORT, LONG = jid("553188887777"), jid("5531988887777")
FORMS = [
    # A number, and its account's.
    ("+55 31 98888-7777", "553188887777"),
    ("+55 31 8888-7777", "553188887777"),
    ("+55 85 97777-6666", "558577776666"),
    ("+55 11 98888-7777", "5511988887777"),
    ("+55 11 8888-7777", "5511988887777"),
    ("+55 28 97777-6666", "5528977776666"),
    # A landline, which never had a ninth digit.
    ("+55 31 3333-4444", "553133334444"),
    # Given out with the ninth digit from the beginning.
    ("+55 31 96666-5555", "5531966665555"),
    ("+52 55 1234 5678", "5215512345678"),
    ("+52 1 55 1234 5678", "5215512345678"),
    ("+54 11 2345 6789", "5491123456789"),
    ("+54 9 11 2345 6789", "5491123456789"),
    ("+49 30 123456", "4930123456"),
]


@pytest.mark.parametrize(("number", "digits"), FORMS)
def test_check_and_resolve_answer_the_jid_of_the_account_for_each_form(titan, number, digits):
    (check,) = titan.contacts.check("my-session", {"phoneNumbers": [number]})
    assert (check.phone_number, check.exists, check.jid) == (number, True, jid(digits))
    assert titan.contacts.resolve("my-session", number) == jid(digits)
    assert titan.lids.get("my-session", check.lid).phone_number == f"+{digits}"


@pytest.mark.parametrize("sender", ["+55 31 98888-7777", "+55 31 8888-7777", SHORT, LONG])
def test_events_name_the_account_whichever_form_a_test_writes(sandbox, receiver, sender):
    assert sandbox.receive("my-session", "Hi", sender=sender)["chatId"] == SHORT
    sandbox.receive("my-session", "Hi all", sender=sender, group=GROUP)
    sandbox.call("my-session", sender=sender)
    first, second = payloads_of(sandbox, receiver, "message.received")
    (call,) = payloads_of(sandbox, receiver, "call.received")
    assert first["from"] == second["sender"] == call["from"]
    assert first["from"]["phoneNumber"] == "+553188887777"
    assert sandbox.add_contact("my-session", sender, "Ana")["jid"] == SHORT


@pytest.mark.parametrize(
    ("wrong", "right"),
    [(LONG, SHORT), (jid("525512345678"), jid("5215512345678")), (jid("541123456789"), jid("5491123456789"))],
)
def test_message_to_another_form_reaches_nobody(sandbox, titan, receiver, wrong, right):
    sandbox.configure(delivered_after=60, read_after=120)
    lost = titan.messages.send_text("my-session", wrong, "Anybody there?").to_dict()
    sent = titan.messages.send_text("my-session", right, "Anybody there?").to_dict()
    assert (lost["chatId"], lost["status"]) == (wrong, "sent")
    sandbox.advance(300)
    assert find_message(sandbox, lost)["status"] == "sent"
    assert find_message(sandbox, sent)["status"] == "read"
    with pytest.raises(SandboxError) as refused:
        sandbox.acknowledge("my-session", lost["id"])
    assert refused.value.message == f"nobody is at {wrong}: WhatsApp knows this phone number as {right}"
    sandbox.receive("my-session", "Yes?", sender=wrong)
    assert [one["text"] for one in sandbox.chat("my-session", wrong)["messages"]] == ["Anybody there?"]
    assert {status for id_, status in statuses_of(sandbox, receiver) if id_ == lost["id"]} == {"sent"}


def test_message_to_what_resolve_found_is_read_and_answered(sandbox, titan, receiver):
    chat_id = titan.contacts.resolve("my-session", "+55 31 98888-7777")
    sent = titan.messages.send_text("my-session", chat_id, "Hello!")
    sandbox.receive("my-session", "Hi!", sender="+55 31 98888-7777")
    sandbox.wait_for_deliveries()
    answered = []
    router = WebhookRouter(SECRET)

    @router.on("message.received")
    def note(event):
        answered.append(event.payload.from_.chat_id)

    for body, headers in zip(receiver.bodies, receiver.headers):
        router.handle(body, headers)
    assert answered == [chat_id] == [SHORT]
    assert find_message(sandbox, sent.to_dict())["status"] == "read"


def test_person_at_another_form_is_not_added_to_a_group(titan):
    group = titan.groups.create("my-session", {"name": "Us", "participants": [LONG, FRIEND]})
    assert [one.phone_number for one in group.participants][1:] == ["+5511999999999"]
    assert titan.groups.add_participants("my-session", group.id, {"participants": [LONG]}) == []
    (added,) = titan.groups.add_participants("my-session", group.id, {"participants": [SHORT]})
    assert added.phone_number == "+553188887777"


@pytest.mark.parametrize(
    ("number", "account"),
    [
        # An account that has kept the digit which others have lost, and the other way round.
        ("+55 31 98888-7777", LONG),
        ("+55 11 98888-7777", jid("551188887777")),
        ("+52 55 1234 5678", jid("525512345678")),
        ("+49 30 123456", jid("49300123456")),
        ("+55 11 9000-0000", jid("551190000000")),
    ],
)
def test_account_of_a_number_is_set_by_hand(sandbox, titan, number, account):
    (before,) = titan.contacts.check("my-session", {"phoneNumbers": [number]})
    added = sandbox.add_contact("my-session", number, "Ana", jid=account)
    assert added["jid"] == account
    (check,) = titan.contacts.check("my-session", {"phoneNumbers": [number]})
    assert (check.exists, check.jid, check.lid) == (True, account, added["lid"])
    assert titan.contacts.resolve("my-session", number.replace(" ", "")) == account
    assert sandbox.receive("my-session", "Hi", sender=number)["chatId"] == account
    sent = titan.messages.send_text("my-session", account, "Hello!")
    assert sandbox.acknowledge("my-session", sent.id)["status"] == "read"
    if before.exists:
        # Where the account was taken to be, nobody is any more.
        lost = titan.messages.send_text("my-session", before.jid, "Hello?")
        with pytest.raises(SandboxError, match=f"knows this phone number as {account}"):
            sandbox.acknowledge("my-session", lost.id)


def test_account_is_set_over_http(api, titan):
    body = {"phoneNumber": "+55 31 98888-7777", "pushName": "Ana", "jid": LONG}
    assert api.post("/sandbox/sessions/my-session/contacts", json=body).json()["data"]["jid"] == LONG
    assert titan.contacts.resolve("my-session", "+55 31 8888-7777") == LONG


def test_chat_moves_with_the_account(sandbox, titan):
    sandbox.receive("my-session", "Hi", sender=SHORT, push_name="Ana")
    lid = titan.contacts.get("my-session", SHORT).lid
    sandbox.add_contact("my-session", SHORT, "Ana", jid=LONG)
    assert [one["text"] for one in sandbox.chat("my-session", LONG)["messages"]] == ["Hi"]
    assert titan.contacts.get("my-session", LONG).lid == lid
    assert titan.lids.get("my-session", lid).phone_number == "+5531988887777"
    assert [one.id for one in titan.chats.list("my-session")] == [LONG]


def test_number_of_a_session_stays_its_own(sandbox, connected):
    with pytest.raises(SandboxError) as refused:
        sandbox.add_contact("my-session", connected["phoneNumber"], "Me", jid=FRIEND)
    assert refused.value.status == 409


def test_session_has_the_number_of_its_account(sandbox, titan):
    titan.sessions.create({"name": "new", "start": True})
    assert sandbox.scan("new", phone_number="+55 31 98888-7777")["phoneNumber"] == "+553188887777"
    assert titan.contacts.resolve("my-session", "+55 31 98888-7777") == SHORT


def test_number_without_an_account_is_not_resolved_to_any_form(titan):
    with pytest.raises(NotOnWhatsAppError):
        titan.contacts.resolve("my-session", "+55 31 98888-0000")


def test_made_event_names_the_account_too(sandbox):
    payload = json.loads(sandbox.event("message.received", sender=LONG, secret=SECRET).body)["payload"]
    assert payload["from"]["phoneNumber"] == "+553188887777"
