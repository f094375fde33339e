"""Server API keys: create, list, change, delete. The key itself is shown once."""

from __future__ import annotations

from typing import Tuple

from ..base.clock import iso
from ..state import AccountKey, Json
from .request import ApiRequest, Handlers
from .resources import Resource, do_nothing

_SECONDS_A_DAY = 86_400


def _view(request: ApiRequest, key: AccountKey) -> Json:
    shown: Json = {
        "id": key.id,
        "label": key.label,
        "scopes": key.scopes,
        "isActive": key.is_active,
        "createdAt": iso(key.created_at),
    }
    if key.expires_at is not None:
        shown["expiresAt"] = iso(key.expires_at)
    if request.operation.id == "account_keys.create":
        shown["key"] = key.key
    return shown


def _create(request: ApiRequest) -> Tuple[str, AccountKey]:
    body = request.body
    expires_at = request.state.clock.after(body["lifetimeDays"] * _SECONDS_A_DAY, "lifetimeDays")
    key = request.state.add_key(body["label"], body["scopes"], expires_at)
    return key.id, key


def _update(request: ApiRequest, key: AccountKey) -> None:
    key.label = request.body.get("label", key.label)
    key.is_active = request.body.get("isActive", key.is_active)


_keys = Resource("account_keys", "key", "keyId", lambda request: request.state.keys, _view)

HANDLERS: Handlers = _keys.handlers(create=_create, update=_update, delete=do_nothing, get=False)
