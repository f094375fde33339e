"""Receive webhooks with Flask. Needs `python -m pip install . flask` in a clone.

    TITAN_WEBHOOK_SECRET=... flask --app examples/webhook_flask.py run

Point a webhook of your Titan at the path /titan of this server.
"""

import os

from flask import Flask

from titan import WebhookRouter
from titan.types_gen import MessageReceivedEvent
from titan.webhooks import RecentEvents

router = WebhookRouter(os.environ["TITAN_WEBHOOK_SECRET"], seen=RecentEvents())


@router.on("message.received")
def greet(event: MessageReceivedEvent) -> None:
    """It runs in Flask's application context. What it raises becomes a 500, and Titan tries again."""
    print(event.payload.push_name, "wrote:", event.text)


app = Flask(__name__)
endpoint = router.wsgi_app()
# A view of Flask may return a WSGI application, which then answers.
app.add_url_rule("/titan", "titan", lambda: endpoint, methods=["POST"])
