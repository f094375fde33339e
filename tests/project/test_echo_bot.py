"""The echo bot of examples/: it answers once, keeps files in its folder, and never sends twice."""

from __future__ import annotations

import pytest

from tests.support.examples import SECRET, documented, encoded, post, received, running
from tests.support.files import MIB
from tests.support.loopback import http, http_json, serving
from titan import sign_webhook
from titan.sandbox import Sandbox


@pytest.fixture(scope="module")
def titan():
    with Sandbox() as sandbox:
        sandbox.connect("my-session")
        yield sandbox


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the bot runs, and keeps files."""
    return tmp_path_factory.mktemp("bot")


def echo_bot(folder, base_url, api_key):
    variables = {"TITAN_BASE_URL": base_url, "TITAN_API_KEY": api_key, "TITAN_WEBHOOK_SECRET": SECRET}
    return running(lambda port: documented("echo_bot"), folder, **variables)


@pytest.fixture(scope="module")
def bot(titan, folder):
    with echo_bot(folder, titan.base_url, titan.api_key) as program:
        yield program


@pytest.fixture
def new_messages(titan):
    """The messages that were sent since the test began."""
    before = len(titan.messages)
    return lambda: titan.messages[before:]


GROUP = "120363012345678901@g.us"


@pytest.fixture
def chats(titan):
    """What events call a chat, and the chat id that this stands for."""
    titan.receive("my-session", "Hello, all!", group=GROUP)
    lid = titan.add_contact("my-session", "+5511977776666", "Ada")["lid"]
    return {
        "person": ({"phoneNumber": "+5511999999999", "mode": "pn"}, "5511999999999@s.whatsapp.net"),
        "LID": ({"lid": lid, "mode": "lid"}, lid),
        "group": ({"id": GROUP}, GROUP),
    }


@pytest.mark.parametrize("kind", ["person", "LID", "group"])
def test_echo_bot_answers_into_the_chat_a_message_came_from_and_once(bot, new_messages, chats, kind):
    chat, chat_id = chats[kind]
    event = received(**{"from": chat})
    assert [post(bot.port, encoded(event), path="/") for _ in range(2)] == [200, 200]
    (answer,) = new_messages()
    assert answer["session"] == "my-session"
    sent = answer["request"]
    assert (sent["chatId"], sent["type"], sent["text"]) == (chat_id, "text", event["payload"]["text"])


def test_echo_bot_ignores_what_it_must_not_answer(bot, new_messages):
    assert post(bot.port, encoded(received(fromMe=True))) == 200
    assert post(bot.port, encoded(received(**{"from": {"id": "status@broadcast"}}))) == 200
    assert post(bot.port, encoded(received(**{"from": None}))) == 200
    assert post(bot.port, encoded({**received(), "event": "message.sent"})) == 200
    assert post(bot.port, encoded(received()), sign_webhook(b"", SECRET)) == 401
    assert post(bot.port, encoded(received()).ljust(2 * MIB), pieces=[b""]) == 413
    assert new_messages() == []


@pytest.mark.parametrize(
    ("mime_type", "ending"), [("image/png", "png"), ("video/mp4; codecs=avc1", "mp4"), (None, "bin")]
)
def test_echo_bot_keeps_a_file_and_says_so(titan, bot, folder, new_messages, mime_type, ending):
    media = titan.receive("my-session", media=b"A file of the tests.", mime_type=mime_type)["media"]
    file = f"{media['id']}.{ending}"
    event = encoded(received(text="Look!", mediaId=media["id"], mimeType=mime_type))
    before = {path.name for path in folder.iterdir()}
    assert post(bot.port, event) == 200
    assert {path.name for path in folder.iterdir()} - before == {file}
    assert (folder / file).read_bytes() == b"A file of the tests."
    assert [message["text"] for message in new_messages()] == [f"Look! (20 bytes, kept as {file})"]


def test_echo_bot_keeps_a_file_in_its_folder_whatever_the_media_id(tmp_path):
    def answer(request):
        if request.target.endswith("/download"):
            return http(200, b"A file", {"Content-Type": "text/plain"})
        return http_json({"data": {"id": "msg_1"}})

    with serving(answer) as server, echo_bot(tmp_path, server.url, "titan_" + "k" * 98) as bot:
        assert post(bot.port, encoded(received(mediaId="/tmp/x/med_04", mimeType="of/no-kind"))) == 200
    assert (tmp_path / "med_04.bin").read_bytes() == b"A file"


def test_echo_bot_tries_again_where_nothing_was_sent(titan, bot, new_messages):
    event = {**received(), "session": "offline"}
    assert post(bot.port, encoded(event)) == 500
    titan.connect("offline")
    assert post(bot.port, encoded(event)) == 200
    assert [message["text"] for message in new_messages()] == [event["payload"]["text"]]


def test_echo_bot_does_not_send_again_what_may_have_been_sent(tmp_path):
    event = encoded(received())
    with serving(lambda request: http_json({"error": "internal server error"}, 500)) as broken:
        with echo_bot(tmp_path, broken.url, "titan_" + "k" * 98) as bot:
            assert [post(bot.port, event), post(bot.port, event)] == [200, 200]
        assert [(one.method, one.target) for one in broken.requests] == [("POST", "/api/messages/send")]
