"""Sessions of the sandbox: statuses and events, pairing, keys and scopes, time, settings, control calls."""

import base64
import re
import struct
import threading
import time
import zlib
from contextlib import contextmanager
from datetime import datetime, timezone

import httpx
import pytest
import segno

from tests.support.openapi import ALL_OPERATIONS
from tests.support.project import CONTRACT as SPEC
from tests.support.sandbox import FRIEND, TEXT, client, data_of, error_of, receiving, subscribe
from titan.sandbox import Sandbox, SandboxError

EVENTS = ("session.status", "session.qr", "session.connected", "session.logged_out")


class Steps:
    """What a webhook was told of sessions since it was last asked for."""

    def __init__(self, sandbox, receiver):
        self._sandbox = sandbox
        self._receiver = receiver
        self._seen = 0

    def events(self):
        self._sandbox.wait_for_deliveries()
        new = self._receiver.events[self._seen :]
        self._seen += len(new)
        return new

    def __call__(self):
        return [(event["event"], event["payload"]) for event in self.events()]


@contextmanager
def watching(sandbox, api, *events):
    with receiving() as receiver:
        subscribe(api, receiver, *(events or EVENTS))
        yield Steps(sandbox, receiver)


@pytest.fixture
def steps(sandbox, api):
    with watching(sandbox, api) as steps:
        yield steps


def moved(status, reason):
    return ("session.status", {"status": status, "statusReason": reason})


def status_of(session):
    return session["status"], session["statusReason"]


def get(api, name="s"):
    return data_of(api.get(f"/api/sessions/{name}"))


def create(api, name="s", **options):
    return data_of(api.post("/api/sessions", json={"name": name, **options}), 201)


def start(api, name="s"):
    return data_of(api.post(f"/api/sessions/{name}/start"))


def stop(api, name="s"):
    return data_of(api.post(f"/api/sessions/{name}/stop"))


def qr_of(api, name="s"):
    return data_of(api.get(f"/api/sessions/{name}/pairing/qr"))["qr"]


def time_of(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def seconds_between(first, second):
    return (time_of(second) - time_of(first)).total_seconds()


def until(come_true):
    deadline = time.monotonic() + 10
    while not come_true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextmanager
def refused(status, message):
    with pytest.raises(SandboxError) as raised:
        yield
    assert (raised.value.status, raised.value.message) == (status, message)


# --- statuses, reasons, events ----------------------------------------------------------------------


def test_new_session_is_disconnected_and_nothing_has_happened(api, steps):
    options = {"proxy": "socks5://proxy.example.com:1080", "config": {"safeMode": True}}
    session = create(api, **options)
    assert abs(seconds_between(session.pop("createdAt"), datetime.now(timezone.utc).isoformat())) < 60
    assert session == {"name": "s", "status": "DISCONNECTED", "statusReason": None, **options}
    assert steps() == []


def test_sessions_are_listed_in_the_order_of_their_creation(api):
    sessions = [create(api, name) for name in ("b", "a", "C.d_e-f")]
    assert data_of(api.get("/api/sessions")) == sessions
    assert get(api, "a") == sessions[1]


def test_name_that_is_taken_is_409_and_changes_nothing(api, steps):
    create(api)
    assert error_of(api.post("/api/sessions", json={"name": "s", "start": True}), 409) == (
        "session already exists: s"
    )
    assert status_of(get(api)) == ("DISCONNECTED", None)
    assert steps() == []


@pytest.mark.parametrize("at_creation", [True, False])
def test_start_of_an_unpaired_session_shows_a_qr_code(sandbox, api, steps, at_creation):
    sandbox.configure(qr_format="text")
    if at_creation:
        session = create(api, start=True)
    else:
        create(api)
        session = start(api)
    assert status_of(session) == ("CONNECTING", "SCAN_QR")
    assert session == get(api)
    assert steps() == [moved("CONNECTING", "SCAN_QR"), ("session.qr", {"qr": qr_of(api)})]


def test_scan_connects(sandbox, api, steps):
    create(api, start=True)
    steps()
    session = sandbox.scan("s", phone_number="+49 30 123456", push_name="Ada")
    assert session == get(api)
    identity = {
        "phoneNumber": "+4930123456",
        "pushName": "Ada",
        "platform": "consumer",
        "lid": session["lid"],
    }
    assert re.fullmatch(r"\d{15}@lid", session["lid"])
    assert "30123456" not in session["lid"]
    assert {name: session[name] for name in identity} == identity
    assert status_of(session) == ("CONNECTED", None)
    assert "businessName" not in session
    assert steps() == [moved("CONNECTED", None), ("session.connected", identity)]


def test_scan_by_a_business_account(sandbox, api, steps):
    create(api, start=True)
    steps()
    session = sandbox.scan("s", business_name="Acme Ltda")
    assert (session["businessName"], session["platform"]) == ("Acme Ltda", "smba")
    _, (_, identity) = steps()
    assert (identity["businessName"], identity["platform"]) == ("Acme Ltda", "smba")


def test_stop_ends_the_connection_and_start_brings_it_back_without_a_qr_code(sandbox, api, steps):
    connected = sandbox.connect("s")
    steps()
    stopped = stop(api)
    assert status_of(stopped) == ("DISCONNECTED", "MANUAL_STOP")
    assert stopped["phoneNumber"] == connected["phoneNumber"]
    assert steps() == [moved("DISCONNECTED", "MANUAL_STOP")]

    session = start(api)
    assert {**session, "updatedAt": connected["updatedAt"]} == connected
    identity = {name: session[name] for name in ("phoneNumber", "pushName", "platform", "lid")}
    assert steps() == [moved("CONNECTED", None), ("session.connected", identity)]


def test_stop_ends_the_wait_for_a_scan(sandbox, api, steps):
    create(api, start=True)
    steps()
    assert status_of(stop(api)) == ("DISCONNECTED", "MANUAL_STOP")
    sandbox.advance(1000)
    assert status_of(get(api)) == ("DISCONNECTED", "MANUAL_STOP")
    assert steps() == [moved("DISCONNECTED", "MANUAL_STOP")]


def test_start_of_a_started_session_changes_nothing(sandbox, api, steps):
    waiting = create(api, start=True)
    qr = qr_of(api)
    assert start(api) == waiting
    assert qr_of(api) == qr
    connected = sandbox.scan("s")
    steps()
    assert start(api) == connected
    sandbox.disconnect("s", "AUTO_RECONNECT")
    assert status_of(start(api)) == ("CONNECTING", "AUTO_RECONNECT")
    assert steps() == [moved("CONNECTING", "AUTO_RECONNECT")]


def test_stop_of_a_stopped_session_changes_nothing(sandbox, api, steps):
    before = create(api)
    assert stop(api) == before
    sandbox.connect("s")
    lost = sandbox.disconnect("s", "TEMPORARY_BAN")
    steps()
    assert stop(api) == lost
    assert steps() == []


def test_unscanned_session_times_out_and_can_be_started_again(sandbox, api, steps):
    create(api, start=True)
    sandbox.advance(6 * 20)
    session = get(api)
    assert status_of(session) == ("DISCONNECTED", "QR_TIMEOUT")
    happened = steps()
    assert [event for event, _ in happened] == ["session.status", *["session.qr"] * 6, "session.status"]
    assert len({payload["qr"] for _, payload in happened[1:-1]}) == 6
    assert happened[-1] == moved("DISCONNECTED", "QR_TIMEOUT")

    assert status_of(start(api)) == ("CONNECTING", "SCAN_QR")
    again = steps()
    assert [event for event, _ in again] == ["session.status", "session.qr"]
    assert again[1] not in happened
    assert status_of(sandbox.scan("s")) == ("CONNECTED", None)


@pytest.mark.parametrize("reason", ["STREAM_ERROR", "FAILED", "TEMPORARY_BAN"])
def test_lost_connection_stays_lost_until_the_session_is_started(sandbox, api, steps, reason):
    connected = sandbox.connect("s")
    steps()
    session = sandbox.disconnect("s", reason)
    assert status_of(session) == ("DISCONNECTED", reason)
    assert session["phoneNumber"] == connected["phoneNumber"]
    sandbox.advance(10**6)
    assert get(api) == session
    assert steps() == [moved("DISCONNECTED", reason)]

    assert status_of(start(api)) == ("CONNECTED", None)
    assert [event for event, _ in steps()] == ["session.status", "session.connected"]


def test_titan_reconnects_by_itself(sandbox, api, steps):
    sandbox.configure(reconnect_after=30)
    connected = sandbox.connect("s")
    steps()
    lost = sandbox.disconnect("s", "AUTO_RECONNECT")
    assert status_of(lost) == ("CONNECTING", "AUTO_RECONNECT")
    assert steps() == [moved("CONNECTING", "AUTO_RECONNECT")]
    assert error_of(api.get("/api/sessions/s/pairing/qr"), 409) == (
        "session is not waiting to be paired, start it first: s"
    )

    sandbox.advance(20)
    assert get(api) == lost
    sandbox.advance(10)
    session = get(api)
    assert {**session, "updatedAt": connected["updatedAt"]} == connected
    assert seconds_between(lost["updatedAt"], session["updatedAt"]) == pytest.approx(30, abs=1)
    assert [event for event, _ in steps()] == ["session.status", "session.connected"]


@pytest.mark.parametrize("end", ["stop", "logout", "delete"])
def test_nothing_reconnects_what_was_ended_meanwhile(sandbox, api, steps, end):
    sandbox.connect("s")
    sandbox.disconnect("s", "AUTO_RECONNECT")
    if end == "stop":
        stop(api)
    elif end == "logout":
        sandbox.logout("s")
    else:
        data_of(api.delete("/api/sessions/s"))
    steps()
    sandbox.advance(1000)
    assert steps() == []


def test_each_loss_has_its_own_time_to_reconnect(sandbox, api):
    sandbox.configure(reconnect_after=30)
    sandbox.connect("s")
    sandbox.disconnect("s", "AUTO_RECONNECT")
    sandbox.advance(20)
    stop(api)
    start(api)
    sandbox.disconnect("s", "AUTO_RECONNECT")
    sandbox.advance(20)
    assert status_of(get(api)) == ("CONNECTING", "AUTO_RECONNECT")
    sandbox.advance(10)
    assert status_of(get(api)) == ("CONNECTED", None)


def test_connect_does_not_wait_for_the_reconnection(sandbox, api, steps):
    sandbox.configure(reconnect_after=30)
    sandbox.connect("s")
    sandbox.disconnect("s", "AUTO_RECONNECT")
    assert status_of(sandbox.connect("s")) == ("CONNECTED", None)
    steps()
    sandbox.advance(100)
    assert steps() == []


@pytest.mark.parametrize("stopped", [False, True])
def test_logged_out_session_has_to_be_paired_anew(sandbox, api, steps, stopped):
    number = sandbox.connect("s")["phoneNumber"]
    if stopped:
        stop(api)
    steps()
    session = sandbox.logout("s")
    assert session == get(api)
    assert set(session) == {"name", "status", "statusReason", "createdAt", "updatedAt"}
    assert status_of(session) == ("DISCONNECTED", "LOGGED_OUT")
    assert steps() == [
        moved("DISCONNECTED", "LOGGED_OUT"),
        ("session.logged_out", {"reason": "LOGGED_OUT"}),
    ]

    assert status_of(start(api)) == ("CONNECTING", "SCAN_QR")
    assert sandbox.scan("s")["phoneNumber"] != number


def test_logged_out_session_knows_nothing_of_its_account(sandbox, api):
    sandbox.connect("s")
    sandbox.receive("s", "Hi")
    sandbox.logout("s")
    assert data_of(api.get("/api/sessions/s/chats")) == []
    assert data_of(api.get("/api/sessions/s/contacts")) == []


def test_only_what_is_paired_can_be_logged_out(sandbox, api):
    create(api, start=True)
    with refused(409, "session is not paired: s"):
        sandbox.logout("s")
    sandbox.scan("s")
    sandbox.logout("s")
    with refused(409, "session is not paired: s"):
        sandbox.logout("s")


def test_only_what_is_connected_can_be_disconnected(sandbox, api):
    create(api, start=True)
    for _ in ("waiting for a scan", "disconnected already"):
        with refused(409, "session is not connected: s"):
            sandbox.disconnect("s")
        sandbox.connect("s")
        assert status_of(sandbox.disconnect("s")) == ("DISCONNECTED", "STREAM_ERROR")


def test_deleted_session_is_gone_and_a_new_one_of_its_name_is_another(sandbox, api, steps):
    create(api, start=True)
    qr = qr_of(api)
    assert data_of(api.delete("/api/sessions/s")) == {"success": True}
    assert error_of(api.get("/api/sessions/s"), 404) == "session not found: s"
    assert error_of(api.delete("/api/sessions/s"), 404) == "session not found: s"
    assert data_of(api.get("/api/sessions")) == []

    create(api, start=True)
    assert qr_of(api) != qr
    steps()
    sandbox.advance(20)
    # The codes of the deleted one have stopped.
    assert [event for event, _ in steps()] == ["session.qr"]


def test_deleted_session_takes_its_pairing_along(sandbox, api):
    number = sandbox.connect("s")["phoneNumber"]
    data_of(api.delete("/api/sessions/s"))
    assert "phoneNumber" not in create(api)
    assert sandbox.connect("s")["phoneNumber"] != number


def test_updated_at_is_the_time_of_the_last_change_of_status(sandbox, api):
    created = create(api)
    assert "updatedAt" not in created
    sandbox.advance(600)
    started = start(api)
    sandbox.advance(60)
    scanned = sandbox.scan("s")
    assert seconds_between(created["createdAt"], started["updatedAt"]) == pytest.approx(600, abs=10)
    assert seconds_between(started["updatedAt"], scanned["updatedAt"]) == pytest.approx(60, abs=10)
    assert scanned["createdAt"] == created["createdAt"]


def test_events_of_a_session_tell_which_and_when(sandbox, api, steps):
    sandbox.connect("s")
    sandbox.connect("t")
    events = steps.events()
    assert [event["session"] for event in events] == ["s"] * 4 + ["t"] * 4
    assert all(set(event) == {"id", "event", "session", "timestamp", "payload"} for event in events)
    assert all(re.fullmatch("evt_[0-9a-f]{20}", event["id"]) for event in events)
    assert len({event["id"] for event in events}) == 8
    assert 0 <= seconds_between(get(api, "s")["updatedAt"], events[3]["timestamp"]) < 1


COMMANDS = [
    pytest.param(path, method, operation, id=operation["operationId"])
    for path, item in SPEC["paths"].items()
    for method, operation in item.items()
    if "202" in operation["responses"]
]


@pytest.fixture(scope="module")
def with_unconnected_sessions():
    with Sandbox(reconnect_after=10**6) as sandbox, client(sandbox) as api:
        create(api, "new")
        create(api, "unscanned", start=True)
        for name in ("stopped", "reconnecting", "banned", "logged-out"):
            sandbox.connect(name)
        stop(api, "stopped")
        sandbox.disconnect("reconnecting", "AUTO_RECONNECT")
        sandbox.disconnect("banned", "TEMPORARY_BAN")
        sandbox.logout("logged-out")
        yield api


@pytest.mark.parametrize(("path", "method", "operation"), COMMANDS)
def test_what_goes_to_whatsapp_is_refused_while_not_connected(
    with_unconnected_sessions, path, method, operation
):
    body = None
    if "requestBody" in operation:
        examples = operation["requestBody"]["content"]["application/json"]["examples"]
        body = {**next(iter(examples.values()))["value"]}
    for session in ("new", "unscanned", "stopped", "reconnecting", "banned", "logged-out"):
        if body is not None and "session" in body:
            body["session"] = session
        target = re.sub(r"\{\w+\}", "x", path.replace("{session}", session))
        for prefer in ("", "respond-async"):
            response = with_unconnected_sessions.request(
                method, target, json=body, headers={"Prefer": prefer}
            )
            assert error_of(response, 409) == f"session is not connected: {session}"


def test_what_is_known_can_be_read_while_not_connected(sandbox, api):
    sandbox.connect("s")
    sandbox.receive("s", "Hi", sender=FRIEND)
    sandbox.disconnect("s")
    for path in (
        "chats",
        f"chats/{FRIEND}",
        "contacts",
        "groups",
        "channels",
        "labels",
        "profile",
        "presence",
    ):
        assert api.get(f"/api/sessions/s/{path}").status_code == 200
    assert len(data_of(api.get("/api/sessions/s/chats"))) == 1


# --- pairing ----------------------------------------------------------------------------------------


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
        # A row is written as it is, or as its difference to the one above.
        assert pixels[at] in (0, 2)
        rows.append(bytes(a + b & 255 for a, b in zip(row, rows[-1])) if pixels[at] else row)
    # Six pixels a square, and a quiet zone of four squares.
    squares = range(4 * 6, width - 4 * 6, 6)
    return [[1 - (rows[1 + y][x // 8] >> (7 - x % 8) & 1) for x in squares] for y in squares]


def modules_for(text):
    code = segno.make(text, error="l", micro=False)
    return [list(row) for row in code.matrix]


def test_qr_code_is_a_picture_of_the_text_that_the_event_has(api, steps):
    create(api, start=True)
    answer = data_of(api.get("/api/sessions/s/pairing/qr"))
    assert answer.pop("event") == "code"
    kind, _, encoded = answer.pop("qr").partition(",")
    assert answer == {}
    assert kind == "data:image/png;base64"
    _, (_, payload) = steps()
    assert re.fullmatch(r"2@[\w-]{86}(,[\w-]{43}){3}", payload["qr"])
    assert modules_of(base64.b64decode(encoded, validate=True)) == modules_for(payload["qr"])


def test_qr_code_as_text(sandbox, api, steps):
    sandbox.configure(qr_format="text")
    create(api, start=True)
    _, (_, payload) = steps()
    assert data_of(api.get("/api/sessions/s/pairing/qr")) == {"qr": payload["qr"], "event": "code"}


@pytest.mark.parametrize("qr_format", ["image", "text"])
def test_qr_code_as_the_bytes_of_an_image(sandbox, api, steps, qr_format):
    sandbox.configure(qr_format=qr_format)
    create(api, start=True)
    response = api.get("/api/sessions/s/pairing/qr", params={"format": "image"})
    assert (response.status_code, response.headers["Content-Type"]) == (200, "image/png")
    _, (_, payload) = steps()
    assert modules_of(response.content) == modules_for(payload["qr"])


def test_format_that_nobody_knows_is_the_usual_one(api):
    create(api, start=True)
    response = api.get("/api/sessions/s/pairing/qr", params={"format": "svg"})
    assert data_of(response)["qr"].startswith("data:image/png;base64,")


def test_page_shows_the_same_picture(api):
    create(api, start=True)
    shown = api.get("/sandbox/sessions/s/qr.png")
    assert shown.headers["Content-Type"] == "image/png"
    assert shown.content == api.get("/api/sessions/s/pairing/qr?format=image").content
    assert error_of(api.get("/sandbox/sessions/t/qr.png"), 404) == "session not found: t"


def test_qr_code_changes_every_20_seconds(sandbox, api):
    create(api, start=True)
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
    create(api, "s", start=True)
    create(api, "t", start=True)
    assert qr_of(api, "s") != qr_of(api, "t")


def test_no_qr_code_without_a_wait_for_it(sandbox, api):
    create(api)
    for route in ("pairing/qr", "pairing/qr?format=image"):
        assert error_of(api.get(f"/api/sessions/s/{route}"), 409) == (
            "session is not waiting to be paired, start it first: s"
        )
    sandbox.connect("s")
    assert error_of(api.get("/api/sessions/s/pairing/qr"), 409) == "session is already connected: s"


def test_scan_is_refused_without_a_qr_code_to_scan(sandbox, api):
    with refused(404, "session not found: s"):
        sandbox.scan("s")
    create(api)
    with refused(409, "session is not waiting to be paired, start it first: s"):
        sandbox.scan("s")
    start(api)
    with refused(400, "phoneNumber must be a phone number with its country code"):
        sandbox.scan("s", phone_number="12-34")
    assert status_of(get(api)) == ("CONNECTING", "SCAN_QR")
    sandbox.scan("s")
    with refused(409, "session is already connected: s"):
        sandbox.scan("s")


def code_for(api, phone_number):
    return api.post("/api/sessions/s/pairing/code", json={"phoneNumber": phone_number})


def test_pairing_code_is_for_the_phone_of_that_number(sandbox, api):
    create(api, start=True)
    codes = [data_of(code_for(api, number)) for number in ("+4930123456", "+55 (11) 98888-7777")]
    assert all(set(one) == {"code"} and re.fullmatch(r"\d{8}", one["code"]) for one in codes)
    assert sandbox.scan("s")["phoneNumber"] == "+5511988887777"


def test_pairing_code_outlives_the_rotation_of_the_qr_code(sandbox, api):
    create(api, start=True)
    data_of(code_for(api, "+4930123456"))
    sandbox.advance(20)
    assert sandbox.scan("s")["phoneNumber"] == "+4930123456"


def test_pairing_code_needs_a_phone_number_and_a_wait(sandbox, api):
    create(api)
    assert error_of(code_for(api, "+4930123456"), 409) == (
        "session is not waiting to be paired, start it first: s"
    )
    start(api)
    for wrong in ("abc", "123456", "1" * 16):
        assert error_of(code_for(api, wrong), 400) == (
            "phoneNumber must be a phone number with its country code"
        )
    sandbox.scan("s")
    assert error_of(code_for(api, "+4930123456"), 409) == "session is already connected: s"


# --- keys and scopes --------------------------------------------------------------------------------


def new_key(api, **changes):
    body = {"label": "k", "lifetimeDays": 1, "scopes": ["*"], **changes}
    return data_of(api.post("/api/account/keys", json=body), 201)


@pytest.mark.parametrize(
    ("authorization", "message"),
    [
        (None, "missing API key: send Authorization: Bearer <key>"),
        ("Bearer", "missing API key: send Authorization: Bearer <key>"),
        ("Basic dTpw", "missing API key: send Authorization: Bearer <key>"),
        ("Bearer titan_wrong", "invalid API key"),
    ],
)
def test_without_a_good_key_it_is_401(sandbox, authorization, message):
    headers = {} if authorization is None else {"Authorization": authorization}
    response = httpx.get(f"{sandbox.base_url}/api/sessions", headers=headers, trust_env=False)
    assert error_of(response, 401) == message
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.headers["X-RateLimit-Remaining"] == response.headers["X-RateLimit-Limit"]


def test_scheme_is_read_in_any_case(sandbox):
    headers = {"Authorization": f"bearer  {sandbox.api_key}"}
    data_of(httpx.get(f"{sandbox.base_url}/api/sessions", headers=headers, trust_env=False))


def test_key_is_shown_once(api):
    key = new_key(api, lifetimeDays=30, scopes=["sessions:read", "a:new_one"])
    assert re.fullmatch("titan_[A-Za-z0-9_-]{98}", key.pop("key"))
    assert re.fullmatch("key_[0-9a-f]{20}", key["id"])
    assert (key["label"], key["scopes"], key["isActive"]) == ("k", ["sessions:read", "a:new_one"], True)
    assert seconds_between(key["createdAt"], key["expiresAt"]) == 30 * 86400
    first, second = data_of(api.get("/api/account/keys"))
    assert second == key
    assert {**first, "id": "", "createdAt": ""} == {
        "id": "",
        "label": "sandbox",
        "scopes": ["*"],
        "isActive": True,
        "createdAt": "",
    }
    assert data_of(api.patch(f"/api/account/keys/{key['id']}", json={})) == key


def test_key_can_be_renamed_switched_off_and_on_and_deleted(sandbox, api):
    key = new_key(api)
    path = f"/api/account/keys/{key['id']}"
    with client(sandbox, key["key"]) as other:
        data_of(other.get("/api/sessions"))
        changed = data_of(api.patch(path, json={"isActive": False, "label": "new"}))
        assert (changed["isActive"], changed["label"]) == (False, "new")
        assert error_of(other.get("/api/sessions"), 401) == "API key is deactivated"
        assert data_of(api.patch(path, json={"isActive": True}))["label"] == "new"
        data_of(other.get("/api/sessions"))
        assert data_of(api.delete(path)) == {"success": True}
        assert error_of(other.get("/api/sessions"), 401) == "invalid API key"
    for method in ("DELETE", "PATCH"):
        gone = api.request(method, path, json={} if method == "PATCH" else None)
        assert error_of(gone, 404) == f"key not found: {key['id']}"


def test_key_expires(sandbox, api):
    key = new_key(api, lifetimeDays=2)
    with client(sandbox, key["key"]) as other:
        sandbox.advance(2 * 86400 - 5)
        data_of(other.get("/api/sessions"))
        sandbox.advance(5)
        assert error_of(other.get("/api/sessions"), 401) == "API key has expired"
    data_of(api.get("/api/sessions"))


def test_times_too_far_away_are_refused(api):
    body = {"label": "k", "lifetimeDays": 10**9, "scopes": []}
    assert error_of(api.post("/api/account/keys", json=body), 400) == "lifetimeDays is too large"


OPERATIONS = [
    pytest.param(one.path, one.method.lower(), list(one.scopes) or None, id=one.id)
    for one in ALL_OPERATIONS.values()
]
SCOPES = [
    "sessions:read",
    "sessions:manage",
    "messages:write",
    "chats:read",
    "chats:manage",
    "contacts:read",
    "contacts:manage",
    "groups:read",
    "groups:manage",
    "channels:read",
    "channels:manage",
    "webhooks:manage",
]


@pytest.fixture(scope="module")
def by_scope():
    """A sandbox of its own, with a client for each set of scopes: making them takes a while."""
    with Sandbox() as sandbox, client(sandbox) as api:
        keys = {scope: new_key(api, scopes=[scope])["key"] for scope in (*SCOPES, "*")}
        keys["none"] = new_key(api, scopes=[])["key"]

        def ask(scope, method, path):
            headers = {"Authorization": f"Bearer {keys[scope]}"}
            return api.request(method, re.sub(r"\{\w+\}", "x", path), headers=headers)

        yield ask


@pytest.mark.parametrize(("path", "method", "needed"), OPERATIONS)
def test_key_needs_the_scope_that_the_spec_names(by_scope, path, method, needed):
    let_in = [scope for scope in (*SCOPES, "*", "none") if by_scope(scope, method, path).status_code != 403]
    if needed is None:
        assert let_in == [*SCOPES, "*", "none"]
    else:
        assert let_in == [*(scope for scope in SCOPES if scope in needed), "*"]
        response = by_scope("none", method, path)
        assert error_of(response, 403) == f"missing scope: {' or '.join(needed)}"


def test_every_domain_with_known_scopes_has_them():
    by_service = {}
    for one in OPERATIONS:
        _, _, needed = one.values
        by_service.setdefault(one.id.partition(".")[0], set()).add(tuple(needed or ()))
    assert {name: scopes for name, scopes in by_service.items() if scopes != {()}} == {
        "sessions": {("sessions:manage",), ("sessions:read", "sessions:manage")},
        "pairing": {("sessions:manage",)},
        "messages": {("messages:write",)},
        "chats": {("chats:read", "chats:manage"), ("chats:manage",)},
        "webhooks": {("webhooks:manage",)},
        "client_tokens": {("sessions:manage",)},
    }


def test_missing_scope_is_said_before_anything_else(sandbox, api):
    key = new_key(api, scopes=["sessions:read"])
    with client(sandbox, key["key"]) as reader:
        data_of(reader.get("/api/sessions"))
        assert error_of(reader.post("/api/sessions", content=b"{"), 403) == "missing scope: sessions:manage"
        assert error_of(reader.post("/api/sessions/nobody/start"), 403) == "missing scope: sessions:manage"
        response = reader.post("/api/sessions", json={"name": "s"}, headers={"Prefer": "respond-async"})
        assert error_of(response, 403) == "missing scope: sessions:manage"
    assert data_of(api.get("/api/sessions")) == []


def test_key_with_several_scopes_may_do_what_any_of_them_allows(sandbox, api):
    key = new_key(api, scopes=["chats:manage", "messages:write"])
    sandbox.connect("my-session")
    with client(sandbox, key["key"]) as other:
        data_of(other.post("/api/messages/send", json=TEXT))
        data_of(other.get("/api/sessions/my-session/chats"))
        assert error_of(other.get("/api/webhooks"), 403) == "missing scope: webhooks:manage"


# --- time -------------------------------------------------------------------------------------------


def test_qr_codes_change_and_time_out_while_nobody_asks():
    with receiving() as receiver, Sandbox(qr_seconds=0.1) as sandbox, client(sandbox) as api:
        subscribe(api, receiver, *EVENTS)
        create(api, start=True)
        until(lambda: len(receiver.bodies) == 8)
        events = receiver.events
    assert [event["event"] for event in events] == ["session.status", *["session.qr"] * 6, "session.status"]
    assert events[-1]["payload"] == {"status": "DISCONNECTED", "statusReason": "QR_TIMEOUT"}
    # From the first change on: what comes before also took the time that starting takes.
    changes = [event["timestamp"] for event in events[2:]]
    assert [round(seconds_between(changes[0], one), 2) for one in changes] == [0, 0.1, 0.2, 0.3, 0.4, 0.5]


def test_scan_happens_by_itself_while_nobody_asks():
    with receiving() as receiver, Sandbox(scan_after=0.05) as sandbox, client(sandbox) as api:
        subscribe(api, receiver, "session.connected")
        create(api, start=True)
        until(lambda: len(receiver.bodies) == 1)


def test_what_is_due_sooner_does_not_wait_for_what_was_due_first():
    with receiving() as receiver, Sandbox(qr_seconds=3600) as sandbox, client(sandbox) as api:
        subscribe(api, receiver, "session.status")
        create(api, "s", start=True)
        sandbox.configure(scan_after=0.05)
        create(api, "t", start=True)
        until(lambda: len(receiver.bodies) == 3)
        assert receiver.events[-1]["session"] == "t"


def test_after_a_second_start_time_goes_on_and_webhooks_are_delivered():
    sandbox = Sandbox(qr_seconds=0.01)
    with receiving() as receiver:
        with sandbox, client(sandbox) as api:
            subscribe(api, receiver, "session.status")
        with sandbox, client(sandbox) as api:
            create(api, start=True)
            until(lambda: len(receiver.bodies) == 2)
    assert [event["payload"]["statusReason"] for event in receiver.events] == ["SCAN_QR", "QR_TIMEOUT"]


def test_moved_clock_wakes_what_is_due_though_nobody_asks(sandbox, api, steps):
    create(api, start=True)
    data_of(api.post("/sandbox/clock", json={"seconds": 20}))
    sandbox.wait_for_deliveries()
    assert [event for event, _ in steps()] == ["session.status", "session.qr", "session.qr"]


def test_scan_after_a_time_is_a_setting(sandbox, api):
    sandbox.configure(scan_after=50)
    create(api, start=True)
    sandbox.advance(40)
    assert status_of(get(api)) == ("CONNECTING", "SCAN_QR")
    sandbox.advance(10)
    assert status_of(get(api)) == ("CONNECTED", None)


def test_scan_at_once(sandbox, api, steps):
    sandbox.configure(scan_after=0)
    create(api, start=True)
    assert status_of(get(api)) == ("CONNECTED", None)
    assert [event for event, _ in steps()] == [
        "session.status",
        "session.qr",
        "session.status",
        "session.connected",
    ]


def test_scan_of_a_stopped_session_does_not_happen(sandbox, api):
    sandbox.configure(scan_after=5)
    create(api, start=True)
    stop(api)
    sandbox.advance(500)
    assert status_of(get(api)) == ("DISCONNECTED", "MANUAL_STOP")


def test_everything_happens_at_its_own_time_however_far_the_clock_moves(sandbox, api, steps):
    create(api, start=True)
    sandbox.advance(3600)
    events = steps.events()
    changes = [event["timestamp"] for event in events[2:]]
    assert [round(seconds_between(changes[0], one), 2) for one in changes] == [0, 20, 40, 60, 80, 100]
    assert get(api)["updatedAt"] == events[-1]["timestamp"]


def test_things_of_several_sessions_happen_in_the_order_of_time(sandbox, api):
    with watching(sandbox, api, "session.status") as steps:
        sandbox.configure(reconnect_after=70)
        sandbox.connect("s")
        sandbox.disconnect("s", "AUTO_RECONNECT")
        sandbox.configure(scan_after=30)
        create(api, "t", start=True)
        sandbox.configure(scan_after=None)
        create(api, "u", start=True)
        steps()
        sandbox.advance(1000)
        events = steps.events()
    assert [(event["session"], event["payload"]["statusReason"]) for event in events] == [
        ("t", None),
        ("s", None),
        ("u", "QR_TIMEOUT"),
    ]


def test_clock_does_not_move_by_what_is_no_number(sandbox):
    with pytest.raises(SandboxError, match="seconds: "):
        sandbox.advance(float("nan"))


def test_clock_moves_by_what_it_is_told(sandbox, api):
    first = create(api, "a")["createdAt"]
    sandbox.advance(0)
    sandbox.advance(1.5)
    data_of(api.post("/sandbox/clock", json={"seconds": 86400}))
    assert seconds_between(first, create(api, "b")["createdAt"]) == pytest.approx(86401.5, abs=10)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (-1, "greater than or equal to 0"),
        (10**10, "less than or equal to 1000000000"),
        (float("inf"), "less than or equal to 1000000000"),
        ("1", "a valid number"),
        (None, "a valid number"),
        (True, "a valid number"),
    ],
)
def test_clock_goes_forward_only(sandbox, api, wrong, message):
    with refused(400, f"seconds: input should be {message}"):
        sandbox.advance(wrong)
    assert abs(seconds_between(create(api)["createdAt"], datetime.now(timezone.utc).isoformat())) < 60


# --- settings and reset -----------------------------------------------------------------------------


def test_settings_change_while_it_runs(sandbox, api):
    create(api, start=True)
    first = qr_of(api)
    # The code that is shown keeps its 20 seconds, the next has the new time.
    data_of(api.post("/sandbox/settings", json={"qrSeconds": 5, "qrFormat": "text"}))
    assert qr_of(api).startswith("2@")
    sandbox.advance(20)
    second = qr_of(api)
    sandbox.advance(5)
    assert len({first, second, qr_of(api)}) == 3


def test_a_wrong_setting_leaves_all_as_they_were(sandbox, api):
    with refused(400, "qr_seconds: input should be greater than 0"):
        sandbox.configure(qr_format="text", qr_seconds=0)
    response = api.post("/sandbox/settings", json={"qrFormat": "text", "nonsense": 1})
    assert error_of(response, 400) == "nonsense: extra inputs are not permitted"
    create(api, start=True)
    assert qr_of(api).startswith("data:")


def test_a_change_of_one_setting_leaves_the_others(sandbox, api):
    sandbox.configure(qr_format="text", scan_after=5)
    sandbox.configure(scan_after=None)
    create(api, start=True)
    sandbox.advance(5)
    assert qr_of(api).startswith("2@")


def test_reset_returns_to_the_settings_it_was_made_with():
    with Sandbox(qr_format="text", rate_limit=50) as sandbox, client(sandbox) as api:
        sandbox.configure(qr_format="image", rate_limit=7)
        assert api.get("/api/sessions").headers["X-RateLimit-Limit"] == "7"
        sandbox.reset()
        assert api.get("/api/sessions").headers["X-RateLimit-Limit"] == "50"
        create(api, start=True)
        assert qr_of(api).startswith("2@")


def test_reset_forgets_everything_but_the_first_key(sandbox, api):
    key = new_key(api)
    first = data_of(api.get("/api/account/keys"))[0]["id"]
    with watching(sandbox, api) as steps:
        session = sandbox.connect("my-session")
        data_of(api.post("/api/messages/send", json=TEXT))
        group = {"session": "my-session", "name": "Team", "participants": [FRIEND]}
        group = data_of(api.post("/api/sessions/my-session/groups", json=group), 201)
        steps()
        sandbox.fail("*", status=500)
        data_of(api.post("/sandbox/reset"))
        for path in ("/api/sessions", "/api/webhooks", "/sandbox/messages", "/sandbox/deliveries"):
            assert data_of(api.get(path)) == []
        assert [one["id"] for one in data_of(api.get("/api/account/keys"))] == [first]
        with client(sandbox, key["key"]) as other:
            assert error_of(other.get("/api/sessions"), 401) == "invalid API key"

        sandbox.connect("my-session")
        for path in ("chats", "contacts", "groups"):
            assert data_of(api.get(f"/api/sessions/my-session/{path}")) == []
        assert error_of(api.get(f"/api/sessions/my-session/lids/{session['lid']}"), 404)
        assert error_of(api.get(f"/api/sessions/my-session/groups/{group['id']}"), 404)
        assert steps() == []


def test_reset_switches_the_first_key_on_again(sandbox, api):
    first = data_of(api.get("/api/account/keys"))[0]["id"]
    data_of(api.patch(f"/api/account/keys/{first}", json={"isActive": False}))
    error_of(api.get("/api/sessions"), 401)
    sandbox.reset()
    data_of(api.get("/api/sessions"))
    data_of(api.delete(f"/api/account/keys/{first}"))
    error_of(api.get("/api/sessions"), 401)
    sandbox.reset()
    data_of(api.get("/api/sessions"))


def test_reset_turns_the_clock_back_and_what_was_to_happen_does_not(sandbox, api):
    sandbox.advance(10**6)
    create(api, start=True)
    sandbox.connect("t")
    sandbox.disconnect("t", "AUTO_RECONNECT")
    sandbox.reset()
    assert abs(seconds_between(create(api)["createdAt"], datetime.now(timezone.utc).isoformat())) < 60
    with watching(sandbox, api) as steps:
        sandbox.advance(1000)
        assert steps() == []


def test_reset_is_a_change_that_the_page_can_see(sandbox, api):
    sandbox.connect("s")
    before = data_of(api.get("/sandbox/overview"))["version"]
    sandbox.reset()
    # Counted from the start again, it could be what it was before.
    assert data_of(api.get("/sandbox/overview"))["version"] > before


def test_reset_gives_back_the_rate_limit(sandbox, api):
    sandbox.configure(rate_limit=1)
    data_of(api.get("/api/sessions"))
    error_of(api.get("/api/sessions"), 429)
    sandbox.reset()
    sandbox.configure(rate_limit=1)
    data_of(api.get("/api/sessions"))


# --- control calls ----------------------------------------------------------------------------------


def test_connect_takes_a_session_from_anywhere(sandbox, api):
    assert status_of(sandbox.connect("new")) == ("CONNECTED", None)
    create(api, "created")
    create(api, "unscanned", start=True)
    for name in ("stopped", "failed", "logged-out"):
        sandbox.connect(name)
    stop(api, "stopped")
    sandbox.disconnect("failed", "FAILED")
    sandbox.logout("logged-out")
    for name in ("new", "created", "unscanned", "stopped", "failed", "logged-out"):
        assert status_of(sandbox.connect(name)) == ("CONNECTED", None)
        assert status_of(get(api, name)) == ("CONNECTED", None)
    sessions = data_of(api.get("/api/sessions"))
    assert len({one["phoneNumber"] for one in sessions}) == len(sessions) == 6


def test_connect_of_a_connected_session_changes_nothing(sandbox, api, steps):
    connected = sandbox.connect("s")
    steps()
    assert sandbox.connect("s") == connected
    assert steps() == []


@pytest.mark.parametrize("wrong", ["a b", "a" * 65, "ä", "a/b"])
def test_connect_takes_only_what_can_be_the_name_of_a_session(sandbox, api, wrong):
    with refused(400, "name must be 1 to 64 letters, digits, dots, hyphens and underscores"):
        sandbox.connect(wrong)
    assert data_of(api.get("/api/sessions")) == []


def test_control_calls_over_http_are_the_same(api):
    session = data_of(api.post("/sandbox/sessions/s/connect"))
    assert session == get(api)
    assert status_of(session) == ("CONNECTED", None)
    lost = data_of(api.post("/sandbox/sessions/s/disconnect"))
    assert status_of(lost) == ("DISCONNECTED", "STREAM_ERROR")
    start(api)
    lost = data_of(api.post("/sandbox/sessions/s/disconnect", json={"reason": "FAILED"}))
    assert status_of(lost) == ("DISCONNECTED", "FAILED")
    assert status_of(data_of(api.post("/sandbox/sessions/s/logout"))) == ("DISCONNECTED", "LOGGED_OUT")
    start(api)
    account = {"phoneNumber": "+4930123456", "pushName": "Ada", "businessName": "Analytical Engines"}
    session = data_of(api.post("/sandbox/sessions/s/scan", json=account))
    assert {name: session[name] for name in account} == account
    assert data_of(api.post("/sandbox/clock", json={"seconds": 1})) == {"success": True}
    assert data_of(api.post("/sandbox/settings", json={})) == {"success": True}
    assert data_of(api.post("/sandbox/reset")) == {"success": True}
    assert data_of(api.get("/api/sessions")) == []


@pytest.mark.parametrize("call", ["scan", "disconnect", "logout", "messages", "calls"])
def test_control_call_for_an_unknown_session_is_404(api, call):
    body = {"text": "Hi"} if call == "messages" else None
    response = api.post(f"/sandbox/sessions/nobody/{call}", json=body)
    assert error_of(response, 404) == "session not found: nobody"


@pytest.mark.parametrize("call", ["disconnect", "messages", "calls"])
def test_control_call_that_comes_through_whatsapp_needs_a_connection(api, call):
    create(api)
    body = {"text": "Hi"} if call == "messages" else None
    assert error_of(api.post(f"/sandbox/sessions/s/{call}", json=body), 409) == "session is not connected: s"


def test_control_calls_work_before_and_after_it_runs():
    sandbox = Sandbox()
    assert status_of(sandbox.connect("s")) == ("CONNECTED", None)
    sandbox.disconnect("s", "AUTO_RECONNECT")
    with sandbox:
        pass
    sandbox.advance(1)
    assert status_of(sandbox.connect("s")) == ("CONNECTED", None)


def test_control_calls_from_many_threads(sandbox, api):
    names = [f"s{number}" for number in range(8)]

    def walk(name):
        for _ in range(10):
            sandbox.connect(name)
            sandbox.disconnect(name)
            sandbox.advance(1)

    threads = [threading.Thread(target=walk, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one["name"]: status_of(one) for one in data_of(api.get("/api/sessions"))} == dict.fromkeys(
        names, ("DISCONNECTED", "STREAM_ERROR")
    )


def test_name_with_a_line_break_is_refused(api):
    assert "name must be" in error_of(api.post("/api/sessions", json={"name": "a\n"}), 400)


def test_clock_has_an_end_and_survives_it(sandbox, api):
    for _ in range(100):
        sandbox.advance(10**9)
    with pytest.raises(SandboxError, match="cannot be moved that far"):
        sandbox.advance(1)
    sandbox.reset()
    data_of(api.get("/api/sessions"))


def test_what_changes_by_a_call_without_an_event_is_seen_by_the_page(sandbox, api):
    def version():
        return api.get("/sandbox/overview").json()["data"]["version"]

    sandbox.connect("s")
    before = version()
    data_of(api.post("/api/sessions/s/labels", json={"name": "New"}), 201)
    assert version() > before
