"""Which chat, who, and what was written: message events say it in one way, whatever came."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.events import CLASSES, EXAMPLE_OF, EXAMPLES, encoded
from tests.support.hostile_texts import runs
from titan import parse_webhook
from titan.types_gen import MessageReceivedEvent
from titan.webhooks import MessageEvent, WebhookEvent
from titan.webhooks.events_gen import EVENT_CLASSES

PERSON = "5511999999999@s.whatsapp.net"
GROUP = "120363012345678901@g.us"
CHANNEL = "120363012345678901@newsletter"
LID = "12345678901234567890@lid"
OF_MESSAGES = [name for name in CLASSES if name.startswith("message.")]
BY_PHONE = {"phoneNumber": "+5511999999999", "lid": LID, "mode": "pn"}
BY_LID = {"lid": LID, "mode": "lid"}


def event_with(name="message.received", **payload):
    return parse_webhook(encoded({"event": name, "payload": payload}))


def test_events_about_messages_and_no_others_are_message_events():
    assert [name for name, cls in EVENT_CLASSES.items() if issubclass(cls, MessageEvent)] == OF_MESSAGES
    assert all(issubclass(cls, WebhookEvent) for cls in EVENT_CLASSES.values())


@pytest.mark.parametrize("name", OF_MESSAGES)
def test_every_example_of_a_message_event_says_its_chat(name):
    assert parse_webhook(encoded(EXAMPLE_OF[name])).chat_id == PERSON


CHATS = {
    "chatId": ({"chatId": GROUP}, GROUP),
    "chatId before from": ({"chatId": GROUP, "from": BY_PHONE}, GROUP),
    "chatId with a device": ({"chatId": "5511999999999:12@s.whatsapp.net"}, PERSON),
    "chatId that is a number": ({"chatId": "+5511999999999"}, PERSON),
    "chatId of an unknown kind": ({"chatId": "chat_123"}, "chat_123"),
    "chatId that is an object": ({"chatId": BY_LID}, LID),
    "empty chatId": ({"chatId": "", "from": BY_PHONE}, PERSON),
    "strange chatId": ({"chatId": ["x"], "from": BY_PHONE}, PERSON),
    "null chatId": ({"chatId": None, "from": BY_PHONE}, PERSON),
    "from a person": ({"from": BY_PHONE}, PERSON),
    "from a LID": ({"from": BY_LID}, LID),
    "from a LID with a device": ({"from": {"lid": "12345678901234567890:3@lid"}}, LID),
    "from a group": ({"from": {"id": GROUP}, "sender": BY_PHONE}, GROUP),
    "from a channel": ({"from": {"id": CHANNEL}}, CHANNEL),
    "from a JID": ({"from": PERSON}, PERSON),
    "from a JID with a device": ({"from": "5511999999999:12@s.whatsapp.net"}, PERSON),
    "from a JID of a group": ({"from": GROUP}, GROUP),
    "from a number": ({"from": "+5511999999999"}, PERSON),
    "from a name": ({"from": "Ana"}, None),
    "from nobody": ({"from": {}}, None),
    "from null": ({"from": None}, None),
    "from a list": ({"from": [PERSON]}, None),
    "only a sender": ({"sender": BY_PHONE}, None),
    "nothing": ({}, None),
}


@pytest.mark.parametrize(("payload", "chat_id"), CHATS.values(), ids=CHATS)
@pytest.mark.parametrize("name", OF_MESSAGES)
def test_chat_is_what_messages_can_be_sent_to(name, payload, chat_id):
    assert event_with(name, **payload).chat_id == chat_id


SENDERS = {
    "sender in a group": ({"from": {"id": GROUP}, "sender": BY_PHONE}, PERSON),
    "sender by LID": ({"from": {"id": GROUP}, "sender": BY_LID}, LID),
    "sender that is a JID": ({"chatId": GROUP, "sender": "5511999999999:12@s.whatsapp.net"}, PERSON),
    "sender before the chat": ({"chatId": LID, "sender": BY_PHONE}, PERSON),
    "account itself, as the sender": ({"chatId": GROUP, "fromMe": True, "sender": BY_PHONE}, PERSON),
    "other person of a chat": ({"from": BY_PHONE, "fromMe": False}, PERSON),
    "other person of a chat by LID": ({"chatId": LID}, LID),
    "account itself": ({"from": BY_PHONE, "fromMe": True}, None),
    "account itself, in a group": ({"chatId": GROUP, "fromMe": True}, None),
    "somebody in a group": ({"from": {"id": GROUP}, "fromMe": False}, None),
    "somebody in a channel": ({"from": {"id": CHANNEL}}, None),
    "somebody's story": ({"from": {"id": "status@broadcast"}}, None),
    "strange sender": ({"from": BY_PHONE, "sender": 5}, PERSON),
    "strange fromMe": ({"from": BY_PHONE, "fromMe": "yes"}, PERSON),
    "nothing": ({}, None),
}


@pytest.mark.parametrize(("payload", "sender_id"), SENDERS.values(), ids=SENDERS)
def test_sender_is_the_person_who_did_it(payload, sender_id):
    assert event_with(**payload).sender_id == sender_id


def test_what_the_account_sent_has_no_sender_even_where_it_does_not_say_from_me():
    assert event_with("message.sent", **{"from": BY_PHONE}).sender_id is None
    assert event_with("message.sent", **{"from": BY_PHONE}).chat_id == PERSON


TEXTS = {
    "text": ({"text": "Hi", "body": "Hello"}, "Hi"),
    "body": ({"body": "Hello"}, "Hello"),
    "empty text": ({"text": "", "body": "Hello"}, "Hello"),
    "null text": ({"text": None, "body": "Hello"}, "Hello"),
    "strange text": ({"text": 5, "body": "Hello"}, "Hello"),
    "both strange": ({"text": ["Hi"], "body": {"a": 1}}, None),
    "both empty": ({"text": "", "body": ""}, None),
    "nothing": ({}, None),
}


@pytest.mark.parametrize(("payload", "text"), TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("name", ["message.received", "message.edited", "message.ack"])
def test_text_is_that_of_the_message(name, payload, text):
    assert event_with(name, **payload).text == text


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just(PERSON)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(st.sampled_from(["phoneNumber", "lid", "id", "x"]), inner, max_size=3),
    ),
    max_leaves=5,
)
payloads = st.dictionaries(
    st.sampled_from(["chatId", "from", "sender", "fromMe", "text", "body", "from_", "chat_id", "x"]), values
)


@runs(100)
@given(st.sampled_from(OF_MESSAGES), st.one_of(payloads, values))
def test_whatever_came_each_of_them_is_a_text_or_none(name, payload):
    event = parse_webhook(encoded({"event": name, "payload": payload}))
    for value in (event.chat_id, event.sender_id, event.text):
        assert value is None or (isinstance(value, str) and value)


def test_unknown_fields_of_the_same_names_are_had_by_wire_name():
    document = {
        "event": "message.received",
        "payload": {"text": "Hi", "from": PERSON},
        "text": "Other",
        "chat_id": "other",
        "sender_id": 5,
        "chatId": "x",
    }
    event = parse_webhook(encoded(document))
    assert (event.text, event.chat_id, event.sender_id) == ("Hi", PERSON, PERSON)
    assert [event[name] for name in ("text", "chat_id", "sender_id", "chatId")] == ["Other", "other", 5, "x"]
    assert event.to_dict() == document


def test_event_without_a_payload_object_says_nothing():
    for payload in (5, None, "text", [PERSON]):
        event = parse_webhook(encoded({"event": "message.received", "payload": payload}))
        assert (event.chat_id, event.sender_id, event.text) == (None, None, None)
    event = MessageReceivedEvent.model_construct()
    assert (event.chat_id, event.sender_id, event.text) == (None, None, None)


def test_group_member_of_the_example_is_the_sender():
    event = parse_webhook(encoded(EXAMPLES["message.received-media"]))
    assert (event.chat_id, event.sender_id, event.text) == (GROUP, PERSON, "Look!")
