"""Masking of what must not end up in a log: phone numbers, keys and tokens."""

from __future__ import annotations

import re

# Keys and tokens by their prefix; older keys, which are hexadecimal; runs of digits; numbers with spaces and
# hyphens only behind a "+", since times and addresses look like them.
_PRIVATE = re.compile(
    r"titan_[A-Za-z0-9_.~+/=-]+|[0-9A-Fa-f]{32,}|[0-9]{7,}|(?<=\+)[0-9][0-9 \u00a0().-]{5,}[0-9]"
)


def mask(text: str) -> str:
    """Replace keys, tokens, phone numbers and all other runs of seven or more digits by `…`.

    Args:
        text: Any text, such as the error message of a server.

    Returns:
        The text without them.
    """
    return _PRIVATE.sub(lambda found: "titan_…" if found[0].startswith("titan_") else "…", text)
