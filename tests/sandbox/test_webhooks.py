"""Webhooks: which events they get, and what can be asked and changed."""

from __future__ import annotations

import re

import pytest

from tests.support.sandbox import (
    FRIEND,
    SECRET,
    TEXT,
    data_of,
    error_of,
    receiving,
    subscribe,
)
from tests.support.webhooks import CONNECTING, collecting, create_webhook, update_webhook
from titan import verify_webhook


def test_event_is_posted_to_the_webhooks_that_name_it(sandbox, api):
    with receiving() as receiver, receiving() as other:
        subscribe(api, receiver, "message.received")
        subscribe(api, other, "message.sent", "presence.update")
        sandbox.connect("my-session")
        message = sandbox.receive("my-session", "Hi", sender=FRIEND, push_name="Ada")
        sandbox.wait_for_deliveries()
        [event] = receiver.events
        assert other.events == []
    assert re.fullmatch(r"evt_[0-9a-f]{20}", event.pop("id"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event.pop("timestamp"))
    sender = event["payload"].pop("from")
    assert (sender["phoneNumber"], sender["mode"]) == ("+5511999999999", "pn")
    assert isinstance(event["payload"].pop("timestamp"), int)
    assert event == {
        "event": "message.received",
        "session": "my-session",
        "payload": {
            "id": message["id"],
            "type": "text",
            "body": "Hi",
            "text": "Hi",
            "fromMe": False,
            "pushName": "Ada",
            "isGroup": False,
        },
    }


@pytest.mark.parametrize("wanted", [{"events": ["*"]}, {"events": []}, {}, {"events": ["*", "call.missed"]}])
def test_star_an_empty_list_and_no_list_mean_all_events(sandbox, api, wanted):
    with receiving() as receiver:
        webhook = create_webhook(api, receiver.url, **wanted)
        assert webhook["events"] == wanted.get("events", [])
        sandbox.connect("my-session")
        sandbox.receive("my-session", "Hi")
        data_of(api.post("/api/messages/send", json=TEXT))
        sandbox.wait_for_deliveries()
        assert receiver.names[:7] == [*CONNECTING, "message.received", "message.sent", "message.ack"]


def test_unknown_event_name_is_accepted_and_never_posted(sandbox, api):
    with receiving() as receiver:
        assert subscribe(api, receiver, "label.update")["events"] == ["label.update"]
        sandbox.connect("my-session")
        sandbox.wait_for_deliveries()
        assert receiver.events == []


def test_events_of_one_session_only(sandbox, api):
    with receiving() as receiver, receiving() as everything:
        # It need not exist yet.
        assert subscribe(api, receiver, "message.received", session="a")["session"] == "a"
        assert subscribe(api, everything, "message.received")["session"] is None
        for session in ("a", "b"):
            sandbox.connect(session)
            sandbox.receive(session, f"to {session}")
        sandbox.wait_for_deliveries()
        assert [event["session"] for event in receiver.events] == ["a"]
        assert sorted(event["session"] for event in everything.events) == ["a", "b"]


def test_webhooks_get_the_same_bytes_each_with_a_signature_of_its_own(sandbox, api):
    with collecting() as (url, posts):
        for key in ("first", "second"):
            create_webhook(api, url, events=["session.connected"], hmacKey=key)
        sandbox.connect("my-session")
        sandbox.wait_for_deliveries()
    (one, body), (two, same) = posts
    assert body == same
    signatures = {request.headers["x-webhook-signature"] for request in (one, two)}
    assert len(signatures) == 2
    for key in ("first", "second"):
        assert sum(verify_webhook(body, signature, key) for signature in signatures) == 1


def test_disabled_webhook_gets_nothing_until_it_is_enabled(sandbox, api):
    with receiving() as receiver:
        webhook = subscribe(api, receiver, "message.received", enabled=False)
        assert webhook["enabled"] is False
        sandbox.connect("my-session")
        sandbox.receive("my-session", "one")
        sandbox.wait_for_deliveries()
        assert sandbox.deliveries == []

        assert update_webhook(api, webhook, enabled=True)["enabled"] is True
        sandbox.receive("my-session", "two")
        sandbox.wait_for_deliveries()
        assert [event["payload"]["text"] for event in receiver.events] == ["two"]


def test_webhook_is_listed_and_found_without_its_key(api):
    options = {
        "events": ["message.received"],
        "session": "s",
        "label": "CRM",
        "headers": [{"name": "X-Tenant", "value": "7"}],
        "retries": {"attempts": 5, "delaySeconds": 30, "policy": "exponential"},
        "enabled": False,
    }
    webhook = create_webhook(api, "http://127.0.0.1:8000/titan", **options)
    assert webhook.pop("hmacKey") == SECRET
    assert {name: webhook[name] for name in options} == options
    other = create_webhook(api, "https://localhost/")
    del other["hmacKey"]
    assert data_of(api.get("/api/webhooks")) == [webhook, other]
    assert data_of(api.get(f"/api/webhooks/{webhook['id']}")) == webhook
    assert set(webhook) == {*options, "id", "url", "createdAt"}


def test_omitted_fields_have_defaults(api):
    webhook = data_of(api.post("/api/webhooks", json={"url": "http://127.0.0.1:8000/"}), 201)
    for name in ("id", "hmacKey", "createdAt"):
        assert webhook.pop(name)
    assert webhook == {
        "url": "http://127.0.0.1:8000/",
        "events": [],
        "session": None,
        "label": "",
        "headers": [],
        "retries": {"attempts": 3, "delaySeconds": 2, "policy": "exponential"},
        "enabled": True,
    }


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_unknown_webhook_is_404(api, method):
    response = api.request(method, "/api/webhooks/999", json={} if method == "PUT" else None)
    assert error_of(response, 404) == "webhook not found: 999"


@pytest.mark.parametrize(
    "change",
    [
        {"url": "https://localhost:9000/x?y=1"},
        {"events": ["message.ack"]},
        {"session": "other"},
        {"label": "new"},
        {"enabled": False},
        {"headers": [{"name": "X-New", "value": "1"}]},
        {"retries": {"attempts": 7, "delaySeconds": 1, "policy": "linear"}},
        {},
    ],
    ids=lambda change: next(iter(change), "nothing"),
)
def test_update_changes_what_it_names_and_nothing_else(api, change):
    webhook = create_webhook(api, "http://127.0.0.1:8000/", events=["message.sent"], session="s", label="old")
    del webhook["hmacKey"]
    updated = update_webhook(api, webhook, **change)
    assert updated == {**webhook, **change}
    assert data_of(api.get(f"/api/webhooks/{webhook['id']}")) == updated


def test_update_of_retries_keeps_those_that_it_does_not_name(api):
    retries = {"attempts": 5, "delaySeconds": 30, "policy": "linear"}
    webhook = create_webhook(api, "http://127.0.0.1:8000/", retries=retries)
    assert update_webhook(api, webhook, retries={"attempts": 7})["retries"] == {**retries, "attempts": 7}


def test_updated_events_session_headers_and_url_hold_from_now_on(sandbox, api):
    sandbox.connect("a")
    sandbox.connect("b")
    with receiving() as old, receiving() as new:
        webhook = subscribe(api, old, "message.received", session="a")
        sandbox.receive("a", "one")
        sandbox.wait_for_deliveries()
        update_webhook(
            api,
            webhook,
            url=new.url,
            session="b",
            events=["call.missed"],
            headers=[{"name": "X-Tenant", "value": "7"}],
        )
        for session in ("a", "b"):
            sandbox.receive(session, "two")
            sandbox.call(session)
        sandbox.wait_for_deliveries()
        assert old.names == ["message.received"]
        assert [(one["event"], one["session"]) for one in new.events] == [("call.missed", "b")]
        assert new.headers[0]["x-tenant"] == "7"


def test_retry_goes_to_the_new_address_with_the_new_headers(sandbox, api):
    sandbox.connect("my-session")
    with receiving(500) as old, receiving() as new:
        webhook = subscribe(api, old, "message.received")
        sandbox.receive("my-session", "Hi")
        sandbox.wait_for_deliveries()
        assert sandbox.deliveries[0]["url"] == old.url
        update_webhook(api, webhook, url=new.url, headers=[{"name": "X-Tenant", "value": "7"}])
        sandbox.advance(60)
        sandbox.wait_for_deliveries()
        assert old.bodies == new.bodies
        assert new.headers[0]["x-tenant"] == "7"
        assert sandbox.deliveries[0]["url"] == new.url


def test_refused_update_changes_nothing(api):
    webhook = create_webhook(api, "http://127.0.0.1:8000/", label="old")
    del webhook["hmacKey"]
    for refused in (
        {"url": "https://example.com/"},
        {"headers": [{"name": "a b", "value": ""}]},
        {"hmacKey": ""},
        {"events": "message.sent"},
    ):
        response = api.put(f"/api/webhooks/{webhook['id']}", json={"label": "new", **refused})
        assert error_of(response, 400).startswith(next(iter(refused)))
    assert data_of(api.get(f"/api/webhooks/{webhook['id']}")) == webhook


def test_deleted_webhook_gets_nothing_more(sandbox, api):
    sandbox.connect("my-session")
    with receiving() as receiver:
        webhook = subscribe(api, receiver, "message.received")
        sandbox.receive("my-session", "one")
        sandbox.wait_for_deliveries()
        assert data_of(api.delete(f"/api/webhooks/{webhook['id']}")) == {"success": True}
        assert error_of(api.delete(f"/api/webhooks/{webhook['id']}"), 404)
        sandbox.receive("my-session", "two")
        sandbox.wait_for_deliveries()
        assert [event["payload"]["text"] for event in receiver.events] == ["one"]
    assert data_of(api.get("/api/webhooks")) == []
