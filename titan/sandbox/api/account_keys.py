"""Server API keys: create, list, change, delete. The key itself is shown once."""

from __future__ import annotations

from typing import Tuple

from ..base.clock import iso
from ..state import AccountKey, Json
from .calls import Call, Handlers
from .resources import Resource, gone

_SECONDS_A_DAY = 86_400


def _view(call: Call, key: AccountKey) -> Json:
    shown: Json = {
        "id": key.id,
        "label": key.label,
        "scopes": key.scopes,
        "isActive": key.is_active,
        "createdAt": iso(key.created_at),
    }
    if key.expires_at is not None:
        shown["expiresAt"] = iso(key.expires_at)
    if call.operation.id == "account_keys.create":
        shown["key"] = key.key
    return shown


def _create(call: Call) -> Tuple[str, AccountKey]:
    body = call.body
    expires_at = call.state.clock.after(body["lifetimeDays"] * _SECONDS_A_DAY, "lifetimeDays")
    key = call.state.add_key(body["label"], body["scopes"], expires_at)
    return key.id, key


def _update(call: Call, key: AccountKey) -> None:
    key.label = call.body.get("label", key.label)
    key.is_active = call.body.get("isActive", key.is_active)


_keys = Resource("account_keys", "key", "keyId", lambda call: call.state.keys, _view)

HANDLERS: Handlers = _keys.handlers(create=_create, update=_update, delete=gone, get=False)
