"""Webhooks of the sandbox: who is told of what, the bytes and headers sent, retries, and the log."""

import contextlib
import errno
import json
import os
import re
import socket
import ssl
import subprocess
import threading
import time

import httpx
import pytest

from tests.support.loopback import Loopback, http, serving
from tests.support.programs import needed
from tests.support.sandbox import (
    FRIEND,
    SECRET,
    TEXT,
    Receiver,
    client,
    data_of,
    error_of,
    receiving,
    subscribe,
)
from titan import verify_webhook
from titan.sandbox import Sandbox

CONNECTING = ["session.status", "session.qr", "session.status", "session.connected"]
ONCE = {"attempts": 1, "delaySeconds": 0, "policy": "exponential"}


@contextlib.contextmanager
def collecting():
    """A receiver that accepts everything and checks nothing; gives its URL and the pairs (request, body)."""
    posts = []

    def answer(request):
        posts.append((request, b"".join(request.pieces())))
        return http(200)

    with serving(answer) as server:
        yield server.url, posts


class Slow:
    """A receiver that takes each delivery and says nothing until it may."""

    def __init__(self):
        self.url = ""
        self.bodies = []
        self.arrived = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, request):
        self.bodies.append(b"".join(request.pieces()))
        self.arrived.set()
        assert self.go_on.wait(30)
        return http(200)


@contextlib.contextmanager
def hanging():
    slow = Slow()
    with serving(slow) as server:
        slow.url = server.url
        try:
            yield slow
        finally:
            slow.go_on.set()


@contextlib.contextmanager
def refusing():
    """The URL of a port that nobody listens on, and that nobody else gets meanwhile."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/"


def eventually(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def create(api, url, **options):
    return data_of(api.post("/api/webhooks", json={"url": url, "hmacKey": SECRET, **options}), 201)


def update(api, webhook, **fields):
    return data_of(api.put(f"/api/webhooks/{webhook['id']}", json=fields))


def post_in_ascii(api, **options):
    """Try to create a webhook; httpx by itself writes UTF-8, which cannot hold half a surrogate pair."""
    body = json.dumps({"url": "http://127.0.0.1:8000/", **options})
    return api.post("/api/webhooks", content=body, headers={"Content-Type": "application/json"})


def attempted(delivery):
    return [one["status"] for one in delivery["attempts"]]


def outcomes(sandbox):
    return [(one["status"], attempted(one)) for one in sandbox.deliveries]


# Who is told of what


def test_event_is_posted_to_who_asked_for_it_by_name(sandbox, api):
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
def test_star_none_and_left_out_stand_for_all_events(sandbox, api, wanted):
    with receiving() as receiver:
        webhook = create(api, receiver.url, **wanted)
        assert webhook["events"] == wanted.get("events", [])
        sandbox.connect("my-session")
        sandbox.receive("my-session", "Hi")
        data_of(api.post("/api/messages/send", json=TEXT))
        sandbox.wait_for_deliveries()
        assert receiver.names[:7] == [*CONNECTING, "message.received", "message.sent", "message.ack"]


def test_event_name_that_nobody_knows_is_taken_and_never_comes(sandbox, api):
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
            create(api, url, events=["session.connected"], hmacKey=key)
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

        assert update(api, webhook, enabled=True)["enabled"] is True
        sandbox.receive("my-session", "two")
        sandbox.wait_for_deliveries()
        assert [event["payload"]["text"] for event in receiver.events] == ["two"]


# What can be asked and changed


def test_webhook_is_listed_and_found_without_its_key(api):
    options = {
        "events": ["message.received"],
        "session": "s",
        "label": "CRM",
        "headers": [{"name": "X-Tenant", "value": "7"}],
        "retries": {"attempts": 5, "delaySeconds": 30, "policy": "exponential"},
        "enabled": False,
    }
    webhook = create(api, "http://127.0.0.1:8000/titan", **options)
    assert webhook.pop("hmacKey") == SECRET
    assert {name: webhook[name] for name in options} == options
    other = create(api, "https://localhost/")
    del other["hmacKey"]
    assert data_of(api.get("/api/webhooks")) == [webhook, other]
    assert data_of(api.get(f"/api/webhooks/{webhook['id']}")) == webhook
    assert set(webhook) == {*options, "id", "url", "createdAt"}


def test_what_is_left_out_has_a_default(api):
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
    webhook = create(api, "http://127.0.0.1:8000/", events=["message.sent"], session="s", label="old")
    del webhook["hmacKey"]
    updated = update(api, webhook, **change)
    assert updated == {**webhook, **change}
    assert data_of(api.get(f"/api/webhooks/{webhook['id']}")) == updated


def test_update_of_retries_keeps_those_that_it_does_not_name(api):
    retries = {"attempts": 5, "delaySeconds": 30, "policy": "linear"}
    webhook = create(api, "http://127.0.0.1:8000/", retries=retries)
    assert update(api, webhook, retries={"attempts": 7})["retries"] == {**retries, "attempts": 7}


def test_updated_events_session_headers_and_url_count_from_now_on(sandbox, api):
    sandbox.connect("a")
    sandbox.connect("b")
    with receiving() as old, receiving() as new:
        webhook = subscribe(api, old, "message.received", session="a")
        sandbox.receive("a", "one")
        sandbox.wait_for_deliveries()
        update(
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


def test_what_is_tried_again_goes_to_the_new_address_with_the_new_headers(sandbox, api):
    sandbox.connect("my-session")
    with receiving(500) as old, receiving() as new:
        webhook = subscribe(api, old, "message.received")
        sandbox.receive("my-session", "Hi")
        sandbox.wait_for_deliveries()
        assert sandbox.deliveries[0]["url"] == old.url
        update(api, webhook, url=new.url, headers=[{"name": "X-Tenant", "value": "7"}])
        sandbox.advance(60)
        sandbox.wait_for_deliveries()
        assert old.bodies == new.bodies
        assert new.headers[0]["x-tenant"] == "7"
        assert sandbox.deliveries[0]["url"] == new.url


def test_refused_update_changes_nothing(api):
    webhook = create(api, "http://127.0.0.1:8000/", label="old")
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


# The signature


def test_bytes_are_signed_as_they_are_sent(sandbox, api):
    sandbox.connect("my-session")
    with collecting() as (url, posts):
        create(api, url, events=["message.received"], hmacKey="schlüssel 🔑")
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


def test_key_is_shown_by_create_only_and_made_up_when_left_out(sandbox, api):
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


def test_new_key_signs_at_once_also_what_is_tried_again(sandbox, api):
    sandbox.connect("my-session")
    signed = []

    def answer(request):
        body = b"".join(request.pieces())
        signature = request.headers["x-webhook-signature"]
        signed.append([key for key in ("old", "new") if verify_webhook(body, signature, key)])
        return http(500 if len(signed) == 1 else 200)

    with serving(answer) as server:
        webhook = create(api, server.url, events=["message.received"], hmacKey="old")
        sandbox.receive("my-session", "one")
        sandbox.wait_for_deliveries()
        update(api, webhook, hmacKey="new")
        sandbox.receive("my-session", "two")
        sandbox.advance(60)
        sandbox.wait_for_deliveries()
    assert signed == [["old"], ["new"], ["new"]]
    assert verify_webhook(sandbox.deliveries[0]["body"].encode(), sandbox.deliveries[0]["signature"], "new")


# Headers


def test_request_is_a_post_of_json_to_path_and_query(sandbox, api):
    with collecting() as (url, posts):
        create(api, f"{url}/a/b%20c?d=e&f#not-sent", events=["session.connected"])
        create(api, f"{url}?only=query", events=["session.qr"])
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
def test_name_that_is_none_of_a_header_is_refused(api, name):
    headers = [{"name": "X-Good", "value": "1"}, {"name": name, "value": "1"}]
    response = api.post("/api/webhooks", json={"url": "http://127.0.0.1:8000/", "headers": headers})
    assert error_of(response, 400) == "headers.1.name cannot be the name of a header"


@pytest.mark.parametrize("value", ["a\r\nX-B: c", "a\n", "a\x00", "\x7f", "€", "\ud800"])
def test_value_that_no_header_can_have_is_refused(api, value):
    response = post_in_ascii(api, headers=[{"name": "X-A", "value": value}])
    assert error_of(response, 400) == "headers.0.value cannot be sent in a header"


@pytest.mark.parametrize(("header", "missing"), [({"value": "1"}, "name"), ({"name": "X-A"}, "value")])
def test_header_without_name_or_value_is_refused(api, header, missing):
    response = api.post("/api/webhooks", json={"url": "http://127.0.0.1:8000/", "headers": [header]})
    assert error_of(response, 400) == f"missing required field: headers.0.{missing}"


# Targets


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "https://127.0.0.1:8443/titan",
        "http://127.255.0.7:1",
        "http://localhost:65535/?a=b#c",
        "HTTPS://LOCALHOST",
        "http://[::1]:8000/",
        # Still this machine: what stands before the @ names nobody.
        "http://example.com@127.0.0.1/",
    ],
)
def test_target_on_this_machine_is_taken(api, url):
    assert create(api, url)["url"] == url


ELSEWHERE = [
    "https://example.com/titan",
    "http://8.8.8.8/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.10:8000/",
    "http://169.254.169.254/latest/meta-data",
    "http://0.0.0.0:8000/",
    "http://[::]/",
    "http://[2001:db8::1]/",
    "http://[fe80::1]/",
    "http://host.docker.internal/",
    "http://localhost.example.com/",
    "http://127.0.0.1.example.com/",
    "http://127.0.0.1@example.com/",
    "http://127.0.0.1:80@example.com/",
    "http://localhost\\@example.com/",
    # Some resolvers take these for 127.0.0.1; which ones do is not worth knowing.
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
]
NO_URL = [
    "http://",
    "http:///titan",
    "http://:8000/",
    "http://@/",
    "",
    "127.0.0.1:8000",
    "//127.0.0.1/",
    "/titan",
    "ftp://127.0.0.1/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "http://127.0.0.1:0/",
    "http://127.0.0.1:65536/",
    "http://127.0.0.1:-1/",
    "http://127.0.0.1:port/",
    "http://[::1/",
    "http://127.0.0.1/ü",
    "http://127.0.0.1/a b",
    "http://127.0.0.1/\r\nX-A: b",
    "http://127.0.0.1/\x00",
    # Digits and letters that are no ASCII, which some programs take for these.
    "http://１２７.0.0.1/",
    "http://lоcalhost/",
]


@pytest.mark.parametrize("url", ELSEWHERE)
def test_target_elsewhere_is_refused(api, url):
    response = api.post("/api/webhooks", json={"url": url})
    assert error_of(response, 400) == (
        "url must be on this machine, such as http://127.0.0.1:8000/: the sandbox sends nothing anywhere else"
    )


@pytest.mark.parametrize("url", NO_URL)
def test_target_that_is_no_url_is_refused(api, url):
    assert error_of(api.post("/api/webhooks", json={"url": url}), 400) == (
        "url must be in the format uri, such as https://example.com/photo.jpg"
    )


def test_target_must_be_given_as_a_string(api):
    assert error_of(api.post("/api/webhooks", json={}), 400) == "missing required field: url"
    assert error_of(api.post("/api/webhooks", json={"url": 5}), 400) == "url must be a string, not a number"


def test_localhost_is_reached(sandbox, api):
    with receiving() as receiver:
        create(api, receiver.url.replace("127.0.0.1", "localhost"), events=["session.connected"])
        sandbox.connect("my-session")
        sandbox.wait_for_deliveries()
        assert receiver.names == ["session.connected"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """The files of a certificate for 127.0.0.1, signed by itself, and of its key."""
    openssl = needed("openssl", "webhooks over https")
    folder = tmp_path_factory.mktemp("certificate")
    files = str(folder / "certificate.pem"), str(folder / "key.pem")
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    usage = ["-addext", "keyUsage=critical,digitalSignature,keyCertSign"]
    command = [openssl, "req", "-x509", *kind, *subject, *usage, "-out", files[0], "-keyout", files[1]]
    subprocess.run(command, check=True, capture_output=True)
    return files


@pytest.mark.parametrize("trusted", [True, False])
def test_https_wants_a_certificate_that_this_machine_trusts(sandbox, api, certificate, monkeypatch, trusted):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    class Secure(Loopback):
        def _serve(self, connection, port):
            with contextlib.suppress(OSError):
                super()._serve(context.wrap_socket(connection, server_side=True), port)

    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", certificate[0])
    receiver = Receiver()
    server = Secure(receiver)
    try:
        url = server.url.replace("http:", "https:")
        create(api, url, events=["session.connected"], retries=ONCE)
        sandbox.connect("my-session")
        sandbox.wait_for_deliveries()
    finally:
        server.close()
    [delivery] = sandbox.deliveries
    [attempt] = delivery["attempts"]
    if trusted:
        assert (delivery["status"], attempt["status"], attempt["error"]) == ("delivered", 200, None)
        assert receiver.names == ["session.connected"]
    else:
        assert (delivery["status"], attempt["status"]) == ("failed", None)
        assert attempt["error"].startswith("[SSL: CERTIFICATE_VERIFY_FAILED]")
        assert receiver.names == []


# Retries


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
    assert attempted(delivery) == [500, 503, 200]
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
        webhook = create(api, url, events=["session.connected"], retries=retries)
        assert webhook["retries"]["attempts"] == made
        sandbox.connect("my-session")
        eventually(lambda: sandbox.deliveries[0]["status"] == "failed")
    assert attempted(sandbox.deliveries[0]) == [None] * made


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
            create(api, server.url, events=["session.connected"], retries=ONCE)
            sandbox.connect("my-session")
            sandbox.wait_for_deliveries()
        assert elsewhere.bodies == []
    assert outcomes(sandbox) == [("failed", [302])]


def test_connection_that_is_refused_is_a_failure(sandbox, api):
    with refusing() as url:
        create(api, url, events=["session.connected"], retries=ONCE)
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
def test_what_is_no_answer_is_a_failure_and_is_tried_again(sandbox, api, answered, error):
    answers = [answered, http(200)]

    def answer(request):
        # Read first: closing with something unread resets the connection.
        list(request.pieces())
        return answers.pop(0)

    with serving(answer) as server:
        create(api, server.url, events=["session.connected"])
        sandbox.connect("my-session")
        sandbox.wait_for_deliveries()
        sandbox.advance(60)
        sandbox.wait_for_deliveries()
    [delivery] = sandbox.deliveries
    assert (delivery["status"], attempted(delivery)) == ("delivered", [None, 200])
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
def test_webhook_that_is_gone_is_not_tried_again(sandbox, api, how):
    sandbox.connect("my-session")
    with receiving(500) as receiver:
        webhook = subscribe(api, receiver, "message.received")
        sandbox.receive("my-session", "one")
        sandbox.wait_for_deliveries()
        if how == "deleted":
            data_of(api.delete(f"/api/webhooks/{webhook['id']}"))
        else:
            update(api, webhook, enabled=False)
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
        update(api, webhook, enabled=False)
        update(api, webhook, enabled=True)
        sandbox.advance(60)
        sandbox.wait_for_deliveries()
        assert len(receiver.bodies) == 1
    assert outcomes(sandbox) == [("failed", [500])]


def test_what_was_queued_behind_a_slow_answer_is_given_up_with_the_webhook(sandbox, api):
    sandbox.connect("my-session")
    with hanging() as slow:
        webhook = create(api, slow.url, events=["message.received"])
        for text in ("one", "two"):
            sandbox.receive("my-session", text)
        assert slow.arrived.wait(10)
        data_of(api.delete(f"/api/webhooks/{webhook['id']}"))
        slow.go_on.set()
        eventually(lambda: sandbox.deliveries[0]["attempts"])
    # The one on its way arrived after all.
    assert outcomes(sandbox) == [("delivered", [200]), ("failed", [])]


# Order, and slow receivers


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
        create(api, slow.url)
        subscribe(api, receiver)
        sandbox.connect("my-session")
        eventually(lambda: receiver.names == CONNECTING)
        # One by one: the second is not sent while nobody knows what came of the first.
        assert len(slow.bodies) == 1


def test_waiting_for_a_hanging_webhook_ends(sandbox, api):
    with hanging() as slow:
        create(api, slow.url)
        sandbox.connect("my-session")
        with pytest.raises(TimeoutError, match=r"still being delivered after 0\.05 seconds"):
            sandbox.wait_for_deliveries(0.05)
        slow.go_on.set()
        sandbox.wait_for_deliveries()
        assert len(slow.bodies) == len(CONNECTING)


def sandbox_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("titan-sandbox")]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_stop_cuts_off_a_receiver_that_hangs(scheme):
    before = sandbox_threads()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with Sandbox() as sandbox, client(sandbox) as api:
            create(api, f"{scheme}://127.0.0.1:{listener.getsockname()[1]}/", retries=ONCE)
            sandbox.connect("my-session")
            connection, _ = listener.accept()
            # It has said something, and now it waits.
            assert connection.recv(1)
            started = time.monotonic()
        assert time.monotonic() - started < 3
        connection.close()
    assert sandbox_threads() == before
    first, *others = sandbox.deliveries
    assert (first["status"], attempted(first)) == ("failed", [None])
    assert first["attempts"][0]["error"]
    assert {(one["status"], len(one["attempts"])) for one in others} == {("pending", 0)}


@pytest.mark.parametrize("close", ["close", "keep-alive"])
def test_answer_counts_that_never_comes_to_its_end(close):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with Sandbox() as sandbox, client(sandbox) as api:
            create(api, f"http://127.0.0.1:{listener.getsockname()[1]}/", events=["session.connected"])
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
    assert (delivery["status"], attempted(delivery)) == ("delivered", [200])


def test_reset_cuts_off_receivers_that_hang(sandbox, api):
    """Or eight of them would keep the next test's webhooks waiting."""
    with contextlib.ExitStack() as stack:
        receivers = [stack.enter_context(hanging()) for _ in range(8)]
        for slow in receivers:
            create(api, slow.url, events=["session.connected"])
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
            create(api, slow.url)
            sandbox.connect("my-session")
            assert slow.arrived.wait(10)
        slow.go_on.set()
        with sandbox:
            sandbox.advance(60)
            sandbox.wait_for_deliveries()
        assert {one["status"] for one in sandbox.deliveries} == {"delivered"}
        # The first was cut off by the stop, and so it came twice.
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
            # Also by Python, which holds the lock of the sandbox's state.
            answered.append(sandbox.messages[-1]["text"])
        return http(200)

    with serving(echo) as server:
        create(api, server.url)
        sandbox.receive("my-session", "echo")
        sandbox.wait_for_deliveries()
    assert answered == ["ECHO", "ECHO"]
    assert [one["event"] for one in sandbox.deliveries[:2]] == ["message.received", "message.sent"]


# The log


def test_log_tells_all_of_a_delivery(sandbox, api):
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


def test_reset_forgets_what_was_queued_and_what_was_to_be_tried_again(sandbox, api):
    with hanging() as slow, receiving(500, 200) as receiver:
        create(api, slow.url)
        subscribe(api, receiver, "session.connected")
        sandbox.connect("my-session")
        assert slow.arrived.wait(10)
        eventually(lambda: attempted(sandbox.deliveries[-1]) == [500])
        sandbox.reset()
        assert sandbox.deliveries == []
        assert data_of(api.get("/api/webhooks")) == []

        slow.go_on.set()
        for url in (slow.url, receiver.url):
            create(api, url, events=["session.connected"])
        sandbox.connect("my-session")
        sandbox.advance(1000)
        sandbox.wait_for_deliveries()
        # The one that was on its way at the reset, and the new one; nothing of what stood between them.
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


def test_log_asks_for_no_key(sandbox):
    assert data_of(httpx.get(f"{sandbox.base_url}/sandbox/deliveries", trust_env=False)) == []
