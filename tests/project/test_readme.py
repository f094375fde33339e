"""The README is short, and its code runs in the circumstances of users."""

import os

import pytest

from tests.support.documents import blocks_of
from tests.support.interpreter import run_python
from tests.support.project import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BOT, BOT_TEST = (
    next(block.code for block in blocks_of("README.md") if block.name == name)
    for name in ("bot.py", "test_bot.py")
)


def test_the_readme_can_be_read_in_one_go():
    assert README.count("\n") <= 150


def heavy_where_frozen(cases):
    """Each of them takes seconds, and none depends on Python."""
    frozen = [name for name, code in cases.items() if "freezegun" in code or "time_machine" in code]
    return [pytest.param(one, marks=[pytest.mark.heavy] * (one in frozen)) for one in cases]


# As it is, tests/project/test_document_code.py runs it.
CIRCUMSTANCES = {
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
        "from tests.support.documents import run_page\n"
        f"run_page('README.md', {str(tmp_path)!r})",
        options=("-W", "error", "-W", "ignore:This process:DeprecationWarning"),
    )


CLOCKS = {
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
