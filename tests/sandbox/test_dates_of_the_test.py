"""`clock="test"`: dates are those of a test that froze or moved its clock, and waits take their real time."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

import pytest

from tests.support.messages import act, find_message, send
from tests.support.sandbox import (
    BASE,
    DAYS,
    FRIEND,
    JPEG,
    TEXT,
    client,
    data_of,
    error_of,
    receiving,
    subscribe,
    wait_until,
)
from tests.support.sessions import get_session, seconds_between, status_of
from titan.sandbox import Sandbox, SandboxError
from titan.sandbox.base import clock as clock_module
from titan.sandbox.base.rate_limiter import RateLimiter

THEN = datetime(2031, 2, 3, 4, 5, 6, tzinfo=timezone.utc)
SHOWN = "2031-02-03T04:05:06.000Z"


class Freezegun:
    is_over = False

    def __init__(self) -> None:
        freezegun = pytest.importorskip("freezegun")
        # Else pytest would measure its own times with it.
        self._freezer = freezegun.freeze_time(THEN, ignore=["_pytest"])
        self._frozen = self._freezer.start()

    def move_to(self, moment: datetime) -> None:
        self._frozen.move_to(moment)

    def stop(self) -> None:
        self.is_over = True
        self._freezer.stop()


class TimeMachine:
    is_over = False

    def __init__(self) -> None:
        time_machine = pytest.importorskip("time_machine")
        self._travel = time_machine.travel(THEN, tick=False)
        self._traveller = self._travel.start()

    def move_to(self, moment: datetime) -> None:
        self._traveller.move_to(moment)

    def stop(self) -> None:
        self.is_over = True
        self._travel.stop()


@pytest.fixture(scope="module")
def running_sandbox():
    with Sandbox(clock="test") as running:
        yield running


@pytest.fixture(params=[Freezegun, TimeMachine], ids=["freezegun", "time-machine"])
def frozen(request):
    """A test's clock that stands still at `THEN`."""
    frozen = request.param()
    yield frozen
    if not frozen.is_over:
        frozen.stop()


@pytest.fixture
def connected(frozen, sandbox):
    sandbox.configure(delivered_after=None, read_after=None)
    return sandbox.connect("my-session")


def test_everything_that_has_a_date_has_the_one_of_the_test(connected, sandbox, api):
    with receiving() as receiver:
        subscribe(api, receiver)
        sent = send(api)
        received = sandbox.receive("my-session", "Hi", sender=FRIEND)
        sandbox.wait_for_deliveries()
        assert {event["timestamp"] for event in receiver.events} == {SHOWN}
        (webhook,) = data_of(api.get("/api/webhooks"))
    chat = sandbox.chat("my-session", FRIEND)
    dates = [
        *(sent["sentAt"], received["at"], webhook["createdAt"], chat["lastMessageAt"]),
        *(get_session(api, "my-session")[name] for name in ("createdAt", "updatedAt")),
        *(attempt["at"] for delivery in sandbox.deliveries for attempt in delivery["attempts"]),
    ]
    assert len(dates) > 6
    assert set(dates) == {SHOWN}


def test_dates_move_with_the_clock_of_the_test_and_are_real_ones_after_it(frozen, sandbox):
    sandbox.connect("my-session")
    frozen.move_to(THEN + timedelta(days=400))
    assert sandbox.receive("my-session", "Hi")["at"] == "2032-03-09T04:05:06.000Z"
    frozen.move_to(THEN - timedelta(days=400))
    assert sandbox.receive("my-session", "Hi")["at"] == "2029-12-30T04:05:06.000Z"
    frozen.stop()
    before = datetime.now(timezone.utc) - timedelta(milliseconds=1)
    at = sandbox.receive("my-session", "Hi")["at"]
    assert before <= datetime.fromisoformat(at.replace("Z", "+00:00")) <= datetime.now(timezone.utc)


@pytest.mark.parametrize("wait", ["delivered_after", "reconnect_after", "scan_after"])
def test_waits_take_their_time_while_the_clock_of_the_test_stands_still(connected, sandbox, api, wait):
    sandbox.configure(**{wait: 0.05})
    if wait == "delivered_after":
        sent = send(api)
        wait_until(lambda: find_message(sandbox, sent)["status"] == "delivered")
    elif wait == "reconnect_after":
        sandbox.disconnect("my-session", "AUTO_RECONNECT")
        wait_until(lambda: get_session(api, "my-session")["status"] == "CONNECTED")
    else:
        data_of(api.post("/api/sessions", json={"name": "next", "start": True}), 201)
        wait_until(lambda: get_session(api, "next")["status"] == "CONNECTED")
        assert get_session(api, "next")["updatedAt"] == SHOWN


def test_moving_the_clock_of_the_test_ends_no_wait(connected, frozen, sandbox, api):
    sandbox.configure(delivered_after=300)
    sent = send(api)
    frozen.move_to(THEN + timedelta(days=1))
    assert find_message(sandbox, sent)["status"] == "sent"
    sandbox.advance(300)
    assert find_message(sandbox, sent)["status"] == "delivered"


def test_reconnection_is_that_of_the_last_loss_though_both_have_one_date(connected, sandbox, api):
    sandbox.configure(reconnect_after=60)
    sandbox.disconnect("my-session", "AUTO_RECONNECT")
    sandbox.advance(40)
    sandbox.connect("my-session")
    sandbox.disconnect("my-session", "AUTO_RECONNECT")
    sandbox.advance(30)
    assert status_of(get_session(api, "my-session")) == ("CONNECTING", "AUTO_RECONNECT")
    sandbox.advance(30)
    assert status_of(get_session(api, "my-session")) == ("CONNECTED", None)


def test_advance_moves_the_dates_further_and_each_action_has_the_one_when_it_is_due(connected, sandbox, api):
    sandbox.configure(delivered_after=60, read_after=90)
    with receiving() as receiver:
        subscribe(api, receiver, "message.ack")
        send(api)
        sandbox.advance(3600)
        sandbox.wait_for_deliveries()
        shown = [event["timestamp"] for event in receiver.events]
    # What has passed of a wait before the move is no part of a date that stands still.
    assert [round(seconds_between(SHOWN, one)) for one in shown] == [0, 60, 90]
    assert sandbox.receive("my-session", "Hi")["at"] == "2031-02-03T05:05:06.000Z"


class Expiry:
    """What ends at a date: how long it lasts, how it begins, and the answer to a look at it afterwards."""

    def client_token(self, sandbox, api):
        yield timedelta(minutes=15)
        data_of(
            api.put(
                f"{BASE}/client-rules",
                json={"recipientMode": "conversation", "allowedActions": "read_contact"},
            )
        )
        sandbox.receive("my-session", "Hi", sender=FRIEND)
        body = {"session": "my-session", "ephemeralId": "user-123", "ttl": 900}
        token = data_of(api.post("/api/client-tokens", json=body), 201)["token"]
        with client(sandbox, token) as browser:
            yield lambda: browser.get(f"{BASE}/contacts/{FRIEND}")
        yield 401, "client token has expired"

    def account_key(self, sandbox, api):
        yield timedelta(days=1)
        body = {"label": "l", "lifetimeDays": 1, "scopes": ["*"]}
        with client(sandbox, data_of(api.post("/api/account/keys", json=body), 201)["key"]) as other:
            yield lambda: other.get("/api/sessions")
        yield 401, "API key has expired"

    def file(self, sandbox, api):
        yield timedelta(days=14, seconds=1)
        media = sandbox.receive("my-session", media=JPEG)["media"]["id"]
        yield lambda: api.post(f"{BASE}/media/{media}/download")
        yield 404, f"media is no longer on WhatsApp's servers: {media}"

    def time_to_edit(self, sandbox, api):
        yield timedelta(minutes=15, seconds=1)
        sent = send(api)
        yield lambda: act(api, "edit", sent, text="Hello")
        yield 409, f"a message can be edited for 15 minutes after it was sent, no longer: {sent['id']}"


@pytest.mark.parametrize("kind", ["client_token", "account_key", "file", "time_to_edit"])
def test_what_ends_at_a_date_has_ended_at_the_next_look(connected, frozen, sandbox, api, kind):
    steps = getattr(Expiry(), kind)(sandbox, api)
    lasts, look = next(steps), next(steps)
    assert look().status_code < 300
    frozen.move_to(THEN + lasts - timedelta(seconds=2))
    assert look().status_code < 300
    frozen.move_to(THEN + lasts)
    answer = look()
    status, error = next(steps)
    assert error_of(answer, status) == error
    # And is there again where a test moves its clock back.
    frozen.move_to(THEN)
    if kind in ("file", "time_to_edit"):
        assert look().status_code < 300


def is_restricted(sandbox, api):
    return api.post("/api/messages/send", json=TEXT).status_code == 403


def is_banned(sandbox, api):
    return data_of(api.post(f"{BASE}/start"))["status"] != "CONNECTED"


def is_muted(sandbox, api):
    return data_of(api.get(f"{BASE}/chats/{FRIEND}"))["muted"]


@pytest.mark.parametrize("is_so", [is_restricted, is_banned, is_muted])
def test_what_lasts_until_a_date_is_over_at_the_next_look(connected, frozen, sandbox, api, is_so):
    if is_so is is_restricted:
        sandbox.restrict("my-session", 3600)
    elif is_so is is_banned:
        sandbox.ban("my-session", 3600)
    else:
        sandbox.receive("my-session", "Hi", sender=FRIEND)
        data_of(api.post(f"{BASE}/chats/{FRIEND}/mute", json={"duration": 3600}))
    frozen.move_to(THEN + timedelta(minutes=59))
    assert is_so(sandbox, api)
    frozen.move_to(THEN + timedelta(minutes=60))
    assert not is_so(sandbox, api)


def test_rate_limit_is_a_wait_and_the_limit_of_a_day_goes_by_the_date(connected, frozen, sandbox, api):
    sandbox.configure(rate_limit=3)
    answers = [api.get("/api/sessions").status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]
    frozen.move_to(THEN + timedelta(minutes=2))
    assert api.get("/api/sessions").headers["Retry-After"] in ("59", "60")
    sandbox.advance(60)
    assert api.get("/api/sessions").status_code == 200

    sandbox.configure(rate_limit=100)
    rules = {"recipientMode": "conversation", "allowedActions": "send_message", "maxDaily": 1}
    data_of(api.put(f"{BASE}/client-rules", json=rules))
    sandbox.receive("my-session", "Hi", sender=FRIEND)
    body = {"session": "my-session", "ephemeralId": "user-123", "ttl": 30 * DAYS}
    token = data_of(api.post("/api/client-tokens", json=body), 201)["token"]
    with client(sandbox, token) as browser:
        for moment in (THEN, THEN + timedelta(days=1)):
            frozen.move_to(moment)
            answers = [browser.post(f"{BASE}/messages/send", json=TEXT).status_code for _ in range(2)]
            assert answers == [200, 429]


def test_window_forgets_what_a_clock_that_was_moved_back_has_not_seen_yet():
    limiter = RateLimiter(60, "too many")
    assert limiter.take("ana", 2, 1000.0) == 1
    assert limiter.take("ana", 2, 5000.0) == 1
    assert limiter.take("ana", 2, 1000.0) == 1
    limiter.add("ana", 1010.0)
    with pytest.raises(SandboxError, match="too many") as refused:
        limiter.take("ana", 2, 1020.0)
    assert refused.value.headers == {"Retry-After": "40"}


def test_setting_can_be_changed_while_it_runs_and_ends_with_a_reset(running_sandbox, frozen):
    with Sandbox() as sandbox, client(sandbox) as api:
        sandbox.connect("default")
        frozen.move_to(THEN + timedelta(days=400))
        assert sandbox.receive("default", "Hi")["at"].startswith("2031-02-03T04:05")
        data_of(api.post("/sandbox/settings", json={"clock": "test"}))
        assert sandbox.receive("default", "Hi")["at"] == "2032-03-09T04:05:06.000Z"
        sandbox.configure(clock="own")
        assert sandbox.receive("default", "Hi")["at"].startswith("2031-02-03T04:05")
        sandbox.configure(clock="test")
        sandbox.reset()
        frozen.move_to(THEN)
        sandbox.connect("default")
        assert sandbox.receive("default", "Hi")["at"].startswith("2032-03-09T04:05")


@pytest.mark.parametrize("value", ["tests", "Test", "", None, True, 5])
def test_other_values_of_the_setting_are_refused(running_sandbox, value):
    message = "^clock: input should be 'own' or 'test'$"
    with pytest.raises(ValueError, match=message):
        Sandbox(clock=value)
    with pytest.raises(SandboxError, match=message):
        running_sandbox.configure(clock=value)


@pytest.mark.parametrize("year", [1, 1970, 9999])
def test_dates_at_the_ends_of_the_calendar_end_nothing(running_sandbox, year):
    freezegun = pytest.importorskip("freezegun")
    running_sandbox.reset()
    with client(running_sandbox) as api:
        running_sandbox.connect("my-session")
        running_sandbox.advance(10**9)
        with freezegun.freeze_time(datetime(year, 12, 31)):
            at = send(api)["sentAt"]
            assert int(at[:4]) in (year + 31, year + 32, 9999)
            body = {"label": "l", "lifetimeDays": 400, "scopes": ["*"]}
            made = api.post("/api/account/keys", json=body)
            if year == 9999:
                assert error_of(made, 400) == "lifetimeDays is too large"
            else:
                assert made.status_code == 201


def test_date_is_read_again_while_a_freeze_ends_in_another_thread(monkeypatch):
    class EndingFreeze(datetime):
        readings = 0

        @classmethod
        def now(cls, tz=None):
            cls.readings += 1
            if cls.readings < 3:
                raise IndexError("pop from empty list")
            return THEN

    monkeypatch.setattr(clock_module.time_of_test, "datetime", EndingFreeze)
    assert clock_module._read_date() is THEN


@pytest.mark.slow
def test_storm_of_freezes_ends_no_request():
    """freezegun takes its patches back one after the other, while threads of the sandbox read the time."""
    freezegun = pytest.importorskip("freezegun")
    with Sandbox(clock="test", delivered_after=0, read_after=0) as sandbox, client(sandbox) as api:
        sandbox.connect("my-session")
        end = time.monotonic() + 2
        while time.monotonic() < end:
            with freezegun.freeze_time(THEN):
                assert api.post("/api/messages/send", json=TEXT).status_code == 200
            assert api.post("/api/messages/send", json=TEXT).status_code == 200
