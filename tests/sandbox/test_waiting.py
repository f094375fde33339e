"""Waiting for deliveries: what counts as under way, and what ends the wait."""

from __future__ import annotations

import contextlib
import threading
import time

import pytest

from tests.support.sandbox import BASE, FRIEND, TEXT, client, data_of, receiving, subscribe
from tests.support.webhooks import create_webhook, hanging, update_webhook
from titan import TitanClient, WebhookRouter
from titan.sandbox import Sandbox
from titan.sandbox.api.handlers import HANDLERS

ASYNC = {"Prefer": "respond-async"}
SECRET = "a secret of the tests"


@contextlib.contextmanager
def waiting(sandbox):
    """A thread that waits for the deliveries; at the end something must have woken it."""
    ended = []

    def wait():
        started = time.monotonic()
        try:
            sandbox.wait_for_deliveries(60)
        except Exception as error:
            ended.append(error)
        ended.append(time.monotonic() - started)

    thread = threading.Thread(target=wait)
    thread.start()
    # Until it sleeps: what wakes it must find it waiting.
    while not sandbox._state.changed._waiters:
        time.sleep(0.001)
    yield ended
    thread.join(5)
    assert not thread.is_alive()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/messages/send", TEXT),
        (f"{BASE}/messages/typing", {"chatId": FRIEND, "state": "composing"}),
        (f"{BASE}/groups", {"name": "Team", "participants": [FRIEND]}),
        # It fails, and that is a result too.
        (f"{BASE}/messages/edit", {"chatId": FRIEND, "messageId": "msg_unknown", "text": "?"}),
    ],
)
def test_command_that_was_accepted_and_has_not_ended_is_waited_for(sandbox, connected, api, path, body):
    with receiving() as receiver:
        subscribe(api, receiver, "command.result")
        if "session" not in body and path.endswith("groups"):
            body = {"session": "my-session", **body}
        accepted = data_of(api.post(path, json=body, headers=ASYNC), 202)
        sandbox.wait_for_deliveries()
        assert [event["data"]["correlationId"] for event in receiver.events] == [accepted["correlationId"]]


def test_submitted_commands_have_ended_after_the_wait(sandbox, connected):
    results = []
    router = WebhookRouter(SECRET)
    router.on("command.result")(lambda event: results.append(event.data.correlation_id))
    with sandbox.subscribe(router), TitanClient(sandbox.base_url, sandbox.api_key) as titan:
        for number in range(1, 9):
            titan.submit(titan.messages.send, "my-session", {"chatId": FRIEND, "type": "text", "text": "x"})
            sandbox.wait_for_deliveries()
            assert len(results) == number


def test_command_that_a_handler_submits_is_waited_for(sandbox, connected):
    router = WebhookRouter(SECRET)
    with TitanClient(sandbox.base_url, sandbox.api_key) as titan:

        @router.on("message.received")
        def answer(event):
            titan.submit(titan.messages.send, "my-session", {"chatId": FRIEND, "type": "text", "text": "Yes"})

        with sandbox.subscribe(router):
            sandbox.receive("my-session", "Really?", sender=FRIEND)
            sandbox.wait_for_deliveries()
    assert [one["text"] for one in sandbox.messages] == ["Yes"]


def test_command_is_waited_for_though_no_webhook_wants_its_result(sandbox, connected, api):
    data_of(api.post("/api/messages/send", json=TEXT, headers=ASYNC), 202)
    sandbox.wait_for_deliveries()
    assert len(sandbox.messages) == 1


@pytest.mark.parametrize("end", ["reset", "delete the session"])
def test_command_that_will_never_end_is_not_waited_for(sandbox, connected, api, end):
    data_of(api.post("/api/messages/send", json=TEXT, headers=ASYNC), 202)
    if end == "reset":
        sandbox.reset()
    else:
        data_of(api.delete("/api/sessions/my-session"))
    sandbox.wait_for_deliveries(5)


def test_command_is_not_done_by_the_account_that_was_paired_meanwhile(sandbox, connected, api):
    with receiving() as receiver:
        subscribe(api, receiver, "command.result")
        # The command takes 0.05 s, and a machine that is busy can be late with the rest.
        for _ in range(20):
            data_of(api.post("/api/messages/send", json=TEXT, headers=ASYNC), 202)
            sandbox.logout("my-session")
            sandbox.connect("my-session")
            sandbox.wait_for_deliveries()
            if not receiver.events[-1]["data"]["success"]:
                break
    assert receiver.events[-1]["data"]["result"] == {
        "error": "session was paired with another account: my-session"
    }
    assert len(sandbox.messages) == len(receiver.events) - 1


ENDS = {
    "the webhook is deleted": lambda sandbox, api, webhook: api.delete(f"/api/webhooks/{webhook['id']}"),
    "the webhook is disabled": lambda sandbox, api, webhook: update_webhook(api, webhook, enabled=False),
    "the sandbox is reset": lambda sandbox, api, webhook: sandbox.reset(),
}


@pytest.mark.parametrize("end", ENDS)
def test_wait_ends_when_what_it_waits_for_is_given_up(sandbox, api, end):
    with hanging() as slow:
        webhook = create_webhook(api, slow.url, events=["session.connected", "session.status"])
        sandbox.connect("my-session")
        assert slow.arrived.wait(10)
        with waiting(sandbox) as ended:
            ENDS[end](sandbox, api, webhook)
        assert len(ended) == 1


def test_wait_ends_when_the_app_of_the_webhook_does(sandbox, connected):
    called, go_on = threading.Event(), threading.Event()
    router = WebhookRouter(SECRET)

    @router.on("message.received")
    def handle(event):
        called.set()
        go_on.wait(30)

    with sandbox.subscribe(router):
        sandbox.receive("my-session", "Hi")
        assert called.wait(10)
        with waiting(sandbox) as ended:
            go_on.set()
        assert len(ended) == 1


def test_wait_fails_when_the_sandbox_stops():
    with hanging() as slow, Sandbox() as sandbox, client(sandbox) as api:
        create_webhook(api, slow.url)
        sandbox.connect("my-session")
        assert slow.arrived.wait(10)
        with waiting(sandbox) as ended:
            sandbox.stop()
        assert isinstance(ended[0], RuntimeError)
        with pytest.raises(RuntimeError, match="is not running, so what is pending is not delivered"):
            sandbox.wait_for_deliveries(60)


def test_wait_without_anything_pending_needs_no_running_sandbox():
    Sandbox().wait_for_deliveries()


def test_command_that_meets_a_bug_of_the_sandbox_has_failed(sandbox, connected, api, monkeypatch, caplog):
    def fail(_request):
        raise LookupError("a bug")

    monkeypatch.setitem(HANDLERS, "messages.send", fail)
    with receiving() as receiver:
        subscribe(api, receiver, "command.result")
        data_of(api.post("/api/messages/send", json=TEXT, headers=ASYNC), 202)
        sandbox.wait_for_deliveries()
    [event] = receiver.events
    assert (event["data"]["success"], event["data"]["result"]) == (False, {"error": "internal server error"})
    assert "LookupError: a bug" in caplog.text
