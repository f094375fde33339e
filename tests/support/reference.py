"""The pages of docs/reference/: their sections, tables and blocks of code."""

from __future__ import annotations

import re
from typing import Dict, List, NamedTuple

from tests.support.project import ROOT

FOLDER = ROOT / "docs" / "reference"
_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)


class Section(NamedTuple):
    """What stands under a heading, up to the next one of the same level or a higher one."""

    title: str
    level: int
    text: str

    def rows(self, head: str) -> List[List[str]]:
        """The cells of the table whose first heading is this one."""
        found = re.search(rf"^\| {re.escape(head)} \|.*\n\|[- |]+\n((?:\|.*\n?)*)", self.text, re.MULTILINE)
        lines = found[1].splitlines() if found else []
        return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))] for line in lines]

    def blocks(self, language: str) -> List[str]:
        """Blocks of code."""
        return [block["code"] for block in _BLOCK.finditer(self.text) if block["language"] == language]


def sections(page: str) -> Dict[str, Section]:
    """The sections of a page by their titles, without what is below a deeper heading."""
    text = (FOLDER / page).read_text(encoding="utf-8")
    without_code = _BLOCK.sub(
        lambda block: re.sub(r"^#", "\N{FULLWIDTH NUMBER SIGN}", block[0], flags=re.MULTILINE), text
    )
    found = {}
    for part in re.split(r"^(?=#{1,4} )", without_code, flags=re.MULTILINE)[1:]:
        marks, title = part.partition("\n")[0].split(" ", 1)
        title = re.sub(r"\[(.*?)\]\(.*?\)", r"\1", title)
        assert title not in found, f"{page} has two headings {title}"
        body = part.partition("\n")[2].replace("\N{FULLWIDTH NUMBER SIGN}", "#")
        found[title] = Section(title, len(marks), body)
    return found


def name_in(cell: str) -> str:
    """The name in a cell such as [`name`](#name) or `.name`."""
    found = re.search(r"`[.*]*([\w.]+)", cell)
    assert found, cell
    return found[1]
