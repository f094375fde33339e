"""Pairing: QR codes, pairing codes, scanning."""

from __future__ import annotations

import base64
import re
import struct
import zlib

import pytest
import segno

from tests.support.sandbox import data_of, error_of
from tests.support.sessions import create_session, get_session, qr_of, refusal, start_session, status_of


def modules_of(png):
    """Decode a PNG with one grey bit a pixel, to the squares of the QR code in it."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, rest = {}, png[8:]
    while rest:
        length, kind = struct.unpack(">I4s", rest[:8])
        data, (checksum,) = rest[8 : 8 + length], struct.unpack(">I", rest[8 + length : 12 + length])
        assert zlib.crc32(kind + data) == checksum
        chunks[kind] = data
        rest = rest[12 + length :]
    width, height, bits, *others = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (width, bits, others) == (height, 1, [0, 0, 0, 0])
    stride = (width + 7) // 8
    rows, pixels = [bytes(stride)], zlib.decompress(chunks[b"IDAT"])
    assert len(pixels) == (1 + stride) * height
    for at in range(0, len(pixels), 1 + stride):
        row = pixels[at + 1 : at + 1 + stride]
        # A row is stored as it is, or as its difference to the one above.
        assert pixels[at] in (0, 2)
        rows.append(bytes(a + b & 255 for a, b in zip(row, rows[-1])) if pixels[at] else row)
    # Six pixels a square, and a quiet zone of four squares.
    squares = range(4 * 6, width - 4 * 6, 6)
    return [[1 - (rows[1 + y][x // 8] >> (7 - x % 8) & 1) for x in squares] for y in squares]


def modules_for(text):
    code = segno.make(text, error="l", micro=False)
    return [list(row) for row in code.matrix]


def test_qr_code_is_a_picture_of_the_text_that_the_event_has(api, new_events):
    create_session(api, start=True)
    answer = data_of(api.get("/api/sessions/s/pairing/qr"))
    assert answer.pop("event") == "code"
    kind, _, encoded = answer.pop("qr").partition(",")
    assert answer == {}
    assert kind == "data:image/png;base64"
    _, (_, payload) = new_events()
    assert re.fullmatch(r"2@[\w-]{86}(,[\w-]{43}){3}", payload["qr"])
    assert modules_of(base64.b64decode(encoded, validate=True)) == modules_for(payload["qr"])


def test_qr_code_as_text(sandbox, api, new_events):
    sandbox.configure(qr_format="text")
    create_session(api, start=True)
    _, (_, payload) = new_events()
    assert data_of(api.get("/api/sessions/s/pairing/qr")) == {"qr": payload["qr"], "event": "code"}


@pytest.mark.parametrize("qr_format", ["image", "text"])
def test_qr_code_as_the_bytes_of_an_image(sandbox, api, new_events, qr_format):
    sandbox.configure(qr_format=qr_format)
    create_session(api, start=True)
    response = api.get("/api/sessions/s/pairing/qr", params={"format": "image"})
    assert (response.status_code, response.headers["Content-Type"]) == (200, "image/png")
    _, (_, payload) = new_events()
    assert modules_of(response.content) == modules_for(payload["qr"])


def test_unknown_format_is_the_usual_one(api):
    create_session(api, start=True)
    response = api.get("/api/sessions/s/pairing/qr", params={"format": "svg"})
    assert data_of(response)["qr"].startswith("data:image/png;base64,")


def test_page_shows_the_same_picture(api):
    create_session(api, start=True)
    shown = api.get("/sandbox/sessions/s/qr.png")
    assert shown.headers["Content-Type"] == "image/png"
    assert shown.content == api.get("/api/sessions/s/pairing/qr?format=image").content
    assert error_of(api.get("/sandbox/sessions/t/qr.png"), 404) == "session not found: t"


def test_qr_code_changes_every_20_seconds(sandbox, api):
    create_session(api, start=True)
    seen = [qr_of(api)]
    sandbox.advance(15)
    assert qr_of(api) == seen[0]
    sandbox.advance(5)
    for _ in range(5):
        seen.append(qr_of(api))
        assert qr_of(api) == seen[-1]
        sandbox.advance(20)
    assert len(set(seen)) == 6
    assert "start it first" in error_of(api.get("/api/sessions/s/pairing/qr"), 409)


def test_qr_codes_of_two_sessions_differ(api):
    create_session(api, "s", start=True)
    create_session(api, "t", start=True)
    assert qr_of(api, "s") != qr_of(api, "t")


def test_no_qr_code_without_a_wait_for_a_scan(sandbox, api):
    create_session(api)
    for route in ("pairing/qr", "pairing/qr?format=image"):
        assert error_of(api.get(f"/api/sessions/s/{route}"), 409) == (
            "session is not waiting to be paired, start it first: s"
        )
    sandbox.connect("s")
    assert error_of(api.get("/api/sessions/s/pairing/qr"), 409) == "session is already connected: s"


def test_scan_is_refused_without_a_qr_code_to_scan(sandbox, api):
    with refusal(404, "session not found: s"):
        sandbox.scan("s")
    create_session(api)
    with refusal(409, "session is not waiting to be paired, start it first: s"):
        sandbox.scan("s")
    start_session(api)
    with refusal(400, "phoneNumber must be a phone number with its country code"):
        sandbox.scan("s", phone_number="12-34")
    assert status_of(get_session(api)) == ("CONNECTING", "SCAN_QR")
    sandbox.scan("s")
    with refusal(409, "session is already connected: s"):
        sandbox.scan("s")


def code_for(api, phone_number):
    return api.post("/api/sessions/s/pairing/code", json={"phoneNumber": phone_number})


def test_pairing_code_is_for_the_phone_of_that_number(sandbox, api):
    create_session(api, start=True)
    codes = [data_of(code_for(api, number)) for number in ("+4930123456", "+55 (11) 98888-7777")]
    assert all(set(one) == {"code"} and re.fullmatch(r"\d{8}", one["code"]) for one in codes)
    assert sandbox.scan("s")["phoneNumber"] == "+5511988887777"


def test_pairing_code_outlives_the_rotation_of_the_qr_code(sandbox, api):
    create_session(api, start=True)
    data_of(code_for(api, "+4930123456"))
    sandbox.advance(20)
    assert sandbox.scan("s")["phoneNumber"] == "+4930123456"


def test_pairing_code_needs_a_phone_number_and_a_wait(sandbox, api):
    create_session(api)
    assert error_of(code_for(api, "+4930123456"), 409) == (
        "session is not waiting to be paired, start it first: s"
    )
    start_session(api)
    for wrong in ("abc", "123456", "1" * 16):
        assert error_of(code_for(api, wrong), 400) == (
            "phoneNumber must be a phone number with its country code"
        )
    sandbox.scan("s")
    assert error_of(code_for(api, "+4930123456"), 409) == "session is already connected: s"
