"""The lifecycle of a session: statuses, reasons, and their events."""

from __future__ import annotations

import re
from datetime import datetime, timezone

import pytest

from tests.support.sandbox import data_of, error_of
from tests.support.sessions import (
    create_session,
    get_session,
    qr_of,
    refusal,
    seconds_between,
    start_session,
    status_event,
    status_of,
    stop_session,
)


def test_new_session_is_disconnected_and_nothing_has_happened(api, new_events):
    options = {"proxy": "socks5://proxy.example.com:1080", "config": {"safeMode": True}}
    session = create_session(api, **options)
    assert abs(seconds_between(session.pop("createdAt"), datetime.now(timezone.utc).isoformat())) < 60
    assert session == {"name": "s", "status": "DISCONNECTED", "statusReason": None, **options}
    assert new_events() == []


def test_sessions_are_listed_in_the_order_of_their_creation(api):
    sessions = [create_session(api, name) for name in ("b", "a", "C.d_e-f")]
    assert data_of(api.get("/api/sessions")) == sessions
    assert get_session(api, "a") == sessions[1]


def test_name_that_is_taken_is_409_and_changes_nothing(api, new_events):
    create_session(api)
    assert error_of(api.post("/api/sessions", json={"name": "s", "start": True}), 409) == (
        "session already exists: s"
    )
    assert status_of(get_session(api)) == ("DISCONNECTED", None)
    assert new_events() == []


@pytest.mark.parametrize("at_creation", [True, False])
def test_start_of_an_unpaired_session_shows_a_qr_code(sandbox, api, new_events, at_creation):
    sandbox.configure(qr_format="text")
    if at_creation:
        session = create_session(api, start=True)
    else:
        create_session(api)
        session = start_session(api)
    assert status_of(session) == ("CONNECTING", "SCAN_QR")
    assert session == get_session(api)
    assert new_events() == [status_event("CONNECTING", "SCAN_QR"), ("session.qr", {"qr": qr_of(api)})]


def test_scan_connects(sandbox, api, new_events):
    create_session(api, start=True)
    new_events()
    session = sandbox.scan("s", phone_number="+49 30 123456", push_name="Ada")
    assert session == get_session(api)
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
    assert new_events() == [status_event("CONNECTED", None), ("session.connected", identity)]


def test_scan_by_a_business_account(sandbox, api, new_events):
    create_session(api, start=True)
    new_events()
    session = sandbox.scan("s", business_name="Acme Ltda")
    assert (session["businessName"], session["platform"]) == ("Acme Ltda", "smba")
    _, (_, identity) = new_events()
    assert (identity["businessName"], identity["platform"]) == ("Acme Ltda", "smba")


def test_stop_ends_the_connection_and_start_brings_it_back_without_a_qr_code(sandbox, api, new_events):
    connected = sandbox.connect("s")
    new_events()
    stopped = stop_session(api)
    assert status_of(stopped) == ("DISCONNECTED", "MANUAL_STOP")
    assert stopped["phoneNumber"] == connected["phoneNumber"]
    assert new_events() == [status_event("DISCONNECTED", "MANUAL_STOP")]

    session = start_session(api)
    assert {**session, "updatedAt": connected["updatedAt"]} == connected
    identity = {name: session[name] for name in ("phoneNumber", "pushName", "platform", "lid")}
    assert new_events() == [status_event("CONNECTED", None), ("session.connected", identity)]


def test_stop_ends_the_wait_for_a_scan(sandbox, api, new_events):
    create_session(api, start=True)
    new_events()
    assert status_of(stop_session(api)) == ("DISCONNECTED", "MANUAL_STOP")
    sandbox.advance(1000)
    assert status_of(get_session(api)) == ("DISCONNECTED", "MANUAL_STOP")
    assert new_events() == [status_event("DISCONNECTED", "MANUAL_STOP")]


def test_start_of_a_started_session_changes_nothing(sandbox, api, new_events):
    waiting = create_session(api, start=True)
    qr = qr_of(api)
    assert start_session(api) == waiting
    assert qr_of(api) == qr
    connected = sandbox.scan("s")
    new_events()
    assert start_session(api) == connected
    sandbox.disconnect("s", "AUTO_RECONNECT")
    assert status_of(start_session(api)) == ("CONNECTING", "AUTO_RECONNECT")
    assert new_events() == [status_event("CONNECTING", "AUTO_RECONNECT")]


def test_stop_of_a_stopped_session_changes_nothing(sandbox, api, new_events):
    before = create_session(api)
    assert stop_session(api) == before
    sandbox.connect("s")
    lost = sandbox.disconnect("s", "TEMPORARY_BAN")
    new_events()
    assert stop_session(api) == lost
    assert new_events() == []


def test_unscanned_session_times_out_and_can_be_started_again(sandbox, api, new_events):
    create_session(api, start=True)
    sandbox.advance(6 * 20)
    session = get_session(api)
    assert status_of(session) == ("DISCONNECTED", "QR_TIMEOUT")
    happened = new_events()
    assert [event for event, _ in happened] == ["session.status", *["session.qr"] * 6, "session.status"]
    assert len({payload["qr"] for _, payload in happened[1:-1]}) == 6
    assert happened[-1] == status_event("DISCONNECTED", "QR_TIMEOUT")

    assert status_of(start_session(api)) == ("CONNECTING", "SCAN_QR")
    again = new_events()
    assert [event for event, _ in again] == ["session.status", "session.qr"]
    assert again[1] not in happened
    assert status_of(sandbox.scan("s")) == ("CONNECTED", None)


@pytest.mark.parametrize("reason", ["STREAM_ERROR", "FAILED", "TEMPORARY_BAN"])
def test_lost_connection_stays_lost_until_the_session_is_started(sandbox, api, new_events, reason):
    connected = sandbox.connect("s")
    new_events()
    session = sandbox.disconnect("s", reason)
    assert status_of(session) == ("DISCONNECTED", reason)
    assert session["phoneNumber"] == connected["phoneNumber"]
    sandbox.advance(10**6)
    assert get_session(api) == session
    assert new_events() == [status_event("DISCONNECTED", reason)]

    assert status_of(start_session(api)) == ("CONNECTED", None)
    assert [event for event, _ in new_events()] == ["session.status", "session.connected"]


def test_titan_reconnects_by_itself(sandbox, api, new_events):
    sandbox.configure(reconnect_after=30)
    connected = sandbox.connect("s")
    new_events()
    lost = sandbox.disconnect("s", "AUTO_RECONNECT")
    assert status_of(lost) == ("CONNECTING", "AUTO_RECONNECT")
    assert new_events() == [status_event("CONNECTING", "AUTO_RECONNECT")]
    assert error_of(api.get("/api/sessions/s/pairing/qr"), 409) == (
        "session is not waiting to be paired, start it first: s"
    )

    sandbox.advance(20)
    assert get_session(api) == lost
    sandbox.advance(10)
    session = get_session(api)
    assert {**session, "updatedAt": connected["updatedAt"]} == connected
    assert seconds_between(lost["updatedAt"], session["updatedAt"]) == pytest.approx(30, abs=1)
    assert [event for event, _ in new_events()] == ["session.status", "session.connected"]


@pytest.mark.parametrize("end", ["stop", "logout", "delete"])
def test_session_that_was_ended_meanwhile_does_not_reconnect(sandbox, api, new_events, end):
    sandbox.connect("s")
    sandbox.disconnect("s", "AUTO_RECONNECT")
    if end == "stop":
        stop_session(api)
    elif end == "logout":
        sandbox.logout("s")
    else:
        data_of(api.delete("/api/sessions/s"))
    new_events()
    sandbox.advance(1000)
    assert new_events() == []


def test_each_loss_has_its_own_time_to_reconnect(sandbox, api):
    sandbox.configure(reconnect_after=30)
    sandbox.connect("s")
    sandbox.disconnect("s", "AUTO_RECONNECT")
    sandbox.advance(20)
    stop_session(api)
    start_session(api)
    sandbox.disconnect("s", "AUTO_RECONNECT")
    sandbox.advance(20)
    assert status_of(get_session(api)) == ("CONNECTING", "AUTO_RECONNECT")
    sandbox.advance(10)
    assert status_of(get_session(api)) == ("CONNECTED", None)


def test_connect_does_not_wait_for_the_reconnection(sandbox, api, new_events):
    sandbox.configure(reconnect_after=30)
    sandbox.connect("s")
    sandbox.disconnect("s", "AUTO_RECONNECT")
    assert status_of(sandbox.connect("s")) == ("CONNECTED", None)
    new_events()
    sandbox.advance(100)
    assert new_events() == []


@pytest.mark.parametrize("stopped", [False, True])
def test_logged_out_session_has_to_be_paired_again(sandbox, api, new_events, stopped):
    number = sandbox.connect("s")["phoneNumber"]
    if stopped:
        stop_session(api)
    new_events()
    session = sandbox.logout("s")
    assert session == get_session(api)
    assert set(session) == {"name", "status", "statusReason", "createdAt", "updatedAt"}
    assert status_of(session) == ("DISCONNECTED", "LOGGED_OUT")
    assert new_events() == [
        status_event("DISCONNECTED", "LOGGED_OUT"),
        ("session.logged_out", {"reason": "LOGGED_OUT"}),
    ]

    assert status_of(start_session(api)) == ("CONNECTING", "SCAN_QR")
    assert sandbox.scan("s")["phoneNumber"] != number


def test_logged_out_session_knows_nothing_of_its_account(sandbox, api):
    sandbox.connect("s")
    sandbox.receive("s", "Hi")
    sandbox.logout("s")
    assert data_of(api.get("/api/sessions/s/chats")) == []
    assert data_of(api.get("/api/sessions/s/contacts")) == []


def test_only_a_paired_session_can_be_logged_out(sandbox, api):
    create_session(api, start=True)
    with refusal(409, "session is not paired: s"):
        sandbox.logout("s")
    sandbox.scan("s")
    sandbox.logout("s")
    with refusal(409, "session is not paired: s"):
        sandbox.logout("s")


def test_only_a_connected_session_can_be_disconnected(sandbox, api):
    create_session(api, start=True)
    for _ in ("waiting for a scan", "disconnected already"):
        with refusal(409, "session is not connected: s"):
            sandbox.disconnect("s")
        sandbox.connect("s")
        assert status_of(sandbox.disconnect("s")) == ("DISCONNECTED", "STREAM_ERROR")


def test_deleted_session_is_unknown_and_a_new_one_of_its_name_is_another(sandbox, api, new_events):
    create_session(api, start=True)
    qr = qr_of(api)
    assert data_of(api.delete("/api/sessions/s")) == {"success": True}
    assert error_of(api.get("/api/sessions/s"), 404) == "session not found: s"
    assert error_of(api.delete("/api/sessions/s"), 404) == "session not found: s"
    assert data_of(api.get("/api/sessions")) == []

    create_session(api, start=True)
    assert qr_of(api) != qr
    new_events()
    sandbox.advance(20)
    # The deleted session shows no more codes.
    assert [event for event, _ in new_events()] == ["session.qr"]


def test_deleted_session_ends_its_pairing(sandbox, api):
    number = sandbox.connect("s")["phoneNumber"]
    data_of(api.delete("/api/sessions/s"))
    assert "phoneNumber" not in create_session(api)
    assert sandbox.connect("s")["phoneNumber"] != number


def test_updated_at_is_the_time_of_the_last_change_of_status(sandbox, api):
    created = create_session(api)
    assert "updatedAt" not in created
    sandbox.advance(600)
    started = start_session(api)
    sandbox.advance(60)
    scanned = sandbox.scan("s")
    assert seconds_between(created["createdAt"], started["updatedAt"]) == pytest.approx(600, abs=10)
    assert seconds_between(started["updatedAt"], scanned["updatedAt"]) == pytest.approx(60, abs=10)
    assert scanned["createdAt"] == created["createdAt"]


def test_events_of_a_session_tell_which_and_when(sandbox, api, new_events):
    sandbox.connect("s")
    sandbox.connect("t")
    events = new_events.envelopes()
    assert [event["session"] for event in events] == ["s"] * 4 + ["t"] * 4
    assert all(set(event) == {"id", "event", "session", "timestamp", "payload"} for event in events)
    assert all(re.fullmatch("evt_[0-9a-f]{20}", event["id"]) for event in events)
    assert len({event["id"] for event in events}) == 8
    assert 0 <= seconds_between(get_session(api, "s")["updatedAt"], events[3]["timestamp"]) < 1


def test_name_with_a_line_break_is_refused(api):
    assert "name must be" in error_of(api.post("/api/sessions", json={"name": "a\n"}), 400)
