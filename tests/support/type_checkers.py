"""Type checkers on files of these tests: what they report, by file and line."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Dict, List, NamedTuple, Sequence, Set

import pytest

from tests.support.project import ROOT

_MARK = re.compile(r"# error$", re.MULTILINE)
CHECKERS = ("mypy", "pyright", "pyrefly", "ty")


class Report(NamedTuple):
    """An error that a type checker reports; of the newer ones also a warning, as of a deprecated overload."""

    file: str
    line: int
    message: str


def check_types(commands: Dict[str, Sequence[Sequence[str]]]) -> Dict[str, List[Report]]:
    """Run type checkers side by side; skips the test where they are not installed.

    Args:
        commands: Arguments of each run, by the checker, one of `CHECKERS`.

    Returns:
        The errors, by the checker.
    """
    missing = [name for name in commands if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(
            f"{' and '.join(missing)} not installed: they are, with the newest Python, by the extra `dev`"
        )
    started = [
        (checker, _start([checker, *_OPTIONS[checker], *run]))
        for checker, runs in commands.items()
        for run in runs
    ]
    reports: Dict[str, List[Report]] = {checker: [] for checker in commands}
    for checker, process in started:
        output, complaint = process.communicate()
        assert process.returncode in (0, 1), output + complaint
        reports[checker] += _READ[checker](output)
    return reports


def count_marks(path: Path) -> int:
    """How many lines of a file are marked `# error`."""
    return len(_MARK.findall((ROOT / path).read_text(encoding="utf-8")))


def compare_with_marks(
    reports: Sequence[Report], path: Path, otherwise: Sequence[str]
) -> Dict[str, List[str]]:
    """Compare what a checker reports with the lines of a file that are marked `# error`.

    Args:
        reports: What the checker reports.
        path: The file, from the root of the repository.
        otherwise: The lines that this checker is known to judge otherwise than the others, as they stand
            there without the mark. One that it judges like them by now is a difference, too.

    Returns:
        Where they differ, by the kind of the difference; empty where they do not.
    """
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    reported = {one.line: one.message for one in reports if one.file == path.name}
    marked = {number for number, line in enumerate(lines, 1) if _MARK.search(line)}
    known: Set[int] = set()
    for text in otherwise:
        found = {number for number, line in enumerate(lines, 1) if line.split("  # error")[0].strip() == text}
        assert len(found) == 1, f"{path}: {text!r} stands on lines {sorted(found)}"
        known |= found
    expected = marked ^ known
    missed, unexpected = sorted(expected - set(reported)), sorted(set(reported) - expected)
    differences = {
        "not reported": [f"{number}: {lines[number - 1].strip()}" for number in missed],
        "reported without a mark": [f"{number}: {reported[number]}" for number in unexpected],
    }
    return {kind: found for kind, found in differences.items() if found}


def _start(command: Sequence[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def _read_mypy(output: str) -> List[Report]:
    found = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return [
        Report(Path(one["file"]).name, one["line"], one["message"])
        for one in found
        if one["severity"] == "error"
    ]


def _read_pyright(output: str) -> List[Report]:
    return [
        Report(Path(one["file"]).name, one["range"]["start"]["line"] + 1, one["message"])
        for one in json.loads(output)["generalDiagnostics"]
        if one["severity"] == "error"
    ]


def _read_pyrefly(output: str) -> List[Report]:
    return [
        Report(Path(one["path"]).name, one["line"], one["description"])
        for one in json.loads(output)["errors"]
    ]


def _read_ty(output: str) -> List[Report]:
    return [
        Report(
            Path(one["location"]["path"]).name,
            one["location"]["positions"]["begin"]["line"],
            one["description"],
        )
        for one in json.loads(output)
    ]


_READ = {"mypy": _read_mypy, "pyright": _read_pyright, "pyrefly": _read_pyrefly, "ty": _read_ty}
_OPTIONS = {
    "mypy": ["--output", "json"],
    "pyright": ["--outputjson", "--pythonpath", sys.executable],
    "pyrefly": ["check", "--output-format", "json", "--python-interpreter-path", sys.executable],
    "ty": ["check", "--no-progress", "--output-format", "gitlab", "--python", sys.executable],
}
