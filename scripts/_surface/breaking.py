"""What a change to the public surface breaks for those who wrote against a release."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import List, NamedTuple, Optional, Tuple

import griffe

from .names import load_package, mark_exports


class Breakage(NamedTuple):
    """What has changed since a release, and whether the version allows it."""

    tag: str
    changes: List[str]
    allowed: bool


def last_release(repository: Path) -> Optional[str]:
    """The tag of the newest release before this commit; None where there is none."""
    command = ["git", "describe", "--tags", "--abbrev=0", "--match", "v*", "HEAD"]
    done = subprocess.run(command, cwd=repository, capture_output=True, encoding="utf-8")
    return done.stdout.strip() or None if done.returncode == 0 else None


def find_breakage(repository: Path, tag: str) -> Breakage:
    """Compare the surface with that of a release."""
    new = load_package(repository)
    old = griffe.load_git(
        "titan",
        ref=tag,
        repo=repository,
        search_paths=["."],
        allow_inspection=False,
        resolve_aliases=True,
    )
    assert isinstance(old, griffe.Module)
    mark_exports(old)
    changes = [_explain(one, repository) for one in griffe.find_breaking_changes(old, new)]
    text = (repository / "titan" / "_version.py").read_text(encoding="utf-8")
    version = re.findall(r'__version__ = "(.+)"', text)[0]
    return Breakage(tag, changes, may_break(tag.lstrip("v"), version))


def _explain(change: griffe.Breakage, repository: Path) -> str:
    told = re.sub(r"\x1b\[\d+m", "", change.explain(griffe.ExplanationStyle("oneline")))
    return told.replace(f"{repository}{os.sep}", "")


def may_break(before: str, after: str) -> bool:
    """Whether semantic versioning lets a version break what another had: before 1.0, a minor one may."""
    old, new = _numbers(before), _numbers(after)
    return new[:2] > old[:2] if old[0] == 0 else new[0] > old[0]


def _numbers(version: str) -> Tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)[:3]))
