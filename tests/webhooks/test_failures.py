"""Whom a router tells of failures, and what error trackers find of a delivery in the frames of ours."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.deliveries import SECRET, RecordingStore, message_body, signed
from tests.support.endpoints import call_asgi, call_wsgi
from tests.support.tracebacks import frames_of
from titan import WebhookError, WebhookRouter, WebhookSignatureError, sign_webhook

NUMBER = "5511999998888"
TEXT = "meet me at the old harbour"
BODY = message_body(f"evt_{NUMBER}", text=TEXT, **{"from": f"{NUMBER}@s.whatsapp.net"})
SIGNATURE = sign_webhook(BODY, SECRET)
DIGITS = SIGNATURE[len("sha256=") :]


def handle(router, body=BODY, headers=None):
    return router.handle(body, signed(body) if headers is None else headers)


def over_wsgi(router, body=BODY, headers=None):
    return call_wsgi(router.wsgi_app(), body, signed(body) if headers is None else headers)


def over_asgi(router, body=BODY, headers=None):
    return call_asgi(router.asgi_app(), body, signed(body) if headers is None else headers)


WAYS = {"handle": handle, "WSGI": over_wsgi, "ASGI": over_asgi}
each_way = pytest.mark.parametrize("deliver_by", WAYS.values(), ids=WAYS)


class Failing:
    """Fails in one place, as a handler, store or surrounding."""

    def __init__(self, place, error):
        self.place, self.error = place, error
        self.store = RecordingStore()
        if place in ("claim", "finish", "release"):
            setattr(self.store, place, self.fail)

    def fail(self, *arguments):
        raise self.error

    def handler(self, event):
        if self.place in ("handler", "release"):
            raise self.error

    def __enter__(self):
        if self.place == "enter":
            raise self.error

    def __exit__(self, *error):
        if self.place == "leave":
            raise self.error

    def router(self, **options):
        router = WebhookRouter(SECRET, seen=self.store, around=self, **options)
        router.on("*")(self.handler)
        return router


PLACES = ["handler", "claim", "enter", "leave", "finish", "release"]


@each_way
@pytest.mark.parametrize("place", PLACES)
def test_every_failure_of_a_delivery_is_told_while_it_is_being_handled(deliver_by, place):
    told, error = [], ValueError("why")
    router = Failing(place, error).router(on_error=lambda *both: told.append((*both, sys.exc_info()[1])))
    with contextlib.suppress(ValueError):
        deliver_by(router)
    assert len(told) == (2 if place == "release" else 1)
    for event, given, current in told:
        assert event.id == f"evt_{NUMBER}"
        assert given is current is error


@pytest.mark.parametrize("place", ["handler", "claim", "leave"])
def test_handle_raises_what_it_told(place):
    told, error = [], LookupError("why")
    with pytest.raises(LookupError) as caught:
        handle(Failing(place, error).router(on_error=lambda event, error: told.append(error)))
    assert told == [caught.value]
    assert caught.value is error


@each_way
@pytest.mark.parametrize(
    ("body", "headers"), [(BODY, {}), (BODY, {"X-Webhook-Signature": "sha256=0"}), (b"[]", None)]
)
def test_refused_delivery_is_no_failure(deliver_by, body, headers):
    told = []
    router = WebhookRouter(SECRET, on_error=lambda *both: told.append(both))
    with contextlib.suppress(WebhookError):
        deliver_by(router, body, headers)
    assert told == []


@each_way
def test_event_that_is_being_handled_is_no_failure(deliver_by, caplog):
    store, told = RecordingStore(), []
    store.running[f"evt_{NUMBER}"] = "another"
    with contextlib.suppress(WebhookError):
        assert deliver_by(WebhookRouter(SECRET, seen=store, on_error=lambda *both: told.append(both))) == 503
    assert (told, caplog.records) == ([], [])


@pytest.mark.parametrize("error", [KeyboardInterrupt, GeneratorExit])
def test_end_of_the_program_is_not_told(error):
    told = []
    router = Failing("handler", error).router(on_error=lambda *both: told.append(both))
    with pytest.raises(error):
        handle(router)
    assert told == []


class Timeout(BaseException):
    """As gevent's, which is no Exception."""


@pytest.mark.parametrize("error", [SystemExit, asyncio.CancelledError, Timeout, KeyboardInterrupt])
@pytest.mark.parametrize("place", ["handler", "enter", "claim"])
@pytest.mark.parametrize("deliver_by", [over_wsgi, over_asgi])
def test_whatever_a_handler_raises_in_a_thread_is_its_failure_and_answered(deliver_by, place, error, caplog):
    told = []
    router = Failing(place, error()).router(on_error=lambda event, failure: told.append(type(failure)))
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(deliver_by, router).result() == 500
    assert told == ([error] if error is not KeyboardInterrupt else [])
    assert error.__name__ in caplog.text or error is KeyboardInterrupt


@each_way
@pytest.mark.parametrize("error", [ValueError, ConnectionError, KeyError])
def test_failure_of_on_error_is_logged_and_changes_nothing(deliver_by, error, caplog):
    def fails(event, first):
        raise error(TEXT)

    router = Failing("handler", LookupError("of the handler")).router(on_error=fails)
    if deliver_by is handle:
        with pytest.raises(LookupError):
            handle(router)
    else:
        assert deliver_by(router) == 500
    assert (
        caplog.records[0]
        .getMessage()
        .startswith(f"on_error for 'message.received' ('evt_…') failed with {error.__name__}.")
    )
    assert TEXT not in caplog.text


async def async_on_error(event, error):
    """Never be called."""


@pytest.mark.parametrize(
    "on_error", [5, "log", async_on_error, lambda event: None, lambda: None, lambda a, b, c: None, [print]]
)
def test_on_error_must_be_a_function_of_two(on_error):
    with pytest.raises(TypeError, match="on_error must be a function that takes the event and the exception"):
        WebhookRouter(SECRET, on_error=on_error)


@pytest.mark.parametrize("log_errors", [None, "yes", 1])
def test_log_errors_is_true_or_false(log_errors):
    with pytest.raises(TypeError, match="log_errors must be True or False"):
        WebhookRouter(SECRET, log_errors=log_errors)


# The log.


@pytest.mark.parametrize("deliver_by", [over_wsgi, over_asgi])
@pytest.mark.parametrize("place", ["handler", "claim", "enter"])
def test_log_of_an_endpoint_withholds_texts_and_says_so(deliver_by, place, caplog):
    caplog.set_level(logging.DEBUG, "titan")
    assert deliver_by(Failing(place, ValueError(TEXT)).router()) == 500
    (record,) = (record for record in caplog.records if record.name == "titan")
    text = record.getMessage()
    doing = "claiming" if place == "claim" else "handling"
    assert text.startswith(
        f"{doing} 'message.received' ('evt_…') failed with ValueError, so Titan will deliver"
    )
    assert "The text of the exception is withheld" in text
    assert "WebhookRouter(..., log_errors=True) shows it" in text
    assert 'test_failures.py", line' in text
    assert (record.exc_info, record.exc_text) == (None, None)
    assert TEXT not in caplog.text


@pytest.mark.parametrize("deliver_by", [over_wsgi, over_asgi])
@pytest.mark.parametrize("place", ["handler", "finish", "leave"])
def test_log_of_an_endpoint_shows_texts_where_it_is_told_to(deliver_by, place, caplog):
    error = ValueError(TEXT)
    deliver_by(Failing(place, error).router(log_errors=True))
    (record,) = (record for record in caplog.records if record.name == "titan")
    assert record.exc_info[1] is error
    assert TEXT in caplog.text
    assert "withheld" not in caplog.text
    assert NUMBER not in record.getMessage()


def test_handle_leaves_logging_to_its_caller(caplog):
    with pytest.raises(ValueError, match="why"):
        handle(Failing("handler", ValueError("why")).router())
    assert caplog.records == []


# What error trackers find.

PRIVATE = (TEXT, NUMBER, SECRET, DIGITS)


def leaks_in(frames):
    return [
        f"{private} in {frame.module}.{frame.function}: {frame.shown}"
        for frame in frames
        if frame.module.partition(".")[0] == "titan"
        for private in PRIVATE
        if private in frame.shown
    ]


@each_way
@pytest.mark.parametrize("place", ["handler", "claim", "enter", "leave", "finish", "release"])
def test_frames_of_a_failure_hold_nothing_private(deliver_by, place):
    found = []

    def on_error(event, error):
        found.extend(leaks_in(frames_of(error)))

    error = None
    try:
        deliver_by(Failing(place, ValueError("why")).router(on_error=on_error))
    except ValueError as caught:
        error = caught
    assert found == []
    assert leaks_in(frames_of(error)) == []


REQUEST = {"type": "http", "method": "POST", "headers": [(b"x-webhook-signature", SIGNATURE.encode())]}


def drive_asgi(receive, send):
    """Give an ASGI app a request; what leaves it."""
    app = Failing("handler", ValueError("why")).router().asgi_app()

    async def program():
        await app(dict(REQUEST), receive, send)

    try:
        asyncio.run(program())
    except BaseException as error:
        return error


async def receive_all():
    return {"type": "http.request", "body": BODY}


async def send_nothing(message):
    """Take it."""


def failing_after(pieces, error):
    async def receive():
        if pieces:
            return {"type": "http.request", "body": pieces.pop(), "more_body": True}
        raise error

    return receive


async def fail_to_send(message):
    raise OSError("the connection is gone")


async def give_up(message):
    raise asyncio.CancelledError


LEAVING = {
    "send fails": (receive_all, fail_to_send),
    "the request is cancelled": (receive_all, give_up),
    "receive fails at once": (failing_after([], OSError("gone")), send_nothing),
    "receive fails after a piece": (failing_after([BODY], RuntimeError("gone")), send_nothing),
}


@pytest.mark.parametrize(("receive", "send"), LEAVING.values(), ids=LEAVING)
def test_frames_of_what_leaves_an_asgi_endpoint_hold_nothing_private(receive, send):
    error = drive_asgi(receive, send)
    frames = list(frames_of(error))
    assert any(frame.module == "titan.webhooks.endpoints.asgi" for frame in frames)
    assert leaks_in(frames) == []


@pytest.mark.parametrize("error", [RuntimeError("chunk"), ValueError("chunk"), KeyError("chunk")])
@pytest.mark.parametrize("pieces", [0, 1])
def test_frames_of_what_leaves_a_wsgi_endpoint_hold_nothing_private(error, pieces):
    class Input:
        left = [BODY] * pieces

        def read(self, size):
            if self.left:
                return self.left.pop()
            raise error

    environ = {"REQUEST_METHOD": "POST", "wsgi.input_terminated": True, "HTTP_X_WEBHOOK_SIGNATURE": SIGNATURE}
    environ["wsgi.input"] = Input()
    app = WebhookRouter(SECRET).wsgi_app()
    with pytest.raises(type(error)) as caught:
        app(environ, lambda *arguments: None)
    frames = list(frames_of(caught.value))
    assert any(frame.module == "titan.webhooks.endpoints.wsgi" for frame in frames)
    assert leaks_in(frames) == []


@pytest.mark.parametrize("arguments", [({},), ({"type": "http"},)])
def test_wsgi_app_that_an_asgi_server_calls_says_what_to_serve_there(arguments):
    with pytest.raises(TypeError, match=r"serve router\.asgi_app\(\) there"):
        WebhookRouter(SECRET).wsgi_app()(*arguments)


def frames_below(frame):
    while frame is not None:
        yield frame
        frame = frame.f_back


@each_way
def test_frames_that_are_running_meanwhile_hold_nothing_private(deliver_by):
    """Trackers add them to what is logged."""
    found, seen_modules = [], set()

    def on_error(event, error):
        for frame in frames_below(sys._getframe(1)):
            module = frame.f_globals.get("__name__", "")
            if module.partition(".")[0] == "titan":
                seen_modules.add(module)
                shown = repr(frame.f_locals)
                found.extend(f"{private} in {module}: {shown}" for private in PRIVATE if private in shown)

    with contextlib.suppress(ValueError):
        deliver_by(Failing("handler", ValueError("why")).router(on_error=on_error))
    assert "titan.webhooks.handling.dispatch" in seen_modules
    assert found == []


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Webhook-Signature": sign_webhook(BODY, "another")},
        {"HTTP_X_WEBHOOK_SIGNATURE": SIGNATURE[:-1]},
        [(b"x-webhook-signature", sign_webhook(BODY + b" ", SECRET).encode())],
        {},
    ],
)
def test_frames_of_a_refused_signature_hold_nothing_private(headers):
    with pytest.raises(WebhookSignatureError) as caught:
        WebhookRouter(SECRET).handle(BODY, headers)
    frames = list(frames_of(caught.value))
    assert "titan.webhooks.signatures" in {frame.module for frame in frames}
    assert leaks_in(frames) == []
    for frame in frames:
        if frame.module.startswith("titan"):
            assert "sha256=" not in frame.shown


# Sentry.


def test_two_failures_are_two_reports_of_sentry():
    sentry_sdk = pytest.importorskip("sentry_sdk", reason="NOT TESTED: sentry-sdk is not installed")
    from sentry_sdk.integrations.logging import LoggingIntegration
    from sentry_sdk.scrubber import EventScrubber

    sent = []

    class Kept(sentry_sdk.Transport):
        def capture_envelope(self, envelope):
            sent.extend(json.loads(item.get_bytes()) for item in envelope.items if item.type == "event")

    client = sentry_sdk.Client(
        dsn="http://key@127.0.0.1:1/1",
        transport=Kept,
        default_integrations=False,
        auto_enabling_integrations=False,
        # Of Sentry's defaults the one that also reports each error in the log.
        integrations=[LoggingIntegration()],
        include_local_variables=True,
        attach_stacktrace=True,
        # Its own blanks variables by their names, which would hide what leaks.
        event_scrubber=EventScrubber(denylist=[], pii_denylist=[]),
    )
    errors = iter([LookupError("no such customer"), TimeoutError("the shop does not answer")])
    router = WebhookRouter(SECRET, on_error=lambda event, error: sentry_sdk.capture_exception(error))

    @router.on("*")
    def handler(event):
        raise next(errors)

    with sentry_sdk.isolation_scope(), sentry_sdk.new_scope() as scope:
        scope.set_client(client)
        assert [over_wsgi(router), over_asgi(router)] == [500, 500]
    told = [(one["exception"]["values"][-1]["type"], one["exception"]["values"][-1]["value"]) for one in sent]
    assert told == [("LookupError", "no such customer"), ("TimeoutError", "the shop does not answer")]
    for one in sent:
        frames = one["exception"]["values"][-1]["stacktrace"]["frames"]
        ours = [frame for frame in frames if frame["module"].startswith("titan.")]
        assert ours
        assert [private for private in PRIVATE if private in json.dumps(ours)] == []
        assert frames[-1]["function"] == "handler"
