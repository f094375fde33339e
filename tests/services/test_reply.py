"""`messages.reply`: a message in the chat and session of an event, quoting its message."""

from __future__ import annotations

import pytest

from tests.support.deliveries import event_body
from tests.support.fake_server import FakeServer, json_response
from tests.support.files import CHAT, SENT, sent_by
from titan import ConflictError, jid, parse_webhook
from titan.types_gen import ImageMessage, Message, MessageReceivedEvent, QuotedMessage, TextMessage

GROUP = "120363012345678901@g.us"
LID = "123456789012345@lid"
PERSON = {"phoneNumber": "+5511999999999", "lid": LID, "mode": "pn"}


def event_of(name="message.received", session="s", **payload):
    payload = {"id": "msg_1", "from": PERSON, "text": "Hi!", **payload}
    return parse_webhook(event_body(name, session=session, payload=payload))


def test_a_text_answers_in_the_chat_and_session_of_the_event_and_quotes_it(messages):
    service, fake = messages
    answer = service.reply(event_of(), "Thanks!")
    assert isinstance(answer, Message)
    assert answer.id == SENT["data"]["id"]
    assert sent_by(fake) == {
        "session": "s",
        "chatId": CHAT,
        "type": "text",
        "text": "Thanks!",
        "quotedMessage": {"id": "msg_1"},
    }
    assert fake.request.url.path == "/api/messages/send"


IMAGE = {"chatId": CHAT, "type": "image", "url": "https://example.com/cat.jpg"}
QUOTED = {"quotedMessage": {"id": "msg_1"}}


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        ({"type": "image", "url": "https://example.com/cat.jpg"}, {**IMAGE, **QUOTED}),
        (IMAGE, {**IMAGE, **QUOTED}),
        (ImageMessage(chat_id=CHAT, url="https://example.com/cat.jpg"), {**IMAGE, **QUOTED}),
        ({**IMAGE, "quotedMessage": {"id": "msg_0"}}, {**IMAGE, "quotedMessage": {"id": "msg_0"}}),
        (
            ImageMessage(
                chat_id=CHAT, url="https://example.com/cat.jpg", quoted_message=QuotedMessage(id="msg_0")
            ),
            {**IMAGE, "quotedMessage": {"id": "msg_0"}},
        ),
    ],
    ids=["dict without a chat", "dict", "model", "dict that quotes another", "model that quotes another"],
)
def test_any_message_can_be_the_answer(messages, message, fields):
    service, fake = messages
    service.reply(event_of(), message)
    assert sent_by(fake) == {"session": "s", **fields}


@pytest.mark.parametrize(
    ("payload", "chat_id", "quoted"),
    [
        ({"from": PERSON}, CHAT, {"id": "msg_1"}),
        ({"from": {"lid": LID, "mode": "lid"}}, LID, {"id": "msg_1"}),
        ({"from": {"phoneNumber": "5511999999999:12@s.whatsapp.net"}}, CHAT, {"id": "msg_1"}),
        ({"from": {"id": GROUP}, "sender": PERSON}, GROUP, {"id": "msg_1", "participant": CHAT}),
        (
            {"from": {"id": GROUP}, "sender": {"lid": LID, "mode": "lid"}},
            GROUP,
            {"id": "msg_1", "participant": LID},
        ),
        ({"from": {"id": GROUP}}, GROUP, {"id": "msg_1"}),
        ({"id": None}, CHAT, None),
        ({"id": 5}, CHAT, None),
    ],
)
def test_the_answer_goes_where_the_message_came_from(messages, payload, chat_id, quoted):
    service, fake = messages
    service.reply(event_of(**payload), "Thanks!")
    assert sent_by(fake)["chatId"] == chat_id
    assert sent_by(fake).get("quotedMessage") == quoted


@pytest.mark.parametrize(
    ("name", "payload", "quoted"),
    [
        ("message.sent", {"fromMe": True}, {"id": "msg_1"}),
        ("message.edited", {"chatId": GROUP, "sender": PERSON}, {"id": "msg_1", "participant": CHAT}),
        ("message.reaction", {"chatId": GROUP, "sender": PERSON, "reaction": "👍"}, {"id": "msg_1"}),
        ("message.vote", {"chatId": GROUP, "sender": PERSON, "options": ["a"]}, {"id": "msg_1"}),
        ("message.revoked", {"chatId": GROUP, "sender": PERSON}, None),
        ("message.delete", {"chatId": CHAT}, None),
    ],
)
def test_every_event_of_a_message_can_be_answered(messages, name, payload, quoted):
    service, fake = messages
    service.reply(event_of(name, **payload), "Thanks!")
    assert sent_by(fake)["chatId"] == payload.get("chatId", CHAT)
    assert sent_by(fake).get("quotedMessage") == quoted


def test_quote_false_quotes_nothing(messages):
    service, fake = messages
    service.reply(event_of(), "Thanks!", quote=False)
    assert "quotedMessage" not in sent_by(fake)


@pytest.mark.parametrize(
    ("name", "fields", "told"),
    [
        ("session.status", {"payload": {"status": "CONNECTED"}}, "has no chat"),
        ("call.missed", {"payload": {"id": "call_1", "from": PERSON}}, "has no chat"),
        ("command.result", {"data": {"correlationId": "cmd_1", "success": True}}, "has no chat"),
        ("newsletter.update", {"payload": {"id": "1@newsletter"}}, "has no chat"),
        ("message.received", {}, "has no chat"),
        ("message.received", {"payload": "strange"}, "has no chat"),
        ("message.received", {"payload": {"from": {"id": jid.STATUS}, "sender": PERSON}}, "a story"),
        ("message.received", {"payload": {"from": PERSON}, "session": None}, "names no session"),
        ("message.received", {"payload": {"from": PERSON}, "session": ""}, "names no session"),
    ],
)
def test_an_event_that_cannot_be_answered_is_refused(messages, name, fields, told):
    service, fake = messages
    with pytest.raises(ValueError, match=told) as caught:
        service.reply(parse_webhook(event_body(name, **{"session": "s", **fields})), "Thanks!")
    assert name in str(caught.value)
    assert "5511" not in str(caught.value)
    assert fake.requests == []


@pytest.mark.parametrize("message", [TextMessage(chat_id=GROUP, text="Hi"), {**IMAGE, "chatId": GROUP}])
def test_a_message_to_another_chat_is_refused(messages, message):
    service, fake = messages
    with pytest.raises(ValueError, match="another chat"):
        service.reply(event_of(), message)
    assert fake.requests == []


@pytest.mark.parametrize("event", [None, {"event": "message.received"}, b"{}", MessageReceivedEvent])
def test_what_is_not_an_event_is_refused(messages, event):
    service, fake = messages
    with pytest.raises(TypeError, match="must be an event"):
        service.reply(event, "Thanks!")
    assert fake.requests == []


@pytest.mark.parametrize("message", [None, 5, b"Thanks!", ["Thanks!"]])
def test_what_is_not_a_message_is_refused(messages, message):
    service, fake = messages
    with pytest.raises(TypeError, match="a reply is a text"):
        service.reply(event_of(), message)
    assert fake.requests == []


def test_an_answer_is_not_sent_again_after_an_unclear_outcome(connect, clock):
    fake = FakeServer(json_response({"error": "no"}, 500))
    with pytest.raises(Exception, match="500") as caught:
        connect(fake).messages.reply(event_of(), "Thanks!")
    assert caught.value.maybe_processed
    assert len(fake.requests) == 1


def test_a_session_that_is_not_connected_is_a_conflict(connect, clock):
    fake = FakeServer(json_response({"error": "not connected"}, 409))
    with pytest.raises(ConflictError):
        connect(fake).messages.reply(event_of(), "Thanks!")
