"""Events as they come in the end: before the answer, out of order, once more. Each only where a test asks."""

from __future__ import annotations

import json
import threading

import pytest

from tests.support.messages import find_message, send, statuses_of
from tests.support.sandbox import (
    CARLA,
    FRIEND,
    SECRET,
    TEXT,
    data_of,
    error_of,
    payloads_of,
    receiving,
    subscribe,
)
from tests.support.sessions import refusal
from tests.support.webhooks import update_webhook
from titan import WebhookRouter
from titan.webhooks import RecentEvents

pytestmark = pytest.mark.usefixtures("connected")


class Recorder:
    """A bot that notes what happens, in its order."""

    def __init__(self, *events: str) -> None:
        self.router = WebhookRouter(SECRET)
        self.happened = []
        for name in events:
            self.router.on(name)(self._note)

    def _note(self, event) -> None:
        self.happened.append((event.event, event.payload.get("status")))


@pytest.mark.parametrize("route", ["messages.send", "POST /api/messages/send", "*"])
def test_acks_come_before_the_answer_to_the_send(sandbox, titan, route):
    sandbox.configure(delivered_after=0, read_after=0)
    recorder = Recorder("message.sent", "message.ack")
    with sandbox.subscribe(recorder.router):
        sandbox.fail(route, events_first=True)
        message = titan.messages.send_text("my-session", FRIEND, "Hi")
        # Without waiting for deliveries.
        happened = [*recorder.happened]
    assert happened == [
        ("message.sent", None),
        *(("message.ack", status) for status in ("sent", "delivered", "read")),
    ]
    assert find_message(sandbox, message.to_dict())["status"] == "read"


def test_events_of_other_requests_come_before_their_answers_too(sandbox, titan, chat):
    recorder = Recorder("chat.archive", "chat.mute")
    with sandbox.subscribe(recorder.router):
        sandbox.fail("chats.archive", events_first=True)
        titan.chats.archive("my-session", chat)
        assert recorder.happened == [("chat.archive", None)]


def test_answer_goes_with_a_fault_after_the_events(api):
    with receiving() as receiver:
        subscribe(api, receiver, "message.ack")
        data_of(api.post("/sandbox/faults", json={"route": "*", "eventsFirst": True, "retryAfter": 3}))
        response = api.post("/api/messages/send", json=TEXT)
        assert receiver.names == ["message.ack"]
    assert response.headers["Retry-After"] == "3"


def test_answer_comes_in_the_end_where_a_handler_waits_for_it(sandbox, titan):
    router, answered = WebhookRouter(SECRET), threading.Event()

    @router.on("message.received")
    def answer(event):
        titan.messages.reply(event, "Hello!")
        answered.set()

    with sandbox.subscribe(router):
        sandbox.fail("messages.send", events_first=True)
        sandbox.receive("my-session", "Hi", sender=FRIEND)
        assert answered.wait(10)
        sandbox.wait_for_deliveries()
    assert [one["text"] for one in sandbox.messages] == ["Hello!"]


def test_read_comes_before_delivered(sandbox, api, receiver):
    message = send(api)
    sandbox.disorder_events(["message.ack"])
    assert sandbox.acknowledge("my-session", message["id"])["status"] == "read"
    assert [status for _, status in statuses_of(sandbox, receiver)] == ["sent", "read", "delivered"]
    assert find_message(sandbox, message)["status"] == "read"


@pytest.mark.parametrize("how", ["python", "http"])
def test_as_many_events_as_a_test_says_come_in_reverse_order(sandbox, api, receiver, how):
    if how == "python":
        sandbox.disorder_events(["message.received"], 3)
    else:
        data_of(api.post("/sandbox/disorder", json={"events": ["message.received"], "count": 3}))
    for text in "12345":
        sandbox.receive("my-session", text, sender=FRIEND)
        sandbox.advance(1)
    assert [one["text"] for one in payloads_of(sandbox, receiver, "message.received")] == list("32145")
    times = [one["timestamp"] for one in receiver.events]
    assert times != sorted(times)
    assert len({one["id"] for one in receiver.events}) == 5
    shown = sandbox.chat("my-session", FRIEND)["messages"]
    assert [one["text"] for one in shown] == list("12345")


def test_events_of_different_names_change_places(sandbox, api, receiver):
    sandbox.disorder_events(["message.sent", "message.ack"])
    send(api)
    sandbox.wait_for_deliveries()
    assert receiver.names == ["message.ack", "message.sent"]


def test_only_the_events_that_were_named_are_held(sandbox, titan, receiver, other):
    sandbox.wait_for_deliveries()
    before = len(receiver.events)
    sandbox.disorder_events(["message.received"], session="my-session")
    sandbox.receive("other", "1", sender=FRIEND)
    sandbox.receive("my-session", "2", sender=FRIEND)
    titan.chats.archive("my-session", FRIEND)
    sandbox.receive("my-session", "3", sender=FRIEND)
    sandbox.wait_for_deliveries()
    new = [(one["event"], one["payload"].get("text")) for one in receiver.events[before:]]
    assert new == [
        ("message.received", "1"),
        ("chat.archive", None),
        ("message.received", "3"),
        ("message.received", "2"),
    ]


def test_what_is_held_is_let_go_with_the_faults(sandbox, receiver):
    sandbox.disorder_events(["message.received"], 5)
    for text in "12":
        sandbox.receive("my-session", text)
    assert payloads_of(sandbox, receiver, "message.received") == []
    sandbox.clear_faults()
    assert [one["text"] for one in payloads_of(sandbox, receiver, "message.received")] == ["1", "2"]
    sandbox.receive("my-session", "3")
    assert len(payloads_of(sandbox, receiver, "message.received")) == 3


def test_reset_drops_what_is_held(sandbox, api):
    sandbox.disorder_events(["message.received"])
    sandbox.receive("my-session", "1")
    sandbox.reset()
    sandbox.connect("my-session")
    with receiving() as receiver:
        subscribe(api, receiver)
        sandbox.clear_faults()
        sandbox.receive("my-session", "2")
        assert [one["text"] for one in payloads_of(sandbox, receiver, "message.received")] == ["2"]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({}, "missing required field: events"),
        ({"events": []}, "events: list should have at least 1 item after validation, not 0"),
        ({"events": ["a"], "count": 1}, "count: input should be greater than or equal to 2"),
        ({"events": ["mesage.ack"]}, "no event is called 'mesage.ack': did you mean 'message.ack'?"),
        ({"events": [""]}, "an event must have a name"),
    ],
)
def test_disorder_that_cannot_be_is_refused(api, fields, error):
    assert error_of(api.post("/sandbox/disorder", json=fields), 400) == error


def test_event_is_delivered_again_with_its_id(sandbox, api, receiver):
    sandbox.receive("my-session", "Hi")
    sandbox.wait_for_deliveries()
    (delivery,) = sandbox.deliveries
    again = data_of(api.post(f"/sandbox/deliveries/{delivery['id']}/again"))
    assert (again["id"], again["status"]) == (delivery["id"], "pending")
    sandbox.wait_for_deliveries()
    (shown,) = sandbox.deliveries
    assert (shown["status"], [one["status"] for one in shown["attempts"]]) == ("delivered", [200, 200])
    assert receiver.bodies[0] == receiver.bodies[1]
    sandbox.redeliver(delivery["id"])
    sandbox.wait_for_deliveries()
    assert len(receiver.bodies) == 3


def test_event_that_was_given_up_can_be_delivered_again(sandbox, api):
    with receiving(500) as receiver:
        retries = {"attempts": 1, "delaySeconds": 0, "policy": "exponential"}
        subscribe(api, receiver, "message.received", retries=retries)
        sandbox.receive("my-session", "Hi")
        sandbox.wait_for_deliveries()
        (delivery,) = sandbox.deliveries
        assert delivery["status"] == "failed"
        sandbox.redeliver(delivery["id"])
        sandbox.wait_for_deliveries()
        assert sandbox.deliveries[0]["status"] == "delivered"


def test_message_comes_a_second_time_in_an_event_of_its_own(sandbox, receiver):
    sandbox.receive("my-session", "Hi")
    sandbox.wait_for_deliveries()
    sandbox.advance(60)
    again = sandbox.redeliver(sandbox.deliveries[0]["id"], as_new_event=True)
    sandbox.wait_for_deliveries()
    first, second = receiver.events
    assert (again["eventId"], len(sandbox.deliveries)) == (second["id"], 2)
    assert first["id"] != second["id"]
    assert first["timestamp"] < second["timestamp"]
    assert first["payload"] == second["payload"]


def test_result_of_a_command_has_no_id_the_second_time_either(sandbox, titan, receiver):
    titan.submit(titan.messages.send, "my-session", {"chatId": FRIEND, "type": "text", "text": "Hi"})
    sandbox.advance(1)
    sandbox.wait_for_deliveries()
    delivery = next(one for one in sandbox.deliveries if one["event"] == "command.result")
    again = sandbox.redeliver(delivery["id"], as_new_event=True)
    assert (again["eventId"], json.loads(again["body"])) == (None, json.loads(delivery["body"]))


def test_delivery_that_cannot_be_repeated_is_refused(sandbox, api):
    with refusal(404, "delivery not found: dlv_x"):
        sandbox.redeliver("dlv_x")
    with receiving(500) as receiver:
        webhook = subscribe(api, receiver, "message.received")
        sandbox.receive("my-session", "Hi")
        sandbox.wait_for_deliveries()
        delivery_id = sandbox.deliveries[0]["id"]
        with refusal(409, f"the delivery is still on its way: {delivery_id}"):
            sandbox.redeliver(delivery_id)
        update_webhook(api, webhook, enabled=False)
        for _ in ("disabled", "deleted"):
            with refusal(409, f"the webhook of this delivery gets no events any longer: {delivery_id}"):
                sandbox.redeliver(delivery_id)
            api.delete(f"/api/webhooks/{webhook['id']}")


@pytest.mark.parametrize("as_new_event", [False, True])
def test_router_with_a_store_knows_an_event_by_its_id_alone(sandbox, as_new_event):
    router, texts = WebhookRouter(SECRET, seen=RecentEvents()), []
    router.on("message.received")(lambda event: texts.append(event.text))
    with sandbox.subscribe(router):
        sandbox.receive("my-session", "Hi", sender=CARLA)
        sandbox.wait_for_deliveries()
        sandbox.redeliver(sandbox.deliveries[-1]["id"], as_new_event=as_new_event)
        sandbox.wait_for_deliveries()
    assert texts == ["Hi"] * (1 + as_new_event)
