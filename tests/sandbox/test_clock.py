"""The sandbox's time: what happens while nobody asks, and when the clock is moved."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from tests.support.sandbox import client, data_of, receiving, subscribe, wait_until
from tests.support.sessions import (
    EVENTS,
    create_session,
    get_session,
    refusal,
    seconds_between,
    status_of,
    stop_session,
    watching,
)
from titan.sandbox import Sandbox, SandboxError


def test_qr_codes_change_and_time_out_while_nobody_asks():
    with receiving() as receiver, Sandbox(qr_seconds=0.1) as sandbox, client(sandbox) as api:
        subscribe(api, receiver, *EVENTS)
        create_session(api, start=True)
        wait_until(lambda: len(receiver.bodies) == 8)
        events = receiver.events
    assert [event["event"] for event in events] == ["session.status", *["session.qr"] * 6, "session.status"]
    assert events[-1]["payload"] == {"status": "DISCONNECTED", "statusReason": "QR_TIMEOUT"}
    # From the first change on: before it, the start itself took time.
    changes = [event["timestamp"] for event in events[2:]]
    assert [round(seconds_between(changes[0], one), 2) for one in changes] == [0, 0.1, 0.2, 0.3, 0.4, 0.5]


def test_scan_happens_by_itself_while_nobody_asks():
    with receiving() as receiver, Sandbox(scan_after=0.05) as sandbox, client(sandbox) as api:
        subscribe(api, receiver, "session.connected")
        create_session(api, start=True)
        wait_until(lambda: len(receiver.bodies) == 1)


def test_what_is_due_sooner_does_not_wait_for_what_was_scheduled_first():
    with receiving() as receiver, Sandbox(qr_seconds=3600) as sandbox, client(sandbox) as api:
        subscribe(api, receiver, "session.status")
        create_session(api, "s", start=True)
        sandbox.configure(scan_after=0.05)
        create_session(api, "t", start=True)
        wait_until(lambda: len(receiver.bodies) == 3)
        assert receiver.events[-1]["session"] == "t"


def test_after_a_second_start_time_goes_on_and_webhooks_are_delivered():
    sandbox = Sandbox(qr_seconds=0.01)
    with receiving() as receiver:
        with sandbox, client(sandbox) as api:
            subscribe(api, receiver, "session.status")
        with sandbox, client(sandbox) as api:
            create_session(api, start=True)
            wait_until(lambda: len(receiver.bodies) == 2)
    assert [event["payload"]["statusReason"] for event in receiver.events] == ["SCAN_QR", "QR_TIMEOUT"]


def test_moving_the_clock_runs_what_is_due_though_nobody_asks(sandbox, api, new_events):
    create_session(api, start=True)
    data_of(api.post("/sandbox/clock", json={"seconds": 20}))
    sandbox.wait_for_deliveries()
    assert [event for event, _ in new_events()] == ["session.status", "session.qr", "session.qr"]


def test_scan_after_a_time_is_a_setting(sandbox, api):
    sandbox.configure(scan_after=50)
    create_session(api, start=True)
    sandbox.advance(40)
    assert status_of(get_session(api)) == ("CONNECTING", "SCAN_QR")
    sandbox.advance(10)
    assert status_of(get_session(api)) == ("CONNECTED", None)


def test_scan_at_once(sandbox, api, new_events):
    sandbox.configure(scan_after=0)
    create_session(api, start=True)
    assert status_of(get_session(api)) == ("CONNECTED", None)
    assert [event for event, _ in new_events()] == [
        "session.status",
        "session.qr",
        "session.status",
        "session.connected",
    ]


def test_scan_of_a_stopped_session_does_not_happen(sandbox, api):
    sandbox.configure(scan_after=5)
    create_session(api, start=True)
    stop_session(api)
    sandbox.advance(500)
    assert status_of(get_session(api)) == ("DISCONNECTED", "MANUAL_STOP")


def test_everything_happens_at_its_own_time_however_far_the_clock_moves(sandbox, api, new_events):
    create_session(api, start=True)
    sandbox.advance(3600)
    events = new_events.envelopes()
    changes = [event["timestamp"] for event in events[2:]]
    assert [round(seconds_between(changes[0], one), 2) for one in changes] == [0, 20, 40, 60, 80, 100]
    assert get_session(api)["updatedAt"] == events[-1]["timestamp"]


def test_events_of_several_sessions_happen_in_the_order_of_time(sandbox, api):
    with watching(sandbox, api, "session.status") as new_events:
        sandbox.configure(reconnect_after=70)
        sandbox.connect("s")
        sandbox.disconnect("s", "AUTO_RECONNECT")
        sandbox.configure(scan_after=30)
        create_session(api, "t", start=True)
        sandbox.configure(scan_after=None)
        create_session(api, "u", start=True)
        new_events()
        sandbox.advance(1000)
        events = new_events.envelopes()
    assert [(event["session"], event["payload"]["statusReason"]) for event in events] == [
        ("t", None),
        ("s", None),
        ("u", "QR_TIMEOUT"),
    ]


def test_clock_does_not_move_by_what_is_not_a_number(sandbox):
    with pytest.raises(SandboxError, match="seconds: "):
        sandbox.advance(float("nan"))


def test_clock_moves_by_the_given_seconds(sandbox, api):
    first = create_session(api, "a")["createdAt"]
    sandbox.advance(0)
    sandbox.advance(1.5)
    data_of(api.post("/sandbox/clock", json={"seconds": 86400}))
    assert seconds_between(first, create_session(api, "b")["createdAt"]) == pytest.approx(86401.5, abs=10)


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
    with refusal(400, f"seconds: input should be {message}"):
        sandbox.advance(wrong)
    assert abs(seconds_between(create_session(api)["createdAt"], datetime.now(timezone.utc).isoformat())) < 60


def test_clock_has_an_end_and_survives_it(sandbox, api):
    for _ in range(100):
        sandbox.advance(10**9)
    with pytest.raises(SandboxError, match="cannot be moved that far"):
        sandbox.advance(1)
    sandbox.reset()
    data_of(api.get("/api/sessions"))
