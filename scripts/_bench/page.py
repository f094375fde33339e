"""The generated parts of docs/performance.md and README.md."""

from __future__ import annotations

from typing import Callable, Dict, List, Mapping, NamedTuple, Sequence

from .rounds import Results
from .rows import (
    DOWNLOADS,
    GENERATOR,
    HTTPX,
    LENGTHS,
    MAIN_ROWS,
    OURS,
    PYTHON_CLIENT,
    THREADS,
    UPLOADS,
    Row,
)
from .spread import Spread, amount_of, judge, ratios_of, spread_of, values_of

BEGIN = "<!-- figures: written by scripts/bench --write -->"
END = "<!-- end of figures -->"
IN_README = ("send", "cold", "up-50-memory")
"""The rows that the README shows: three, so that it stays short."""
_HEADER = ["| | titan-sdk | of | target | |", "|---|---|---|---|---|"]

_HOW_TO_READ = """\
Where there is no unit, a figure is CPU time (in the row on memory, memory) as a multiple of that of the
side named behind it: the median of each round's own ratio, and the least and the most of these in
brackets. So it can differ a little from the ratio of the times below, which are medians themselves.
_First_ asks for the least of all sides that do the same. _Met_ is said of the median; _level with_ another
means that it costs less in the median, but not in every round. The _floor_ is the same work with the
libraries alone."""
_WHAT_IS_SENT = """\
Texts a second, to a server on the same machine that only answers. All threads of a client share one core,
because Python runs one at a time."""


class Circumstances(NamedTuple):
    """Where and when it was measured."""

    date: str
    commit: str
    versions: Mapping[str, str]
    machine: str
    rounds: int
    minutes: float


def write_page(results: Results, circumstances: Circumstances) -> str:
    """The generated part of docs/performance.md."""
    parts = [
        _say_where(circumstances),
        "![CPU time of the sides, as multiples of that of titan-sdk](performance.svg)",
        "## Against what you would take instead",
        _HOW_TO_READ,
        _table([*_HEADER, *(_summary(results, row) for row in MAIN_ROWS)]),
        *_explain_misses(results),
        "### Every side",
        _table(["| | side | | |", "|---|---|---|---|", *_all_sides(results)]),
        "## How the cost grows",
        *_growth(results),
        "## What one process can send",
        _WHAT_IS_SENT,
        _table(_rates(results)),
    ]
    return "\n\n".join(parts)


def write_readme(results: Results) -> str:
    """The generated part of README.md."""
    rows = {row.key: row for row in MAIN_ROWS}
    return _table([*_HEADER, *(_summary(results, rows[key]) for key in IN_README)])


def replace_part(document: str, part: str) -> str:
    """A document with another generated part.

    Raises:
        ValueError: It has no place for one, or several.
    """
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    if document.count(BEGIN) != 1 or document.count(END) != 1 or not rest:
        raise ValueError(f"it must have one {BEGIN} and one {END}")
    return f"{before}{BEGIN}\n\n{part}\n\n{END}{after}"


def show(results: Results, rows: Sequence[Row]) -> str:
    """The same for a terminal."""
    lines: List[str] = []
    for row in rows:
        lines.append(f"{row.title}: target {_target(row)}: {_verdict(results, row)}")
        for side in row.sides:
            amount = _amount(row, amount_of(results, row, side))
            lines.append(f"    {side:26} {amount:26} {_absolute(results, row, side)}")
    return "\n".join(lines)


def _say_where(circumstances: Circumstances) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in circumstances.versions.items())
    return (
        f"Measured on {circumstances.date} at commit {circumstances.commit}, in {circumstances.rounds} "
        f"rounds ({circumstances.minutes:.0f} minutes).\n\n- {circumstances.machine}\n- {versions}"
    )


def _table(lines: Sequence[str]) -> str:
    return "\n".join(lines)


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def _amount(row: Row, spread: Spread) -> str:
    unit = " MiB" if row.unit == "growth" else ""
    return f"{_number(spread.median)}{unit} ({_number(spread.least)}–{_number(spread.most)})"


def _target(row: Row) -> str:
    limit = "" if row.limit is None else f"at most {row.limit:g}{' MiB' if row.unit == 'growth' else ''}"
    return ", ".join(filter(None, [limit, "first" if row.rivals else ""]))


def _verdict(results: Results, row: Row) -> str:
    verdict = judge(results, row)
    if verdict.is_met:
        return "met"
    said = [] if verdict.is_within_limit else ["**missed**"]
    if not verdict.is_first:
        said.append(f"**level with {verdict.rival}**" if verdict.is_level else f"**after {verdict.rival}**")
    return ", ".join(said)


def _summary(results: Results, row: Row) -> str:
    ours = _amount(row, amount_of(results, row, OURS))
    of = "" if row.unit == "growth" else row.baseline
    return f"| {row.title} | {ours} | {of} | {_target(row)} | {_verdict(results, row)} |"


def _explain_misses(results: Results) -> List[str]:
    """Of each target that is missed: by how much, and how far the floor is."""
    missed = [row for row in MAIN_ROWS if not judge(results, row).is_met]
    lines = [f"- {row.title}: {_explain_miss(results, row)}." for row in missed]
    return ["Where a target is missed:", "\n".join(lines)] if lines else []


def _explain_miss(results: Results, row: Row) -> str:
    verdict, said = judge(results, row), []
    if not verdict.is_first and verdict.to_rival is not None:
        said.append(f"{_times(verdict.to_rival)} what {verdict.rival} takes")
    if row.floor is not None and ratios_of(results, row, OURS, row.floor).median > 1:
        said.append(f"{_times(ratios_of(results, row, OURS, row.floor))} the floor, {row.floor}")
    if not said:
        said.append(f"{_amount(row, amount_of(results, row, OURS))} where the target is {_target(row)}")
    return "; ".join(filter(None, [" and ".join(said), row.floor_says]))


def _times(spread: Spread) -> str:
    return f"{_number(spread.median)} times ({_number(spread.least)}–{_number(spread.most)})"


def _all_sides(results: Results) -> List[str]:
    lines: List[str] = []
    for row in MAIN_ROWS:
        title = row.title
        for side in row.sides:
            amount = _amount(row, amount_of(results, row, side))
            lines.append(f"| {title} | {side} | {amount} | {_absolute(results, row, side)} |")
            title = ""
    return lines


def _absolute(results: Results, row: Row, side: str) -> str:
    if row.unit == "growth":
        return ""
    median = spread_of(values_of(results, row, side)).median
    return f"{_number(median)} MiB" if row.unit == "peak" else _time(median)


def _time(seconds: float) -> str:
    return f"{_number(seconds * 1000)} ms" if seconds >= 0.001 else f"{_number(seconds * 1_000_000)} µs"


def _growth(results: Results) -> List[str]:
    typed, all_of_them = [OURS, PYTHON_CLIENT, GENERATOR], [OURS, HTTPX, PYTHON_CLIENT, GENERATOR]

    def cpu(row: Row, side: str) -> str:
        return _time(spread_of(values_of(results, row, side)).median)

    def memory(row: Row, side: str) -> str:
        return f"{_number(spread_of(values_of(results, row, side, 'growth')).median)} MiB"

    def files(rows: Mapping[int, Row]) -> Dict[str, Row]:
        return {f"{megabytes} MB": row for megabytes, row in rows.items()}

    lengths = {f"{count:,}": row for count, row in LENGTHS.items()}
    threads = {str(count): row for count, row in THREADS.items()}
    return [
        "CPU time of one `messages.send`, with threads that share a client:",
        _grid("threads", threads, all_of_them, cpu),
        "CPU time of one `contacts.list`, with the length of the list (httpx gives dicts):",
        _grid("contacts", lengths, [*typed[:1], HTTPX, *typed[1:]], cpu),
        "CPU time of sending a file, and what it adds to the peak of memory:",
        _grid("sent", files(UPLOADS), all_of_them, lambda *of: f"{cpu(*of)}, {memory(*of)}"),
        "CPU time of receiving a file to disk (with httpx, streamed by hand), and memory:",
        _grid("received", files(DOWNLOADS), all_of_them, lambda *of: f"{cpu(*of)}, {memory(*of)}"),
    ]


def _grid(title: str, rows: Mapping[str, Row], sides: Sequence[str], cell: Callable[[Row, str], str]) -> str:
    lines = [f"| {title} | {' | '.join(sides)} |", "|---" * (len(sides) + 1) + "|"]
    lines += [f"| {name} | {' | '.join(cell(row, side) for side in sides)} |" for name, row in rows.items()]
    return _table(lines)


def _rates(results: Results) -> List[str]:
    def rate(row: Row, side: str) -> str:
        spread = spread_of([1 / wall for wall in values_of(results, row, side, "wall")])
        return f"{spread.median:,.0f} ({spread.least:,.0f}–{spread.most:,.0f})"

    sides = [OURS, HTTPX, PYTHON_CLIENT, GENERATOR]
    return _grid("threads", {str(count): THREADS[count] for count in (1, 16)}, sides, rate).split("\n")
