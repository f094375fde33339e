"""Files: by their path, checked before they are sent."""

from __future__ import annotations

import os

import pytest

from tests.support.outbox import FRIEND
from tests.support.sandbox import JPEG

OGG = b"OggS" + bytes(22) + b"\x01\x13" + b"OpusHead" + bytes(40)


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "cat.jpg"
    path.write_bytes(JPEG)
    return path


def test_file_is_sent_with_its_caption(setup, outbox, picture):
    outbox.add("a", "shop", {"chatId": FRIEND, "caption": "A cat"}, file=picture)
    outbox.run()
    (message,) = setup.sandbox.messages
    assert (outbox.get("a").status, outbox.get("a").type) == ("sent", "image")
    assert (message["request"]["type"], message["request"]["caption"]) == ("image", "A cat")


def test_document_has_its_name(setup, outbox, tmp_path):
    (tmp_path / "invoice.pdf").write_bytes(b"%PDF")
    outbox.add("a", "shop", {"chatId": FRIEND}, file=str(tmp_path / "invoice.pdf"))
    outbox.run()
    assert setup.sandbox.messages[0]["request"]["filename"] == "invoice.pdf"


def test_voice_note_is_checked_when_it_is_added(setup, outbox, tmp_path, picture):
    (tmp_path / "note.ogg").write_bytes(OGG)
    voice = {"chatId": FRIEND, "type": "voice", "ptt": True}
    outbox.add("a", "shop", voice, file=tmp_path / "note.ogg")
    outbox.run()
    assert setup.sandbox.messages[0]["request"]["ptt"] is True
    with pytest.raises(ValueError, match="a picture"):
        outbox.add("b", "shop", voice, file=picture)


def test_path_is_kept_absolute(setup, outbox, picture, monkeypatch, tmp_path):
    monkeypatch.chdir(picture.parent)
    outbox.add("a", "shop", {"chatId": FRIEND}, file="cat.jpg")
    monkeypatch.chdir("/")
    outbox.run()
    assert outbox.get("a").status == "sent"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda path: path.unlink(), "cannot be read any more: FileNotFoundError"),
        (lambda path: path.write_bytes(JPEG[:-1] + b"X"), "has changed"),
        (lambda path: path.write_bytes(JPEG + b"X"), "has changed"),
    ],
)
def test_file_that_is_gone_or_changed_fails_its_message(setup, outbox, picture, change, reason):
    outbox.add("a", "shop", {"chatId": FRIEND}, file=picture)
    change(picture)
    outbox.run()
    assert (outbox.get("a").status, reason in outbox.get("a").reason, setup.sandbox.messages) == (
        "failed",
        True,
        [],
    )


def test_same_path_with_another_content_is_another_message(outbox, picture):
    outbox.add("a", "shop", {"chatId": FRIEND}, file=picture)
    assert outbox.add("a", "shop", {"chatId": FRIEND}, file=os.fspath(picture)) is False
    picture.write_bytes(b"another")
    with pytest.raises(ValueError, match="another message"):
        outbox.add("a", "shop", {"chatId": FRIEND}, file=picture)


def test_file_that_cannot_be_sent_is_refused(outbox, picture, tmp_path):
    with pytest.raises(FileNotFoundError):
        outbox.add("a", "shop", {"chatId": FRIEND}, file=tmp_path / "nothing.jpg")
    with pytest.raises(ValueError, match="must not hold base64 or url"):
        outbox.add("a", "shop", {"chatId": FRIEND, "base64": "QQ=="}, file=picture)
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        file.truncate(52_500_001)
    with pytest.raises(ValueError, match="too large"):
        outbox.add("a", "shop", {"chatId": FRIEND}, file=large)
