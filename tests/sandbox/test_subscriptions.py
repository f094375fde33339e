"""Apps of users that are served here and get the events: every kind of app, and how they end."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import socket
import threading
import time

import pytest
from django.test import override_settings
from pydantic import SecretStr
from starlette.applications import Starlette

from tests.support.bots import ANA, BOTS, CHAT, DJANGO_URLS, SECRET, create_router, flask_app, starlette_app
from tests.support.sandbox import client, wait_until
from titan import TitanClient, WebhookRouter
from titan.sandbox import Sandbox
from titan.sandbox.server import asgi_server, wsgi_server


@pytest.fixture
def bot(sandbox):
    """A client of the connected session `default`."""
    sandbox.connect("default")
    with TitanClient(sandbox.base_url, sandbox.api_key) as client:
        yield client


@pytest.fixture(autouse=True)
def nothing_is_left(running_sandbox):
    before = set(threading.enumerate())
    yield
    # Worker threads of anyio are told to end as the app does, and not waited for.
    wait_until(lambda: set(threading.enumerate()) <= before)
    assert running_sandbox._state.webhooks == {}


@pytest.fixture(params=BOTS)
def create_bot(request):
    with override_settings(ROOT_URLCONF=DJANGO_URLS):
        yield BOTS[request.param]


def texts(sandbox):
    return [one["text"] for one in sandbox.messages]


def ignore():
    pass


def test_what_a_bot_answers_has_been_sent_when_the_deliveries_are_over(sandbox, bot, create_bot):
    def answer():
        # Longer than it takes until the delivery is answered.
        time.sleep(0.02)
        bot.messages.send_text("default", CHAT, f"Answer {len(sandbox.messages) + 1}")

    with sandbox.subscribe(create_bot(answer), secret=SECRET):
        for count in (1, 2, 3):
            sandbox.receive("default", "Hi!", sender=ANA)
            sandbox.wait_for_deliveries()
            assert texts(sandbox) == [f"Answer {number + 1}" for number in range(count)]
    assert {one["status"] for one in sandbox.deliveries} == {"delivered"}


def test_several_apps_get_the_events_each_asked_for(sandbox, bot):
    seen = {"all": [], "received": [], "other": []}
    with contextlib.ExitStack() as stack:
        for name, options in {
            "all": {},
            "received": {"events": ["message.received"]},
            "other": {"session": "other"},
        }.items():
            router = WebhookRouter(SECRET)
            router.on("*")(lambda event, name=name: seen[name].append(event.event))
            stack.enter_context(sandbox.subscribe(router, **options))
        sandbox.receive("default", "Hi!", sender=ANA)
        bot.messages.send_text("default", CHAT, "Hello!")
        sandbox.wait_for_deliveries()
    assert seen["received"] == ["message.received"]
    assert seen["other"] == []
    assert {"message.received", "message.sent"} <= set(seen["all"])


def test_subscription_says_where_the_app_is_and_with_which_key(sandbox, bot):
    with sandbox.subscribe(flask_app(ignore), secret=SECRET, path="/hooks/titan?a=1") as subscription:
        (webhook,) = bot.webhooks.list()
        assert (webhook.id, webhook.url) == (subscription.id, subscription.url)
        assert subscription.url.startswith("http://127.0.0.1:")
        assert subscription.url.endswith("/hooks/titan?a=1")
        assert subscription.secret == SECRET
        assert SECRET not in repr(subscription)
    assert bot.webhooks.list() == []


@pytest.mark.parametrize(
    "secret",
    [SECRET, SECRET.encode(), SecretStr(SECRET), [SecretStr(SECRET), "the old one"]],
    ids=["text", "bytes", "secret", "several"],
)
def test_secret_is_that_of_the_router_unless_another_is_given(sandbox, secret):
    with sandbox.subscribe(WebhookRouter(secret)) as subscription:
        assert subscription.secret == SECRET
    with sandbox.subscribe(WebhookRouter("another"), secret=secret) as subscription:
        assert subscription.secret == SECRET


def test_secret_of_an_app_can_come_from_the_environment(sandbox, monkeypatch):
    monkeypatch.setenv("TITAN_WEBHOOK_SECRET", "of the environment")
    with sandbox.subscribe(flask_app(ignore)) as subscription:
        assert subscription.secret == "of the environment"
    for value in ("", None):
        monkeypatch.delenv("TITAN_WEBHOOK_SECRET")
        if value is not None:
            monkeypatch.setenv("TITAN_WEBHOOK_SECRET", value)
        with pytest.raises(ValueError, match="TITAN_WEBHOOK_SECRET"), sandbox.subscribe(flask_app(ignore)):
            pass
        monkeypatch.setenv("TITAN_WEBHOOK_SECRET", "")


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"secret": ""}, ValueError, "empty"),
        ({"secret": b"\xff"}, ValueError, "UTF-8"),
        ({"secret": 5}, TypeError, "secret must be"),
        ({"path": "titan"}, ValueError, "slash"),
        ({"events": "message.received"}, ValueError, "a list"),
        ({"events": ["message.recieved"]}, ValueError, "did you mean 'message.received'"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(sandbox, options, error, text):
    with pytest.raises(error, match=text), sandbox.subscribe(create_router(ignore), **options):
        pass


async def plain_asgi(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 299})
        await send({"type": "http.response.body"})


def plain_wsgi(environ, start_response):
    start_response("299 Seen", [])
    return []


class AsgiObject:
    async def __call__(self, scope, receive, send):
        await plain_asgi(scope, receive, send)


class WsgiObject:
    def __call__(self, environ, start_response):
        return plain_wsgi(environ, start_response)

    method = __call__


@functools.wraps(plain_asgi)
def wrapped_asgi(*args):
    return plain_asgi(*args)


def asgi_that_returns_what_to_await(scope, receive, send):
    return plain_asgi(scope, receive, send)


APPS = {
    "ASGI function": plain_asgi,
    "ASGI object": AsgiObject(),
    "ASGI function that is partly called": functools.partial(plain_asgi),
    "ASGI function in a wrapper": wrapped_asgi,
    "ASGI function that is not async": asgi_that_returns_what_to_await,
    "WSGI function": plain_wsgi,
    "WSGI object": WsgiObject(),
    "WSGI method": WsgiObject().method,
    "WSGI function with more arguments": functools.partial(
        lambda prefix, environ, start_response: plain_wsgi(environ, start_response), "prefix"
    ),
}


@pytest.mark.parametrize("app", APPS.values(), ids=APPS)
def test_every_form_of_an_app_is_served(sandbox, bot, app):
    with sandbox.subscribe(app, secret=SECRET, events=["message.received"]):
        sandbox.receive("default", "Hi!", sender=ANA)
        sandbox.wait_for_deliveries()
    assert [attempt["status"] for one in sandbox.deliveries for attempt in one["attempts"]] == [299]


@pytest.mark.parametrize(
    ("app", "text"),
    [
        (None, "not an object of the type NoneType"),
        ("module:app", "not an object of the type str"),
        (Starlette, "Starlette is a class"),
        (WsgiObject, "WsgiObject is a class"),
        (lambda: starlette_app(ignore), "if it makes the app, call it"),
        (lambda *args: plain_asgi(*args), "two arguments and three"),
        (lambda event: None, "neither the arguments of a WSGI app"),
        (lambda one, two, three, four: None, "neither the arguments of a WSGI app"),
    ],
)
def test_what_is_no_app_is_a_type_error(sandbox, app, text):
    with pytest.raises(TypeError, match=text), sandbox.subscribe(app, secret=SECRET):
        pass


def test_lifespan_of_an_app_begins_and_ends_with_its_subscription(sandbox):
    seen = []

    @contextlib.asynccontextmanager
    async def lifespan(app):
        seen.append("begins")
        yield
        seen.append("ends")

    with sandbox.subscribe(Starlette(lifespan=lifespan), secret=SECRET):
        assert seen == ["begins"]
    assert seen == ["begins", "ends"]


def with_lifespan(begin, end):
    """An app of a framework whose lifespan fails."""

    @contextlib.asynccontextmanager
    async def lifespan(app):
        begin()
        yield
        end()

    return Starlette(lifespan=lifespan)


def bare(begin, end):
    """An app without a framework, which says nothing of its failures."""

    async def app(scope, receive, send):
        await receive()
        begin()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        end()
        await send({"type": "lifespan.shutdown.complete"})

    return app


def telling(begin, end):
    """An app that says that it failed, and raises nothing."""

    async def app(scope, receive, send):
        for act, phase in ((begin, "startup"), (end, "shutdown")):
            await receive()
            try:
                act()
            except LookupError as error:
                await send({"type": f"lifespan.{phase}.failed", "message": str(error)})
                return
            await send({"type": f"lifespan.{phase}.complete"})

    return app


def fail():
    raise LookupError("no database")


KINDS_OF_FAILURE = {with_lifespan: LookupError, bare: LookupError, telling: RuntimeError}


@pytest.mark.parametrize("create", KINDS_OF_FAILURE)
def test_app_that_cannot_start_is_not_served(sandbox, create):
    app = create(fail, ignore)
    with pytest.raises(KINDS_OF_FAILURE[create], match="no database"), sandbox.subscribe(app, secret=SECRET):
        pytest.fail("it is served")


@pytest.mark.parametrize("create", KINDS_OF_FAILURE)
def test_app_that_cannot_stop_is_an_error_at_the_end(sandbox, create):
    served = False
    app = create(ignore, fail)
    with pytest.raises(KINDS_OF_FAILURE[create], match="no database"), sandbox.subscribe(app, secret=SECRET):
        served = True
    assert served


async def waits_for_ever_to_start(scope, receive, send):
    await receive()
    await asyncio.Event().wait()


async def waits_for_ever_to_stop(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await asyncio.Event().wait()


async def is_not_ended_by_its_handlers(scope, receive, send):
    """A request that never ends is cancelled."""
    if scope["type"] == "http":
        await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("app", "what"), [(waits_for_ever_to_start, "start"), (waits_for_ever_to_stop, "end")]
)
def test_app_that_hangs_is_an_error_and_no_hanging_test(sandbox, monkeypatch, app, what):
    monkeypatch.setattr(asgi_server, "_SECONDS_TO_START", 0.1)
    monkeypatch.setattr(asgi_server, "_SECONDS_TO_STOP", 0.1)
    with pytest.raises(TimeoutError, match=f"did not {what}"), sandbox.subscribe(app, secret=SECRET):
        pass


def test_request_that_never_ends_ends_with_its_asgi_app(sandbox, bot, monkeypatch):
    monkeypatch.setattr(asgi_server, "_SECONDS_FOR_OPEN_REQUESTS", 0.1)
    with sandbox.subscribe(is_not_ended_by_its_handlers, secret=SECRET):
        sandbox.receive("default", "Hi!", sender=ANA)
        with pytest.raises(TimeoutError):
            sandbox.wait_for_deliveries(0.1)


def test_half_a_request_ends_with_its_wsgi_app(sandbox, monkeypatch):
    monkeypatch.setattr(wsgi_server, "_SECONDS_FOR_OPEN_REQUESTS", 0.1)
    with sandbox.subscribe(plain_wsgi, secret=SECRET) as subscription:
        port = int(subscription.url.split(":")[2].partition("/")[0])
        half = socket.create_connection(("127.0.0.1", port))
        half.sendall(b"POST /titan HTTP/1.1\r\n")
        while not any(thread.name == "titan-sandbox-request" for thread in threading.enumerate()):
            time.sleep(0.001)
    with half:
        assert half.recv(1) == b""


def test_wsgi_app_that_does_not_end_is_an_error(sandbox, bot, monkeypatch):
    monkeypatch.setattr(wsgi_server, "_SECONDS_FOR_OPEN_REQUESTS", 0.05)
    monkeypatch.setattr(wsgi_server, "_SECONDS_TO_STOP", 0.05)
    threads, began, may_end = [], threading.Event(), threading.Event()

    def hang():
        threads.append(threading.current_thread())
        began.set()
        may_end.wait()

    def receive_and_leave():
        with sandbox.subscribe(create_router(hang)):
            sandbox.receive("default", "Hi!", sender=ANA)
            began.wait()

    with pytest.raises(TimeoutError, match="did not end a request"):
        receive_and_leave()
    may_end.set()
    threads[0].join()


def test_delivery_under_way_is_handled_before_the_app_ends(sandbox, bot, create_bot):
    began, handled = threading.Event(), []

    def work():
        began.set()
        time.sleep(0.05)
        handled.append("once")

    with sandbox.subscribe(create_bot(work), secret=SECRET):
        sandbox.receive("default", "Hi!", sender=ANA)
        began.wait()
    assert handled == ["once"]


def test_failing_handler_is_seen_in_the_deliveries_and_not_called_after_the_end(sandbox, bot):
    calls = []
    with sandbox.subscribe(create_router(lambda: calls.append(1) or fail())):
        sandbox.receive("default", "Hi!", sender=ANA)
        sandbox.wait_for_deliveries()
        (delivery,) = (one for one in sandbox.deliveries if one["event"] == "message.received")
        assert [one["status"] for one in delivery["attempts"]] == [500]
    sandbox.advance(3600)
    sandbox.wait_for_deliveries()
    assert len(calls) == 1


def test_requests_are_not_logged(sandbox, bot, capfd, caplog):
    caplog.set_level("INFO")
    with sandbox.subscribe(plain_wsgi, secret=SECRET):
        sandbox.receive("default", "Hi!", sender=ANA)
        sandbox.wait_for_deliveries()
    assert capfd.readouterr() == ("", "")
    assert not [one for one in caplog.records if "/titan" in one.getMessage()]


def test_reset_ends_the_subscription_and_not_the_app(sandbox, bot):
    with sandbox.subscribe(create_router(ignore)) as subscription:
        sandbox.reset()
        with client(sandbox) as http:
            assert http.get("/api/webhooks").json() == {"data": []}
            assert http.post(subscription.url).status_code == 401


def test_nothing_is_served_for_a_sandbox_that_does_not_run():
    with pytest.raises(RuntimeError, match="not running"), Sandbox().subscribe(create_router(ignore)):
        pass
