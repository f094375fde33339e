"""Bots as users write them, one for each framework: each calls a function when a message has come in."""

from __future__ import annotations

import types

import django.conf
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.urls import path
from fastapi import BackgroundTasks, FastAPI, Request
from flask import Flask, request
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from titan import WebhookRouter, jid

if not django.conf.settings.configured:
    django.conf.settings.configure()

SECRET = "a secret of the tests"
ANA = "+55 11 99999-9999"
CHAT = jid.user(ANA)


def create_router(act):
    router = WebhookRouter(SECRET)

    @router.on("message.received")
    def handle(event):
        act()

    return router


def flask_app(act):
    app, router = Flask("bot"), create_router(act)

    @app.post("/titan")
    def titan():
        router.handle(request.get_data(), request.headers)
        return "", 204

    return app


def fastapi_app(act):
    app, router = FastAPI(), create_router(act)

    @app.post("/titan")
    async def titan(request: Request):
        router.handle(await request.body(), request.headers)

    return app


def fastapi_app_with_background_tasks(act):
    """It answers first, and works afterwards."""
    app, router = FastAPI(), create_router(act)

    @app.post("/titan", status_code=204)
    async def titan(request: Request, tasks: BackgroundTasks):
        tasks.add_task(router.handle, await request.body(), request.headers)

    return app


def flask_app_with_work_at_the_end(act):
    """It works when its response is closed."""
    app, router = Flask("bot"), WebhookRouter(SECRET)

    @app.post("/titan")
    def titan():
        event = router.handle(request.get_data(), request.headers)
        response = app.make_response(("", 204))
        if event.event == "message.received":
            response.call_on_close(act)
        return response

    return app


def starlette_app(act):
    router = create_router(act)

    async def titan(request):
        router.handle(await request.body(), request.headers)
        return PlainTextResponse("")

    return Starlette(routes=[Route("/titan", titan, methods=["POST"])])


DJANGO_URLS = types.ModuleType("urls_of_a_bot")
"""What ROOT_URLCONF must be for the bots on Django; they are those of the last bot that was made."""


def _django(handler, act):
    router = create_router(act)

    def titan(request):
        router.handle(request.body, request.headers)
        return HttpResponse(status=204)

    DJANGO_URLS.urlpatterns = [path("titan", titan)]
    django.urls.clear_url_caches()
    return handler


BOTS = {
    "a router": create_router,
    "the WSGI app of a router": lambda act: create_router(act).wsgi_app(),
    "the ASGI app of a router": lambda act: create_router(act).asgi_app(),
    "Flask": flask_app,
    "Flask, at the end": flask_app_with_work_at_the_end,
    "FastAPI": fastapi_app,
    "FastAPI, in the background": fastapi_app_with_background_tasks,
    "Starlette": starlette_app,
    "Django on WSGI": lambda act: _django(WSGIHandler(), act),
    "Django on ASGI": lambda act: _django(ASGIHandler(), act),
}
"""Makes the bot of each framework; each takes the function to call."""
