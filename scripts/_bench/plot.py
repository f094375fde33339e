"""The plot of docs/performance.md: an SVG that reads in light and dark."""

from __future__ import annotations

from html import escape
from typing import Iterator, List, Tuple

from .rounds import Results
from .rows import GENERATOR, HTTPX, MAIN_ROWS, OURS, PYTHON_CLIENT, Row
from .spread import Spread, ratios_of

_ROWS = ("send", "get", "threads-16", "list-10000", "cold", "import", "parse", "up-50", "down-50")
_SIDES = {OURS: "ours", HTTPX: "httpx", PYTHON_CLIENT: "first", GENERATOR: "second"}
_STYLE = """
    text { font: 13px system-ui, sans-serif; fill: #1f2328; }
    .small { font-size: 11px; fill: #59636e; }
    .grid { stroke: #d1d9e0; }
    .spread { stroke: #1f2328; stroke-width: 1.2; }
    .ours { fill: #0a7d5a; } .httpx { fill: #6e7781; } .first { fill: #3b82c4; } .second { fill: #c2703d; }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc; } .small { fill: #9198a1; } .grid { stroke: #3d444d; }
      .spread { stroke: #f0f6fc; }
      .ours { fill: #2fbf8f; } .httpx { fill: #9198a1; } .first { fill: #6cb0ee; } .second { fill: #e69a68; }
    }
"""
_TITLE = "CPU time, as a multiple of that of titan-sdk; lines from the least to the most of all rounds"
_LEFT, _WIDTH, _BAR, _GAP, _TOP = 310, 460, 12, 16, 76


def draw(results: Results) -> str:
    """Bars for each row, a side each."""
    rows = [row for row in MAIN_ROWS if row.key in _ROWS]
    most = max(spread.most for row in rows for _, spread in _bars(results, row))
    scale, bottom = _WIDTH / most, _TOP
    marks: List[str] = []
    for row in rows:
        bars = list(_bars(results, row))
        middle = bottom + len(bars) * _BAR / 2 + 4
        marks.append(_text(_LEFT - 10, middle, row.title.replace("`", ""), anchor="end"))
        for side, spread in bars:
            marks += _draw_bar(bottom, side, spread, scale)
            bottom += _BAR
        bottom += _GAP
    grid = [
        f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 8}" y2="{bottom - 8}"/>'
        + _text(x, bottom + 8, f"{multiple}×", style="small", anchor="middle")
        for multiple in range(0, int(most) + 1, 1 + int(most) // 12)
        for x in (_LEFT + multiple * scale,)
    ]
    width, height = _LEFT + _WIDTH + 60, bottom + 20
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
            f"<title>{_TITLE}</title>",
            f"<style>{_STYLE}</style>",
            _text(20, 20, _TITLE),
            *_legend(),
            *grid,
            *marks,
            "</svg>\n",
        ]
    )


def _bars(results: Results, row: Row) -> Iterator[Tuple[str, Spread]]:
    for side in _SIDES:
        if side in row.sides:
            yield side, ratios_of(results, row, side, OURS)


def _draw_bar(top: float, side: str, spread: Spread, scale: float) -> List[str]:
    middle, length = top + _BAR / 2 - 1, spread.median * scale
    least, most = _LEFT + spread.least * scale, _LEFT + spread.most * scale
    return [
        f'<rect class="{_SIDES[side]}" x="{_LEFT}" y="{top}" width="{length:.1f}" height="{_BAR - 2}"/>',
        f'<line class="spread" x1="{least:.1f}" x2="{most:.1f}" y1="{middle}" y2="{middle}"/>',
        _text(max(most, _LEFT + length) + 6, middle + 4, f"{spread.median:.2f}", style="small"),
    ]


def _legend() -> Iterator[str]:
    for number, (side, style) in enumerate(_SIDES.items()):
        x = 20 + number * 180
        yield f'<rect class="{style}" x="{x}" y="36" width="12" height="12"/>' + _text(x + 18, 47, side)


def _text(x: float, y: float, text: str, style: str = "", anchor: str = "start") -> str:
    kind = f' class="{style}"' if style else ""
    return f'<text{kind} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
