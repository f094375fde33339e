"""The changelog has each version, linked to what it changed."""

from __future__ import annotations

import datetime
import re

from tests.support.project import ROOT
from titan import __version__
from titan._distribution import REPOSITORY

TEXT = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
HEADINGS = re.findall(r"^## (.*)$", TEXT, re.MULTILINE)
VERSIONS = [heading.partition("]")[0][1:] for heading in HEADINGS[1:]]


def test_what_is_not_released_comes_first_then_each_version_with_its_date_the_newest_first():
    assert HEADINGS[0] == "[Unreleased]"
    dates = [datetime.date.fromisoformat(heading.partition(" - ")[2]) for heading in HEADINGS[1:]]
    assert dates == sorted(dates, reverse=True)
    numbers = [tuple(map(int, version.split("."))) for version in VERSIONS]
    assert numbers == sorted(set(numbers), reverse=True)


def test_the_newest_version_is_that_of_the_package():
    assert VERSIONS[0] == __version__


def test_each_version_is_linked_to_the_difference_to_the_one_before():
    links = dict(re.findall(r"^\[(.+?)\]: (\S+)$", TEXT, re.MULTILINE))
    tags = [f"v{version}" for version in VERSIONS]
    differences = [f"{old}...{new}" for new, old in zip(["HEAD", *tags], tags)]
    wanted = [f"{REPOSITORY}/compare/{difference}" for difference in differences]
    wanted.append(f"{REPOSITORY}/releases/tag/{tags[-1]}")
    assert links == dict(zip(["Unreleased", *VERSIONS], wanted))


def test_each_version_says_something():
    for section in re.split(r"^## .*$", TEXT, flags=re.MULTILINE)[2:]:
        assert re.search(r"^- \S", section, re.MULTILINE)
