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


def heavy_where_frozen(cases):
    """Each of them takes seconds, and none depends on Python."""
    frozen = [name for name, code in cases.items() if "freezegun" in code or "time_machine" in code]
    return [pytest.param(one, marks=[pytest.mark.heavy] * (one in frozen)) for one in cases]


CIRCUMSTANCES = {
    "as it is": "",
    "with a proxy in the environment": """
for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
    os.environ[name] = os.environ[name.lower()] = "http://127.0.0.1:9"
""",
    "under a clock that freezegun has frozen": """
import freezegun
freezegun.freeze_time("2031-02-03").start()
""",
    "under a clock that time-machine has frozen": """
import datetime, time_machine
time_machine.travel(datetime.datetime(2031, 2, 3, tzinfo=datetime.timezone.utc), tick=False).start()
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
@pytest.mark.parametrize("circumstances", heavy_where_frozen(CIRCUMSTANCES))
def test_the_code_of_the_readme_runs_where_every_warning_is_an_error(tmp_path, circumstances):
    for tool in ("freezegun", "time_machine"):
        if tool in CIRCUMSTANCES[circumstances]:
            pytest.importorskip(tool)
    if "fork" in CIRCUMSTANCES[circumstances] and not hasattr(os, "fork"):
        pytest.skip("NOT TESTED: a forked worker, for want of fork")
    run_python(
        f"import os, sys\n{CIRCUMSTANCES[circumstances]}\n"
        "from tests.support.readme import run_blocks\n"
        f"run_blocks({str(tmp_path)!r})",
        options=("-W", "error", "-W", "ignore:This process:DeprecationWarning"),
    )


CLOCKS = {
    "that goes": "",
    "of freezegun": """
import freezegun, pytest

@pytest.fixture(autouse=True)
def frozen():
    with freezegun.freeze_time("2031-02-03"):
        yield
""",
    "of time-machine": """
import pytest, time_machine

@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel("2031-02-03T00:00:00Z", tick=False):
        yield
""",
}


@pytest.mark.slow
@pytest.mark.parametrize("clock", heavy_where_frozen(CLOCKS))
def test_the_bot_of_the_readme_passes_its_test_as_both_stand_there(tmp_path, clock):
    for tool in ("freezegun", "time_machine"):
        if tool in CLOCKS[clock]:
            pytest.importorskip(tool)
    (tmp_path / "bot.py").write_text(BOT, encoding="utf-8")
    (tmp_path / "test_bot.py").write_text(BOT_TEST, encoding="utf-8")
    (tmp_path / "conftest.py").write_text(CLOCKS[clock], encoding="utf-8")
    plugins = ["-pno:cacheprovider", "-pno:schemathesis", "-pno:asyncio", "-pno:randomly"]
    output = run_python(
        f"import os, sys, pytest\nos.chdir({str(tmp_path)!r})\nsys.exit(pytest.main({plugins}))"
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
