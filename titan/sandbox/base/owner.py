"""The process that a sandbox runs in: its threads are there, and nowhere else."""

from __future__ import annotations

from os import getpid
from typing import Optional


class Owner:
    """Tells a forked process from the one where the sandbox was started.

    A child has a copy of the state that nobody works on, with a lock that may be taken for ever.
    """

    def __init__(self) -> None:
        self._process: Optional[int] = None

    def take(self) -> None:
        """The sandbox runs in this process."""
        self._process = getpid()

    def leave(self) -> None:
        """It runs no more."""
        self._process = None

    @property
    def is_elsewhere(self) -> bool:
        """Whether this process was forked from the one where it runs."""
        return self._process not in (None, getpid())

    def check(self) -> None:
        """Refuse what would look at the copy.

        Raises:
            RuntimeError: It runs in another process.
        """
        if self.is_elsewhere:
            raise RuntimeError(
                "this sandbox runs in the process that this one was forked from: control it there, or start "
                "one here; a client here can use it by its base_url"
            )
