"""Pieces of Markdown: cells of tables, anchors, blocks of code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Iterable, List, Sequence

FOLDER = Path("docs") / "reference"
MARK = "by scripts/generate; do not edit"
"""What stands in the first line of each page, and tells those that nothing asks for any more."""
_CODE = re.compile(r"(`+[^`]+`+)")


def page(title: str, sources: str, parts: Iterable[str]) -> str:
    """A whole page.

    Args:
        title: Its heading.
        sources: What it is made of.
        parts: Its paragraphs, tables and blocks; empty ones are left out.
    """
    head = [f"<!-- generated from {sources} {MARK} -->\n# {title}"]
    return "\n\n".join([*head, *(part for part in parts if part)]) + "\n"


def prose(text: str) -> str:
    """Text in which Markdown finds no HTML."""
    return "".join(
        piece if piece.startswith("`") else piece.replace("<", "&lt;") for piece in _CODE.split(text)
    )


def cell(text: str) -> str:
    """Text as it may stand in the cell of a table."""
    return prose(" ".join(text.split())).replace("|", "\\|")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table, without the columns in which no row has anything; the cells are Markdown already."""
    if not rows:
        return ""
    used = [column for column in range(len(head)) if any(row[column] for row in rows)]
    lines = [_row([head[column] for column in used]), _row(["---"] * len(used))]
    lines += [_row([row[column] for column in used]) for row in rows]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def code(language: str, text: str) -> str:
    """A block of code."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text.strip()}\n{fence}"


def anchor(heading: str) -> str:
    """What a heading is linked by."""
    return re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-")


def items(lines: Sequence[str]) -> str:
    """A list."""
    return "\n".join(f"- {line}" for line in lines)


def joined(names: Sequence[str], last: str = "or") -> str:
    """`a`, `b` or `c`, each as code."""
    quoted: List[str] = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} {last} {quoted[-1]}"
