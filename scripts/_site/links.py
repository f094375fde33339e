"""Links of pages to files that are not pages: on the site they lead to where the repository is shown."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from titan._distribution import file_address

_FENCED = re.compile(r"^(?P<fence>`{3,})[^\n]*\n.*?^(?P=fence)[ \t]*$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[(?P<text>[^\[\]]*)\]\((?P<target>\.\./[^()\s]+)\)")


def lead_to_the_repository(markdown: str, page: str, root: Path) -> str:
    """The text of a page with other links.

    Args:
        markdown: The text.
        page: Its path below `docs/`.
        root: The folder of the repository.
    """
    pieces = []
    end = 0
    for block in _FENCED.finditer(markdown):
        pieces += [_change(markdown[end : block.start()], page, root), block[0]]
        end = block.end()
    return "".join([*pieces, _change(markdown[end:], page, root)])


def _change(text: str, page: str, root: Path) -> str:
    folder = posixpath.dirname(f"docs/{page}")

    def change(link: re.Match[str]) -> str:
        file, _, anchor = link["target"].partition("#")
        path = posixpath.normpath(posixpath.join(folder, file))
        # A page, or what is not there at all, is for the generator to find, or to complain of.
        if path.startswith("docs/") or not (root / path).exists():
            return link[0]
        return f"[{link['text']}]({file_address(path)}{f'#{anchor}' if anchor else ''})"

    return _LINK.sub(change, text)
