"""Server API keys: create, list, update, delete. The key itself is shown once."""

from __future__ import annotations

from typing import Tuple

from ..base.clock import format_time
from ..base.encoding import Json
from ..base.keys import AccountKey
from .request import ApiRequest, Handlers
from .resources import Resource, do_nothing

_SECONDS_A_DAY = 86_400


def _to_json(request: ApiRequest, key: AccountKey) -> Json:
    shown: Json = {
        "id": key.id,
        "label": key.label,
        "scopes": key.scopes,
        "isActive": key.is_active,
        "createdAt": format_time(key.created_at),
    }
    if key.expires_at is not None:
        shown["expiresAt"] = format_time(key.expires_at)
    if request.operation.id == "account_keys.create":
        shown["key"] = key.key
    return shown


def _create(request: ApiRequest) -> Tuple[str, AccountKey]:
    body, clock = request.body, request.state.clock
    expires_at = clock.add_seconds(body["lifetimeDays"] * _SECONDS_A_DAY, "lifetimeDays")
    key = request.state.add_key(body["label"], body["scopes"], expires_at)
    return key.id, key


def _update(request: ApiRequest, key: AccountKey) -> None:
    key.label = request.body.get("label", key.label)
    key.is_active = request.body.get("isActive", key.is_active)


_keys = Resource("account_keys", "key", "keyId", lambda request: request.state.keys, _to_json)

HANDLERS: Handlers = _keys.handlers(create=_create, update=_update, delete=do_nothing, get=False)
