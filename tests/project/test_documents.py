"""What the documents point to is there."""

from __future__ import annotations

import os
import re
from typing import Iterator, Set, Tuple

import pytest

from tests.support.project import ROOT

DOCUMENTS = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"]
DOCUMENTS += sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md"))
# What is written `so` and begins with one of these is a path of the repository.
FOLDERS = ("titan/", "tests/", "scripts/", "docs/", "examples/", ".github/", ".ci/")
CODE = re.compile(r"^( *)(```+|~~~+).*?^\1\2 *$", re.MULTILINE | re.DOTALL)
LINK = re.compile(
    r"\]\(<?([^)\s>]+)>?(?: \"[^\"]*\")?\)|^\[[^\]]+\]: (\S+)|(?:src|href|srcset)=\"([^\"]+)\"", re.MULTILINE
)


def prose_of(document: str) -> str:
    """A document without its blocks of code."""
    return CODE.sub("", (ROOT / document).read_text(encoding="utf-8"))


def links() -> Iterator[Tuple[str, str]]:
    for document in DOCUMENTS:
        # What is shown `so` is no link.
        prose = re.sub(r"`[^`\n]+`", "", prose_of(document))
        for found in LINK.finditer(prose):
            target = found[1] or found[2] or found[3]
            if not re.match(r"[a-z]+:", target):
                yield document, target


def paths() -> Iterator[Tuple[str, str]]:
    for document in DOCUMENTS:
        for code in re.findall(r"`([^`\n]+)`", prose_of(document)):
            path = code.partition(" ")[0]
            if path.startswith(FOLDERS):
                yield document, path


def anchors(document: str) -> Set[str]:
    """What GitHub makes of the headings of a document, and the anchors that it sets itself."""
    prose = prose_of(document)
    found: Set[str] = set(re.findall(r"(?:<a (?:id|name)=\"|\{ ?#)([\w-]+)", prose))
    for heading in re.findall(r"^#+ (.+?)(?: \{.*\})?$", prose, re.MULTILINE):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", text).strip().lower().replace(" ", "-")
        number = 0
        while (one := f"{slug}-{number}" if number else slug) in found:
            number += 1
        found.add(one)
    return found


@pytest.mark.parametrize(("document", "target"), sorted(set(links())))
def test_a_link_leads_somewhere(document, target):
    file, _, anchor = target.partition("#")
    linked = (ROOT / document).parent / file if file else ROOT / document
    assert linked.exists(), f"{document} links to {target}, which does not exist"
    if anchor:
        assert anchor in anchors(os.path.relpath(linked, ROOT))


@pytest.mark.parametrize(("document", "path"), sorted(set(paths())))
def test_a_path_in_the_text_exists(document, path):
    # `<domain>` and the like stand for any name.
    pattern = re.sub(r"<\w+>", "*", path).rstrip("/")
    assert list(ROOT.glob(pattern)), f"{document} names {path}, which does not exist"


def test_links_and_paths_are_found_at_all():
    found = set(links())
    assert ("README.md", "#install") in found
    assert ("docs/index.md", "tutorial.md") in found
    assert any(document.startswith("docs/guides/") for document, _ in found)
    assert ("CONTRIBUTING.md", "titan/sandbox/api/<domain>.py") in set(paths())
