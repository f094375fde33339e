"""Bodies of answers, and models read from them."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

from titan._models.parsing import parse

NOON = datetime(2025, 5, 1, 12, tzinfo=timezone.utc)
SESSION = {"name": "my-session", "status": "CONNECTED", "createdAt": "2025-05-01T12:00:00Z"}
TEXT = {"chatId": "5511999999999@s.whatsapp.net", "type": "text", "text": "Hello from Titan!"}
HTML = b"<!DOCTYPE html><html><body>Log in</body></html>"


def to_bytes(document: Any) -> bytes:
    """A body as it travels; bytes stay as they are."""
    return document if isinstance(document, bytes) else json.dumps(document).encode()


def session_with(**fields: Any) -> bytes:
    return to_bytes({"data": {**SESSION, **fields}})


def read_as(model: Any, **fields: Any) -> Any:
    """A model with these fields, read as the client reads a response."""
    return parse(to_bytes({"data": fields}), model).value
