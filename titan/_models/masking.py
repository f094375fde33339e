"""What `repr` shows of a model: no phone number, no secret, nothing that people wrote."""

from __future__ import annotations

from typing import Any

from .._privacy import mask

HIDDEN = "…"

# What people wrote and sent, or an address that gives it to whoever has it.
CONTENT = frozenset({"text", "body", "caption", "vcard", "base64", "s3_url", "media_url"})


def mask_value(value: Any) -> Any:
    """What `repr` shows of a value: no phone number, nothing of unknown structure."""
    if isinstance(value, str):
        masked = mask(value)
        return value if masked == value else masked
    if type(value) is int:
        return value if abs(value) < 1_000_000 else HIDDEN
    if isinstance(value, list):
        return [HIDDEN if isinstance(item, list) else mask_value(item) for item in value]
    return HIDDEN if isinstance(value, dict) else value
