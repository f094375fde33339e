"""Receive webhooks with Django. Needs `python -m pip install . django` in a clone.

    TITAN_WEBHOOK_SECRET=... python examples/webhook_django.py runserver

Point a webhook of your Titan at the path /titan of this server.
"""

import os

from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from titan import WebhookInProgressError, WebhookPayloadError, WebhookRouter, WebhookSignatureError
from titan.types_gen import MessageReceivedEvent
from titan.webhooks import RecentEvents

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], LOGGING_CONFIG=None)  # errors to stderr
router = WebhookRouter(os.environ["TITAN_WEBHOOK_SECRET"], seen=RecentEvents())


@router.on("message.received")
def greet(event: MessageReceivedEvent) -> None:
    print(event.payload.push_name, "wrote:", event.text)


@csrf_exempt  # the signature tells who sent it
def receive(request: HttpRequest) -> HttpResponse:
    try:
        router.handle(request.body, request.headers)
    except WebhookSignatureError:
        return HttpResponse(status=401)
    except WebhookPayloadError:
        return HttpResponse(status=400)
    except WebhookInProgressError:
        return HttpResponse(status=503)
    return HttpResponse()  # what a handler raises becomes a 500, and Titan tries again


urlpatterns = [path("titan", receive)]
execute_from_command_line()
