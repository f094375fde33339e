"""Builds wheel and sdist, and shows that whoever builds them gets the same bytes."""

from __future__ import annotations

import hashlib
import tarfile
from pathlib import Path
from typing import Dict, Mapping

from .commands import CheckError, run

# A time and a place that no other build has: neither may be seen in what is built.
_ELSEWHERE = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "1"}


def build_twice(python: str, source: Path, work: Path) -> Dict[Path, str]:
    """Build the packages from the source, and again from the sdist alone.

    Args:
        python: Interpreter that has `build`.
        source: The repository.
        work: An empty folder for what is built.

    Returns:
        Wheel and sdist, each with its SHA-256.

    Raises:
        CheckError: A build failed, or the second one gave other bytes.
    """
    first = build(python, source, work / "packages", {})
    (sdist,) = (path for path in first if path.name.endswith(".tar.gz"))
    unpacked = work / "unpacked"
    unpacked.mkdir()
    with tarfile.open(sdist) as archive:
        # The first patches of Python 3.9 do not have it.
        archive.extraction_filter = getattr(tarfile, "data_filter", lambda member, _path: member)
        archive.extractall(unpacked)
    (tree,) = unpacked.iterdir()
    # Modes and times of files are those of whoever unpacked them, such as a user with a strict umask.
    for path in [tree, *tree.rglob("*")]:
        path.chmod(0o700 if path.is_dir() or path.stat().st_mode & 0o100 else 0o600)
    second = build(python, tree, work / "again", _ELSEWHERE)
    for one, other in zip(sorted(first), sorted(second)):
        if (one.name, first[one]) != (other.name, second[other]):
            raise CheckError(f"{one.name} is not reproducible: compare {one} with {other}")
    return first


def build(python: str, source: Path, folder: Path, variables: Mapping[str, str]) -> Dict[Path, str]:
    """Build sdist and wheel; the wheel is built from the sdist, which shows that nothing is missing there."""
    run([python, "-m", "build", "--outdir", folder, source], env=variables)
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}
