"""`llms.txt`, `llms-full.txt`, and each page as Markdown beside it, for language models.

The form of `llms.txt` is that of llmstxt.org: a title, a summary, and links with a line each.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Dict, List, Tuple

_LONGEST_SUMMARY = 200
_NO_PROSE = ("#", "```", "|", ">", "!")
_COMMENT = re.compile(r"<!--.*?-->\s*", re.DOTALL)
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()\s]*\)")


def write_for_language_models(project: Dict[str, Any], docs: Path, site: Path) -> None:
    """Write the files.

    Args:
        project: The settings of the site: its name, its description, its navigation.
        docs: The folder with the pages as they were built.
        site: The folder of the site.
    """
    head = f"# {project['site_name']}\n\n> {project['site_description']}\n"
    lists, whole = [head], [head]
    for title, pages in sections(project["nav"]):
        lines = []
        for page in pages:
            text = _COMMENT.sub("", (docs / page).read_text(encoding="utf-8")).strip() + "\n"
            (site / page).parent.mkdir(parents=True, exist_ok=True)
            (site / page).write_text(text, encoding="utf-8")
            lines.append(f"- [{_title(text, page)}]({page}): {summary(text)}")
            whole.append(text)
        lists.append("\n".join([f"## {title}\n", *lines]) + "\n")
    (site / "llms.txt").write_text("\n".join(lists), encoding="utf-8")
    (site / "llms-full.txt").write_text("\n".join(whole), encoding="utf-8")


def summary(text: str) -> str:
    """The first sentence of a page, without links and bold letters."""
    paragraphs = [part for part in re.split(r"\n\s*\n", text) if not part.startswith(_NO_PROSE)]
    first = _LINK.sub(r"\1", " ".join(paragraphs[0].split())).replace("**", "") if paragraphs else ""
    sentence = re.split(r"(?<=[.!?])\s+(?=[A-Z`])", first, maxsplit=1)[0]
    if len(sentence) <= _LONGEST_SUMMARY:
        return sentence
    return sentence[:_LONGEST_SUMMARY].rsplit(" ", 1)[0] + "…"


def sections(nav: List[Any]) -> List[Tuple[str, List[str]]]:
    """The sections of the navigation with their pages; pages outside of sections come first, as `Start`."""
    single: List[str] = []
    found: List[Tuple[str, List[str]]] = []
    for item in nav:
        ((title, inside),) = item.items()
        if isinstance(inside, str):
            single.append(inside)
        else:
            found.append((title, list(_pages(inside))))
    return [("Start", single), *found]


def _pages(items: List[Any]) -> List[str]:
    found: List[str] = []
    for item in items:
        inside = next(iter(item.values())) if isinstance(item, dict) else item
        found += [inside] if isinstance(inside, str) else _pages(inside)
    return found


def _title(text: str, page: str) -> str:
    heading = re.search(r"^# (.+)$", text, re.MULTILINE)
    return heading[1].strip() if heading else page
