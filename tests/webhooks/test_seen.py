"""An event that is delivered again: stores of event ids, and what a router asks of them."""

from __future__ import annotations

import types

import pytest

from tests.support.deliveries import SECRET, RecordingStore, deliver, event_body
from titan import WebhookRouter, WebhookSignatureError
from titan.webhooks import RecentEvents


def test_event_that_was_handled_is_not_handled_again():
    seen = RecordingStore()
    router, called = WebhookRouter(SECRET, seen=seen), []
    router.on("*")(called.append)
    first, second = deliver(router, event_body()), deliver(router, event_body())
    deliver(router, event_body(id="evt_2"))
    assert first.to_dict() == second.to_dict()
    assert [event.id for event in called] == ["evt_1", "evt_2"]
    assert seen.calls == [("claim", "evt_1"), ("claim", "evt_1"), ("claim", "evt_2")]


def test_event_is_claimed_before_its_handlers_are_called():
    seen = RecordingStore()
    router = WebhookRouter(SECRET, seen=seen)
    states = []
    router.on("*")(lambda event: states.append(list(seen.calls)))
    deliver(router, event_body())
    assert states == [[("claim", "evt_1")]]


class Stop(BaseException):
    pass


@pytest.mark.parametrize("error", [ValueError, WebhookSignatureError, KeyboardInterrupt, SystemExit, Stop])
def test_event_whose_handler_raised_is_released_and_handled_when_it_comes_again(error):
    seen = RecordingStore()
    router, called = WebhookRouter(SECRET, seen=seen), []
    raised = [error("once")]

    @router.on("*")
    def fails_once(event):
        if raised:
            raise raised.pop()
        called.append(event.id)

    with pytest.raises(error):
        deliver(router, event_body())
    assert seen.calls == [("claim", "evt_1"), ("release", "evt_1")]
    deliver(router, event_body())
    deliver(router, event_body())
    assert called == ["evt_1"]


def test_event_that_was_claimed_by_another_is_neither_handled_nor_released():
    seen = RecordingStore("evt_1")
    router, called = WebhookRouter(SECRET, seen=seen), []
    router.on("*")(called.append)
    assert deliver(router, event_body()).id == "evt_1"
    assert (called, seen.calls) == ([], [("claim", "evt_1")])


@pytest.mark.parametrize("method", ["claim", "release"])
def test_failing_store_fails_the_delivery(method):
    seen = RecordingStore()

    def fails(event_id):
        raise ConnectionError("the store is down")

    setattr(seen, method, fails)
    router, called = WebhookRouter(SECRET, seen=seen), []

    @router.on("*")
    def handler(event):
        called.append(event)
        raise ValueError

    with pytest.raises(ConnectionError):
        deliver(router, event_body())
    assert len(called) == (method == "release")


@pytest.mark.parametrize("event_id", [None, "", 5, ["evt_1"], {"a": 1}])
def test_event_without_a_usable_id_is_handled_each_time(event_id):
    seen = RecordingStore()
    router, called = WebhookRouter(SECRET, seen=seen), []
    router.on("*")(called.append)
    for _ in range(2):
        deliver(router, event_body(id=event_id))
    assert (len(called), seen.calls) == (2, [])


def test_without_a_store_an_event_is_handled_each_time():
    router, called = WebhookRouter(SECRET), []
    router.on("*")(called.append)
    for _ in range(2):
        deliver(router, event_body())
    assert len(called) == 2


def store(**methods):
    return types.SimpleNamespace(**methods)


async def async_claim(event_id):
    return True


NOT_STORES = {
    "set": set(),
    "dict": {},
    "list": [],
    "True": True,
    "False": False,
    "string": "memory",
    "no release": store(claim=lambda event_id: True),
    "no claim": store(release=lambda event_id: None),
    "no functions": store(claim=True, release=True),
    "async": store(claim=async_claim, release=async_claim),
    "async claim": store(claim=async_claim, release=lambda event_id: None),
    "class": RecentEvents,
    "function": lambda event_id: True,
}


@pytest.mark.parametrize("seen", NOT_STORES.values(), ids=NOT_STORES)
def test_what_is_not_a_store_is_refused_at_construction(seen):
    with pytest.raises(TypeError, match="seen must be an object with the methods claim"):
        WebhookRouter(SECRET, seen=seen)
