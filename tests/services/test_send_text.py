"""`messages.send_text`: `send` for the commonest message."""

from __future__ import annotations

import typing

import pytest

from tests.support.fake_server import FakeServer, json_response
from tests.support.files import CHAT, SENT, sent_by
from titan import BadRequestError
from titan.services import contacts, media, messages, pairing
from titan.types_gen import Message, QuotedMessage
from titan.webhooks import MessageEvent


def test_a_text_is_the_message_that_send_would_send(messages):
    service, fake = messages
    message = service.send_text("s", CHAT, "Olá 👋")
    assert isinstance(message, Message)
    assert message.id == SENT["data"]["id"]
    assert sent_by(fake) == {"session": "s", "chatId": CHAT, "type": "text", "text": "Olá 👋"}
    service.send("s", {"chatId": CHAT, "type": "text", "text": "Olá 👋"})
    assert {request.content for request in fake.requests} == {fake.requests[0].content}
    assert len({request.url for request in fake.requests}) == 1


@pytest.mark.parametrize(
    ("keywords", "fields"),
    [
        ({"quoted_message": {"id": "3EB0"}}, {"quotedMessage": {"id": "3EB0"}}),
        (
            {"quoted_message": QuotedMessage(id="3EB0", participant=CHAT)},
            {"quotedMessage": {"id": "3EB0", "participant": CHAT}},
        ),
        ({"mentions": [CHAT]}, {"mentions": [CHAT]}),
        ({"mentions": (one for one in [CHAT])}, {"mentions": [CHAT]}),
        ({"mentions": []}, {"mentions": []}),
        ({"link_preview": True}, {"linkPreview": True}),
        ({"link_preview": False}, {"linkPreview": False}),
        ({"quoted_message": None, "mentions": None, "link_preview": None}, {}),
    ],
    ids=lambda given: "-".join(given) or "none",
)
def test_keywords_go_under_their_wire_names_and_only_if_given(messages, keywords, fields):
    service, fake = messages
    service.send_text("s", CHAT, "Hi", **keywords)
    assert sent_by(fake) == {"session": "s", "chatId": CHAT, "type": "text", "text": "Hi", **fields}


def test_mentions_that_are_one_string_are_refused(messages):
    service, fake = messages
    with pytest.raises(TypeError, match="list of JIDs"):
        service.send_text("s", CHAT, "Hi", mentions=CHAT)
    assert fake.requests == []


def test_what_only_the_server_can_judge_is_sent(messages):
    service, fake = messages
    service.send_text("s", "somebody", "")
    assert (sent_by(fake)["chatId"], sent_by(fake)["text"]) == ("somebody", "")


def test_a_refusal_is_an_error_and_nothing_is_sent_again(connect, clock):
    fake = FakeServer(json_response({"error": "no"}, 400))
    with pytest.raises(BadRequestError):
        connect(fake).messages.send_text("s", CHAT, "Hi")
    assert len(fake.requests) == 1


def test_a_client_token_uses_the_route_it_may_call(connect):
    fake = FakeServer(json_response(SENT, 201))
    connect(fake, client_token="titan_ct_x.y.z").messages.send_text("my-session", CHAT, "Hi")
    assert fake.request.url.path == "/api/sessions/my-session/messages/send"


@pytest.mark.parametrize("helper", ["send_text", "reply", "send_file", "send_voice"])
def test_helpers_are_no_operations(connect, helper):
    client = connect(FakeServer(json_response(SENT, 201)))
    for wrap in (client.submit, client.with_response):
        with pytest.raises(TypeError):
            wrap(getattr(client.messages, helper), "s", CHAT, "Hi")


@pytest.mark.parametrize(
    "service", [messages.Messages, media.MediaService, pairing.Pairing, contacts.Contacts], ids=str
)
def test_annotations_of_every_method_resolve_at_run_time(service):
    for name in dir(service):
        if not name.startswith("_"):
            hints = typing.get_type_hints(getattr(service, name))
            assert "return" in hints
            assert hints["session"] is str if name != "reply" else hints["event"] is MessageEvent


def test_the_type_of_a_file_is_a_closed_set_at_run_time_too():
    hints = typing.get_type_hints(messages.Messages.send_file)
    assert set(typing.get_args(typing.get_args(hints["type"])[0])) == {
        *("image", "video", "voice", "file", "sticker"),
    }
