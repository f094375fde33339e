"""Deliveries keep their order, and slow receivers hold up nobody else."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

import pytest

from tests.support.loopback import http, serving
from tests.support.sandbox import (
    TEXT,
    client,
    data_of,
    receiving,
    subscribe,
    wait_until,
)
from tests.support.webhooks import CONNECTING, ONCE, attempts_of, create_webhook, hanging
from titan.sandbox import Sandbox


def test_one_webhook_gets_its_events_in_their_order(sandbox, api):
    sandbox.connect("my-session")
    texts = [f"text {number}" for number in range(40)]
    with receiving() as receiver:
        subscribe(api, receiver, "message.received")
        for text in texts:
            sandbox.receive("my-session", text)
        sandbox.wait_for_deliveries()
        assert [event["payload"]["text"] for event in receiver.events] == texts
    assert [one["eventId"] for one in sandbox.deliveries] == [event["id"] for event in receiver.events]


def test_hanging_webhook_does_not_hold_up_another(sandbox, api):
    with hanging() as slow, receiving() as receiver:
        create_webhook(api, slow.url)
        subscribe(api, receiver)
        sandbox.connect("my-session")
        wait_until(lambda: receiver.names == CONNECTING)
        # One by one: the second is not sent before the outcome of the first is known.
        assert len(slow.bodies) == 1


def test_waiting_for_a_hanging_webhook_ends(sandbox, api):
    with hanging() as slow:
        create_webhook(api, slow.url)
        sandbox.connect("my-session")
        with pytest.raises(TimeoutError, match=r"still being delivered after 0\.05 seconds"):
            sandbox.wait_for_deliveries(0.05)
        slow.go_on.set()
        sandbox.wait_for_deliveries()
        assert len(slow.bodies) == len(CONNECTING)


def sandbox_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("titan-sandbox")]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_stop_aborts_the_request_to_a_hanging_receiver(scheme):
    before = sandbox_threads()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with Sandbox() as sandbox, client(sandbox) as api:
            create_webhook(api, f"{scheme}://127.0.0.1:{listener.getsockname()[1]}/", retries=ONCE)
            sandbox.connect("my-session")
            connection, _ = listener.accept()
            # It has sent something, and now it waits.
            assert connection.recv(1)
            started = time.monotonic()
        assert time.monotonic() - started < 3
        connection.close()
    assert sandbox_threads() == before
    first, *others = sandbox.deliveries
    assert (first["status"], attempts_of(first)) == ("failed", [None])
    assert first["attempts"][0]["error"]
    assert {(one["status"], len(one["attempts"])) for one in others} == {("pending", 0)}


@pytest.mark.parametrize("close", ["close", "keep-alive"])
def test_response_that_never_ends_counts(close):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with Sandbox() as sandbox, client(sandbox) as api:
            create_webhook(
                api, f"http://127.0.0.1:{listener.getsockname()[1]}/", events=["session.connected"]
            )
            sandbox.connect("my-session")
            connection, _ = listener.accept()
            assert connection.recv(1)
            head = f"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\nConnection: {close}\r\n\r\n"
            connection.sendall(head.encode())
            time.sleep(0.2)
            started = time.monotonic()
        assert time.monotonic() - started < 3
        connection.close()
    [delivery] = sandbox.deliveries
    assert (delivery["status"], attempts_of(delivery)) == ("delivered", [200])


def test_reset_aborts_the_requests_to_hanging_receivers(sandbox, api):
    """Or eight of them would keep the next test's webhooks waiting."""
    with contextlib.ExitStack() as stack:
        receivers = [stack.enter_context(hanging()) for _ in range(8)]
        for slow in receivers:
            create_webhook(api, slow.url, events=["session.connected"])
        sandbox.connect("my-session")
        assert all(slow.arrived.wait(10) for slow in receivers)
        sandbox.reset()
        with receiving() as receiver:
            subscribe(api, receiver, "session.connected")
            started = time.monotonic()
            sandbox.connect("my-session")
            sandbox.wait_for_deliveries()
            assert time.monotonic() - started < 5
            assert receiver.names == ["session.connected"]


def test_what_was_queued_at_a_stop_goes_out_after_the_next_start(api):
    with hanging() as slow:
        sandbox = Sandbox()
        with sandbox, client(sandbox) as api:
            create_webhook(api, slow.url)
            sandbox.connect("my-session")
            assert slow.arrived.wait(10)
        slow.go_on.set()
        with sandbox:
            sandbox.advance(60)
            sandbox.wait_for_deliveries()
        assert {one["status"] for one in sandbox.deliveries} == {"delivered"}
        # The first was aborted by the stop, so it came twice.
        assert sorted(slow.bodies) == sorted(
            one["body"].encode() for one in [sandbox.deliveries[0], *sandbox.deliveries]
        )


def test_handler_can_call_the_api_while_its_event_is_delivered(sandbox, api):
    sandbox.connect("my-session")
    answered = []

    def echo(request):
        event = request.json()
        if event["event"] == "message.received":
            reply = {**TEXT, "text": event["payload"]["text"].upper()}
            answered.append(data_of(api.post("/api/messages/send", json=reply))["text"])
            # Also from Python, which holds the lock of the sandbox's state.
            answered.append(sandbox.messages[-1]["text"])
        return http(200)

    with serving(echo) as server:
        create_webhook(api, server.url)
        sandbox.receive("my-session", "echo")
        sandbox.wait_for_deliveries()
    assert answered == ["ECHO", "ECHO"]
    assert [one["event"] for one in sandbox.deliveries[:2]] == ["message.received", "message.sent"]
