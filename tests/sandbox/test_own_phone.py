"""Messages that are typed on the account's own phone: Titan reports them, and nobody must answer them."""

from __future__ import annotations

import base64

import pytest

from tests.support.messages import act, create_group, find_message, statuses_of
from tests.support.sandbox import FRIEND, JPEG, SECRET, data_of, error_of, jid_of, payloads_of
from titan import WebhookRouter
from titan.sandbox import SandboxError

pytestmark = pytest.mark.usefixtures("connected")

LID = "123456789012345@lid"
PATH = "/sandbox/sessions/my-session/phone/messages"


def test_message_typed_on_the_phone_comes_as_sent_and_as_received(sandbox, connected, receiver):
    message = sandbox.send_from_phone("my-session", FRIEND, "On my way")
    assert (message["chatId"], message["fromMe"], message["status"]) == (FRIEND, True, "sent")
    (sent,) = payloads_of(sandbox, receiver, "message.sent")
    (received,) = payloads_of(sandbox, receiver, "message.received")
    assert sent == received
    assert (sent["id"], sent["text"], sent["fromMe"]) == (message["id"], "On my way", True)
    assert sent["from"]["phoneNumber"] == "+5511999999999"
    assert (sent["pushName"], sent["isGroup"]) == (connected["pushName"], False)
    assert "sender" not in sent


def test_message_typed_in_a_group_names_the_account_as_sender(sandbox, api, connected, receiver):
    group = create_group(api, FRIEND)
    sandbox.send_from_phone("my-session", group, "On my way")
    for event in ("message.sent", "message.received"):
        (payload,) = payloads_of(sandbox, receiver, event)
        assert (payload["from"], payload["isGroup"], payload["fromMe"]) == ({"id": group}, True, True)
        assert payload["sender"]["phoneNumber"] == connected["phoneNumber"]
        assert payload["sender"]["lid"] == connected["lid"]


def test_handler_that_looks_at_from_me_does_not_answer_the_account(sandbox, titan, receiver):
    sandbox.receive("my-session", "Hi", sender=FRIEND)
    sandbox.send_from_phone("my-session", FRIEND, "I am here myself")
    sandbox.wait_for_deliveries()
    router = WebhookRouter(SECRET)

    @router.on("message.received")
    def answer(event):
        if not event.payload.from_me:
            titan.messages.send_text(event.session, event.payload.from_.chat_id, f"Re: {event.payload.text}")

    for body, headers in zip(list(receiver.bodies), list(receiver.headers)):
        router.handle(body, headers)
    assert [one["text"] for one in sandbox.messages] == ["Re: Hi"]


def test_message_typed_on_the_phone_is_in_the_chat_but_not_unread(sandbox, titan):
    message = sandbox.send_from_phone("my-session", "+55 11 99999-9999", "On my way")
    chat = sandbox.chat("my-session", FRIEND)
    assert chat["messages"] == [message]
    assert (chat["unreadCount"], chat["last"]) == (0, message)
    assert titan.chats.get("my-session", FRIEND).unread_count == 0
    # It was not sent through the API.
    assert sandbox.messages == []


def test_statuses_of_a_message_typed_on_the_phone_come_by_the_clock(sandbox, receiver):
    sandbox.configure(sent_after=5, delivered_after=60, read_after=120)
    message = sandbox.send_from_phone("my-session", FRIEND, "On my way")
    assert message["status"] == "sent"
    sandbox.advance(121)
    assert find_message(sandbox, message)["status"] == "read"
    # Titan sees it when it is sent already.
    wanted = [(message["id"], status) for status in ("delivered", "read")]
    assert statuses_of(sandbox, receiver) == wanted


def test_message_typed_on_the_phone_reaches_another_session(sandbox, connected, other, receiver):
    message = sandbox.send_from_phone("my-session", jid_of(other), "On my way")
    assert message["status"] == "delivered"
    arrived = find_message(sandbox, message, "other", jid_of(connected))
    assert (arrived["text"], arrived["fromMe"]) == ("On my way", False)
    (payload,) = payloads_of(sandbox, receiver, "message.received", session="other")
    assert payload["fromMe"] is False


@pytest.mark.parametrize("chat_id", [LID, "123456789012345:2@lid"])
def test_stranger_is_written_to_from_the_phone(sandbox, receiver, chat_id):
    assert sandbox.send_from_phone("my-session", chat_id, "Hello!")["chatId"] == LID
    assert payloads_of(sandbox, receiver, "message.received")[0]["from"] == {"lid": LID, "mode": "lid"}


def test_file_is_sent_from_the_phone(sandbox, titan, receiver):
    message = sandbox.send_from_phone("my-session", FRIEND, "Look", media=JPEG)
    (payload,) = payloads_of(sandbox, receiver, "message.received")
    assert (payload["type"], payload["mimeType"], payload["text"]) == ("image", "image/jpeg", "Look")
    assert titan.media.download("my-session", payload["mediaId"]) == JPEG
    assert message["media"]["id"] == payload["mediaId"]


def test_message_of_another_kind_is_sent_from_the_phone(sandbox, receiver):
    place = {"type": "location", "latitude": 52.5, "longitude": 13.4}
    assert sandbox.send_from_phone("my-session", FRIEND, content=place)["location"]["latitude"] == 52.5
    assert payloads_of(sandbox, receiver, "message.sent")[0]["type"] == "location"


def test_phone_sends_over_http(sandbox, api):
    body = {"chatId": FRIEND, "text": "Look", "media": base64.b64encode(JPEG).decode(), "filename": "a.jpg"}
    message = data_of(api.post(PATH, json=body))
    assert (message["type"], message["fromMe"]) == ("file", True)
    assert sandbox.chat("my-session", FRIEND)["messages"] == [message]


def test_contact_answers_and_reacts_to_what_was_typed_on_the_phone(sandbox, api, receiver):
    message = sandbox.send_from_phone("my-session", FRIEND, "On my way")
    sandbox.react("my-session", message["id"], "👍")
    sandbox.receive("my-session", "Good!", sender=FRIEND)
    shown = find_message(sandbox, message)
    assert (shown["status"], shown["reactions"]) == ("read", [{"sender": FRIEND, "reaction": "👍"}])
    data_of(act(api, "edit", message, text="Nearly there"))
    assert find_message(sandbox, message)["text"] == "Nearly there"


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"chatId": FRIEND}, 400, "missing required field: text"),
        ({"text": "Hi"}, 400, "missing required field: chatId"),
        ({"chatId": "Ana", "text": "Hi"}, 400, "chatId must be a phone number with its country code"),
        ({"chatId": "1@g.us", "text": "Hi"}, 404, "group not found: 1@g.us"),
        ({"chatId": "1@newsletter", "text": "Hi"}, 404, "channel not found: 1@newsletter"),
    ],
)
def test_message_that_the_phone_could_not_send_is_refused(sandbox, api, receiver, body, status, message):
    assert error_of(api.post(PATH, json=body), status) == message
    sandbox.wait_for_deliveries()
    assert receiver.events == []


def test_phone_needs_a_paired_session_for_titan_to_see_it(sandbox):
    sandbox.logout("my-session")
    with pytest.raises(SandboxError, match="session is not paired"):
        sandbox.send_from_phone("my-session", FRIEND, "Hi")
    with pytest.raises(SandboxError, match="session not found"):
        sandbox.send_from_phone("nobody", FRIEND, "Hi")


def test_receive_says_how_the_account_itself_writes(sandbox, connected):
    with pytest.raises(SandboxError, match="sender is the account itself: send_from_phone writes"):
        sandbox.receive("my-session", "Hi", sender=connected["lid"])
