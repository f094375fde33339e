"""Where an endpoint lives: alone on servers of every kind, and beside the pages of frameworks."""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import time
from importlib.util import find_spec

import pytest
from fastapi import FastAPI
from flask import Flask
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from tests.support.deliveries import SECRET, message_body, signed
from tests.support.endpoints import Endpoint, serving_asgi, serving_wsgi
from tests.support.programs import python
from titan import WebhookRouter
from titan.webhooks import RecentEvents

# It starts many servers, to which Python makes little difference.
pytestmark = pytest.mark.once

OTHER = b"another page"
BODY = message_body("evt_1", text="Hello!")


def assert_is_an_endpoint(endpoint, path):
    """Deliver to it: what is forged or not posted is refused, and the rest accepted, with what it answers."""
    answers = [
        endpoint.send(BODY, headers=signed(BODY, "another"), path=path),
        endpoint.send(method="GET", path=path),
        endpoint.send(b"[]", headers=signed(b"[]"), path=path),
        endpoint.deliver(BODY, path=path),
        endpoint.deliver(BODY, path=path),
    ]
    assert [answer.status for answer in answers] == [401, 405, 400, 200, 200]
    assert json.loads(answers[-1].body) == {"data": {"success": True}}


async def page(request):
    return PlainTextResponse(OTHER)


PAGE = Route("/other", page)


def fastapi_with_route(app):
    fastapi = FastAPI(routes=[PAGE])
    fastapi.add_route("/titan", app)
    return fastapi


def fastapi_with_mount(app):
    fastapi = FastAPI(routes=[PAGE])
    fastapi.mount("/titan", app)
    return fastapi


def beside_another(app):
    other = Starlette(routes=[PAGE])

    async def application(scope, receive, send):
        await (app if scope.get("path") == "/titan" else other)(scope, receive, send)

    return application


ASGI_PLACES = {
    "alone": (lambda app: app, ["/", "/titan", "/titan/"]),
    "route of Starlette": (
        lambda app: Starlette(routes=[Route("/titan", app), Route("/other", page)]),
        ["/titan"],
    ),
    "route of FastAPI": (
        lambda app: FastAPI(routes=[Route("/titan", app), Route("/other", page)]),
        ["/titan"],
    ),
    "route added to FastAPI": (fastapi_with_route, ["/titan"]),
    "mount of Starlette": (
        lambda app: Starlette(routes=[Mount("/titan", app), PAGE]),
        ["/titan/", "/titan/more"],
    ),
    "mount of FastAPI": (fastapi_with_mount, ["/titan/"]),
    "function beside another application": (beside_another, ["/titan"]),
}


@contextlib.contextmanager
def endpoint_at(place, serving, build):
    """Serve what is built of a new router; gives its endpoint, and the ids that were handled."""
    handled = []
    router = WebhookRouter(SECRET, seen=RecentEvents())
    router.on("*")(lambda event: handled.append(event.id))
    with socket.create_server(("127.0.0.1", 0)) as listener, serving(place(build(router)), listener):
        yield Endpoint(None, listener.getsockname()[1]), handled


@pytest.mark.parametrize("name", ASGI_PLACES)
def test_asgi_app_takes_deliveries_wherever_it_is_put(name):
    place, paths = ASGI_PLACES[name]
    for path in paths:
        with endpoint_at(place, serving_asgi, WebhookRouter.asgi_app) as (endpoint, handled):
            assert_is_an_endpoint(endpoint, path)
            assert handled == ["evt_1"]
            if name != "alone":
                assert endpoint.send(method="GET", path="/other").body == OTHER


@pytest.mark.parametrize("place", [ASGI_PLACES["mount of Starlette"][0], fastapi_with_mount])
def test_mount_sends_away_what_is_posted_to_its_path_without_a_slash(place):
    """Why the docstring of `asgi_app` speaks of routes: the day this fails, it can speak of mounts."""
    with endpoint_at(place, serving_asgi, WebhookRouter.asgi_app) as (endpoint, handled):
        assert endpoint.deliver(BODY, path="/titan").status == 307
        assert handled == []


def beside_flask(app):
    flask = Flask(__name__)
    flask.route("/other")(lambda: OTHER)
    flask.wsgi_app = DispatcherMiddleware(flask.wsgi_app, {"/titan": app})
    return flask


def rule_of_flask(app):
    flask = Flask(__name__)
    flask.route("/other")(lambda: OTHER)
    flask.add_url_rule("/titan", "titan", lambda: app, methods=["POST"])
    return flask


def other_wsgi(environ, start_response):
    start_response("200 OK", [("Content-Length", str(len(OTHER)))])
    return [OTHER]


def beside_a_wsgi_app(app):
    return DispatcherMiddleware(other_wsgi, {"/titan": app})


def function_beside_a_wsgi_app(app):
    def application(environ, start_response):
        return (app if environ["PATH_INFO"] == "/titan" else other_wsgi)(environ, start_response)

    return application


WSGI_PLACES = {
    "alone": (lambda app: app, ["/", "/titan", "/titan/"]),
    "beside Flask": (beside_flask, ["/titan", "/titan/", "/titan/more"]),
    "rule of Flask": (rule_of_flask, ["/titan"]),
    "beside a WSGI application": (beside_a_wsgi_app, ["/titan", "/titan/"]),
    "function beside a WSGI application": (function_beside_a_wsgi_app, ["/titan"]),
}


@pytest.mark.parametrize("name", WSGI_PLACES)
def test_wsgi_app_takes_deliveries_wherever_it_is_put(name):
    place, paths = WSGI_PLACES[name]
    for path in paths:
        with endpoint_at(place, serving_wsgi, WebhookRouter.wsgi_app) as (endpoint, handled):
            assert_is_an_endpoint(endpoint, path)
            assert handled == ["evt_1"]
            if name != "alone":
                assert endpoint.send(method="GET", path="/other").body == OTHER


# Servers that are programs of their own.

APPLICATION = f"""
from titan import WebhookRouter
from titan.webhooks import RecentEvents

router = WebhookRouter({SECRET!r}, seen=RecentEvents())

@router.on("*")
def handler(event):
    with open("handled", "a") as file:
        print(event.id, file=file)

asgi = router.asgi_app()
wsgi = router.wsgi_app()
"""
WITH_DJANGO = f"""
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
from werkzeug.middleware.dispatcher import DispatcherMiddleware

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], LOGGING_CONFIG=None)
urlpatterns = [path("other", lambda request: HttpResponse({OTHER!r}))]
titan, django = asgi, get_asgi_application()

async def asgi(scope, receive, send):
    await (titan if scope.get("path") == "/titan" else django)(scope, receive, send)

wsgi = DispatcherMiddleware(get_wsgi_application(), {{"/titan": wsgi}})
"""
GUNICORN = "import sys; sys.argv[0] = 'gunicorn'; from gunicorn.app.wsgiapp import run; run()"
ON_GUNICORN = ["-c", GUNICORN, "--log-level", "warning", "-b", "127.0.0.1:{port}", "application:wsgi"]
ON_UVICORN = ["-m", "uvicorn", "--port", "{port}", "--log-level", "warning", "application:asgi"]
PROGRAMS = {
    "gunicorn, sync": ("gunicorn", [*ON_GUNICORN, "-k", "sync"], ""),
    "gunicorn, gthread": ("gunicorn", [*ON_GUNICORN, "-k", "gthread"], ""),
    "gunicorn, gevent": ("gevent", [*ON_GUNICORN, "-k", "gevent"], ""),
    "hypercorn": ("hypercorn", ["-m", "hypercorn", "-b", "127.0.0.1:{port}", "application:asgi"], ""),
    "daphne": ("daphne", ["-m", "daphne", "-v", "0", "-p", "{port}", "application:asgi"], ""),
    "Django's ASGI on uvicorn": ("django", ON_UVICORN, WITH_DJANGO),
    "Django's WSGI on gunicorn": ("django", ON_GUNICORN, WITH_DJANGO),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_apps_take_deliveries_on_servers_of_every_kind(name, tmp_path, monkeypatch):
    module, arguments, more = PROGRAMS[name]
    if find_spec(module) is None or (sys.platform != "linux" and "gunicorn" in arguments[1]):
        pytest.skip(f"NOT TESTED: the endpoints on {name}: {module} is not installed")
    (tmp_path / "application.py").write_text(APPLICATION + more, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with python(*(argument.format(port=port) for argument in arguments)) as process:
        wait_until_open(process, port)
        endpoint = Endpoint(None, port)
        assert_is_an_endpoint(endpoint, "/titan")
        assert (tmp_path / "handled").read_text() == "evt_1\n"
        if more:
            assert OTHER in endpoint.send(method="GET", path="/other").body
        process.terminate()
        process.wait(20)


def wait_until_open(process, port):
    for _ in range(600):
        assert process.poll() is None, process.stderr.read()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise AssertionError("the server does not listen")
