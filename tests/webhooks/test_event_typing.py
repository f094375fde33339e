from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.test_typing import ROOT, errors_of_mypy, errors_of_pyright

FOLDER = Path("tests") / "typing"
USES, MATCH, MISTAKES = (FOLDER / name for name in ("events.py", "event_match.py", "event_mistakes.py"))
PYRIGHT = ["pyright", "--outputjson", "--pythonpath", sys.executable]
# `match` is checked as of Python 3.10, and all else as of the oldest that each of them knows.
COMMANDS = {
    "mypy": [["mypy", "--output", "json", str(USES), str(MATCH), str(MISTAKES)]],
    "pyright": [[*PYRIGHT, str(USES), str(MISTAKES)], [*PYRIGHT, "--pythonversion", "3.10", str(MATCH)]],
}
READ = {"mypy": errors_of_mypy, "pyright": errors_of_pyright}


@pytest.fixture(scope="module")
def reported():
    """What each type checker has against the files."""
    missing = [name for name in COMMANDS if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(
            f"{' and '.join(missing)} not installed: they are, with the newest Python, by the extra `dev`"
        )
    running = [
        (
            checker,
            subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, stdout=subprocess.PIPE, text=True),
        )
        for checker, commands in COMMANDS.items()
        for command in commands
    ]
    reports = {checker: [] for checker in COMMANDS}
    for checker, process in running:
        output, _ = process.communicate()
        assert process.returncode in (0, 1), output
        reports[checker] += READ[checker](output)
    return reports


# mypy and pyright read the whole package, as scripts/test has them do beside the other tests anyway.
@pytest.mark.heavy
@pytest.mark.parametrize("checker", COMMANDS)
@pytest.mark.parametrize("path", [USES, MATCH], ids=["uses", "match"])
def test_handlers_and_events_have_the_types_that_they_should(reported, checker, path):
    assert [error for error in reported[checker] if error[0] == path.name] == []


# mypy and pyright read the whole package, as scripts/test has them do beside the other tests anyway.
@pytest.mark.heavy
@pytest.mark.parametrize("checker", COMMANDS)
def test_mistakes_with_events_and_nothing_else_are_reported(reported, checker):
    lines = (ROOT / MISTAKES).read_text(encoding="utf-8").splitlines()
    expected = {
        number for number, line in enumerate(lines, 1) if line.endswith(("# error: both", f": {checker}"))
    }
    found = {line: message for name, line, message in reported[checker] if name == MISTAKES.name}
    assert len(expected) > 40
    assert sorted(expected - set(found)) == [], "not reported"
    assert {line: found[line] for line in sorted(set(found) - expected)} == {}, "reported without a mark"


def test_no_error_is_silenced():
    for path in (USES, MATCH, MISTAKES):
        assert not re.search(
            r"type: *ignore|pyright: *ignore|noqa", (ROOT / path).read_text(encoding="utf-8")
        )


def loaded(path):
    spec = importlib.util.spec_from_file_location(path.stem, ROOT / path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_uses_are_right_on_this_python():
    handlers = loaded(USES).router._handlers
    assert len(handlers) > 30


@pytest.mark.skipif(sys.version_info < (3, 10), reason="Python 3.9 has no `match`")
@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"event": "message.received", "payload": {"from": {}, "text": "Hello!"}}', "Hello!"),
        (b'{"event": "message.received", "payload": {"from": {}, "text": null}}', "message.received"),
        (b'{"event": "session.status", "payload": {"status": "CONNECTED"}}', "connected"),
        (b'{"event": "session.status", "payload": {"status": "NEW"}}', "session.status"),
        (b'{"event": "newsletter.update"}', "newsletter.update"),
    ],
)
def test_match_tells_events_apart(body, told):
    assert loaded(MATCH).told(body) == told
