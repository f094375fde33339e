"""`pairing.wait` ends on time in tests and tools that freeze or move the clock."""

from __future__ import annotations

import contextlib
import time

import pytest

from tests.support.loopback import http_json
from titan import PairingError, _clock
from titan.types_gen import Session

pytestmark = pytest.mark.slow


def freezegun(moment, **options):
    return pytest.importorskip("freezegun").freeze_time(moment, **options)


def time_machine(moment, **options):
    return pytest.importorskip("time_machine").travel(moment, **options)


CLOCKS = {
    "the clock as it is": contextlib.nullcontext,
    "freezegun": lambda: freezegun("2020-01-01"),
    "freezegun that ticks": lambda: freezegun("2020-01-01", tick=True),
    "time-machine": lambda: time_machine("2020-01-01", tick=False),
    "time-machine that ticks": lambda: time_machine("2100-01-01"),
}


@pytest.fixture
def waiting(server):
    """A client whose session never connects; it has loaded its types by the time that a clock stops."""

    def answer(request):
        if request.target.endswith("/qr"):
            return http_json({"data": {"qr": "2@ABC"}})
        return http_json({"data": {"name": "s", "status": "CONNECTING", "statusReason": "SCAN_QR"}})

    _, client = server(answer, timeout=10)
    assert isinstance(client.sessions.get("s"), Session)
    assert client.pairing.qr("s").qr == "2@ABC"
    return client


@pytest.mark.parametrize("kind", CLOCKS)
def test_waiting_ends_when_the_time_is_over_whatever_the_clock_shows(waiting, kind):
    start = _clock.now()
    with CLOCKS[kind](), pytest.raises(PairingError) as caught:
        waiting.pairing.wait("s", timeout=0.6, interval=0.2)
    assert caught.value.reason == "TIMEOUT"
    assert 0.5 < _clock.now() - start < 5


@pytest.mark.parametrize("kind", CLOCKS)
def test_waiting_does_not_end_before_its_time(server, kind):
    answers = iter(["CONNECTING"] * 4 + ["CONNECTED"])
    _, client = server(lambda request: http_json({"data": {"name": "s", "status": next(answers)}}))
    client.sessions.get("s")
    with CLOCKS[kind]():
        assert client.pairing.wait("s", timeout=30, interval=0.1).status == "CONNECTED"


@pytest.mark.parametrize("moment", ["2010-01-01", "2030-01-01"], ids=["back", "forward"])
def test_a_clock_that_is_set_while_waiting_changes_nothing(waiting, moment):
    start = _clock.now()
    with freezegun("2020-01-01") as clock:
        moments = []

        def move(qr):
            moments.append(qr)
            clock.move_to(moment)

        with pytest.raises(PairingError):
            waiting.pairing.wait("s", on_qr=move, timeout=0.6, interval=0.2)
    assert moments
    assert 0.5 < _clock.now() - start < 5


def test_a_patched_module_of_time_does_not_stop_the_clock(waiting, monkeypatch):
    monkeypatch.setattr(time, "monotonic", lambda: 0.0)
    monkeypatch.setattr(time, "time", lambda: 0.0)
    start = _clock.now()
    with pytest.raises(PairingError):
        waiting.pairing.wait("s", timeout=0.4, interval=0.1)
    assert _clock.now() - start < 5
