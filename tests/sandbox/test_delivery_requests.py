"""The requests of deliveries: their signature, their headers, their body."""

from __future__ import annotations

import json
import re

import pytest

from tests.support.loopback import http, serving
from tests.support.sandbox import (
    SECRET,
    data_of,
    error_of,
    receiving,
    subscribe,
)
from tests.support.webhooks import CONNECTING, collecting, create_webhook, update_webhook
from titan import verify_webhook


def post_in_ascii(api, **options):
    """Try to create a webhook; httpx by itself writes UTF-8, which cannot hold half a surrogate pair."""
    body = json.dumps({"url": "http://127.0.0.1:8000/", **options})
    return api.post("/api/webhooks", content=body, headers={"Content-Type": "application/json"})


def test_bytes_are_signed_as_they_are_sent(sandbox, api):
    sandbox.connect("my-session")
    with collecting() as (url, posts):
        create_webhook(api, url, events=["message.received"], hmacKey="schlüssel 🔑")
        sandbox.receive("my-session", 'Olá 👋 "quoted" <b>\n\u2028')
        sandbox.wait_for_deliveries()
    [(request, body)] = posts
    signature = request.headers["x-webhook-signature"]
    assert re.fullmatch(r"sha256=[0-9a-f]{64}", signature)
    assert verify_webhook(body, signature, "schlüssel 🔑")
    assert not verify_webhook(body + b" ", signature, "schlüssel 🔑")
    assert not verify_webhook(body, signature, SECRET)
    [delivery] = sandbox.deliveries
    assert (delivery["body"].encode(), delivery["signature"]) == (body, signature)


def test_key_is_shown_by_create_only_and_generated_when_omitted(sandbox, api):
    with collecting() as (url, posts):
        made = [data_of(api.post("/api/webhooks", json={"url": url}), 201) for _ in range(2)]
        keys = [webhook["hmacKey"] for webhook in made]
        assert len(set(keys)) == 2
        assert all(re.fullmatch("[0-9a-f]{64}", key) for key in keys)
        path = f"/api/webhooks/{made[0]['id']}"
        for shown in (api.get(path), api.get("/api/webhooks"), api.put(path, json={"hmacKey": "new"})):
            assert "hmacKey" not in shown.text
        sandbox.connect("my-session")
        sandbox.wait_for_deliveries()
    fits = [verify_webhook(body, one.headers["x-webhook-signature"], keys[1]) for one, body in posts]
    assert (sum(fits), len(fits)) == (len(CONNECTING), 2 * len(CONNECTING))


@pytest.mark.parametrize(
    ("key", "error"),
    [
        ("", "hmacKey must not be empty: anyone could sign with it"),
        # Half a surrogate pair, which no receiver could write as bytes.
        ("\ud800", "hmacKey is not Unicode"),
        (5, "hmacKey must be a string, not a number"),
    ],
)
def test_key_that_cannot_sign_is_refused(api, key, error):
    assert error_of(post_in_ascii(api, hmacKey=key), 400) == error


def test_new_key_signs_at_once_also_retries(sandbox, api):
    sandbox.connect("my-session")
    signed = []

    def answer(request):
        body = b"".join(request.pieces())
        signature = request.headers["x-webhook-signature"]
        signed.append([key for key in ("old", "new") if verify_webhook(body, signature, key)])
        return http(500 if len(signed) == 1 else 200)

    with serving(answer) as server:
        webhook = create_webhook(api, server.url, events=["message.received"], hmacKey="old")
        sandbox.receive("my-session", "one")
        sandbox.wait_for_deliveries()
        update_webhook(api, webhook, hmacKey="new")
        sandbox.receive("my-session", "two")
        sandbox.advance(60)
        sandbox.wait_for_deliveries()
    assert signed == [["old"], ["new"], ["new"]]
    assert verify_webhook(sandbox.deliveries[0]["body"].encode(), sandbox.deliveries[0]["signature"], "new")


def test_request_is_a_post_of_json_to_path_and_query(sandbox, api):
    with collecting() as (url, posts):
        create_webhook(api, f"{url}/a/b%20c?d=e&f#not-sent", events=["session.connected"])
        create_webhook(api, f"{url}?only=query", events=["session.qr"])
        sandbox.connect("my-session")
        sandbox.wait_for_deliveries()
    requests = {request.target: request for request, _ in posts}
    assert set(requests) == {"/a/b%20c?d=e&f", "/?only=query"}
    for request, body in posts:
        assert request.method == "POST"
        assert request.headers["content-type"] == "application/json"
        assert request.headers["content-length"] == str(len(body))
        assert f"http://{request.headers['host']}" == url


def test_own_headers_are_sent(sandbox, api):
    headers = [
        {"name": "Authorization", "value": "Bearer a=b"},
        {"name": "X-Empty", "value": ""},
        {"name": "!#$%&'*+.^_`|~", "value": "tab\tand more"},
    ]
    with receiving() as receiver:
        subscribe(api, receiver, "session.connected", headers=headers)
        sandbox.connect("my-session")
        sandbox.wait_for_deliveries()
        [sent] = receiver.headers
    for header in headers:
        assert sent[header["name"].lower()] == header["value"]


def test_own_headers_cannot_replace_those_of_the_delivery(sandbox, api):
    names = ["Content-Type", "content-length", "HOST", "Connection", "Transfer-Encoding"]
    names.append("X-Webhook-Signature")
    with receiving() as receiver:
        # The receiver verifies the signature, and allows no header twice.
        subscribe(api, receiver, headers=[{"name": name, "value": "chunked"} for name in names])
        sandbox.connect("my-session")
        sandbox.wait_for_deliveries()
        assert receiver.names == CONNECTING
        for sent in receiver.headers:
            assert "chunked" not in sent.values()
            assert sent["content-type"] == "application/json"
    assert {one["status"] for one in sandbox.deliveries} == {"delivered"}


@pytest.mark.parametrize("name", ["", "X Y", "X:Y", "X\r\nY", "X-Ü", "X\x00", "(X)"])
def test_invalid_header_name_is_refused(api, name):
    headers = [{"name": "X-Good", "value": "1"}, {"name": name, "value": "1"}]
    response = api.post("/api/webhooks", json={"url": "http://127.0.0.1:8000/", "headers": headers})
    assert error_of(response, 400) == "headers.1.name cannot be the name of a header"


@pytest.mark.parametrize("value", ["a\r\nX-B: c", "a\n", "a\x00", "\x7f", "€", "\ud800"])
def test_invalid_header_value_is_refused(api, value):
    response = post_in_ascii(api, headers=[{"name": "X-A", "value": value}])
    assert error_of(response, 400) == "headers.0.value cannot be sent in a header"


@pytest.mark.parametrize(("header", "missing"), [({"value": "1"}, "name"), ({"name": "X-A"}, "value")])
def test_header_without_name_or_value_is_refused(api, header, missing):
    response = api.post("/api/webhooks", json={"url": "http://127.0.0.1:8000/", "headers": [header]})
    assert error_of(response, 400) == f"missing required field: headers.0.{missing}"
