"""Deliveries are refused before they are read, wherever the signature stands in the headers."""

from __future__ import annotations

import types
from email.message import Message
from http.client import HTTPMessage

import httpx
import pytest
from django.utils.datastructures import MultiValueDict
from starlette.datastructures import Headers as StarletteHeaders
from starlette.datastructures import MutableHeaders
from werkzeug.datastructures import CombinedMultiDict, EnvironHeaders, MultiDict
from werkzeug.datastructures import Headers as WerkzeugHeaders

from tests.support.deliveries import SECRET, RecordingStore, deliver, event_body
from titan import WebhookPayloadError, WebhookRouter, WebhookSignatureError, sign_webhook
from titan.webhooks import router as router_module

BODIES = {"an event": event_body(), "no event": b"[]", "no JSON": b"\xff", "empty": b""}
FORGED = {
    "missing": lambda body: {},
    "none": lambda body: None,
    "empty": lambda body: "",
    "of another body": lambda body: sign_webhook(body + b" ", SECRET),
    "of another secret": lambda body: sign_webhook(body, "another"),
    "without its prefix": lambda body: sign_webhook(body, SECRET)[len("sha256=") :],
    "under another name": lambda body: {"X-Signature": sign_webhook(body, SECRET)},
}


@pytest.mark.parametrize("headers", FORGED.values(), ids=FORGED)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_forged_delivery_is_refused_before_it_is_read_or_claimed(monkeypatch, headers, body):
    seen = RecordingStore()
    router, called = WebhookRouter(SECRET, seen=seen), []
    router.on("*")(called.append)
    monkeypatch.setattr(router_module, "parse_webhook", called.append)
    with pytest.raises(WebhookSignatureError, match="signature") as caught:
        router.handle(body, headers(body))
    assert not isinstance(caught.value, WebhookPayloadError)
    assert (called, seen.calls) == ([], [])


@pytest.mark.parametrize("body", [body for name, body in BODIES.items() if name != "an event"])
def test_signed_delivery_that_is_not_an_event_is_a_payload_error(body):
    seen = RecordingStore()
    router, called = WebhookRouter(SECRET, seen=seen), []
    router.on("*")(called.append)
    with pytest.raises(WebhookPayloadError) as caught:
        deliver(router, body)
    assert not isinstance(caught.value, WebhookSignatureError)
    assert (called, seen.calls) == ([], [])


@pytest.mark.parametrize("form", [bytes, bytearray, memoryview, bytes.decode])
def test_every_form_of_the_body_is_taken(form):
    assert WebhookRouter(SECRET).handle(form(event_body()), sign_webhook(event_body(), SECRET)).id == "evt_1"


def test_parsed_body_is_a_mistake_of_the_caller():
    with pytest.raises(TypeError, match="raw request body"):
        WebhookRouter(SECRET).handle({"event": "message.received"}, None)


# Where the signature stands.


def http_message(name, value):
    message = HTTPMessage()
    message["Host"] = "example.com"
    message[name] = value
    return message


def email_message(name, value):
    message = Message()
    message[name] = value
    return message


def environ(name, value):
    return {
        "REQUEST_METHOD": "POST",
        "CONTENT_LENGTH": "5",
        "wsgi.version": (1, 0),
        "wsgi.input": None,
        f"HTTP_{name.upper().replace('-', '_')}": value,
    }


NAME = "X-Webhook-Signature"
OTHER = "sha256=" + "0" * 64
FORMS = {
    "str": lambda value: value,
    "bytes": lambda value: value.encode(),
    "dict": lambda value: {"Host": "example.com", NAME: value},
    "dict in lower case": lambda value: {NAME.lower(): value},
    "dict in upper case": lambda value: {NAME.upper(): value},
    "dict in mixed case": lambda value: {"x-WEBHOOK-signature": value},
    "dict of bytes": lambda value: {NAME.encode(): value.encode()},
    "dict of lists, as AWS": lambda value: {"host": ["example.com"], NAME.lower(): [value]},
    "dict of tuples": lambda value: {NAME: (value,)},
    "WSGI environ": lambda value: environ(NAME, value),
    "Django META": lambda value: {"SERVER_NAME": "example.com", "HTTP_X_WEBHOOK_SIGNATURE": value},
    "mapping proxy": lambda value: types.MappingProxyType({NAME: value}),
    "Starlette": lambda value: StarletteHeaders({"host": "example.com", NAME: value}),
    "Starlette, mutable": lambda value: MutableHeaders(raw=[(NAME.lower().encode(), value.encode())]),
    "Werkzeug": lambda value: WerkzeugHeaders([("Host", "example.com"), (NAME, value)]),
    "Flask": lambda value: EnvironHeaders(environ(NAME, value)),
    "httpx": lambda value: httpx.Headers({NAME: value}),
    "http.client": lambda value: http_message(NAME, value),
    "email": lambda value: email_message(NAME.lower(), value),
    "pairs": lambda value: [("Host", "example.com"), (NAME, value)],
    "pairs of bytes, as ASGI": lambda value: [(b"host", b"x"), (NAME.lower().encode(), value.encode())],
    "pairs as lists": lambda value: [["Host", "example.com"], [NAME, value]],
    "tuple of pairs": lambda value: ((NAME, value),),
    "generator of pairs": lambda value: (pair for pair in [("a", "b"), (NAME, value)]),
    "items of a dict": lambda value: {NAME: value}.items(),
    "first of two": lambda value: [(NAME, value), (NAME, OTHER)],
    "second of two": lambda value: [(NAME, OTHER), (NAME.lower(), value)],
    "the same twice": lambda value: [(NAME, value), (NAME, value)],
    "the same twice, as ASGI": lambda value: [(NAME.lower().encode(), value.encode())] * 2,
    "bytes beside a str": lambda value: [(NAME, OTHER), (NAME.encode(), value.encode())],
    "last of four": lambda value: [*[(NAME, OTHER)] * 3, (NAME, value)],
    "joined by a comma": lambda value: environ(NAME, f"{value},{value}"),
    "joined by a comma and a space": lambda value: {NAME: f"{OTHER}, {value}"},
    "joined, as bytes": lambda value: [(NAME.lower().encode(), f"{value},{OTHER}".encode())],
    "joined, alone": lambda value: f"{OTHER},{value}",
    "list of two": lambda value: {NAME: [OTHER, value]},
    "list with nothing": lambda value: {NAME: [None, value]},
    "one beside a list": lambda value: [(NAME, OTHER), (NAME, [value])],
    "underscores alone": lambda value: {"X_Webhook_Signature": value},
    "underscores, twice": lambda value: [("x_webhook_signature", OTHER), ("X_Webhook_Signature", value)],
    "underscores before it": lambda value: [("X_Webhook_Signature", OTHER), (NAME, value)],
    "underscores behind it": lambda value: [(NAME, value), ("x_webhook_signature", "")],
    "many underscores before it": lambda value: [*[("X_Webhook_Signature", OTHER)] * 9, (NAME, value)],
    "underscores, as ASGI": lambda value: [
        (b"x_webhook_signature", OTHER.encode()),
        (NAME.lower().encode(), value.encode()),
    ],
    "nothing beside it": lambda value: [(NAME, None), (NAME, value)],
    "with white space": lambda value: {NAME: f" {value}\r\n"},
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_signature_is_found_in_headers_of_every_form(form):
    router, body = WebhookRouter(SECRET), event_body()
    assert router.handle(body, form(sign_webhook(body, SECRET))).id == "evt_1"
    with pytest.raises(WebhookSignatureError):
        router.handle(body, form(sign_webhook(body, "another")))


@pytest.mark.parametrize(
    "headers", [{}, [], (), None, "", b"", {NAME: None}, {NAME: []}, StarletteHeaders({})]
)
def test_headers_without_a_signature_are_a_signature_error(headers):
    with pytest.raises(WebhookSignatureError):
        WebhookRouter(SECRET).handle(event_body(), headers)


@pytest.mark.parametrize(
    "headers", [5, True, object(), [5], ["a", "b"], [("a",)], bytearray(b"sha256="), {NAME: 5}]
)
def test_what_are_not_headers_is_a_mistake_of_the_caller(headers):
    with pytest.raises(TypeError, match=r"^(headers|signature) must be"):
        WebhookRouter(SECRET).handle(event_body(), headers)


@pytest.mark.parametrize(
    "headers",
    [
        lambda value: [*[(NAME, OTHER)] * 32, (NAME, value)],
        lambda value: {NAME: ",".join([OTHER] * 32 + [value])},
        lambda value: {NAME: [OTHER] * 32 + [value]},
        lambda value: [(NAME, OTHER), ("X_Webhook_Signature", value)],
    ],
    ids=["pairs", "joined", "list", "underscores beside a real one"],
)
def test_what_stands_behind_many_or_under_another_name_does_not_count(headers):
    body = event_body()
    with pytest.raises(WebhookSignatureError):
        WebhookRouter(SECRET).handle(body, headers(sign_webhook(body, SECRET)))


@pytest.mark.parametrize(
    "headers",
    [
        lambda value: [(NAME, ""), (NAME, ""), (NAME, value)],
        lambda value: [(NAME, ""), ("X_Webhook_Signature", value)],
        lambda value: MultiDict([(NAME, OTHER), (NAME, value)]),
        lambda value: CombinedMultiDict([MultiDict([(NAME, OTHER)]), MultiDict([(NAME, value)])]),
        lambda value: WerkzeugHeaders([(NAME, OTHER), (NAME, value)]),
        lambda value: MultiValueDict({NAME: [value, OTHER]}),
        lambda value: StarletteHeaders(
            raw=[(b"x-webhook-signature", one.encode()) for one in (OTHER, value)]
        ),
    ],
)
def test_signature_that_fits_is_found_among_others(headers):
    body = event_body()
    assert WebhookRouter(SECRET).handle(body, headers(sign_webhook(body, SECRET))).id == "evt_1"
