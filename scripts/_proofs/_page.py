"""docs/proofs.md: a section for each part, written when the part succeeds."""

from __future__ import annotations

import datetime
import os
import platform
import re
import subprocess
import time
from pathlib import Path
from typing import Dict, Mapping

from . import Options, Part, Result

PATH = Path("docs") / "proofs.md"

_HEAD = """\
<!-- Written by scripts/prove; run it instead of editing this page. -->

# Proofs

What `scripts/prove` found when it last ran. It takes too long to run for every change, so each section says
when it ran, on which commit and on what machine. A section is written only where nothing in it failed.
"""
_SECTION = re.compile(r"^<!-- part: (\w+) -->\n(.*?)(?=^<!-- part: |\Z)", re.MULTILINE | re.DOTALL)


def run_parts(root: Path, parts: Mapping[str, Part], options: Options) -> int:
    """Run parts, one after the other, and write the page.

    Returns:
        The exit status: 1 where one failed.
    """
    failed = []
    for part in parts.values():
        print(f"== {part.name}: {part.title}", flush=True)
        started = time.monotonic()
        result = part.run(options)
        for figure in result.figures:
            print(f"{figure.sentence}: {figure.figure}")
        for failure in result.failures:
            print(f"NOT AS PROMISED: {failure}")
        print(f"-- {part.name}: {'FAILED' if result.failures else 'ok'}, {time.monotonic() - started:.0f} s")
        if result.failures:
            failed.append(part.name)
        else:
            write_section(root, part, result)
    print(f"failed: {', '.join(failed)}" if failed else "all as promised")
    return 1 if failed else 0


def write_section(root: Path, part: Part, result: Result) -> None:
    """Put the figures of a part into the page, in the place of its earlier ones."""
    path = root / PATH
    sections = _read_sections(path)
    rows = [f"| {sentence} | {figure} |" for sentence, figure in result.figures]
    sections[part.name] = "\n".join(
        [
            *(f"## {part.title}", ""),
            *(f"`scripts/prove {part.name}`, {_circumstances(root)}.", ""),
            *("| | |", "|---|---:|", *rows, ""),
        ]
    )
    written = [f"<!-- part: {name} -->\n{text}" for name, text in sorted(sections.items())]
    path.write_text("\n".join([_HEAD, *written]), encoding="utf-8")


def _read_sections(path: Path) -> Dict[str, str]:
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return {name: section.rstrip("\n") + "\n" for name, section in _SECTION.findall(text)}


def _circumstances(root: Path) -> str:
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    return (
        f"{today}, {_commit(root)}, Python {platform.python_version()} on {platform.system()} "
        f"with {os.cpu_count()} processors"
    )


def _commit(root: Path) -> str:
    """The commit that was tested, and whether files differed from it, except the page itself."""

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=root, stdout=subprocess.PIPE, encoding="utf-8")
        return done.stdout.strip()

    commit = git("rev-parse", "--short", "HEAD")
    if not commit:
        return f"version {(root / 'titan' / '_version.py').read_text(encoding='utf-8').split(chr(34))[-2]}"
    changed = git("status", "--porcelain", "--", ".", f":!{PATH.as_posix()}")
    return f"commit {commit}{' with changes' if changed else ''}"
