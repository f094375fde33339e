"""What docs/upgrading.md shows works as it says, and docs/policies.md says what is so."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap

import pytest

import titan
from tests.support.project import ROOT
from titan import WebhookInProgressError, WebhookRouter, sign_webhook

PAGE = (ROOT / "docs" / "upgrading.md").read_text(encoding="utf-8")
POLICIES = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def block(language: str, word: str) -> str:
    """The code of the page in which a word stands."""
    blocks = re.findall(rf"^( *)```{language}\n(.*?)^\1```", PAGE, re.MULTILINE | re.DOTALL)
    (found,) = [textwrap.dedent(code) for _, code in blocks if word in code]
    return found


def test_the_command_makes_failures_of_the_warnings_of_the_sdk_alone(tmp_path):
    (tmp_path / "test_program.py").write_text(
        "import warnings, titan\n"
        "def test_sdk():\n    warnings.warn('Old.', titan.TitanDeprecationWarning)\n"
        "def test_others():\n    warnings.warn('Old.', DeprecationWarning)\n",
        encoding="utf-8",
    )
    command = block("sh", "pytest").split()
    assert command.pop(0) == "python"
    options = ["-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, *command, *options, str(tmp_path)],
        cwd=ROOT,
        # Only pytest itself: the plugins of the tests take seconds to load.
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        encoding="utf-8",
    )
    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert re.search(r"FAILED .*test_program.py::test_sdk\b", done.stdout)


def test_the_strict_client_works_on_the_local_titan():
    names: dict = {}
    exec(compile(block("python", "strict_requests"), "upgrading.md", "exec"), names)
    with names["client"]:
        assert names["session"].status == "CONNECTED"


def test_the_store_does_what_a_router_needs():
    names: dict = {}
    exec(compile(block("python", "SeenInMemory"), "upgrading.md", "exec"), names)
    store = names["SeenInMemory"]()
    handled = []
    router = WebhookRouter("secret", seen=store)
    router.on("*")(handled.append)
    body = b'{"event": "message.received", "id": "evt_1", "payload": {}}'
    headers = {"X-Webhook-Signature": sign_webhook(body, "secret")}
    for _ in range(2):
        router.handle(body, headers)
    assert len(handled) == 1

    assert store.claim("evt_2", "one") == "new"
    assert store.claim("evt_2", "two") == "running"
    store.release("evt_2", "two")
    other = body.replace(b"evt_1", b"evt_2")
    headers = {"X-Webhook-Signature": sign_webhook(other, "secret")}
    with pytest.raises(WebhookInProgressError):
        router.handle(other, headers)
    store.release("evt_2", "one")
    assert store.claim("evt_2", "two") == "new"


def test_a_store_of_the_old_form_is_refused():
    class Old:
        def claim(self, event_id: str) -> bool:
            return True

        def release(self, event_id: str) -> None: ...

    with pytest.raises(TypeError, match="finish"):
        WebhookRouter("secret", seen=Old())


def test_what_the_page_says_to_write_now_is_there():
    from titan import services, types_gen

    table = PAGE.partition("### To change in your program")[2].partition("\n###")[0]
    for new in ("MediaService", "PresenceService", "ProfileService"):
        assert f"`{new}`" in table
        assert hasattr(services, new)
    assert hasattr(types_gen, "MessageReceivedEvent")
    for gone in ("events_gen", "sandbox.app"):
        with pytest.raises(ImportError):
            __import__(f"titan.{gone}")


def test_the_ranges_of_the_policies_are_those_of_the_package():
    ranges = re.findall(r"^\| (\w+) \| `(\S+)` \|", POLICIES, re.MULTILINE)
    declared = PYPROJECT.partition("\ndependencies = [")[2].partition("\n]")[0]
    assert ranges == re.findall(r'"(\w+)([><=].+?)"', declared)


def test_the_pythons_of_the_policies_are_those_of_the_package():
    supported = re.findall(r"Python :: (3\.\d+)", PYPROJECT)
    assert f"CPython {supported[0]} to {supported[-1]} are supported" in POLICIES
    assert f'requires-python = ">={supported[0]}"' in PYPROJECT


def test_warnings_of_the_sdk_are_such_as_python_shows():
    warnings = [value for name, value in vars(titan.errors).items() if name.endswith("Warning")]
    assert all(issubclass(one, titan.TitanWarning) for one in warnings if one.__module__ == "titan.errors")
    assert issubclass(titan.TitanWarning, UserWarning)
