"""A holder for what must not show in a report of local variables: error trackers send those along."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class Secret(Generic[T]):
    """Holds a value that `repr` and trackers, which walk through lists, tuples and dicts, do not see.

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
