"""The page of the package on an index: the README, where its links and pictures lead to the repository.

hatchling calls it while it builds, by `[tool.hatch.metadata.hooks.custom]` in pyproject.toml.
"""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any, Dict

from hatchling.metadata.plugin.interface import MetadataHookInterface

_TARGET = re.compile(r"(?P<picture>!?)(?P<text>\[(?:[^\[\]]|\[[^\]]*\])*\])\((?P<to>[^)\s]+)\)")


class DescriptionHook(MetadataHookInterface):
    """Fills `readme` of the metadata."""

    def update(self, metadata: Dict[str, Any]) -> None:
        """Put the description into the metadata."""
        root = Path(self.root)
        place = runpy.run_path(str(root / "titan" / "_distribution.py"))
        text = (root / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": describe(text, place["REPOSITORY"], place["FOLDER"]),
        }


def describe(readme: str, repository: str, folder: str) -> str:
    """Make the README stand by itself.

    Args:
        readme: Its Markdown.
        repository: Address of the repository.
        folder: Path of the README's folder within it.

    Returns:
        The Markdown without comments, and with full addresses.
    """

    def lead(found: re.Match[str]) -> str:
        to = found["to"]
        if re.match(r"[a-z]+:", to):
            return found[0]
        kind, path = ("raw", to) if found["picture"] else ("blob", f"README.md{to}" if to[0] == "#" else to)
        return f"{found['picture']}{found['text']}({repository}/{kind}/main/{folder}/{path})"

    without_comments = re.sub(r"^<!--.*?-->\n", "", readme, flags=re.MULTILINE | re.DOTALL)
    return _TARGET.sub(lead, without_comments)
