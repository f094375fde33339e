"""A hook of the site: `llms.txt`, `llms-full.txt`, and each page as Markdown beside it, for language models.

The form of `llms.txt` is that of llmstxt.org: a title, a summary, and links with a line each.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any, Dict, List, Tuple

_LONGEST_SUMMARY = 200
_NO_PROSE = ("#", "```", "|", ">", "!")
_COMMENT = re.compile(r"<!--.*?-->\s*", re.DOTALL)
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()\s]*\)")


class _Pages:
    """What was built so far: the text of each page by the path of its source."""

    def __init__(self) -> None:
        self.texts: Dict[str, str] = {}


_pages = _Pages()


def on_pre_build(**_: Any) -> None:
    """Begin anew."""
    _pages.texts.clear()


# After the hook that changes links: mkdocs runs hooks in the order of mkdocs.yml.
def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> None:
    """Keep the text of a page."""
    _pages.texts[page.file.src_uri] = _COMMENT.sub("", markdown).strip() + "\n"


def on_post_build(*, config: Any, **_: Any) -> None:
    """Write the files beside the pages."""
    site = Path(config["site_dir"])
    sections = [(title, pages) for title, pages in _sections(config["nav"]) if pages]
    for source, text in _pages.texts.items():
        target = site / source
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    head = f"# {config['site_name']}\n\n> {config['site_description']}\n"
    lists = []
    whole = [head]
    for title, sources in sections:
        lines = [f"- [{_title(source)}]({source}): {summary(_pages.texts[source])}" for source in sources]
        lists.append(f"## {title}\n\n" + "\n".join(lines) + "\n")
        whole += [_pages.texts[source] for source in sources]
    (site / "llms.txt").write_text("\n".join([head, *lists]), encoding="utf-8")
    (site / "llms-full.txt").write_text("\n".join(whole), encoding="utf-8")


def summary(text: str) -> str:
    """The first sentence of a page, without links."""
    paragraphs = [part for part in re.split(r"\n\s*\n", text) if not part.startswith(_NO_PROSE)]
    first = _LINK.sub(r"\1", " ".join(paragraphs[0].split())) if paragraphs else ""
    sentence = re.split(r"(?<=[.!?])\s+(?=[A-Z`])", first, maxsplit=1)[0]
    if len(sentence) <= _LONGEST_SUMMARY:
        return sentence
    return sentence[:_LONGEST_SUMMARY].rsplit(" ", 1)[0] + "…"


def _title(source: str) -> str:
    heading = re.search(r"^# (.+)$", _pages.texts[source], re.MULTILINE)
    return heading[1].strip() if heading else posixpath.basename(source)


def _sections(nav: Any) -> List[Tuple[str, List[str]]]:
    """The sections of the navigation with the sources of their pages; single pages come first."""
    single: List[str] = []
    found: List[Tuple[str, List[str]]] = []
    for item in nav:
        for title, inside in item.items() if isinstance(item, dict) else [("", item)]:
            if isinstance(inside, str):
                single.append(inside)
            else:
                found.append((title, list(_sources(inside))))
    return [("Start", single), *found]


def _sources(items: List[Any]) -> List[str]:
    found: List[str] = []
    for item in items:
        inside = next(iter(item.values())) if isinstance(item, dict) else item
        found += [inside] if isinstance(inside, str) else _sources(inside)
    return found
