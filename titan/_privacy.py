"""Keeping phone numbers, keys and tokens out of logs, and out of what error trackers report."""

from __future__ import annotations

import re
from typing import Generic, TypeVar

T = TypeVar("T")

# Keys and tokens by their prefix; older keys, which are hexadecimal; runs of digits; numbers with spaces and
# hyphens only behind a "+", since times and addresses look like them.
_PRIVATE = re.compile(
    r"titan_[A-Za-z0-9_.~+/=-]+|[0-9A-Fa-f]{32,}|[0-9]{7,}|(?<=\+)[0-9][0-9 \u00a0().-]{5,}[0-9]"
)


def mask(text: str) -> str:
    """Replace keys, tokens, phone numbers and all other runs of seven or more digits by `…`.

    Lone surrogates, which JSON can hold and no file or terminal takes, become `?`.

    Args:
        text: Any text, such as the error message of a server.

    Returns:
        The text without them.
    """
    if not text.isascii():
        text = text.encode("utf-8", errors="replace").decode("utf-8")
    return _PRIVATE.sub(lambda found: "titan_…" if found[0].startswith("titan_") else "…", text)


class Secret(Generic[T]):
    """Holds a value that `repr` does not show, nor trackers, which walk through lists, tuples and dicts.

    Args:
        value: What it holds.
    """

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        """The value; to be used in an expression, never kept in a local variable."""
        return self._value

    def __repr__(self) -> str:
        return "<secret>"
