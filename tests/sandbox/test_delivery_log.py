"""The log of deliveries."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.support.loopback import http, serving
from tests.support.sandbox import (
    TEXT,
    data_of,
    receiving,
    subscribe,
    wait_until,
)
from tests.support.webhooks import CONNECTING, ONCE, attempts_of, create_webhook, hanging, outcomes


def test_log_has_everything_about_a_delivery(sandbox, api):
    sandbox.connect("my-session")
    with receiving(503) as receiver:
        webhook = subscribe(api, receiver, "message.received", retries=ONCE)
        sandbox.receive("my-session", "Hi")
        sandbox.wait_for_deliveries()
        [body], [event], [headers] = receiver.bodies, receiver.events, receiver.headers
    [delivery] = data_of(api.get("/sandbox/deliveries"))
    assert sandbox.deliveries == [delivery]
    assert re.fullmatch(r"dlv_[0-9a-f]{20}", delivery.pop("id"))
    [attempt] = delivery.pop("attempts")
    assert 0 <= attempt.pop("seconds") < 10
    assert attempt.pop("at") >= event["timestamp"]
    assert attempt == {"status": 503, "error": None}
    assert delivery == {
        "webhookId": webhook["id"],
        "event": "message.received",
        "eventId": event["id"],
        "session": "my-session",
        "url": receiver.url,
        "status": "failed",
        "signature": headers["x-webhook-signature"],
        "body": body.decode(),
    }


def test_log_is_in_the_order_of_the_events(sandbox, api):
    with receiving() as one, receiving() as two:
        for receiver in (one, two):
            subscribe(api, receiver)
        sandbox.connect("my-session")
        sandbox.wait_for_deliveries()
    assert [entry["event"] for entry in sandbox.deliveries] == [name for name in CONNECTING for _ in "12"]


def test_result_of_a_command_has_no_event_id_in_the_log(sandbox, api):
    sandbox.connect("my-session")
    with receiving() as receiver:
        subscribe(api, receiver, "command.result")
        answer = api.post("/api/messages/send", json=TEXT, headers={"Prefer": "respond-async"})
        correlation_id = data_of(answer, 202)["correlationId"]
        sandbox.advance(1)
        sandbox.wait_for_deliveries()
        [event] = receiver.events
    assert set(event) == {"event", "session", "data"}
    assert (event["data"]["correlationId"], event["data"]["success"]) == (correlation_id, True)
    assert event["data"]["result"]["id"] == sandbox.messages[0]["id"]
    [delivery] = sandbox.deliveries
    assert (delivery["eventId"], delivery["status"]) == (None, "delivered")


def test_reset_forgets_queued_deliveries_and_retries(sandbox, api):
    with hanging() as slow, receiving(500, 200) as receiver:
        create_webhook(api, slow.url)
        subscribe(api, receiver, "session.connected")
        sandbox.connect("my-session")
        assert slow.arrived.wait(10)
        wait_until(lambda: attempts_of(sandbox.deliveries[-1]) == [500])
        sandbox.reset()
        assert sandbox.deliveries == []
        assert data_of(api.get("/api/webhooks")) == []

        slow.go_on.set()
        for url in (slow.url, receiver.url):
            create_webhook(api, url, events=["session.connected"])
        sandbox.connect("my-session")
        sandbox.advance(1000)
        sandbox.wait_for_deliveries()
        # The one that was being posted at the reset, and the new one; nothing that was queued between them.
        assert len(slow.bodies) == 2
        assert receiver.names == ["session.connected", "session.connected"]
        assert len({event["id"] for event in receiver.events}) == 2
    assert outcomes(sandbox) == [("delivered", [200])] * 2


def test_two_webhooks_of_one_address_each_get_the_event(sandbox, api):
    with receiving() as receiver:
        for _ in range(2):
            subscribe(api, receiver, "session.connected")
        sandbox.connect("my-session")
        sandbox.wait_for_deliveries()
        assert len({event["id"] for event in receiver.events}) == 1
        assert len(receiver.events) == 2
    assert len({one["id"] for one in sandbox.deliveries}) == 2


def test_log_needs_no_key(sandbox):
    assert data_of(httpx.get(f"{sandbox.base_url}/sandbox/deliveries", trust_env=False)) == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed_and_the_log_says_so(sandbox, api, status):
    arrived = []

    def answer(request):
        arrived.append(request.target)
        return http(status, headers={"Location": "/titan/"})

    with serving(answer) as server:
        create_webhook(api, f"{server.url}/titan", events=["session.connected"], retries=ONCE)
        sandbox.connect("my-session")
        sandbox.wait_for_deliveries()
    [delivery] = sandbox.deliveries
    [attempt] = delivery["attempts"]
    assert (delivery["status"], attempt["status"]) == ("failed", status)
    assert attempt["error"] == "redirects are not followed"
    assert arrived == ["/titan"]


@pytest.mark.parametrize("status", [204, 304, 400, 404, 500])
def test_other_status_stands_in_the_log_alone(sandbox, api, status):
    with receiving(status) as receiver:
        subscribe(api, receiver, "session.connected", retries=ONCE)
        sandbox.connect("my-session")
        sandbox.wait_for_deliveries()
    [delivery] = sandbox.deliveries
    assert [(one["status"], one["error"]) for one in delivery["attempts"]] == [(status, None)]
