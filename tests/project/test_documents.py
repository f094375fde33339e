"""What the documents point to is there."""

from __future__ import annotations

import re
from typing import Iterator, Tuple

import pytest

from tests.support.project import ROOT

DOCUMENTS = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md"]
DOCUMENTS += [f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))]
# What is written `so` and begins with one of these is a path of the repository.
FOLDERS = ("titan/", "tests/", "scripts/", "docs/", "examples/", ".github/", ".ci/")


def links() -> Iterator[Tuple[str, str]]:
    for document in DOCUMENTS:
        text = (ROOT / document).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if "://" not in target:
                yield document, target


def paths() -> Iterator[Tuple[str, str]]:
    for document in DOCUMENTS:
        for code in re.findall(r"`([^`\n]+)`", (ROOT / document).read_text(encoding="utf-8")):
            path = code.partition(" ")[0]
            if path.startswith(FOLDERS):
                yield document, path


def anchors(document: str) -> set[str]:
    """What GitHub makes of the headings of a document."""
    headings = re.findall(r"^#+ (.+)$", (ROOT / document).read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(("document", "target"), sorted(set(links())))
def test_a_link_leads_somewhere(document, target):
    file, _, anchor = target.partition("#")
    linked = (ROOT / document).parent / file if file else ROOT / document
    assert linked.exists(), f"{document} links to {target}, which does not exist"
    if anchor:
        assert anchor in anchors(str(linked.relative_to(ROOT)))


@pytest.mark.parametrize(("document", "path"), sorted(set(paths())))
def test_a_path_in_the_text_exists(document, path):
    # `<domain>` and the like stand for any name.
    pattern = re.sub(r"<\w+>", "*", path).rstrip("/")
    assert list(ROOT.glob(pattern)), f"{document} names {path}, which does not exist"


def test_links_and_paths_are_found_at_all():
    assert ("README.md", "#install") in set(links())
    assert ("CONTRIBUTING.md", "titan/sandbox/api/<domain>.py") in set(paths())
