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


def spread_of(values: Sequence[float]) -> Spread:
    """Median, least and most of some values."""
    return Spread(statistics.median(values), min(values), max(values))


def values_of(results: Results, row: Row, side: str, unit: str = "") -> List[float]:
    """What each round measured."""
    return [one[unit or row.unit] for one in results[row.measured_with or row.key][side]]


def ratios_of(results: Results, row: Row, side: str, to: str) -> Spread:
    """How many times as much one side costs as another, in the same round."""
    pairs = zip(values_of(results, row, side), values_of(results, row, to))
    return spread_of([one / other if other else 0.0 for one, other in pairs])


def amount_of(results: Results, row: Row, side: str) -> Spread:
    """What counts in a row for a side: a multiple of the baseline, or MiB."""
    if row.unit == "growth":
        return spread_of(values_of(results, row, side))
    return ratios_of(results, row, side, row.baseline)


class Verdict(NamedTuple):
    """Whether ours landed where it must."""

    is_within_limit: bool
    cheapest_rival: Optional[str]
    is_first: bool

    @property
    def is_met(self) -> bool:
        """Whether the target is met as a whole."""
        return self.is_within_limit and self.is_first


def judge(results: Results, row: Row) -> Verdict:
    """Compare what was measured with the target of a row."""
    ours = amount_of(results, row, OURS).median
    measured = {
        side: amount_of(results, row, side).median
        for side in row.rivals
        if results[row.measured_with or row.key].get(side)
    }
    rival = min(measured, key=lambda side: measured[side], default=None)
    return Verdict(
        row.limit is None or ours <= row.limit,
        rival,
        rival is None or ours <= measured[rival],
    )
