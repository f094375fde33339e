"""Ids of events, by which a receiver knows one that it has had."""

from __future__ import annotations

import secrets


def create() -> str:
    """Make up the id of an event."""
    return f"evt_{secrets.token_hex(10)}"
