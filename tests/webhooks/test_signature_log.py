"""What the log says of refused deliveries: why, now and then, and nothing of what was in them."""

from __future__ import annotations

import contextlib
import json
import logging
import threading

import pytest
from pydantic import SecretStr

from tests.support.deliveries import SECRET, event_body, signed
from tests.support.endpoints import call_asgi, call_wsgi
from titan import WebhookRouter, WebhookSignatureError, sign_webhook
from titan.webhooks import signatures

BODY = event_body(payload={"text": "meet me at the old harbour"})
NAME = "X-Webhook-Signature"


def handle(router, body, headers):
    with contextlib.suppress(WebhookSignatureError):
        router.handle(body, headers)


WAYS = {
    "handle": handle,
    "WSGI": lambda router, body, headers: call_wsgi(router.wsgi_app(), body, headers),
    "ASGI": lambda router, body, headers: call_asgi(router.asgi_app(), body, headers),
}


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.DEBUG, "titan")

    def read():
        records = [record for record in caplog.records if record.name == "titan"]
        assert {record.levelname for record in records} <= {"WARNING"}
        return [record.getMessage() for record in records]

    return read


@pytest.fixture
def clock(monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(signatures, "now", lambda: clock[0])
    return clock


MISSING = "it has no header X-Webhook-Signature"
FORM = "its X-Webhook-Signature is not of the form sha256= and 64 hex digits"
MISFIT = "its signature does not fit the body"
FAULTS = {
    "missing": ({}, MISSING),
    "empty": ({NAME: ""}, MISSING),
    "white space": ({NAME: " "}, MISSING),
    "another header": ({"X-Signature": "sha256=" + "0" * 64}, MISSING),
    "no prefix": ({NAME: "0" * 64}, FORM),
    "too short": ({NAME: "sha256=" + "0" * 63}, FORM),
    "another hash": ({NAME: "sha1=" + "0" * 40}, FORM),
    "no digits": ({NAME: "sha256=" + "g" * 64}, FORM),
    "two of another form": ({NAME: "sha256=0, sha256=1"}, FORM),
    "of another secret": (signed(BODY, "another"), MISFIT),
    "of another body": (signed(BODY + b" "), MISFIT),
    "one of another form": ({NAME: "junk, sha256=" + "0" * 64}, MISFIT),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(("headers", "why"), FAULTS.values(), ids=FAULTS)
def test_log_tells_why_a_delivery_was_refused(way, headers, why, lines):
    way(WebhookRouter(SECRET), BODY, headers)
    (line,) = lines()
    assert line.startswith(f"refused a webhook delivery: {why}")
    for private in ("harbour", SECRET, "0000", *headers.values()):
        assert private.strip() == "" or private not in line


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_delivery_that_fits_is_not_logged(way, lines):
    way(WebhookRouter(SECRET), BODY, signed(BODY))
    assert lines() == []


def test_body_that_is_no_event_is_not_logged(lines):
    assert call_wsgi(WebhookRouter(SECRET).wsgi_app(), b"[]", signed(b"[]")) == 400
    assert lines() == []


def test_there_is_one_line_a_minute_for_a_router_which_counts_the_others(clock, lines):
    router, other = WebhookRouter(SECRET), WebhookRouter(SECRET)
    for _ in range(5):
        handle(router, BODY, {})
        clock[0] += 14.9
    handle(other, BODY, {})
    handle(router, BODY, signed(BODY))
    clock[0] += 50
    for _ in range(3):
        handle(router, BODY, {NAME: "junk"})
    texts = [line.partition(":")[0] for line in lines()]
    assert texts == [
        "refused a webhook delivery",
        "refused a webhook delivery",
        "refused a webhook delivery (since the last line about this also 4 without a signature)",
    ]


def test_line_counts_the_others_by_what_was_wrong_with_them(clock, lines):
    router = WebhookRouter(SECRET)
    for headers in ({}, {NAME: "junk"}, signed(BODY + b" "), {NAME: "junk"}, {}, {}):
        handle(router, BODY, headers)
    clock[0] += 60
    handle(router, BODY, {})
    assert lines()[1].startswith(
        "refused a webhook delivery (since the last line about this also 2 with one of another form, "
        "1 with one that does not fit, 2 without a signature): it has no header"
    )


def test_count_begins_anew_after_each_line(clock, lines):
    router = WebhookRouter(SECRET)
    for _ in range(3):
        handle(router, BODY, {})
        handle(router, BODY, {})
        clock[0] += 60
    assert [line.count("also 1 without a signature)") for line in lines()] == [0, 1, 1]


def test_of_many_threads_one_writes_the_line(lines):
    router, start = WebhookRouter(SECRET), threading.Barrier(8)

    def refuse():
        start.wait()
        handle(router, BODY, {})

    threads = [threading.Thread(target=refuse) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lines()) == 1


@pytest.mark.parametrize(
    "secret", [f"{SECRET}\n", f" {SECRET}", f"{SECRET}\r\n".encode(), SecretStr(f"{SECRET}\t")]
)
def test_white_space_around_a_secret_that_would_fit_without_it_is_named(secret, lines):
    handle(WebhookRouter(["another", secret]), BODY, signed(BODY))
    (line,) = lines()
    assert "It fits without the white space around the secret that you gave: strip it" in line
    assert SECRET not in line


@pytest.mark.parametrize("secret", ["another ", "\nanother", b"another\n"])
def test_white_space_around_a_secret_that_does_not_fit_is_named_too(secret, lines):
    handle(WebhookRouter(secret), BODY, signed(BODY))
    (line,) = lines()
    assert line.endswith("A secret that you gave has white space around it")


def test_secret_that_is_white_space_alone_is_not_used_without_it(lines):
    handle(WebhookRouter("  "), BODY, signed(BODY, "x"))
    assert len(lines()) == 1


@pytest.mark.parametrize(
    "written_again",
    [
        lambda body: json.dumps(json.loads(body), separators=(",", ":")).encode(),
        lambda body: json.dumps(json.loads(body), indent=2).encode(),
        lambda body: json.dumps(json.loads(body), sort_keys=True),
    ],
)
def test_body_that_was_written_again_gets_the_hint_that_it_may_have_been(written_again, lines):
    handle(WebhookRouter(SECRET), written_again(BODY), {NAME: sign_webhook(BODY, SECRET)})
    (line,) = lines()
    assert "the body is not the raw one (what was parsed and written again has another signature)" in line


def test_headers_that_can_be_read_once_are_understood(lines):
    with pytest.raises(WebhookSignatureError):
        WebhookRouter(SECRET).handle(BODY, (pair for pair in [(NAME, "junk")]))
    (line,) = lines()
    assert FORM in line
