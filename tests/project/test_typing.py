"""What users write has the types that it should, for each type checker, and their mistakes are reported."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from pathlib import Path

import pytest

from tests.support.libraries import needs_httpx2
from tests.support.project import ROOT
from tests.support.type_checkers import CHECKERS, check_types, compare_with_marks, count_marks

USES = Path("tests") / "typing" / "uses.py"
MISTAKES = Path("tests") / "typing" / "mistakes.py"
HTTP_CLIENTS = Path("tests") / "typing" / "http_clients.py"
# What a checker judges otherwise than it should; one that does by now is to be taken out here.
OTHERWISE = {
    # It takes any keyword where a TypedDict says which.
    ("ty", MISTAKES): ["client.with_options(retries=3)", 'client.with_options(api_key="titan_...")'],
    # It takes a name without an annotation for its present value.
    ("ty", USES): ["assert_type(titan.__version__, str)"],
}


@pytest.fixture(scope="module")
def reported():
    """What each type checker has against the two files."""
    return check_types({checker: [[str(USES), str(MISTAKES)]] for checker in CHECKERS})


# mypy and pyright read the whole package, as scripts/test has them do beside the other tests anyway.
@pytest.mark.heavy
@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("path", [USES, MISTAKES], ids=["uses", "mistakes"])
def test_uses_have_the_types_that_they_should_and_mistakes_are_reported(reported, checker, path):
    assert compare_with_marks(reported[checker], path, OTHERWISE.get((checker, path), [])) == {}


# They read the whole package once more.
@pytest.mark.heavy
@needs_httpx2
def test_clients_and_timeouts_of_both_libraries_are_taken_and_async_ones_are_not():
    reported = check_types({checker: [[str(HTTP_CLIENTS)]] for checker in CHECKERS})
    for checker, errors in reported.items():
        assert compare_with_marks(errors, HTTP_CLIENTS, []) == {}, checker


def test_there_are_mistakes_to_report():
    assert {path: count_marks(path) > least for path, least in {MISTAKES: 50, HTTP_CLIENTS: 5}.items()} == {
        MISTAKES: True,
        HTTP_CLIENTS: True,
    }


# It reads the whole package once more.
@pytest.mark.heavy
def test_pydantics_plugin_for_mypy_sees_misspelt_fields_of_models_too(tmp_path):
    configuration = tmp_path / "mypy.ini"
    configuration.write_text("[mypy]\nplugins = pydantic.mypy\n", encoding="utf-8")
    options = ["--config-file", str(configuration), "--cache-dir", str(tmp_path / "cache")]
    reported = check_types({"mypy": [[*options, str(MISTAKES)]]})["mypy"]
    text = (ROOT / MISTAKES).read_text(encoding="utf-8")
    (function,) = (
        node
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef) and node.name == "misspelt_fields"
    )
    found = {line for name, line, _ in reported if name == MISTAKES.name}
    lines = {statement.lineno for statement in function.body}
    assert len(lines) > 5
    assert sorted(lines - found) == [], "not reported"
    assert [one for one in reported if one.file != MISTAKES.name] == []


def test_no_error_is_silenced():
    for path in (USES, MISTAKES, HTTP_CLIENTS):
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
