"""The page of the package on an index is the README, and shows and links all that the README does."""

from __future__ import annotations

import email
import re
import subprocess
import sys
import zipfile

import pytest

from tests.support.project import ROOT
from titan._distribution import FOLDER, REPOSITORY


@pytest.fixture(scope="module")
def metadata(tmp_path_factory):
    """What a wheel says of itself."""
    pytest.importorskip("hatchling", reason="NOT TESTED: the description of a wheel, for want of hatchling")
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return email.message_from_bytes(archive.read(name))


def targets(text):
    return re.findall(r"\]\(([^)]*)\)|(?:src|href)=\"([^\"]*)\"", text)


def test_every_link_and_picture_has_a_full_address(metadata):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = [one or other for one, other in targets(metadata.get_payload())]
    assert len(shown) == len(targets(readme)) > 10
    assert [target for target in shown if not target.startswith("https://")] == []


def test_what_stands_in_the_repository_is_linked_there(metadata):
    description = metadata.get_payload(decode=True).decode()
    assert f"]({REPOSITORY}/blob/main/{FOLDER}/docs/tutorial.md)" in description
    assert f"]({REPOSITORY}/blob/main/{FOLDER}/README.md#install)" in description
    assert f"]({REPOSITORY}/raw/main/{FOLDER}/docs/sandbox.png)" in description


def test_the_description_is_markdown_without_comments_and_with_all_the_text(metadata):
    assert metadata["Description-Content-Type"] == "text/markdown"
    description = metadata.get_payload(decode=True).decode()
    assert "<!--" not in description
    prose = re.sub(r"<!--.*?-->\n|\]\([^)]*\)", "", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert re.sub(r"\]\([^)]*\)", "", description).split() == prose.split()
