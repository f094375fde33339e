"""What the message of `messages.send_file` says of the file, and what else travels in it."""

from __future__ import annotations

import base64
import io
import os

import pytest

from tests.support.files import CHAT, CHUNK, SENT, OneWay, sent_by
from tests.support.loopback import Received, http, http_json

# --- what the message says


@pytest.mark.parametrize(
    ("name", "mime_type", "kind"),
    [
        ("a.jpg", None, "image"),
        ("a.JPEG", None, "image"),
        ("a.png", None, "image"),
        ("a.webp", None, "image"),
        ("a.mp4", None, "video"),
        ("a.ogg", None, "voice"),
        ("a.oga", None, "voice"),
        ("a.opus", None, "voice"),
        ("a.mp3", None, "voice"),
        ("a.gif", None, "file"),
        ("a.pdf", None, "file"),
        ("a.jpg.zip", None, "file"),
        ("jpg", None, "file"),
        ("a.bin", "image/jpeg", "image"),
        ("a", "IMAGE/PNG", "image"),
        ("a", "image/webp", "image"),
        ("a", "video/mp4", "video"),
        ("a", "audio/ogg; codecs=opus", "voice"),
        ("a", "audio/mpeg", "voice"),
        ("a.jpg", "application/pdf", "file"),
        ("a.mp4", "video/quicktime", "file"),
    ],
)
def test_the_type_follows_from_the_mime_type_else_from_the_ending(messages, tmp_path, name, mime_type, kind):
    service, fake = messages
    path = tmp_path / name
    path.write_bytes(b"data")
    service.send_file("s", CHAT, path, mime_type=mime_type)
    expected = {
        "session": "s",
        "chatId": CHAT,
        "type": kind,
        "base64": base64.b64encode(b"data").decode(),
    }
    if kind == "file":
        expected["filename"] = name
    assert sent_by(fake) == expected


def test_a_given_filename_tells_the_type_of_a_stream(messages):
    service, fake = messages
    service.send_file("s", CHAT, io.BytesIO(b"data"), filename="cat.PNG")
    assert (sent_by(fake)["type"], sent_by(fake)["filename"]) == ("image", "cat.PNG")


@pytest.mark.parametrize("kind", ["image", "video", "voice", "file", "sticker", "hologram"])
def test_a_given_type_goes_as_given(messages, tmp_path, kind):
    service, fake = messages
    path = tmp_path / "a.mp4"
    path.write_bytes(b"data")
    service.send_file("s", CHAT, path, type=kind, mime_type="image/png")
    assert sent_by(fake)["type"] == kind


def test_a_stream_over_a_descriptor_has_no_name(messages):
    service, fake = messages
    with open(os.open(os.devnull, os.O_RDONLY), "rb") as file:
        service.send_file("s", CHAT, file)
    assert sent_by(fake)["filename"] == "file"


def test_a_path_of_bytes_has_no_name(messages, tmp_path):
    service, fake = messages
    path = tmp_path / "a.pdf"
    path.write_bytes(b"data")

    class BytesPath(os.PathLike):
        def __fspath__(self):
            return os.fsencode(path)

    service.send_file("s", CHAT, BytesPath())
    assert (sent_by(fake)["type"], sent_by(fake)["filename"]) == ("file", "file")


def test_text_in_a_message_travels_in_any_script(messages):
    service, fake = messages
    service.send_file(
        "s", CHAT, io.BytesIO(b"x"), filename='relatório "final".pdf', caption="Olá 👋\n\\ 你好"
    )
    assert sent_by(fake)["filename"] == 'relatório "final".pdf'
    assert sent_by(fake)["caption"] == "Olá 👋\n\\ 你好"


def test_further_fields_travel_as_given(messages):
    service, fake = messages
    extra = {"ptt": True, "quotedMessage": {"id": "3EB0"}, "session": "s"}
    service.send_file("s", CHAT, io.BytesIO(b"x"), type="voice", extra=extra)
    sent = sent_by(fake)
    assert (sent["ptt"], sent["quotedMessage"], sent["session"]) == (True, {"id": "3EB0"}, "s")
    assert extra == {"ptt": True, "quotedMessage": {"id": "3EB0"}, "session": "s"}


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        ({"base64": "AAAA"}, "base64"),
        ({"base64": None}, "base64"),
        ({"url": "https://example.com/a.png"}, "url"),
        ({"session": "other"}, "another session"),
    ],
    ids=["base64", "base64 null", "url", "other session"],
)
def test_further_fields_cannot_replace_the_file_or_the_session(messages, extra, says):
    service, fake = messages
    with pytest.raises(ValueError, match=says):
        service.send_file("s", CHAT, io.BytesIO(b"x"), extra=extra)
    assert fake.requests == []


def test_a_client_token_uses_the_route_it_may_call(server):
    bodies = []

    def keep(request: Received) -> bytes:
        bodies.append(request.json())
        return http_json(SENT, 201)

    running, client = server(keep, client_token="titan_ct_x.y.z")
    client.messages.send_file("my-session", CHAT, io.BytesIO(b"data"))
    assert running.requests[0].target == "/api/sessions/my-session/messages/send"
    assert running.requests[0].headers["authorization"] == "Bearer titan_ct_x.y.z"
    assert bodies[0]["session"] == "my-session"


def test_progress_counts_the_bytes_of_the_file(messages):
    service, _ = messages
    seen = []
    service.send_file(
        "s", CHAT, OneWay(bytes(CHUNK + 5)), progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(CHUNK, CHUNK + 5), (CHUNK + 5, CHUNK + 5)]


def test_a_callback_can_use_the_same_client(server):
    def answer(request: Received) -> bytes:
        for _ in request.pieces():
            pass
        return http_json({"data": {"success": True}}) if "presence" in request.target else http_json(SENT)

    running, client = server(answer)
    message = client.messages.send_file(
        "s",
        CHAT,
        io.BytesIO(bytes(100_000)),
        progress=lambda done, total: client.presence.set("s", {"presence": "available"}),
    )
    assert message.id == SENT["data"]["id"]
    assert len(running.requests) == 4


def test_a_call_inside_a_callback_leaves_no_address_of_the_outer_call_in_the_logs(server, caplog):
    def answer(request: Received) -> bytes:
        for _ in request.pieces():
            pass
        return http(204) if "presence" in request.target else http_json(SENT)

    _, client = server(answer, client_token="titan_ct_x.y.z")
    caplog.set_level("DEBUG")
    client.messages.send_file(
        "s-5511999999999",
        CHAT,
        io.BytesIO(b"data"),
        progress=lambda done, total: client.presence.set("s", {"presence": "available"}),
    )
    assert "{session}/messages/send" in caplog.text
    assert "5511999999999" not in caplog.text
