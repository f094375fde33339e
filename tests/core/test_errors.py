"""Every failure is a TitanError that can be logged, pickled and copied."""

from __future__ import annotations

import copy
import inspect
import io
import json
import pickle
import traceback

import httpx
import pytest

import titan
from tests.support.fake_server import API_KEY, FakeServer, json_response
from titan import errors
from titan.errors import (
    APIConnectionError,
    APIResponseError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadGatewayError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    NotFoundError,
    NotOnWhatsAppError,
    PairingError,
    PermissionDeniedError,
    RateLimit,
    RateLimitError,
    ServerError,
    ServiceUnavailableError,
    TitanDeprecationWarning,
    TitanError,
    TitanSecurityWarning,
    TitanWarning,
    WebhookError,
    WebhookInProgressError,
    WebhookPayloadError,
    WebhookSignatureError,
)

REQUEST = {"method": "POST", "route": "/api/messages/send"}
STATUS = {
    **REQUEST,
    "status_code": 429,
    "docs_url": "https://docs.example.com/x",
    "headers": httpx.Headers({"Retry-After": "7", "X-RateLimit-Limit": "60"}),
    "body": b'{"error": "x"}',
    "hint": "look elsewhere",
    "maybe_processed": True,
}
EXAMPLES = [
    TitanError("x", **REQUEST, maybe_processed=True),
    ConfigurationError("x"),
    APIConnectionError("x", **REQUEST, maybe_processed=True),
    APITimeoutError("x", **REQUEST, maybe_processed=True),
    APIResponseError("x", **REQUEST, status_code=201, body=b"<html>"),
    *(
        kind("x", **STATUS)
        for kind in (
            APIStatusError,
            BadRequestError,
            AuthenticationError,
            PermissionDeniedError,
            NotFoundError,
            ConflictError,
            RateLimitError,
            ServerError,
            BadGatewayError,
            ServiceUnavailableError,
        )
    ),
    PairingError("x", session="s", reason="QR_TIMEOUT"),
    NotOnWhatsAppError("x", phone_number="+5511999999999"),
    WebhookError("x"),
    WebhookSignatureError("x"),
    WebhookInProgressError("x"),
    WebhookPayloadError("x"),
]


def test_tree():
    tree = {
        TitanError: Exception,
        APIConnectionError: TitanError,
        APITimeoutError: APIConnectionError,
        APIResponseError: TitanError,
        APIStatusError: TitanError,
        BadRequestError: APIStatusError,
        AuthenticationError: APIStatusError,
        PermissionDeniedError: APIStatusError,
        NotFoundError: APIStatusError,
        ConflictError: APIStatusError,
        RateLimitError: APIStatusError,
        ServerError: APIStatusError,
        BadGatewayError: ServerError,
        ServiceUnavailableError: ServerError,
        PairingError: TitanError,
        NotOnWhatsAppError: TitanError,
        WebhookError: TitanError,
        WebhookSignatureError: WebhookError,
        WebhookInProgressError: WebhookError,
        WebhookPayloadError: WebhookError,
    }
    assert {kind: kind.__base__ for kind in tree} == tree
    assert ConfigurationError.__bases__ == (TitanError, ValueError)
    assert TitanDeprecationWarning.__bases__ == (TitanWarning, FutureWarning)
    assert TitanSecurityWarning.__base__ is TitanWarning
    assert TitanWarning.__base__ is UserWarning


def test_examples_are_all_errors_there_are_and_the_package_exports_them():
    kinds = {kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, TitanError)}
    assert {type(example) for example in EXAMPLES} == kinds
    for kind in (*kinds, TitanWarning, TitanSecurityWarning, TitanDeprecationWarning):
        assert getattr(titan, kind.__name__) is kind


@pytest.mark.parametrize(
    "duplicate",
    [
        copy.copy,
        copy.deepcopy,
        *(
            lambda error, protocol=protocol: pickle.loads(pickle.dumps(error, protocol))
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
        ),
    ],
)
@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_errors_pickle_and_copy(error, duplicate):
    double = duplicate(error)
    assert type(double) is type(error)
    assert vars(double) == vars(error)
    assert (double.args, str(double), repr(double)) == (error.args, str(error), repr(error))
    for name in ("rate_limit", "retry_after"):
        assert getattr(double, name, None) == getattr(error, name, None)


def test_error_of_a_real_answer_pickles(connect, clock):
    answer = json_response(
        {"error": "slow down", "docs": "https://docs.example.com"}, 429, {"Retry-After": "9"}
    )
    with pytest.raises(RateLimitError) as caught:
        connect(FakeServer(answer), max_retries=0).sessions.list()
    double = pickle.loads(pickle.dumps(caught.value))
    assert vars(double) == vars(caught.value)
    assert double.headers["retry-after"] == "9"
    assert API_KEY.encode() not in pickle.dumps(caught.value)


# Text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no chat 5511999999999@s.whatsapp.net", "no chat …@s.whatsapp.net"),
        ("+5511999999999", "+…"),
        ("1234567", "…"),
        ("123456", "123456"),
        ("titan_abc.DEF-9_x is unknown", "titan_… is unknown"),
        ("titan_ct_eyJhbGciOi.x.y!", "titan_…!"),
        ("titan_abc+DEF/xyz==, unknown", "titan_…, unknown"),
        ("key 0123abcd0123ABCD0123abcd0123abcd", "key …"),
        ("call +55 (11) 99999-9999 now", "call +… now"),
        ("at 2025-05-01 12:05:00, from 127.0.0.1", "at 2025-05-01 12:05:00, from 127.0.0.1"),
        ("a12345678b", "a…b"),
        ("titan_", "titan_"),
        ("session my-session", "session my-session"),
    ],
)
def test_text_masks_long_numbers_and_keys(connect, text, shown):
    server = FakeServer(json_response({"error": text}, 400))
    with pytest.raises(BadRequestError) as caught:
        connect(server).sessions.list()
    error = caught.value
    assert str(error) == f"{shown} (400 to GET /api/sessions)"
    assert repr(error) == f"BadRequestError({str(error)!r})"
    assert error.message == shown
    assert error.args[0] == shown
    assert error.body == server.answers[0].content


@pytest.mark.parametrize(
    "kind", [TitanError, ConfigurationError, APIConnectionError, PairingError, WebhookError]
)
def test_every_kind_masks(kind):
    error = kind("5511999999999 titan_secret")
    assert str(error) == "… titan_…"
    assert repr(error) == f"{kind.__name__}('… titan_…')"
    assert (error.message, error.args) == ("… titan_…", ("… titan_…",))


def test_page_about_the_error_is_masked_and_stands_raw_in_the_body(connect):
    docs = "https://docs.example.com/errors?for=5511999999999"
    with pytest.raises(ConflictError) as caught:
        connect(FakeServer(json_response({"error": "exists", "docs": docs}, 409))).sessions.list()
    assert caught.value.docs_url == "https://docs.example.com/errors?for=…"
    assert docs.encode() in caught.value.body
    assert str(caught.value) == (
        "exists (409 to GET /api/sessions); see https://docs.example.com/errors?for=…"
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"error": "what happened"}', "what happened"),
        (b'{"error": "what happened", "docs": 5}', "what happened"),
        (b"", "Bad Gateway"),
        (b"<html><h1>502</h1></html>", "Bad Gateway"),
        (b'{"error": ""}', "Bad Gateway"),
        (b'{"error": null}', "Bad Gateway"),
        (b'{"error": {"code": 1}}', "Bad Gateway"),
        (b'{"message": "other"}', "Bad Gateway"),
        (b'["error"]', "Bad Gateway"),
        (b'"error"', "Bad Gateway"),
        (b'{"error": "cut', "Bad Gateway"),
        (b"\xff\xfe\x00", "Bad Gateway"),
        (b"[" * 100_000, "Bad Gateway"),
        (b'{"error": "\\ud800"}', "?"),
        (b'\xef\xbb\xbf{"error": "with a mark"}', "with a mark"),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_error_body_of_any_form(connect, clock, body, message):
    server = FakeServer(httpx.Response(502, headers={"Content-Type": "application/json"}, content=body))
    with pytest.raises(BadGatewayError) as caught:
        connect(server).sessions.list()
    error = caught.value
    assert (error.message, error.body, error.docs_url) == (message, body, None)
    assert str(error) == f"{message} (502 to GET /api/sessions)"


@pytest.mark.parametrize("status", [299 + 300, 499, 430])
def test_status_without_a_name_has_a_message(connect, status):
    with pytest.raises(APIStatusError, match="unknown status") as caught:
        connect(FakeServer(httpx.Response(status)), max_retries=0).sessions.list()
    assert caught.value.status_code == status


def test_response_error_says_that_the_request_was_probably_carried_out(connect):
    server = FakeServer(httpx.Response(201, content=b"<!DOCTYPE html><p>5511999999999"))
    with pytest.raises(APIResponseError) as caught:
        connect(server).sessions.create({"name": "s"})
    assert str(caught.value) == (
        "the server answered 201, so the request was probably carried out, but its body is HTML "
        "(POST /api/sessions)"
    )
    assert (caught.value.status_code, caught.value.maybe_processed) == (201, True)
    assert caught.value.body == b"<!DOCTYPE html><p>5511999999999"


def test_connection_error_names_its_cause_and_has_it(connect, http_library):
    cause = http_library.ConnectError("[Errno 111] Connection refused")
    with pytest.raises(APIConnectionError) as caught:
        connect(FakeServer(cause), max_retries=0).sessions.list()
    assert str(caught.value) == "ConnectError: [Errno 111] Connection refused (GET /api/sessions)"
    assert caught.value.__cause__ is cause


def test_timeout_without_words_says_what_it_is(connect):
    with pytest.raises(APITimeoutError, match="ReadTimeout: no response in time"):
        connect(FakeServer(httpx.ReadTimeout("")), max_retries=0).sessions.list()


# What else an error carries


@pytest.mark.parametrize(
    ("headers", "limit"),
    [
        ({}, RateLimit(None, None)),
        ({"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "0"}, RateLimit(60, 0)),
        ({"x-ratelimit-limit": "60"}, RateLimit(60, None)),
        ({"X-RateLimit-Limit": "many", "X-RateLimit-Remaining": "-1"}, RateLimit(None, None)),
        ({"X-RateLimit-Limit": "", "X-RateLimit-Remaining": "1.5"}, RateLimit(None, None)),
        ({"X-RateLimit-Limit": "9" * 5000}, RateLimit(None, None)),
    ],
    ids=lambda value: str(value)[:60],
)
def test_rate_limit_of_errors_and_responses(connect, headers, limit):
    with pytest.raises(BadRequestError) as caught:
        connect(FakeServer(httpx.Response(400, headers=headers))).sessions.list()
    assert caught.value.rate_limit == limit
    client = connect(FakeServer(json_response([], headers=headers)))
    assert client.with_response(client.sessions.list).rate_limit == limit


@pytest.mark.parametrize(
    ("call", "is_inferred"),
    [
        (lambda client: client.sessions.stop("s"), True),
        (lambda client: client.profile.get("s"), True),
        (lambda client: client.lids.get("s", "1@lid"), True),
        (lambda client: client.sessions.get("s"), False),
        (lambda client: client.messages.send("s", {"chatId": "1@g.us", "type": "text", "text": "x"}), False),
        (lambda client: client.request("GET", "/api/x"), False),
    ],
)
@pytest.mark.parametrize(
    ("status", "is_about_routes"), [(404, True), (405, True), (400, False), (500, False)]
)
def test_404_and_405_to_an_inferred_route_name_the_way_out(
    connect, clock, call, is_inferred, status, is_about_routes
):
    with pytest.raises(APIStatusError) as caught:
        call(connect(FakeServer(httpx.Response(status))))
    has_hint = "client.request(...)" in str(caught.value)
    assert has_hint is (is_inferred and is_about_routes)
    assert "client.request" not in caught.value.message


def test_send_by_client_token_is_inferred_too(connect):
    client = connect(FakeServer(httpx.Response(404)), client_token="titan_ct_" + "t" * 30)
    with pytest.raises(NotFoundError, match=r"client\.request"):
        client.messages.send("s", {"chatId": "1@g.us", "type": "text", "text": "x"})


# No other exception


def raise_for_status(response):
    response.raise_for_status()


@pytest.mark.parametrize("status", [301, 404, 500])
def test_traceback_of_an_event_hooks_error_shows_no_url(status):
    server = FakeServer(httpx.Response(status, headers={"Location": "https://api.example.com/5511999999999"}))
    hooks = {"response": [raise_for_status]}
    with httpx.Client(transport=httpx.MockTransport(server), event_hooks=hooks) as http:
        client = titan.TitanClient("https://api.example.com", API_KEY, http_client=http, max_retries=0)
        with pytest.raises(APIStatusError) as caught:
            client.contacts.get("s", "5511999999999@s.whatsapp.net")
    error = caught.value
    # Frames show source lines, and those of this test hold the number.
    shown = "".join(line for line in traceback.format_exception(type(error), error, None))
    assert "for url" not in shown
    assert "5511999999999" not in shown


@pytest.mark.parametrize(
    "headers",
    [
        [(b"Content-Type", b"\xff\xfe")],
        [(b"Retry-After", b"\xff")],
        [(b"X-RateLimit-Limit", b"\xb2")],
        [(b"Content-Encoding", b"nonsense")],
        [(b"Set-Cookie", b"\xff=\xff; expires=never; Max-Age=x")],
        [(b"Content-Type", b"application/json; charset=no-such")],
    ],
)
@pytest.mark.parametrize("status", [200, 429])
def test_headers_of_any_bytes_break_nothing(connect, clock, headers, status):
    server = FakeServer(httpx.Response(status, headers=headers, content=b"[]"))
    client = connect(server, max_retries=1)
    if status == 200:
        assert client.sessions.list() == []
        assert client.with_response(client.sessions.list).data == []
    else:
        with pytest.raises(RateLimitError):
            client.sessions.list()


HALF = "\ud83d"  # of an emoji that a server cut in two
CUT = [
    pytest.param(lambda connect: TitanError(f"Hi {HALF}!"), id="message"),
    pytest.param(lambda connect: TitanError(f"{HALF} é 😀 \udfff"), id="beside whole characters"),
    pytest.param(
        lambda connect: NotFoundError("x", **{**STATUS, "docs_url": f"https://{HALF}"}), id="docs_url"
    ),
    pytest.param(lambda connect: ServerError("x", **{**STATUS, "hint": HALF}), id="hint"),
    pytest.param(lambda connect: TitanError("x", method="GET", route=f"/api/{HALF}"), id="route"),
    pytest.param(lambda connect: PairingError("x", session="s", reason=f"NEW_{HALF}"), id="reason"),
    pytest.param(
        lambda connect: answered(connect, b'{"error": "no \\ud83d here", "docs": "https://x/\\udfff"}', 404),
        id="status",
    ),
    pytest.param(
        lambda connect: answered(connect, b'{"error": "no \\ud83d here"}', 200), id="failed with 200"
    ),
]


def answered(connect, body, status):
    reply = httpx.Response(status, content=body, headers={"Content-Type": "application/json"})
    with pytest.raises(TitanError) as caught:
        connect(FakeServer(reply)).sessions.list()
    assert "no ? here" in str(caught.value)
    return caught.value


@pytest.mark.parametrize("make", CUT)
def test_a_lone_surrogate_from_the_server_does_not_break_what_prints_or_stores_the_error(connect, make):
    error = make(connect)
    for shown in (error, type(error)(*error.args), pickle.loads(pickle.dumps(error))):
        with io.TextIOWrapper(io.BytesIO(), encoding="utf-8") as stream:
            print(shown, repr(shown), shown.message, shown.args, file=stream)
            print(getattr(shown, "docs_url", None), getattr(shown, "reason", None), file=stream)
            print("".join(traceback.format_exception(type(shown), shown, None)), file=stream, flush=True)
            assert b"?" in stream.buffer.getvalue()
        stored = json.dumps(shown.args, ensure_ascii=False).encode("utf-8")
        assert str(type(error)(*json.loads(stored))) == str(error)


def test_whole_characters_of_any_script_stay_as_they_are():
    text = "não há 会话 😀 \ufffd"
    assert TitanError(text).message == str(TitanError(text)) == text
