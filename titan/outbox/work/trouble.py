"""Trouble with the server as a whole: this process then makes a pause with all sessions."""

from __future__ import annotations

import logging

from ..._clock import now
from .sending import Result

_LONGEST = 60.0
# So many outcomes in a row that are unclear are no chance.
_MOST_UNCLEAR = 3

_logger = logging.getLogger("titan")


class Trouble:
    """Whether the server seems to be down, by what came of the latest messages.

    It is of one process: where that cannot reach the server, others may.
    """

    def __init__(self) -> None:
        self._unclear = self._refused = 0
        self._held_until = 0.0

    def seconds_left(self) -> float:
        """How long the pause still is; 0 or less where there is none."""
        return self._held_until - now()

    def note(self, result: Result) -> None:
        """Take note of a result."""
        if result.trouble is None:
            if result.outcome is not None and result.outcome.kind == "sent":
                self._unclear = self._refused = 0
            return
        if result.trouble == "refused":
            self._refused += 1
            number = self._refused
        else:
            self._unclear += 1
            number = self._unclear - _MOST_UNCLEAR
        if number > 0 and self.seconds_left() <= 0:
            seconds = min(2.0 ** (number - 1), _LONGEST)
            self.hold(seconds)
            _logger.info("the outbox waits %.0f s: the server cannot be reached, or fails", seconds)

    def hold(self, seconds: float) -> None:
        """Make a pause from now on."""
        self._held_until = now() + seconds
