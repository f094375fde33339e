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
from titan import WebhookRouter
from titan.webhooks import RecentEvents
from titan.webhooks import seen as seen_module

# The store in memory.


@pytest.fixture
def now(monkeypatch):
    clock = types.SimpleNamespace(seconds=5000.0)
    monkeypatch.setattr(seen_module, "time", types.SimpleNamespace(monotonic=lambda: clock.seconds))
    return clock


def test_recent_events_know_what_is_new(now):
    recent = RecentEvents()
    assert recent.claim("a") is True
    assert recent.claim("a") is False
    assert recent.claim("b") is True
    recent.release("a")
    recent.release("never claimed")
    assert recent.claim("a") is True
    assert recent.claim("b") is False


def test_recent_events_forget_the_oldest_beyond_their_number(now):
    recent = RecentEvents(most=3)
    for event_id in "abcd":
        assert recent.claim(event_id) is True
    assert [recent.claim(event_id) for event_id in "bcd"] == [False, False, False]
    assert recent.claim("a") is True
    assert recent.claim("b") is True
    assert len(recent._claimed) == 3


def test_recent_events_forget_what_is_older_than_their_age(now):
    recent = RecentEvents(seconds=60)
    recent.claim("a")
    now.seconds += 30
    recent.claim("b")
    now.seconds += 29.9
    assert recent.claim("a") is False
    now.seconds += 0.1
    assert recent.claim("a") is True
    assert recent.claim("b") is False
    now.seconds += 60
    recent.claim("c")
    assert list(recent._claimed) == ["c"]


def test_asking_again_does_not_make_an_event_younger(now):
    recent = RecentEvents(seconds=60)
    recent.claim("a")
    now.seconds += 59
    assert recent.claim("a") is False
    now.seconds += 1
    assert recent.claim("a") is True


def test_released_and_claimed_again_an_event_counts_from_then_on(now):
    recent = RecentEvents(seconds=60)
    recent.claim("a")
    recent.claim("b")
    now.seconds += 30
    recent.release("a")
    recent.claim("a")
    now.seconds += 30
    assert recent.claim("a") is False
    assert recent.claim("b") is True


@pytest.mark.parametrize("bounds", [{"most": 0}, {"most": -1}, {"seconds": 0}, {"seconds": -1}])
def test_recent_events_that_remember_nothing_are_refused(bounds):
    with pytest.raises(ValueError, match="must remember"):
        RecentEvents(**bounds)


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
    recent._claimed = Hesitant()
    start = threading.Barrier(16)

    def claims():
        start.wait()
        return [event_id for event_id in range(10) if recent.claim(str(event_id))]

    with ThreadPoolExecutor(16) as pool:
        claimed = [future.result() for future in [pool.submit(claims) for _ in range(16)]]
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
                except ValueError:
                    failed.append(event_id)

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(accepted), len(failed), to_fail) == (11_000, 1_000, set())
    assert sorted(succeeded) == sorted(ids)
