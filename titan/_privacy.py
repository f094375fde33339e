"""Masking of what must not end up in a log: phone numbers, keys and tokens."""

from __future__ import annotations

import re

_PRIVATE = re.compile(r"titan_[A-Za-z0-9_.\-]+|[0-9]{7,}")


def mask(text: str) -> str:
    """Replace keys, tokens and runs of seven or more digits by `…`.

    Args:
        text: Any text, such as the error message of a server.

    Returns:
        The text without them.
    """
    return _PRIVATE.sub(lambda found: "titan_…" if found[0].startswith("titan_") else "…", text)
