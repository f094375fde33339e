"""The page of the package on an index: the README, where its links and pictures lead to the repository.

hatchling calls it while it builds, by `[tool.hatch.metadata.hooks.custom]` in pyproject.toml.
"""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any, Callable, Dict

from hatchling.metadata.plugin.interface import MetadataHookInterface

_TARGET = re.compile(r"(?P<picture>!?)(?P<text>\[(?:[^\[\]]|\[[^\]]*\])*\])\((?P<to>[^)\s]+)\)")


class DescriptionHook(MetadataHookInterface):
    """Fills `readme` of the metadata."""

    def update(self, metadata: Dict[str, Any]) -> None:
        """Put the description into the metadata."""
        root = Path(self.root)
        distribution = runpy.run_path(str(root / "titan" / "_distribution.py"))
        text = (root / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": describe(text, distribution["file_address"]),
        }


def describe(readme: str, file_address: Callable[..., str]) -> str:
    """Make the README stand by itself.

    Args:
        readme: Its Markdown.
        file_address: That of `titan/_distribution.py`.

    Returns:
        The Markdown without comments, and with full addresses.
    """

    def lead(found: re.Match[str]) -> str:
        to = found["to"]
        if re.match(r"[a-z]+:", to):
            return found[0]
        path = f"README.md{to}" if to[0] == "#" else to
        address = file_address(path, view="raw" if found["picture"] else "blob")
        return f"{found['picture']}{found['text']}({address})"

    without_comments = re.sub(r"^<!--.*?-->\n", "", readme, flags=re.MULTILINE | re.DOTALL)
    return _TARGET.sub(lead, without_comments)
