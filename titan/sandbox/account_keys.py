"""Server API keys: create, list, change, delete. The key itself is shown once."""

from __future__ import annotations

from datetime import timedelta

from .calls import Answer, Call, Handlers, done, result
from .errors import SandboxError
from .state import AccountKey, Json, iso


def _view(key: AccountKey) -> Json:
    shown: Json = {
        "id": key.id,
        "label": key.label,
        "scopes": key.scopes,
        "isActive": key.is_active,
        "createdAt": iso(key.created_at),
    }
    if key.expires_at is not None:
        shown["expiresAt"] = iso(key.expires_at)
    return shown


def _find(call: Call) -> AccountKey:
    for key in call.state.keys.values():
        if key.id == call.path["keyId"]:
            return key
    raise SandboxError(404, f"key not found: {call.path['keyId']}")


def _create(call: Call) -> Answer:
    body = call.body
    try:
        expires_at = call.state.now() + timedelta(days=body["lifetimeDays"])
    except OverflowError:
        raise SandboxError(400, "lifetimeDays is too large") from None
    key = call.state.add_key(body["label"], body["scopes"], expires_at)
    return result({**_view(key), "key": key.key}, 201)


def _list(call: Call) -> Answer:
    return result([_view(key) for key in call.state.keys.values()])


def _update(call: Call) -> Answer:
    key = _find(call)
    key.label = call.body.get("label", key.label)
    key.is_active = call.body.get("isActive", key.is_active)
    return result(_view(key))


def _delete(call: Call) -> Answer:
    del call.state.keys[_find(call).key]
    return done()


HANDLERS: Handlers = {
    "account_keys.create": _create,
    "account_keys.list": _list,
    "account_keys.update": _update,
    "account_keys.delete": _delete,
}
