"""Keeping phone numbers, keys and tokens out of logs, and out of what error trackers report."""

from __future__ import annotations

import re
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)

_UUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# Digits that stand for themselves; those of hexadecimal ids have letters beside them.
_NUMBER = re.compile("(?<![0-9A-Za-z])[0-9]{7,}(?![0-9A-Za-z])")

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


def mask_id(text: str) -> str:
    """Mask an id, but not the digits between its letters, nor those of a UUID: logs are searched for ids.

    Args:
        text: The id of an event or the like.

    Returns:
        The id without what may be a phone number or a key.
    """
    if _UUID.fullmatch(text):
        return text
    is_harmless = len(text) <= 64 and not text.startswith("titan_") and not _NUMBER.search(text)
    return text if is_harmless and text.isascii() else mask(text)


class Secret(Generic[T_co]):
    """Holds a value that `repr` does not show, nor trackers, which walk through lists, tuples and dicts.

    Args:
        value: What it holds.
    """

    __slots__ = ("_value",)

    def __init__(self, value: T_co) -> None:
        self._value = value

    def reveal(self) -> T_co:
        """The value; to be used in an expression, never kept in a local variable."""
        return self._value

    def __repr__(self) -> str:
        return "<secret>"
