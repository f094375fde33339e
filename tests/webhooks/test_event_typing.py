"""Handlers and events have the types that they should, for each type checker, and mistakes are reported."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest

from tests.support.language_server import CURSOR, LanguageServer
from tests.support.project import ROOT
from tests.support.type_checkers import CHECKERS, check_types, compare_with_marks, count_marks
from titan.webhooks.events_gen import EVENT_CLASSES

FOLDER = Path("tests") / "typing"
USES, MATCH, MISTAKES = (FOLDER / name for name in ("events.py", "event_match.py", "event_mistakes.py"))
# `match` is checked as of Python 3.10, and all else as of the oldest that each of them knows.
COMMANDS = {
    # Strict pyright reports deprecated overloads, as that for unknown names is; mypy does it where asked to.
    "mypy": [["--enable-error-code", "deprecated", str(USES), str(MATCH), str(MISTAKES)]],
    "pyright": [[str(USES), str(MISTAKES)], ["--pythonversion", "3.10", str(MATCH)]],
    "pyrefly": [[str(USES), str(MATCH), str(MISTAKES)]],
    "ty": [[str(USES), str(MISTAKES)], ["--python-version", "3.10", str(MATCH)]],
}
# It keeps what an event is not in its type, which is right; such a type cannot be written down.
OTHERWISE = {
    ("ty", USES): [
        "assert_type(event, MessageReceivedEvent)",
        "assert_type(known, Union[SessionStatusEvent, SessionConnectedEvent])",
    ],
    ("ty", MATCH): ["assert_type(event, KnownEvent)"],
}


@pytest.fixture(scope="module")
def reported():
    """What each type checker has against the files."""
    return check_types(COMMANDS)


# mypy and pyright read the whole package, as scripts/test has them do beside the other tests anyway.
@pytest.mark.heavy
@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("path", [USES, MATCH, MISTAKES], ids=["uses", "match", "mistakes"])
def test_handlers_and_events_have_their_types_and_mistakes_are_reported(reported, checker, path):
    assert compare_with_marks(reported[checker], path, OTHERWISE.get((checker, path), [])) == {}


def test_there_are_mistakes_to_report():
    assert count_marks(MISTAKES) > 40


ROUTER = "from titan import WebhookRouter\nrouter = WebhookRouter('secret')\n"


@pytest.fixture(scope="module")
def editor(tmp_path_factory):
    server = LanguageServer(tmp_path_factory.mktemp("workspace"))
    yield server
    server.close()


# The language server reads the package, as an editor does.
@pytest.mark.heavy
@pytest.mark.parametrize(
    "call",
    [
        "on('mesage.received')",
        "on('message_received')",
        "on('newsletter.update')",
        "on('')",
        "on('message.received', 'mesage.sent')",
        "on('*', 'mesage.sent')",
    ],
)
def test_editor_marks_a_misspelt_name_and_says_what_to_do(editor, call):
    (report,) = editor.reports(f"{ROUTER}router.{call}").items()
    assert report[0] == 3
    assert "check the spelling, or use on_unknown" in report[1]


# The language server reads the package, as an editor does.
@pytest.mark.heavy
def test_editor_marks_no_known_name(editor):
    names = [*EVENT_CLASSES, "*"]
    calls = [f"router.on({name!r})" for name in names] + [f"router.on({names[0]!r}, {n!r})" for n in names]
    assert editor.reports(ROUTER + "\n".join(calls)) == {}


# The language server reads the package, as an editor does.
@pytest.mark.heavy
@pytest.mark.parametrize(
    "call", ["('message.received')", "('call.received', 'call.missed')", "('mesage')", ""]
)
def test_editor_shows_what_on_does(editor, call):
    assert "Add a handler for events of some names" in editor.hover(f"{ROUTER}router.on{CURSOR}{call}")


# The language server reads the package, as an editor does.
@pytest.mark.heavy
@pytest.mark.parametrize(
    ("attribute", "text"),
    [
        ("chat_id", "to give to `messages.send`"),
        ("sender_id", "a LID where no number is known"),
        ("text", "the caption of its file"),
        ("session", "Name of the session"),
    ],
)
def test_editor_shows_what_an_attribute_says(editor, attribute, text):
    code = f"from titan.webhooks import MessageEvent\ndef handle(event: MessageEvent):\n    event.{attribute}"
    assert text in editor.hover(code + CURSOR)


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
