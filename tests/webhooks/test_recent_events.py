"""The store in memory, alone and under load."""

from __future__ import annotations

import itertools
import sys
import threading
import time
import types
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.deliveries import SECRET, deliver, event_body
from tests.support.events import EXAMPLE_OF
from tests.support.interpreter import run_script
from titan import WebhookInProgressError, WebhookRouter
from titan.webhooks import RecentEvents
from titan.webhooks import seen as seen_module

# The store in memory.


@pytest.fixture
def clock(monkeypatch):
    clock = types.SimpleNamespace(seconds=5000.0)
    monkeypatch.setattr(seen_module, "now", lambda: clock.seconds)
    return clock


def handle(recent, event_id):
    """Claim an event and finish it; what the store said of it."""
    state = recent.claim(event_id, "x")
    recent.finish(event_id, "x")
    return state


def test_recent_events_know_what_is_new_what_is_running_and_what_was_handled(clock):
    recent = RecentEvents()
    assert recent.claim("a", "x") == "new"
    assert recent.claim("a", "y") == "running"
    assert recent.claim("b", "y") == "new"
    recent.finish("a", "x")
    assert recent.claim("a", "y") == "handled"
    assert recent.claim("b", "x") == "running"


def test_released_event_is_new(clock):
    recent = RecentEvents()
    recent.claim("a", "x")
    recent.release("a", "x")
    recent.release("never claimed", "x")
    assert recent.claim("a", "y") == "new"


@pytest.mark.parametrize("end", ["finish", "release"])
def test_claim_of_another_owner_is_not_ended(clock, end):
    recent = RecentEvents()
    recent.claim("a", "x")
    getattr(recent, end)("a", "y")
    assert recent.claim("a", "z") == "running"
    recent.finish("a", "x")
    assert recent.claim("a", "z") == "handled"


def test_handled_event_is_not_released(clock):
    recent = RecentEvents()
    handle(recent, "a")
    recent.release("a", "x")
    assert recent.claim("a", "y") == "handled"


def test_claim_that_nobody_ended_is_new_after_the_lease(clock):
    recent = RecentEvents(lease=60)
    recent.claim("a", "x")
    clock.seconds += 30
    recent.claim("b", "x")
    clock.seconds += 29.9
    assert recent.claim("a", "y") == "running"
    clock.seconds += 0.1
    assert recent.claim("a", "y") == "new"
    assert recent.claim("b", "y") == "running"
    assert recent.claim("a", "z") == "running"


def test_lease_is_a_minute_by_default(clock):
    recent = RecentEvents()
    recent.claim("a", "x")
    clock.seconds += 59.9
    assert recent.claim("a", "y") == "running"
    clock.seconds += 0.1
    assert recent.claim("a", "y") == "new"


@pytest.mark.parametrize("end", ["finish", "release"])
def test_late_end_changes_nothing_while_another_has_the_claim(clock, end):
    recent = RecentEvents(lease=60)
    recent.claim("a", "x")
    clock.seconds += 60
    recent.claim("a", "y")
    getattr(recent, end)("a", "x")
    assert recent.claim("a", "z") == "running"
    recent.finish("a", "y")
    assert recent.claim("a", "z") == "handled"


def test_late_finish_counts_while_nobody_has_the_claim(clock):
    recent = RecentEvents(lease=60)
    recent.claim("a", "x")
    recent.claim("b", "x")
    clock.seconds += 61
    recent.finish("a", "x")
    recent.release("b", "x")
    assert recent.claim("a", "y") == "handled"
    assert recent.claim("b", "y") == "new"


def test_late_finish_counts_while_the_claim_of_another_has_run_out_too(clock):
    recent = RecentEvents(lease=60)
    recent.claim("a", "x")
    clock.seconds += 60
    recent.claim("a", "y")
    clock.seconds += 60
    recent.finish("a", "x")
    assert recent.claim("a", "z") == "handled"


def test_recent_events_forget_the_oldest_beyond_their_number(clock):
    recent = RecentEvents(most=3)
    for event_id in "abcd":
        assert handle(recent, event_id) == "new"
    assert [recent.claim(event_id, "x") for event_id in "bcd"] == ["handled"] * 3
    assert handle(recent, "a") == "new"
    assert handle(recent, "b") == "new"
    assert len(recent._handled) + len(recent._running) == 3


def test_what_was_handled_is_forgotten_before_what_is_running(clock):
    recent = RecentEvents(most=3)
    recent.claim("a", "x")
    for event_id in "bcde":
        handle(recent, event_id)
    assert recent.claim("a", "y") == "running"
    assert [recent.claim(event_id, "y") for event_id in "de"] == ["handled"] * 2
    for event_id in "fgh":
        recent.claim(event_id, "x")
    assert list(recent._running) == ["f", "g", "h"]
    assert len(recent._handled) == 0


def test_recent_events_forget_what_is_older_than_their_age(clock):
    recent = RecentEvents(seconds=60)
    handle(recent, "a")
    clock.seconds += 30
    handle(recent, "b")
    clock.seconds += 29.9
    assert recent.claim("a", "x") == "handled"
    clock.seconds += 0.1
    assert recent.claim("a", "x") == "new"
    assert recent.claim("b", "x") == "handled"
    clock.seconds += 60
    recent.claim("c", "x")
    assert (list(recent._running), list(recent._handled)) == (["c"], [])


def test_asking_and_finishing_again_does_not_make_an_event_younger(clock):
    recent = RecentEvents(seconds=60)
    handle(recent, "a")
    clock.seconds += 59
    assert handle(recent, "a") == "handled"
    clock.seconds += 1
    assert recent.claim("a", "x") == "new"


def test_released_and_claimed_again_an_event_counts_from_then_on(clock):
    recent = RecentEvents(lease=60)
    recent.claim("a", "x")
    recent.claim("b", "x")
    clock.seconds += 30
    recent.release("a", "x")
    recent.claim("a", "x")
    clock.seconds += 30
    assert recent.claim("a", "y") == "running"
    assert recent.claim("b", "y") == "new"


FROZEN = {
    "freezegun": "import freezegun\nfrozen = freezegun.freeze_time('2030-01-02')",
    "time-machine": "import time_machine\nfrozen = time_machine.travel('2030-01-02T00:00:00Z', tick=False)",
}


@pytest.mark.slow
@pytest.mark.parametrize("freeze", FROZEN.values(), ids=FROZEN)
def test_time_that_stands_still_does_not_keep_a_claim(freeze):
    run_script(
        f"""
import threading
from titan.webhooks import RecentEvents
{freeze}
recent = RecentEvents(lease=0.05, seconds=0.05)
with frozen:
    assert recent.claim("a", "x") == "new"
    threading.Event().wait(0.06)
    assert recent.claim("a", "y") == "new"
    recent.finish("a", "y")
    threading.Event().wait(0.06)
    assert recent.claim("a", "z") == "new"
"""
    )


@pytest.mark.parametrize(
    "bounds", [{"most": 0}, {"most": -1}, {"seconds": 0}, {"seconds": -1}, {"seconds": float("nan")}]
)
def test_recent_events_that_remember_nothing_are_refused(bounds):
    with pytest.raises(ValueError, match="must remember"):
        RecentEvents(**bounds)


@pytest.mark.parametrize("lease", [0, -1.5, float("nan")])
def test_lease_that_does_not_last_is_refused(lease):
    with pytest.raises(ValueError, match="lease"):
        RecentEvents(lease=lease)


@pytest.fixture
def restless():
    """Threads that are switched as often as can be, so that they meet."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


class Hesitant(OrderedDict):
    """Lets other threads in between looking and writing."""

    def __contains__(self, key):
        found = super().__contains__(key)
        time.sleep(0.001)
        return found


def test_of_many_threads_one_claims_each_event(restless):
    recent = RecentEvents()
    recent._running = Hesitant()
    start = threading.Barrier(16)

    def claims(owner):
        start.wait()
        return [event_id for event_id in range(10) if recent.claim(str(event_id), owner) == "new"]

    with ThreadPoolExecutor(16) as pool:
        claimed = [future.result() for future in [pool.submit(claims, str(number)) for number in range(16)]]
    assert sorted(itertools.chain(*claimed)) == list(range(10))


# Under load.


def test_16_threads_handle_10_000_events_to_success_exactly_once(restless):
    """A tenth comes twice, a tenth fails once, some do both; as Titan does, until each was accepted."""
    ids = [f"evt_{number}" for number in range(10_000)]
    twice, to_fail = set(ids[7::10]), {*ids[3::20], *ids[7::20]}
    router = WebhookRouter(SECRET, seen=RecentEvents())
    lock = threading.Lock()
    succeeded, failed, accepted = [], [], []

    @router.on("message.received")
    def handler(event):
        with lock:
            fails = event.id in to_fail
            to_fail.discard(event.id)
        if fails:
            raise ValueError(event.id)
        succeeded.append(event.id)

    payload = EXAMPLE_OF["message.received"]["payload"]
    deliveries = iter([
        (event_id, event_body(id=event_id, payload=payload))
        for event_id in ids
        for _ in range(2 if event_id in twice else 1)
    ])  # fmt: skip

    def work():
        while True:
            with lock:
                event_id, body = next(deliveries, (None, None))
            if body is None:
                return
            while True:
                try:
                    accepted.append(deliver(router, body).id)
                    break
                except (ValueError, WebhookInProgressError) as error:
                    if isinstance(error, ValueError):
                        failed.append(event_id)

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(accepted), len(failed), to_fail) == (11_000, 1_000, set())
    assert sorted(succeeded) == sorted(ids)
