"""The code of the README runs, and its tables say what there is."""

import os
import re

import pytest

from tests.support.interpreter import run_python
from tests.support.openapi import OPERATIONS
from tests.support.readme import BLOCKS, BOT, BOT_TEST, QUICKSTART, README, without_docstring
from titan.sandbox import Sandbox
from titan.sandbox.control.routes import ROUTES


@pytest.mark.parametrize(
    "block", BLOCKS, ids=lambda block: f"line {README[: README.index(block)].count(chr(10)) + 1}"
)
def test_code_in_the_readme_compiles(block):
    compile(block, "README.md", "exec")


def test_no_python_block_of_the_readme_escapes_these_tests():
    assert len(BLOCKS) == len(re.findall(r"^\s*(?:```+|~~~+)\s*(?:python|py)\b", README, re.MULTILINE))


def test_the_readme_shows_the_quickstart_as_it_is_run():
    source = QUICKSTART.read_text(encoding="utf-8")
    assert without_docstring(source) in [block.strip() for block in BLOCKS]


CIRCUMSTANCES = {
    "as it is": "",
    "with a proxy in the environment": """
for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
    os.environ[name] = os.environ[name.lower()] = "http://127.0.0.1:9"
""",
    "in a worker that was forked from a server with a client": """
from titan import TitanClient
from titan.sandbox import Sandbox
with Sandbox(port=0) as titan:
    client = TitanClient(titan.base_url, titan.api_key)
    client.sessions.list()
client.close()
worker = os.fork()
if worker:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]))
""",
}


@pytest.mark.slow
@pytest.mark.parametrize("circumstances", CIRCUMSTANCES)
def test_the_code_of_the_readme_runs_where_every_warning_is_an_error(tmp_path, circumstances):
    if "fork" in CIRCUMSTANCES[circumstances] and not hasattr(os, "fork"):
        pytest.skip("NOT TESTED: a forked worker, for want of fork")
    run_python(
        f"import os, sys\n{CIRCUMSTANCES[circumstances]}\n"
        "from tests.support.readme import run_blocks\n"
        f"run_blocks({str(tmp_path)!r})",
        options=("-W", "error", "-W", "ignore:This process:DeprecationWarning"),
    )


@pytest.mark.slow
def test_the_bot_of_the_readme_passes_its_test_as_both_stand_there(tmp_path):
    (tmp_path / "bot.py").write_text(BOT, encoding="utf-8")
    (tmp_path / "test_bot.py").write_text(BOT_TEST, encoding="utf-8")
    output = run_python(
        "import os, sys, pytest\n"
        f"os.chdir({str(tmp_path)!r})\n"
        "sys.exit(pytest.main(['-p', 'no:cacheprovider', '-p', 'no:schemathesis']))"
    )
    assert "1 passed" in output


def test_the_readme_lists_every_operation_with_its_evidence():
    row = r"^\| `(\w+\.\w+)` \| `([A-Z]+ /api/[^`]+)`( ↻)?(?:; [^|]+)? \| (\w+) \|$"
    shown = re.findall(row, README, re.MULTILINE)
    assert sorted(shown) == sorted(
        (one.id, one.request, " ↻" if "idempotent" in one.marks else "", one.evidence) for one in OPERATIONS
    )


def test_the_readme_lists_every_control_call_of_the_sandbox():
    shown = re.findall(r"^\| `(\w+)` \| `([A-Z]+) (/sandbox/\S+)` \|", README, re.MULTILINE)
    routes = [(one.call.__name__.lstrip("_"), one.method, one.path) for one in ROUTES]
    assert sorted(shown) == sorted(routes)
    assert all(hasattr(Sandbox, name) for name, _, _ in shown)
