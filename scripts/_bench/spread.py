"""What rounds say: medians, with the least and the most, and whether a target is met."""

from __future__ import annotations

import statistics
from typing import List, NamedTuple, Optional, Sequence

from .rounds import Results
from .rows import OURS, Row


class Spread(NamedTuple):
    """The values of all rounds."""

    median: float
    least: float
    most: float


class Verdict(NamedTuple):
    """Whether ours landed where it must."""

    is_within_limit: bool
    rival: Optional[str]
    """The one that costs least."""
    to_rival: Optional[Spread]
    """What ours costs, as a multiple of the rival's in the same round."""

    @property
    def is_first(self) -> bool:
        """Whether no rival costs less."""
        return self.to_rival is None or self.to_rival.median <= 1

    @property
    def is_level(self) -> bool:
        """Whether a rival costs less in some rounds, and more in others."""
        return self.to_rival is not None and self.to_rival.least <= 1

    @property
    def is_met(self) -> bool:
        """Whether the target is met as a whole."""
        return self.is_within_limit and self.is_first


def spread_of(values: Sequence[float]) -> Spread:
    """Median, least and most of some values."""
    return Spread(statistics.median(values), min(values), max(values))


def values_of(results: Results, row: Row, side: str, unit: str = "") -> List[float]:
    """What each round measured for a side."""
    return [measured[unit or row.unit] for measured in results[row.measured_with or row.key][side]]


def ratios_of(results: Results, row: Row, side: str, to: str) -> Spread:
    """What one side costs, as a multiple of another's in the same round."""
    pairs = zip(values_of(results, row, side), values_of(results, row, to))
    # A peak of memory may not grow at all.
    return spread_of([one / other if other else float(one > 0) for one, other in pairs])


def amount_of(results: Results, row: Row, side: str) -> Spread:
    """What counts in a row for a side: a multiple of the baseline, or MiB."""
    if row.unit == "growth":
        return spread_of(values_of(results, row, side))
    return ratios_of(results, row, side, row.baseline)


def judge(results: Results, row: Row) -> Verdict:
    """Compare what was measured with the target of a row."""
    is_within_limit = row.limit is None or amount_of(results, row, OURS).median <= row.limit
    if not row.rivals:
        return Verdict(is_within_limit, None, None)
    rival = min(row.rivals, key=lambda side: amount_of(results, row, side).median)
    return Verdict(is_within_limit, rival, ratios_of(results, row, OURS, rival))
