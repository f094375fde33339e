"""One call of each kind, and whether it can be repeated after an unclear outcome."""

from __future__ import annotations

import pytest

SEND = {"chatId": "1@g.us", "type": "text", "text": "Hello"}

CALLS = {
    "GET": (lambda client: client.sessions.list(), True),
    "PUT": (lambda client: client.groups.update_subject("s", "1@g.us", {"subject": "x"}), True),
    "DELETE": (lambda client: client.sessions.delete("s"), True),
    "DELETE with body": (lambda client: client.labels.unassign("s", "1", {"chatIds": []}), True),
    "POST idempotent": (lambda client: client.sessions.start("s"), True),
    "POST download": (lambda client: client.media.download("s", "m"), True),
    "POST": (lambda client: client.messages.send("s", SEND), False),
    "POST submitted": (lambda client: client.submit(client.messages.send, "s", SEND), False),
    "PATCH idempotent": (lambda client: client.account_keys.update("key_1", {"isActive": False}), True),
    "request GET": (lambda client: client.request("GET", "/api/x"), True),
    "request put": (lambda client: client.request("put", "/api/x", json={}), True),
    "request DELETE": (lambda client: client.request("DELETE", "/api/x"), True),
    "request POST": (lambda client: client.request("POST", "/api/x", json={}), False),
    "request PATCH": (lambda client: client.request("PATCH", "/api/x", json={}), False),
}
calls = pytest.mark.parametrize("name", CALLS)
"""Runs a test with each of them, by name."""
