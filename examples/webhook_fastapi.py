"""Receive webhooks with FastAPI. Needs `python -m pip install . fastapi uvicorn` in a clone.

    TITAN_WEBHOOK_SECRET=... uvicorn --app-dir examples webhook_fastapi:app

Point a webhook of your Titan at the path /titan of this server.
"""

import os

from fastapi import FastAPI
from starlette.routing import Route

from titan import WebhookRouter
from titan.types_gen import MessageReceivedEvent
from titan.webhooks import RecentEvents

router = WebhookRouter(os.environ["TITAN_WEBHOOK_SECRET"], seen=RecentEvents())


@router.on("message.received")
def greet(event: MessageReceivedEvent) -> None:
    """It may block, since it has a thread. What it raises becomes a 500, and Titan tries again."""
    print(event.payload.push_name, "wrote:", event.text)


app = FastAPI(routes=[Route("/titan", router.asgi_app())])
