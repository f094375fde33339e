"""A router as WSGI and ASGI app: what a server does not show."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import threading
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from tests.support.deliveries import SECRET, message_body
from tests.support.endpoints import DONE, LIMIT
from titan import WebhookRouter, WebhookSignatureError, sign_webhook


def router_with(*handlers, **options):
    router = WebhookRouter(SECRET, **options)
    for handler in handlers:
        router.on("*")(handler)
    return router


def call_asgi(app, messages, method="POST", headers=(), kind="http"):
    """Give an ASGI app these messages; the ones that it sent."""
    sent, left = [], list(messages)
    scope = {"type": kind, "asgi": {"version": "3.0"}, "path": "/", "headers": headers}
    if kind == "http":
        scope["method"] = method

    async def receive():
        assert left, "the app asked for more than there is"
        return left.pop(0)

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    assert left == [], "the app did not ask for all"
    return sent


def request_of(*pieces):
    return [
        {"type": "http.request", "body": piece, "more_body": number < len(pieces)}
        for number, piece in enumerate(pieces, 1)
    ]


def asgi_headers(body, **more):
    headers = {"x-webhook-signature": sign_webhook(body, SECRET), **more}
    return [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]


def call_wsgi(app, environ):
    started = []
    base = {"REQUEST_METHOD": "POST", "wsgi.input": io.BytesIO()}
    body = b"".join(app({**base, **environ}, lambda *arguments: started.append(arguments)))
    ((status, headers),) = started
    return status, dict(headers), body


class Input:
    """A WSGI input that fails where more is asked for than the server says there is."""

    def __init__(self, body, most_at_once=1 << 16):
        self.left = io.BytesIO(body)
        self.most_at_once = most_at_once
        self.given = 0

    def read(self, size):
        assert 0 < size <= self.most_at_once
        piece = self.left.read(size)
        self.given += len(piece)
        return piece


def test_asgi_body_comes_in_pieces_and_with_fields_left_out():
    called, body = [], message_body()
    messages = [{"type": "http.request", "body": body[:3], "more_body": True}, *request_of(b"", body[3:])]
    messages[1].pop("body")
    messages[2].pop("more_body")
    sent = call_asgi(router_with(called.append).asgi_app(), messages, headers=asgi_headers(body))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert (sent[0]["status"], json.loads(sent[1]["body"])) == (200, DONE)
    assert len(called) == 1


def test_asgi_headers_may_be_any_iterable_of_pairs():
    body = message_body()
    sent = call_asgi(
        router_with().asgi_app(), request_of(body), headers=(list(pair) for pair in asgi_headers(body))
    )
    assert sent[0]["status"] == 200


def test_asgi_answer_to_head_has_no_body():
    start, body = call_asgi(router_with().asgi_app(), [], method="HEAD")
    assert (start["status"], body["body"]) == (405, b"")
    assert int(dict(start["headers"])[b"content-length"]) > 0


@pytest.mark.parametrize("before", [0, 1])
def test_asgi_client_that_leaves_while_it_sends_is_not_answered(before):
    called, body = [], message_body()
    messages = [{"type": "http.request", "body": body, "more_body": True}] * before
    app = router_with(called.append).asgi_app()
    assert call_asgi(app, [*messages, {"type": "http.disconnect"}], headers=asgi_headers(body)) == []
    assert called == []


@pytest.mark.parametrize(
    ("declared", "status"),
    [
        ("11", 413),
        ("9" * 5000, 413),
        ("0" * 5000 + "11", 413),
        ("ten", 400),
        ("-1", 400),
        ("١", 400),
        ("²", 400),
    ],
    ids=lambda value: str(value)[:9],
)
def test_body_that_is_not_worth_reading_is_not_read(declared, status):
    app = router_with().asgi_app(max_bytes=10)
    headers = [(b"content-length", declared.encode("utf-8"))]
    assert call_asgi(app, [], headers=headers)[0]["status"] == status
    environ = {"CONTENT_LENGTH": declared, "wsgi.input": None}
    assert call_wsgi(router_with().wsgi_app(max_bytes=10), environ)[0].startswith(str(status))


def test_leading_zeros_of_a_length_do_not_count():
    body = message_body()
    length = str(len(body)).zfill(5000)
    assert call_asgi(
        router_with().asgi_app(), request_of(body), headers=asgi_headers(body, content_length=length)
    )[0]["status"] == 200  # fmt: skip


def test_asgi_body_is_read_up_to_the_limit_and_no_further():
    messages = request_of(b" " * 6, b" " * 4, b" ", b" " * 100)
    assert call_asgi(router_with().asgi_app(max_bytes=10), messages[:3])[0]["status"] == 413


def test_asgi_body_shorter_than_declared_is_400():
    called, body = [], message_body()
    headers = asgi_headers(body, content_length=str(len(body) + 1))
    assert (
        call_asgi(router_with(called.append).asgi_app(), request_of(body), headers=headers)[0]["status"]
        == 400
    )
    assert called == []


def test_asgi_lifespan_is_answered():
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    assert call_asgi(router_with().asgi_app(), messages, kind="lifespan") == [
        {"type": "lifespan.startup.complete"},
        {"type": "lifespan.shutdown.complete"},
    ]


def test_asgi_websocket_is_refused():
    assert call_asgi(router_with().asgi_app(), [], kind="websocket") == [{"type": "websocket.close"}]


def test_asgi_scope_of_another_type_is_an_error():
    with pytest.raises(ValueError, match=r"webhooks do not come by carrier\.pigeon"):
        call_asgi(router_with().asgi_app(), [], kind="carrier.pigeon")


def test_asgi_handler_runs_in_a_worker_thread():
    threads, body = [], message_body()
    app = router_with(lambda event: threads.append(threading.current_thread())).asgi_app()
    call_asgi(app, request_of(body), headers=asgi_headers(body))
    assert threads != [threading.current_thread()]


@pytest.mark.parametrize(
    "error", [ValueError, StopIteration, StopAsyncIteration, RecursionError, TimeoutError]
)
def test_whatever_exception_a_handler_raises_is_500(error):
    def fails(event):
        raise error

    body = message_body()
    router = router_with(fails)
    assert call_asgi(router.asgi_app(), request_of(body), headers=asgi_headers(body))[0]["status"] == 500
    environ = {
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "HTTP_X_WEBHOOK_SIGNATURE": sign_webhook(body, SECRET),
    }
    assert call_wsgi(router.wsgi_app(), environ)[0] == "500 Internal Server Error"


def test_webhook_error_of_a_handler_is_its_failure_and_not_the_senders():
    inner = router_with()
    router, body = router_with(lambda event: inner.handle(b"{}", None)), message_body()
    assert call_asgi(router.asgi_app(), request_of(body), headers=asgi_headers(body))[0]["status"] == 500
    with pytest.raises(WebhookSignatureError):
        router.handle(body, sign_webhook(body, SECRET))


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_end_of_the_program_is_not_an_answer(error):
    def ends(event):
        raise error

    body = message_body()
    environ = {
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "HTTP_X_WEBHOOK_SIGNATURE": sign_webhook(body, SECRET),
    }
    with pytest.raises(error):
        call_wsgi(router_with(ends).wsgi_app(), environ)


def wsgi_environ(body, **more):
    return {"wsgi.input": Input(body), "HTTP_X_WEBHOOK_SIGNATURE": sign_webhook(body, SECRET), **more}


def test_wsgi_input_is_never_read_past_content_length():
    body = message_body()
    environ = wsgi_environ(body, CONTENT_LENGTH=str(len(body)))
    environ["wsgi.input"] = Input(body + b"POST / HTTP/1.1", most_at_once=len(body))
    assert call_wsgi(router_with().wsgi_app(), environ)[0] == "200 OK"
    assert environ["wsgi.input"].given == len(body)


@pytest.mark.parametrize("absent", [{}, {"CONTENT_LENGTH": ""}, {"CONTENT_LENGTH": None}])
def test_wsgi_input_of_unknown_length_is_read_only_where_it_ends_by_itself(absent):
    body = message_body()
    ends = wsgi_environ(body, **absent, **{"wsgi.input_terminated": True})
    assert call_wsgi(router_with().wsgi_app(), ends)[0] == "200 OK"
    open_ended = wsgi_environ(body, **absent)
    assert call_wsgi(router_with().wsgi_app(), open_ended)[0] == "401 Unauthorized"
    assert open_ended["wsgi.input"].given == 0


def test_wsgi_input_without_a_length_is_read_one_byte_past_the_limit_at_most():
    environ = wsgi_environ(b" " * 1000, **{"wsgi.input_terminated": True})
    assert call_wsgi(router_with().wsgi_app(max_bytes=100), environ)[0].startswith("413 ")
    assert environ["wsgi.input"].given == 101


def test_wsgi_connection_that_breaks_while_it_is_read_is_400():
    class Broken:
        def read(self, size):
            raise ConnectionResetError

    environ = wsgi_environ(b"", CONTENT_LENGTH="5")
    environ["wsgi.input"] = Broken()
    assert call_wsgi(router_with().wsgi_app(), environ)[0] == "400 Bad Request"


@pytest.mark.parametrize("method", ["POST", "GET", "HEAD"])
@pytest.mark.parametrize(
    "body", [message_body(), b"[]", b" " * (LIMIT + 1)], ids=["an event", "no event", "too large"]
)
@pytest.mark.parametrize("secret", [SECRET, "another secret"], ids=["signed", "forged"])
def test_wsgi_app_keeps_to_the_standard(method, body, secret):
    environ = {"REQUEST_METHOD": method, "QUERY_STRING": "", "CONTENT_LENGTH": str(len(body))}
    environ.update({"wsgi.input": io.BytesIO(body), "HTTP_X_WEBHOOK_SIGNATURE": sign_webhook(body, secret)})
    setup_testing_defaults(environ)
    started = []
    answer = validator(router_with().wsgi_app(max_bytes=LIMIT))(environ, lambda *call: started.append(call))
    assert (len(b"".join(answer)) > 0) is (method != "HEAD")
    answer.close()
    assert len(started) == 1


def test_limit_is_1_mib_by_default():
    large = message_body().ljust(1024 * 1024)
    for body, status in ((large, 200), (large + b" ", 413)):
        messages = request_of(body)
        assert (
            call_asgi(router_with().asgi_app(), messages, headers=asgi_headers(body))[0]["status"] == status
        )
        environ = wsgi_environ(body, CONTENT_LENGTH=str(len(body)))
        assert call_wsgi(router_with().wsgi_app(), environ)[0].startswith(str(status))


@pytest.mark.parametrize("limit", [0, -1])
def test_limit_that_lets_nothing_through_is_refused(limit):
    for build in (router_with().wsgi_app, router_with().asgi_app):
        with pytest.raises(ValueError, match="max_bytes must be positive"):
            build(max_bytes=limit)


def test_log_of_a_failure_says_where_it_was_and_nothing_of_the_event(caplog):
    caplog.set_level(logging.DEBUG)

    def handler_that_fails(event):
        try:
            raise KeyError(event.payload["text"])
        except KeyError as error:
            raise ValueError(f"{event.payload['from']} wrote {event.payload['text']}, {SECRET}") from error

    body = message_body("evt_5511999999999_1", text="Pssst!", **{"from": "5511999999999@s.whatsapp.net"})
    environ = wsgi_environ(body, CONTENT_LENGTH=str(len(body)))
    status, _, answer = call_wsgi(router_with(handler_that_fails).wsgi_app(), environ)
    assert status == "500 Internal Server Error"
    (record,) = [record for record in caplog.records if record.name == "titan"]
    assert record.levelno == logging.ERROR
    for told in ("message.received", "evt_", "ValueError", "handler_that_fails", os.path.basename(__file__)):
        assert told in record.getMessage()
    for private in ("Pssst", "5511999999999", SECRET):
        assert private not in caplog.text
        assert private not in answer.decode()
    assert (record.exc_info, record.exc_text, record.stack_info) == (None, None, None)
