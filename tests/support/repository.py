"""Copies of the repository, for tests that write what a script writes."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.support.project import ROOT

_PARTS = (
    *("openapi.yaml", "sdk.yaml", "sdk.schema.json", "pyproject.toml", "README.md"),
    *("titan", "scripts", "docs/reference"),
)


def copy_repository(target: Path) -> Path:
    """Copy what scripts/generate and scripts/update_spec read and write."""
    target.mkdir()
    for name in _PARTS:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, target / name, ignore=ignored)
        else:
            (target / name).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, target / name)
    return target


def contents(repository: Path) -> dict[str, bytes]:
    """All files of a copy by their path."""
    return {
        str(path.relative_to(repository)): path.read_bytes()
        for path in repository.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
