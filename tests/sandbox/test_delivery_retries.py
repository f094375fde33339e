"""Failed deliveries are tried again by the policy of their webhook."""

from __future__ import annotations

import errno
import os

import pytest

from tests.support.loopback import http, serving
from tests.support.sandbox import (
    data_of,
    error_of,
    receiving,
    subscribe,
    wait_until,
)
from tests.support.webhooks import (
    ONCE,
    attempts_of,
    create_webhook,
    hanging,
    outcomes,
    refusing,
    update_webhook,
)


def test_receiver_that_fails_twice_and_then_accepts_gets_the_event_three_times(sandbox, api):
    sandbox.connect("my-session")
    with receiving(500, 503) as receiver:
        retries = {"attempts": 5, "delaySeconds": 100, "policy": "exponential"}
        webhook = subscribe(api, receiver, "message.received", retries=retries)
        sandbox.receive("my-session", "Hi")
        for seconds in (0, 100, 200, 100_000):
            sandbox.advance(seconds)
            sandbox.wait_for_deliveries()
        assert len(receiver.bodies) == 3
        assert len(set(receiver.bodies)) == 1
        event = receiver.events[0]

    [delivery] = sandbox.deliveries
    assert delivery["status"] == "delivered"
    assert attempts_of(delivery) == [500, 503, 200]
    assert [one["error"] for one in delivery["attempts"]] == [None, None, None]
    assert (delivery["webhookId"], delivery["eventId"]) == (webhook["id"], event["id"])


@pytest.mark.parametrize(
    ("policy", "pauses"), [("exponential", [100, 200, 400]), ("constant", [100, 100, 100])]
)
def test_pauses_follow_the_policy(sandbox, api, policy, pauses):
    sandbox.connect("my-session")
    with receiving(500, 500, 500, 500) as receiver:
        retries = {"attempts": 4, "delaySeconds": 100, "policy": policy}
        subscribe(api, receiver, "message.received", retries=retries)
        sandbox.receive("my-session", "Hi")
        sandbox.wait_for_deliveries()
        for made, pause in enumerate(pauses, 1):
            # The clock runs on by itself too: a little less than the pause is on the safe side.
            sandbox.advance(pause - 20)
            sandbox.wait_for_deliveries()
            assert len(receiver.bodies) == made
            sandbox.advance(20)
            sandbox.wait_for_deliveries()
            assert len(receiver.bodies) == made + 1


def test_delivery_has_failed_when_its_attempts_are_used_up(sandbox, api):
    sandbox.connect("my-session")
    with receiving(500, 404, 301) as receiver:
        subscribe(api, receiver, "message.received", retries={"attempts": 3, "delaySeconds": 1})
        sandbox.receive("my-session", "Hi")
        sandbox.wait_for_deliveries()
        assert outcomes(sandbox) == [("pending", [500])]
        for _ in range(4):
            sandbox.advance(1000)
            sandbox.wait_for_deliveries()
        assert outcomes(sandbox) == [("failed", [500, 404, 301])]
        assert len(receiver.bodies) == 3


@pytest.mark.parametrize(("asked", "made"), [(0, 1), (1, 1), (1000, 100)])
def test_number_of_attempts_has_bounds(sandbox, api, asked, made):
    with refusing() as url:
        retries = {"attempts": asked, "delaySeconds": 0, "policy": "constant"}
        webhook = create_webhook(api, url, events=["session.connected"], retries=retries)
        assert webhook["retries"]["attempts"] == made
        sandbox.connect("my-session")
        wait_until(lambda: sandbox.deliveries[0]["status"] == "failed")
    assert attempts_of(sandbox.deliveries[0]) == [None] * made


@pytest.mark.parametrize("field", ["attempts", "delaySeconds"])
def test_retries_below_zero_are_refused(api, field):
    body = {"url": "https://example.com/", "retries": {field: -1}}
    assert error_of(api.post("/api/webhooks", json=body), 400) == f"retries.{field} must be at least 0"


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_success(sandbox, api, status):
    with receiving(status) as receiver:
        subscribe(api, receiver, "session.connected")
        sandbox.connect("my-session")
        sandbox.wait_for_deliveries()
    assert outcomes(sandbox) == [("delivered", [status])]


def test_redirect_is_a_failure_and_is_not_followed(sandbox, api):
    with receiving() as elsewhere:

        def answer(request):
            return http(302, headers={"Location": elsewhere.url})

        with serving(answer) as server:
            create_webhook(api, server.url, events=["session.connected"], retries=ONCE)
            sandbox.connect("my-session")
            sandbox.wait_for_deliveries()
        assert elsewhere.bodies == []
    assert outcomes(sandbox) == [("failed", [302])]


def test_connection_that_is_refused_is_a_failure(sandbox, api):
    with refusing() as url:
        create_webhook(api, url, events=["session.connected"], retries=ONCE)
        sandbox.connect("my-session")
        sandbox.wait_for_deliveries()
    [delivery] = sandbox.deliveries
    [attempt] = delivery["attempts"]
    assert (delivery["status"], attempt["status"]) == ("failed", None)
    assert attempt["error"] == os.strerror(errno.ECONNREFUSED)


@pytest.mark.parametrize(
    ("answered", "error"),
    [
        (None, "Remote end closed connection without response"),
        (b"this is no HTTP\r\n\r\n", "this is no HTTP\r\n"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n"),
    ],
)
def test_invalid_response_is_a_failure_and_is_retried(sandbox, api, answered, error):
    answers = [answered, http(200)]

    def answer(request):
        # Read first: closing with something unread resets the connection.
        list(request.pieces())
        return answers.pop(0)

    with serving(answer) as server:
        create_webhook(api, server.url, events=["session.connected"])
        sandbox.connect("my-session")
        sandbox.wait_for_deliveries()
        sandbox.advance(60)
        sandbox.wait_for_deliveries()
    [delivery] = sandbox.deliveries
    assert (delivery["status"], attempts_of(delivery)) == ("delivered", [None, 200])
    assert delivery["attempts"][0]["error"] == error


def test_retry_does_not_hold_up_the_events_after_it(sandbox, api):
    sandbox.connect("my-session")
    with receiving(500) as receiver:
        subscribe(api, receiver, "message.received")
        for text in ("one", "two"):
            sandbox.receive("my-session", text)
        sandbox.wait_for_deliveries()
        sandbox.advance(60)
        sandbox.wait_for_deliveries()
        assert [event["payload"]["text"] for event in receiver.events] == ["one", "two", "one"]


@pytest.mark.parametrize("how", ["deleted", "disabled"])
def test_deleted_or_disabled_webhook_gets_no_retry(sandbox, api, how):
    sandbox.connect("my-session")
    with receiving(500) as receiver:
        webhook = subscribe(api, receiver, "message.received")
        sandbox.receive("my-session", "one")
        sandbox.wait_for_deliveries()
        if how == "deleted":
            data_of(api.delete(f"/api/webhooks/{webhook['id']}"))
        else:
            update_webhook(api, webhook, enabled=False)
        assert outcomes(sandbox) == [("failed", [500])]
        sandbox.advance(60)
        sandbox.wait_for_deliveries()
        assert len(receiver.bodies) == 1
    assert outcomes(sandbox) == [("failed", [500])]


def test_webhook_that_was_disabled_meanwhile_does_not_catch_up(sandbox, api):
    sandbox.connect("my-session")
    with receiving(500) as receiver:
        webhook = subscribe(api, receiver, "message.received")
        sandbox.receive("my-session", "one")
        sandbox.wait_for_deliveries()
        update_webhook(api, webhook, enabled=False)
        update_webhook(api, webhook, enabled=True)
        sandbox.advance(60)
        sandbox.wait_for_deliveries()
        assert len(receiver.bodies) == 1
    assert outcomes(sandbox) == [("failed", [500])]


def test_what_was_queued_behind_a_slow_response_is_given_up_with_the_webhook(sandbox, api):
    sandbox.connect("my-session")
    with hanging() as slow:
        webhook = create_webhook(api, slow.url, events=["message.received"])
        for text in ("one", "two"):
            sandbox.receive("my-session", text)
        assert slow.arrived.wait(10)
        data_of(api.delete(f"/api/webhooks/{webhook['id']}"))
        slow.go_on.set()
        wait_until(lambda: sandbox.deliveries[0]["attempts"])
    # The one on its way arrived after all.
    assert outcomes(sandbox) == [("delivered", [200]), ("failed", [])]
