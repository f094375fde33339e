"""A sandbox on this machine is reached, and reaches its webhooks, whatever proxies the environment names."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.environment import forget_proxies
from tests.support.loopback import Loopback
from tests.support.project import ROOT
from titan import TitanClient, WebhookRouter

HOLE = "http://HOLE"
ENVIRONMENTS = {
    "each kind": {"HTTP_PROXY": HOLE, "HTTPS_PROXY": HOLE, "ALL_PROXY": HOLE},
    "small letters": {"http_proxy": HOLE, "https_proxy": HOLE, "all_proxy": HOLE},
    "all alone": {"ALL_PROXY": "socks5://HOLE"},
    "exceptions for others": {"HTTP_PROXY": HOLE, "ALL_PROXY": HOLE, "NO_PROXY": "example.com,10.0.0.0/8"},
    "no proxy at all": {"NO_PROXY": "*"},
    "what is none": {"HTTP_PROXY": "nonsense://HOLE", "ALL_PROXY": "//"},
}


@pytest.fixture
def black_hole():
    """A proxy that takes requests and answers none."""
    hole = Loopback(lambda request: None)
    yield hole
    hole.close()


def set_proxies(monkeypatch, black_hole, variables):
    forget_proxies(monkeypatch)
    for name, value in variables.items():
        monkeypatch.setenv(name, value.replace("HOLE", black_hole.url.partition("://")[2]))


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_clients_and_deliveries_go_by_no_proxy(sandbox, connected, black_hole, monkeypatch, environment):
    set_proxies(monkeypatch, black_hole, ENVIRONMENTS[environment])
    router = WebhookRouter("a secret")
    with TitanClient(sandbox.base_url, sandbox.api_key) as titan:
        router.on("message.received")(lambda event: titan.messages.reply(event, "Hello!"))
        with sandbox.subscribe(router), sandbox.subscribe(router.asgi_app(), secret="a secret"):
            sandbox.receive("my-session", "Hi!")
            sandbox.wait_for_deliveries()
    assert len(sandbox.messages) == 2
    assert {one["status"] for one in sandbox.deliveries} == {"delivered"}
    assert black_hole.connections == 0


TEST_OF_A_USER = """
def test_bot(titan_client, titan_sandbox, titan_webhook):
    called = []

    def app(environ, start_response):
        called.append(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        start_response("204 No Content", [])
        return []

    titan_webhook(app, secret="a secret", events=["message.received"])
    titan_sandbox.receive("default", "Hi!", sender="+55 11 99999-9999")
    titan_sandbox.wait_for_deliveries()
    assert len(called) == 1
    assert titan_client.sessions.get("default").status == "CONNECTED"
"""


def run(*arguments, **environment):
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.heavy
def test_fixtures_go_by_no_proxy(black_hole, monkeypatch, tmp_path):
    set_proxies(monkeypatch, black_hole, ENVIRONMENTS["each kind"])
    test = tmp_path / "test_theirs.py"
    test.write_text(TEST_OF_A_USER, encoding="utf-8")
    options = ("-p", "no:cacheprovider", "-p", "titan.sandbox.pytest_plugin", "--rootdir", str(tmp_path))
    run("-m", "pytest", *options, str(test), PYTEST_DISABLE_PLUGIN_AUTOLOAD="1", PYTEST_ADDOPTS="")
    assert black_hole.connections == 0


@pytest.mark.heavy
def test_quickstart_goes_by_no_proxy(black_hole, monkeypatch):
    set_proxies(monkeypatch, black_hole, ENVIRONMENTS["each kind"])
    for name in ("TITAN_BASE_URL", "TITAN_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    run(
        "-c",
        "import runpy, sys\n"
        "sys.path.insert(0, sys.argv.pop(1))\n"
        "import _environment\n"
        "_environment.run_in_newest = lambda **_options: None\n"
        "runpy.run_path(sys.path[0] + '/quickstart', run_name='__main__')\n",
        str(ROOT / "scripts"),
    )
    assert black_hole.connections == 0


def test_page_goes_by_no_proxy(black_hole, monkeypatch, request):
    # The browser itself asks for this and that on the internet.
    set_proxies(monkeypatch, black_hole, ENVIRONMENTS["small letters"])
    visit = request.getfixturevalue("visit")
    assert visit("").title() == "Titan sandbox"
