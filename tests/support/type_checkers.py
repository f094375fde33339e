"""mypy and pyright on files of these tests: what they report, by file and line."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Dict, List, NamedTuple, Sequence

import pytest

from tests.support.project import ROOT


class Report(NamedTuple):
    """An error that a type checker reports."""

    file: str
    line: int
    message: str


def check_types(commands: Dict[str, Sequence[Sequence[str]]]) -> Dict[str, List[Report]]:
    """Run type checkers side by side; skips the test where they are not installed.

    Args:
        commands: Arguments of each run, by the checker: `mypy` or `pyright`.

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


_READ = {"mypy": _read_mypy, "pyright": _read_pyright}
_OPTIONS = {"mypy": ["--output", "json"], "pyright": ["--outputjson", "--pythonpath", sys.executable]}
