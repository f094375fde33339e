"""Receive webhooks with AWS Lambda, behind a function URL, an API Gateway or an Application Load Balancer.

    python -m pip install . --target package && cp examples/webhook_lambda.py package

Run that in a clone, and zip the folder `package`. Set the handler of the function to `webhook_lambda.handler`
and its variable TITAN_WEBHOOK_SECRET.
"""

import base64
import logging
import os
from http import HTTPStatus
from typing import Any, Dict

from titan import WebhookInProgressError, WebhookPayloadError, WebhookRouter, WebhookSignatureError
from titan.types_gen import MessageReceivedEvent
from titan.webhooks import RecentEvents

# Each running instance of the function remembers only its own events; seen_redis.py serves all of them.
router = WebhookRouter(os.environ["TITAN_WEBHOOK_SECRET"], seen=RecentEvents())


@router.on("message.received")
def greet(event: MessageReceivedEvent) -> None:
    print(event.payload.push_name, "wrote:", event.text)


def handler(event: Dict[str, Any], context: object) -> Dict[str, Any]:
    body = event.get("body") or ""
    headers = event.get("multiValueHeaders") or event.get("headers")
    try:
        router.handle(base64.b64decode(body) if event.get("isBase64Encoded") else body, headers)
        status = HTTPStatus.OK
    except WebhookSignatureError:
        status = HTTPStatus.UNAUTHORIZED
    except WebhookPayloadError:
        status = HTTPStatus.BAD_REQUEST
    except WebhookInProgressError:
        status = HTTPStatus.SERVICE_UNAVAILABLE
    except Exception:
        logging.exception("an event could not be handled, so Titan will deliver it again")
        status = HTTPStatus.INTERNAL_SERVER_ERROR
    answer: Dict[str, Any] = {"statusCode": status.value, "isBase64Encoded": False}
    if "elb" in event.get("requestContext", {}):  # an API Gateway would refuse what a load balancer needs
        answer["statusDescription"] = f"{status.value} {status.phrase}"
        answer["multiValueHeaders" if "multiValueHeaders" in event else "headers"] = {}
    return answer
