"""Receive webhooks with Flask. Needs `python -m pip install . flask` in a clone.

    TITAN_WEBHOOK_SECRET=... flask --app examples/webhook_flask.py run

Point a webhook of your Titan at the path /titan of this server.
"""

import os

from flask import Flask, abort, request

from titan import WebhookPayloadError, WebhookRouter, WebhookSignatureError
from titan.webhooks import RecentEvents

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
router = WebhookRouter(os.environ["TITAN_WEBHOOK_SECRET"], seen=RecentEvents())


@router.on("message.received")
def greet(event):
    print(event.payload.push_name, "wrote:", event.payload.text)


@app.post("/titan")
def receive():
    try:
        # What a handler raises becomes a 500, and Titan tries again.
        router.handle(request.get_data(), request.headers)
    except WebhookSignatureError:
        abort(401)
    except WebhookPayloadError:
        abort(400)
    return {"success": True}
