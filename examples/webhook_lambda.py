"""Receive webhooks with AWS Lambda, behind a function URL or API Gateway (payload format 1.0 or 2.0).

    python -m pip install . --target package && cp examples/webhook_lambda.py package

Run that in a clone, and zip the folder `package`. Set the handler of the function to `webhook_lambda.handler`
and its variable TITAN_WEBHOOK_SECRET.
"""

import base64
import logging
import os

from titan import WebhookPayloadError, WebhookRouter, WebhookSignatureError
from titan.webhooks import RecentEvents

# Each running instance of the function remembers only its own events; seen_redis.py serves all of them.
router = WebhookRouter(os.environ["TITAN_WEBHOOK_SECRET"], seen=RecentEvents())


@router.on("message.received")
def greet(event):
    print(event.payload.push_name, "wrote:", event.payload.text)


def handler(event, context):
    body = event.get("body") or ""
    try:
        router.handle(base64.b64decode(body) if event.get("isBase64Encoded") else body, event.get("headers"))
    except WebhookSignatureError:
        return {"statusCode": 401}
    except WebhookPayloadError:
        return {"statusCode": 400}
    except Exception:
        logging.exception("an event could not be handled, so Titan will deliver it again")
        return {"statusCode": 500}
    return {"statusCode": 200}
