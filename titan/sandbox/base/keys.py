"""Server API keys."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import List, Optional


@dataclass
class AccountKey:
    """A server API key."""

    id: str
    key: str
    label: str
    scopes: List[str]
    created_at: datetime
    expires_at: Optional[datetime] = None
    is_active: bool = True


def create_key(label: str, scopes: List[str], now: datetime, expires_at: Optional[datetime]) -> AccountKey:
    """Make up a key."""
    secret = f"titan_{secrets.token_urlsafe(73)}"
    return AccountKey(f"key_{secrets.token_hex(10)}", secret, label, scopes, now, expires_at)
