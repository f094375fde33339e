"""Webhooks: create, list, get, update, delete."""

from __future__ import annotations

from typing import Tuple

from ..base.encoding import Json
from ..delivery import webhooks
from ..state import Webhook
from .handling import ApiRequest, Handlers
from .resources import Resource


def _create(request: ApiRequest) -> Tuple[str, Webhook]:
    webhook = webhooks.create(request.state, request.body)
    return webhook.id, webhook


def _update(request: ApiRequest, webhook: Webhook) -> None:
    webhooks.update(request.state, webhook, request.body)


def _delete(request: ApiRequest, webhook: Webhook) -> None:
    webhooks.give_up_deliveries(request.state, webhook)


def _to_json(request: ApiRequest, webhook: Webhook) -> Json:
    shown = webhooks.to_json(webhook)
    if request.operation.id == "webhooks.create":
        shown["hmacKey"] = webhook.hmac_key
    return shown


_webhooks = Resource("webhooks", "webhook", "webhookId", lambda request: request.state.webhooks, _to_json)

HANDLERS: Handlers = _webhooks.handlers(create=_create, update=_update, delete=_delete)
