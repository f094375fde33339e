from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.project import ROOT

USES = Path("tests") / "typing" / "uses.py"
MISTAKES = Path("tests") / "typing" / "mistakes.py"
COMMANDS = {
    "mypy": ["--output", "json", str(USES), str(MISTAKES)],
    "pyright": ["--outputjson", "--pythonpath", sys.executable, str(USES), str(MISTAKES)],
}


def started(checker):
    return subprocess.Popen(
        [sys.executable, "-m", checker, *COMMANDS[checker]],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def errors_of_mypy(output):
    found = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return [
        (Path(one["file"]).name, one["line"], one["message"]) for one in found if one["severity"] == "error"
    ]


def errors_of_pyright(output):
    return [
        (Path(one["file"]).name, one["range"]["start"]["line"] + 1, one["message"])
        for one in json.loads(output)["generalDiagnostics"]
        if one["severity"] == "error"
    ]


@pytest.fixture(scope="module")
def reported():
    """What each type checker has against the two files; they run side by side."""
    missing = [name for name in COMMANDS if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(
            f"{' and '.join(missing)} not installed: they are, with the newest Python, by the extra `dev`"
        )
    processes = {checker: started(checker) for checker in COMMANDS}
    outputs = {checker: process.communicate() for checker, process in processes.items()}
    read = {"mypy": errors_of_mypy, "pyright": errors_of_pyright}
    reports = {checker: read[checker](output) for checker, (output, _) in outputs.items()}
    for checker, process in processes.items():
        assert process.returncode == 1, outputs[checker]
    return reports


def marked(checker):
    """The lines whose comment says that this checker reports them."""
    lines = (ROOT / MISTAKES).read_text(encoding="utf-8").splitlines()
    marks = {number: re.search(r"# error: (\w+)$", line) for number, line in enumerate(lines, 1)}
    return {number for number, mark in marks.items() if mark and mark[1] in (checker, "both")}


# mypy and pyright read the whole package, as scripts/test has them do beside the other tests anyway.
@pytest.mark.heavy
@pytest.mark.parametrize("checker", COMMANDS)
def test_intended_uses_have_the_types_that_they_should(reported, checker):
    assert [error for error in reported[checker] if error[0] == USES.name] == []


# mypy and pyright read the whole package, as scripts/test has them do beside the other tests anyway.
@pytest.mark.heavy
@pytest.mark.parametrize("checker", COMMANDS)
def test_mistakes_and_nothing_else_are_reported(reported, checker):
    found = {line: message for name, line, message in reported[checker] if name == MISTAKES.name}
    expected = marked(checker)
    assert len(expected) > 50
    assert sorted(expected - set(found)) == [], "not reported"
    assert {line: found[line] for line in sorted(set(found) - expected)} == {}, "reported without a mark"


def test_no_error_is_silenced():
    for path in (USES, MISTAKES):
        assert not re.search(
            r"type: *ignore|pyright: *ignore|noqa", (ROOT / path).read_text(encoding="utf-8")
        )


def test_uses_are_right_on_this_python(monkeypatch):
    spec = importlib.util.spec_from_file_location("uses", ROOT / USES)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "uses", module)
    spec.loader.exec_module(module)
    assert module.Job.model_validate(
        {"message": {"type": "text", "chatId": module.CHAT, "text": "Hello!"}, "draft": None}
    ).message == module.TextMessage(chat_id=module.CHAT, text="Hello!")
