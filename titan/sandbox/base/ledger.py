"""What is kept and for how much it counts, so that the oldest of it can be forgotten."""

from __future__ import annotations

from collections import deque
from typing import Callable, Deque, Tuple


class Ledger:
    """Everything of one kind that is kept, oldest first."""

    def __init__(self) -> None:
        self._entries: Deque[Tuple[int, Callable[[], object]]] = deque()
        self._total = 0

    def add(self, amount: int, forget: Callable[[], object], most: int) -> None:
        """Count something, and forget the oldest until there is no more than allowed.

        Args:
            amount: For how much it counts.
            forget: Takes it away; it may be gone already.
            most: How much may be kept.
        """
        self._entries.append((amount, forget))
        self._total += amount
        while self._total > most:
            amount, forget = self._entries.popleft()
            self._total -= amount
            forget()
