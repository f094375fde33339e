"""The fixtures for users' tests, as their own pytest finds them."""

import os
import re
import subprocess
import sys

import pytest

from titan._distribution import install_hint

# Each test starts pytest anew, which takes seconds.
pytestmark = pytest.mark.heavy

PLUGIN = "titan.sandbox.pytest_plugin"


@pytest.fixture
def run_pytest(tmp_path):
    """Run the tests of somebody who has installed titan-sdk."""

    def run(tests, before=""):
        (tmp_path / "test_theirs.py").write_text(tests, encoding="utf-8")
        code = f"import sys, pytest\n{before}\nsys.exit(pytest.main(['-v', '-rs', '-p', 'no:cacheprovider']))"
        env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            cwd=tmp_path,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=120,
        )
        return done.returncode, done.stdout

    return run


def test_a_test_gets_a_client_with_a_connected_session(run_pytest):
    status, output = run_pytest("""
def test_send(titan_client, titan_sandbox):
    message = {"chatId": "5511999999999@s.whatsapp.net", "type": "text", "text": "Hello!"}
    assert titan_client.messages.send("default", message).status == "sent"
    assert titan_client.sessions.get("default").status == "CONNECTED"
    assert [one["text"] for one in titan_sandbox.messages] == ["Hello!"]
""")
    assert status == 0, output
    assert "1 passed" in output


def test_each_test_finds_the_sandbox_as_new_and_the_same_one_running(run_pytest):
    status, output = run_pytest("""
import httpx, pytest

seen = []

@pytest.mark.parametrize("time", [1, 2])
def test_each(titan_client, titan_sandbox, time):
    seen.append(titan_sandbox.base_url)
    assert len(set(seen)) == 1
    assert [one.name for one in titan_client.sessions.list()] == ["default"]
    assert titan_sandbox.messages == titan_sandbox.deliveries == []
    assert titan_client.webhooks.list() == titan_client.labels.list("default") == []
    titan_client.labels.create("default", {"name": "a"})
    titan_client.webhooks.create({"url": "http://127.0.0.1:9/"})
    titan_client.messages.send("default", {"chatId": "491234567@s.whatsapp.net", "type": "text", "text": "a"})
    titan_sandbox.connect("other")
    titan_sandbox.configure(rate_limit=50)
    titan_sandbox.fail("*", 100, status=500)

def test_without_a_client_there_is_no_session(titan_sandbox):
    key = {"Authorization": f"Bearer {titan_sandbox.api_key}"}
    answer = httpx.get(f"{titan_sandbox.base_url}/api/sessions", headers=key, trust_env=False)
    assert answer.json() == {"data": []}
    assert answer.headers["X-RateLimit-Limit"] == "100000"
""")
    assert status == 0, output
    assert "3 passed" in output


def test_tests_in_frozen_time_end(run_pytest):
    status, output = run_pytest("""
import pytest
from freezegun import freeze_time

MESSAGE = ("default", "5511999999999@s.whatsapp.net", "x")

@freeze_time("2025-06-01")
@pytest.mark.parametrize("time", [1, 2])
def test_in_frozen_time(titan_client, titan_sandbox, time):
    titan_client.messages.send_text(*MESSAGE)
    titan_sandbox.wait_for_deliveries()
    assert len(titan_sandbox.messages) == 1

@pytest.fixture
def frozen():
    with freeze_time("2035-06-01"):
        yield

def test_with_the_fixtures_in_frozen_time(frozen, titan_client):
    assert titan_client.messages.send_text(*MESSAGE).sent_at.year == 2035

def test_after_it(titan_client):
    assert titan_client.messages.send_text(*MESSAGE).sent_at.year != 2035
""")
    assert status == 0, output
    assert "4 passed" in output


def test_nothing_is_left_when_the_tests_are_over(run_pytest):
    status, output = run_pytest(
        "def test_it(titan_client): print('at', titan_client.sessions.list())",
        before="""
import atexit, threading
atexit.register(lambda: print("threads at the end:", [one.name for one in threading.enumerate()]))
""",
    )
    assert status == 0, output
    assert "threads at the end: ['MainThread']" in output


def test_the_plugin_needs_pytest_only(run_pytest):
    """And costs those nothing who do not use it."""
    status, output = run_pytest(
        "def test_it(): pass",
        before="""
import importlib
before = set(sys.modules)
importlib.import_module("titan.sandbox.pytest_plugin")
print("loaded:", sorted(set(sys.modules) - before))
""",
    )
    assert status == 0, output
    loaded = re.search(r"loaded: (\[.*\])", output)[1]
    assert loaded == "['titan', 'titan.sandbox', 'titan.sandbox.pytest_plugin']"


def test_without_the_extra_the_tests_are_skipped_with_the_line_that_installs_it(run_pytest):
    status, output = run_pytest(
        """
def test_sandbox(titan_sandbox): pass
def test_client(titan_client): pass
def test_other(): pass
""",
        before="sys.modules['uvicorn'] = None",
    )
    assert status == 0, output
    assert "1 passed, 2 skipped" in output
    assert f"titan.sandbox needs uvicorn: {install_hint('sandbox')}" in output
