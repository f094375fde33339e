"""Handlers of webhooks."""

from __future__ import annotations

import re
import secrets
from typing import Any, Dict, List, Tuple
from urllib.parse import urlsplit

from ..base.addresses import is_loopback
from ..base.errors import SandboxError
from ..delivery.log import view_webhook
from ..state import Json, Webhook
from .request import ApiRequest, Handlers
from .resources import Resource

_RETRIES = {"attempts": 3, "delaySeconds": 2, "policy": "exponential"}


_MOST_ATTEMPTS = 100


def _checked_url(url: str) -> str:
    if not is_loopback(urlsplit(url).hostname or ""):
        raise SandboxError(400, "url must be on this machine, such as http://127.0.0.1:8000/: the sandbox "
                                "sends nothing anywhere else")  # fmt: skip
    return url


def _checked_headers(headers: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
    for number, header in enumerate(headers):
        for name in ("name", "value"):
            if name not in header:
                raise SandboxError(400, f"missing required field: headers.{number}.{name}")
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", header["name"]):
            raise SandboxError(400, f"headers.{number}.name is no name of a header")
        if not re.fullmatch(r"[\t -~\xa0-\xff]*", header["value"]):
            raise SandboxError(400, f"headers.{number}.value cannot be sent in a header")
    return headers


def _options(body: Json, before: Json) -> Json:
    given = {name: body[name] for name in before if name in body}
    if "headers" in given:
        _checked_headers(given["headers"])
    if "retries" in given:
        retries = given["retries"] = {**before["retries"], **given["retries"]}
        retries["attempts"] = min(max(retries["attempts"], 1), _MOST_ATTEMPTS)
    return {**before, **given}


def _checked_key(key: str) -> str:
    try:
        key.encode()
    except UnicodeEncodeError:
        raise SandboxError(400, "hmacKey is not Unicode") from None
    if not key:
        raise SandboxError(400, "hmacKey must not be empty: anyone could sign with it")
    return key


def _create(request: ApiRequest) -> Tuple[str, Webhook]:
    body = request.body
    defaults: Json = {
        "events": [],
        "session": None,
        "label": "",
        "enabled": True,
        "headers": [],
        "retries": _RETRIES,
    }
    webhook = Webhook(
        id=str(request.state.number()),
        url=_checked_url(body["url"]),
        hmac_key=_checked_key(body.get("hmacKey", secrets.token_hex(32))),
        created_at=request.state.clock.now(),
        options=_options(body, defaults),
    )
    return webhook.id, webhook


def _update(request: ApiRequest, webhook: Webhook) -> None:
    body = request.body
    url = _checked_url(body.get("url", webhook.url))
    key = _checked_key(body.get("hmacKey", webhook.hmac_key))
    webhook.options = _options(body, webhook.options)
    webhook.url, webhook.hmac_key = url, key
    if not webhook.options["enabled"]:
        _give_up(request, webhook)


def _give_up(request: ApiRequest, webhook: Webhook) -> None:
    for delivery in request.state.deliveries:
        if delivery.webhook is webhook and delivery.status == "pending":
            delivery.status = "failed"
    webhook.queue.clear()


def _view(request: ApiRequest, webhook: Webhook) -> Json:
    shown = view_webhook(webhook)
    if request.operation.id == "webhooks.create":
        shown["hmacKey"] = webhook.hmac_key
    return shown


_webhooks = Resource("webhooks", "webhook", "webhookId", lambda request: request.state.webhooks, _view)


HANDLERS: Handlers = _webhooks.handlers(create=_create, update=_update, delete=_give_up)
