"""A hook of the site: links to files that are not pages lead to where the repository is shown."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_FENCED = re.compile(r"(^(?P<fence>`{3,})[^\n]*\n.*?^(?P=fence)[ \t]*$)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[(?P<text>[^\[\]]*)\]\((?P<target>\.\./[^()\s]+)\)")


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Change the links of a page before it is rendered."""
    folder = posixpath.dirname(f"docs/{page.file.src_uri}")
    pieces = []
    end = 0
    for block in _FENCED.finditer(markdown):
        pieces += [_change(markdown[end : block.start()], folder), block[0]]
        end = block.end()
    return "".join([*pieces, _change(markdown[end:], folder)])


def _change(text: str, folder: str) -> str:
    def change(link: re.Match[str]) -> str:
        file, _, anchor = link["target"].partition("#")
        path = posixpath.normpath(posixpath.join(folder, file))
        # A page, or what is not there at all, is for mkdocs to find, or to complain of.
        if path.startswith("docs/") or not (ROOT / path).exists():
            return link[0]
        source = source_address()
        return f"[{link['text']}]({source}{path}{f'#{anchor}' if anchor else ''})" if source else link["text"]

    return _LINK.sub(change, text)


def source_address() -> str:
    """Where files of the repository are shown, up to their path; empty while no such place is known."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    found = re.search(r'^Changelog = "(https://[^"]*/)CHANGELOG\.md"$', project, re.MULTILINE)
    return found[1] if found else ""
