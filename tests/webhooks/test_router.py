"""Which handlers a router calls, and what it refuses."""

from __future__ import annotations

import asyncio
import functools
import json

import pytest

from tests.support.deliveries import SECRET, RecordingStore, deliver, event_body
from tests.support.events import EXAMPLE_OF
from titan import WebhookRouter, WebhookSignatureError
from titan.types_gen import MessageReceivedEvent
from titan.webhooks import UnknownEvent, parse_webhook
from titan.webhooks.events_gen import EVENT_CLASSES

# Which handlers are called.


@pytest.mark.parametrize("name", EXAMPLE_OF)
def test_every_known_event_reaches_the_handler_of_its_name_and_no_other(name):
    router, called = WebhookRouter(SECRET), []
    for other in EXAMPLE_OF:
        router.on(other)(lambda event, other=other: called.append((other, event)))
    event = deliver(router, json.dumps(EXAMPLE_OF[name]).encode())
    assert called == [(name, event)]
    assert called[0][1] is event
    assert type(event) is EVENT_CLASSES[name]
    assert event.to_dict() == EXAMPLE_OF[name]


def test_handlers_are_called_in_the_order_in_which_they_were_added():
    router, called = WebhookRouter(SECRET), []
    router.on("*")(lambda event: called.append("first"))
    router.on("message.received")(lambda event: called.append("second"))
    router.on_unknown(lambda event: called.append("unknown"))
    router.on("session.status")(lambda event: called.append("other"))
    router.on("call.missed", "message.received")(lambda event: called.append("third"))
    router.on("*")(lambda event: called.append("fourth"))
    deliver(router, event_body())
    assert called == ["first", "second", "third", "fourth"]


def test_handler_of_several_names_is_called_once_for_each_event_of_them():
    router, called = WebhookRouter(SECRET), []
    router.on("message.received", "message.sent", "message.received", "*")(
        lambda event: called.append(event.event)
    )
    for name in ("message.received", "message.sent", "call.missed"):
        deliver(router, event_body(name))
    assert called == ["message.received", "message.sent", "call.missed"]


def test_unknown_events_reach_handlers_of_their_name_of_any_name_and_of_unknown_ones():
    router, called = WebhookRouter(SECRET), []
    router.on("newsletter.update")(lambda event: called.append(("name", event)))
    router.on_unknown(lambda event: called.append(("unknown", event)))
    router.on("*")(lambda event: called.append(("any", event)))
    router.on("blocklist.update", "message.received")(lambda event: called.append(("other", event)))
    event = deliver(router, event_body("newsletter.update", payload={"a": 1}))
    assert type(event) is UnknownEvent
    assert called == [("name", event), ("unknown", event), ("any", event)]


@pytest.mark.parametrize("name", ["message.received", "newsletter.update"])
def test_event_without_a_handler_is_accepted(name):
    assert deliver(WebhookRouter(SECRET), event_body(name)).event == name


def test_decorators_give_back_the_function():
    router = WebhookRouter(SECRET)

    def handler(event):
        """Do nothing."""

    assert router.on("message.received")(handler) is handler
    assert router.on_unknown(handler) is handler


def test_what_a_handler_returns_is_ignored_and_what_it_raises_stops_the_next_and_gets_out():
    router, called = WebhookRouter(SECRET), []
    error = LookupError("of the handler")

    def fails(event):
        raise error

    router.on("message.received")(lambda event: False)
    router.on("message.received")(called.append)
    router.on("message.received")(fails)
    router.on("message.received")(lambda event: called.append("too late"))
    with pytest.raises(LookupError) as caught:
        deliver(router, event_body())
    assert caught.value is error
    assert [type(one) for one in called] == [MessageReceivedEvent]


def test_handler_can_hand_events_to_the_router_it_was_called_by():
    seen = RecordingStore()
    router, called = WebhookRouter(SECRET, seen=seen), []

    @router.on("message.received")
    def split(event):
        called.append("begin")
        for number in (1, 2):
            deliver(router, event_body("message.part", id=f"evt_1.{number}"))
        called.append("end")

    router.on("message.part")(lambda event: called.append(event.id))
    deliver(router, event_body())
    assert called == ["begin", "evt_1.1", "evt_1.2", "end"]
    assert seen.handled == {"evt_1", "evt_1.1", "evt_1.2"}


def test_handler_can_add_a_handler_for_later_events():
    router, called = WebhookRouter(SECRET), []
    router.on("message.received")(lambda event: router.on("message.received")(called.append))
    deliver(router, event_body())
    assert called == []
    deliver(router, event_body())
    assert len(called) == 1


@pytest.mark.parametrize("names", [(), (None,), (5,), (b"message.received",), (["a", "b"],), ("a", None)])
def test_names_must_be_strings(names):
    with pytest.raises(TypeError, match="names of events"):
        WebhookRouter(SECRET).on(*names)


def test_forgotten_name_is_an_error_that_shows_how_to_give_one():
    router = WebhookRouter(SECRET)
    with pytest.raises(TypeError, match=r'@router\.on\("message\.received"\)'):

        @router.on
        def handler(event):
            """Do nothing."""


async def async_handler(event):
    """Never be called."""


@pytest.mark.parametrize("handler", [None, "handler", 5, async_handler, functools.partial(async_handler)])
def test_handler_must_be_a_function_and_not_async(handler):
    router = WebhookRouter(SECRET)
    for add in (router.on("message.received"), router.on_unknown):
        with pytest.raises(TypeError, match="a handler must be a function that takes the event"):
            add(handler)
    deliver(router, event_body())


# Which deliveries are taken.


@pytest.mark.parametrize("secret", ["", b"", [], (), [""], ["good", ""]])
def test_empty_secret_is_refused_at_construction(secret):
    with pytest.raises(ValueError, match="anyone could sign"):
        WebhookRouter(secret)


@pytest.mark.parametrize("secret", [None, 5, {"a"}, [None]])
def test_secret_of_another_type_is_refused_at_construction(secret):
    with pytest.raises(TypeError, match="secret"):
        WebhookRouter(secret)


def test_secrets_can_be_rotated():
    router = WebhookRouter(["new", b"old"])
    for secret in ("new", "old"):
        assert deliver(router, event_body(), secret).id == "evt_1"
    with pytest.raises(WebhookSignatureError):
        deliver(router, event_body(), "older")


def test_router_can_be_used_from_an_event_loop():
    router, called = WebhookRouter(SECRET), []
    router.on("*")(called.append)

    async def endpoint():
        return await asyncio.get_running_loop().run_in_executor(None, deliver, router, event_body())

    assert asyncio.run(endpoint()).to_dict() == parse_webhook(event_body()).to_dict()
    assert len(called) == 1
