"""`messages.send_voice`: a voice note, if the file is one by its content."""

from __future__ import annotations

import base64
import io
import re

import pytest

from tests.support.fake_server import FakeServer, json_response
from tests.support.files import CHAT, SENT, OneWay, StopError, sent_by
from titan.types_gen import Message


def ogg(packet: bytes) -> bytes:
    """The first page of an OGG file with one packet in it."""
    return b"OggS\0\2" + bytes(20) + b"\1" + bytes([len(packet)]) + packet


def id3(size: int, rest: bytes) -> bytes:
    seven_bits = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\4\0\0" + seven_bits + b"x" * size + rest


OPUS = ogg(b"OpusHead\1\1" + bytes(9)) + bytes(100)
FRAME = b"\xff\xfb\x90\x64" + bytes(400)
VOICE = {
    "OGG with Opus": OPUS,
    "MP3": FRAME,
    "MP3 with a checksum": b"\xff\xfa\x90\x64" + bytes(400),
    "MP3 of MPEG 2": b"\xff\xf3\x64\xc4" + bytes(400),
    "MP3 of MPEG 2.5": b"\xff\xe3\x64\xc4" + bytes(400),
    "MP3 with a tag": id3(100, FRAME),
    "MP3 with a picture in its tag": id3(300_000, FRAME),
    "MP3 with padding": id3(100, bytes(1000) + FRAME),
    "MP3 with much padding": id3(100, bytes(10_000) + FRAME),
}
NO_VOICE = {
    "WAV": b"RIFF\x24\0\0\0WAVEfmt " + bytes(20),
    "M4A": b"\0\0\0\x20ftypM4A " + bytes(20),
    "MP4": b"\0\0\0\x20ftypisom" + bytes(20),
    "AAC": b"\xff\xf1\x50\x80" + bytes(20),
    "AAC ": id3(63, b"\xff\xf9\x50\x80" + bytes(20)),
    "FLAC": b"fLaC" + bytes(20),
    "AMR": b"#!AMR\n" + bytes(20),
    "AIFF": b"FORM\0\0\0\0AIFF",
    "WebM": b"\x1a\x45\xdf\xa3" + bytes(20),
    "WMA": b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
    "Vorbis": ogg(b"\1vorbis" + bytes(20)),
    "Speex": ogg(b"Speex   " + bytes(20)),
    "OGG without Opus": ogg(b"\x80kate\0\0\0"),
    "OGG without": b"OggS",
    "JPEG": b"\xff\xd8\xff\xe0" + bytes(20),
    "PNG": b"\x89PNG\r\n\x1a\n",
    "empty": b"",
    "empty ": id3(50, b""),
    "not known": b"%PDF-1.7 5511999999999",
    "not known ": b"\xff\xfd\x90\x64" + bytes(20),
    "not known  ": b"\xff",
    "not known   ": b"ID3",
    "not known    ": b"\xff\xff\xff\xff",
}


@pytest.mark.parametrize("kind", VOICE)
@pytest.mark.parametrize("given", ["path", "stream", "one way"])
def test_ogg_with_opus_and_mp3_go_as_a_voice_note_whatever_they_are_called(messages, tmp_path, kind, given):
    service, fake = messages
    path = tmp_path / "voice.bin"
    path.write_bytes(VOICE[kind])
    file = {"path": path, "stream": io.BytesIO(VOICE[kind]), "one way": OneWay(VOICE[kind])}[given]
    assert isinstance(service.send_voice("s", CHAT, file), Message)
    assert sent_by(fake) == {
        "session": "s",
        "chatId": CHAT,
        "type": "voice",
        "ptt": True,
        "base64": base64.b64encode(VOICE[kind]).decode(),
    }


@pytest.mark.parametrize("kind", NO_VOICE)
@pytest.mark.parametrize("given", ["path", "stream", "one way"])
def test_all_else_is_refused_with_what_it_is_and_how_to_convert_it(messages, tmp_path, kind, given):
    service, fake = messages
    path = tmp_path / "voice.ogg"
    path.write_bytes(NO_VOICE[kind])
    file = {"path": path, "stream": io.BytesIO(NO_VOICE[kind]), "one way": OneWay(NO_VOICE[kind])}[given]
    with pytest.raises(ValueError, match=re.escape(kind.strip())) as caught:
        service.send_voice("s", CHAT, file)
    assert "ffmpeg -i INPUT" in str(caught.value)
    assert "libopus" in str(caught.value)
    assert "5511999999999" not in str(caught.value)
    assert fake.requests == []


def test_a_stream_is_looked_at_and_sent_from_where_it_stands(messages):
    service, fake = messages
    stream = io.BytesIO(b"RIFF----WAVE" + OPUS)
    stream.seek(12)
    service.send_voice("s", CHAT, stream)
    assert base64.b64decode(sent_by(fake)["base64"]) == OPUS


def test_further_fields_a_name_and_progress_are_as_for_send_file(messages):
    service, fake = messages
    seen = []
    service.send_voice(
        "s",
        CHAT,
        io.BytesIO(FRAME),
        filename="voice.mp3",
        extra={"quotedMessage": {"id": "3EB0"}},
        progress=lambda done, total: seen.append((done, total)),
    )
    assert sent_by(fake)["filename"] == "voice.mp3"
    assert sent_by(fake)["quotedMessage"] == {"id": "3EB0"}
    assert seen == [(len(FRAME), len(FRAME))]


def test_what_cannot_be_meant_is_refused_before_anything_is_sent(messages, tmp_path):
    service, fake = messages
    for extra in ({"url": "https://example.com/a.ogg"}, {"base64": "AAAA"}, {"session": "other"}):
        with pytest.raises(ValueError, match=r"extra|session"):
            service.send_voice("s", CHAT, io.BytesIO(OPUS), extra=extra)
    with pytest.raises(TypeError, match="path or a binary stream"):
        service.send_voice("s", CHAT, OPUS)
    with pytest.raises(FileNotFoundError):
        service.send_voice("s", CHAT, tmp_path / "missing.ogg")
    assert fake.requests == []


def test_a_voice_note_is_sent_again_identically_after_a_rate_limit(connect, clock):
    fake = FakeServer(json_response({}, 429), json_response(SENT, 201))
    connect(fake).messages.send_voice("s", CHAT, io.BytesIO(OPUS))
    assert len(fake.requests) == 2
    assert len({request.content for request in fake.requests}) == 1


@pytest.mark.parametrize("failing", ["progress", "read"])
def test_errors_of_the_user_pass_through(messages, failing):
    service, _ = messages

    def fail(*arguments):
        raise StopError

    class Faulty(io.BytesIO):
        read = fail if failing == "read" else io.BytesIO.read

    with pytest.raises(StopError):
        service.send_voice("s", CHAT, Faulty(OPUS), progress=fail)
