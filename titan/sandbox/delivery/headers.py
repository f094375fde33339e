"""The headers that each delivery has."""

from __future__ import annotations

from typing import Dict


def headers_of(signature: str) -> Dict[str, str]:
    """The headers that say what a body is, and who signed it."""
    return {"Content-Type": "application/json", "X-Webhook-Signature": signature}
