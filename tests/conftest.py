"""Fixtures of many tests: a client whose server is a function, and a clock that nobody has to wait for."""

from __future__ import annotations

import importlib
import os
import re
import types
from pathlib import Path
from typing import Any, Callable, List, Optional

import httpx
import pytest

from tests.support.fake_server import API_KEY, BASE_URL
from tests.support.libraries import client_of
from tests.support.tls import Certificate, make_certificate
from titan import TitanClient
from titan._http import deadlines, transport

_LONGEST_NAME = 200
"""Characters of a value in the name of a test."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--http-client",
        choices=["httpx", "httpx2"],
        default="httpx",
        help="library of the clients that the tests give to a TitanClient",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: List[pytest.Item]) -> None:
    """With another library, leave only the tests that give clients of it to a TitanClient."""
    if config.getoption("--http-client") == "httpx":
        return
    concerned = {item for item in items if "http_library" in getattr(item, "fixturenames", ())}
    config.hook.pytest_deselected(items=[item for item in items if item not in concerned])
    items[:] = [item for item in items if item in concerned]


def pytest_configure(config: pytest.Config) -> None:
    """Let clients trust one authority instead of all, which each client of httpx would take 20 ms to load."""
    os.environ["SSL_CERT_FILE"] = str(Path(__file__).parent / "support" / "authority.pem")


@pytest.hookimpl(tryfirst=True)
def pytest_make_parametrize_id(val: object, argname: str) -> Optional[str]:
    """Number long values instead of spelling them out: a compressed one even holds the time.

    Tests that run side by side must have the same names in each process.
    """
    return argname if isinstance(val, (bytes, str)) and len(val) > _LONGEST_NAME else None


ON_EVERY_PYTHON = {
    # The others read files of the repository, which are the same on each.
    "project": {
        *("test_annotations", "test_contract_methods", "test_contract_responses", "test_echo_bot"),
        *("test_example_lambda", "test_examples", "test_imports"),
    },
    # What the local Titan does depends little on Python; how it starts, serves, waits and ends does.
    "sandbox": {
        *("test_delivery_retries", "test_event_samples", "test_import", "test_server"),
        *("test_starts_and_stops", "test_waiting"),
    },
}
"""Of folders that the Pythons between the newest and the oldest leave out: the files which they run."""

NOT_BETWEEN = {
    "core": {
        *("test_errors", "test_failures_in_answers", "test_forks", "test_httpx2", "test_model_class"),
        *("test_parsing_of_anything", "test_rebuilt_errors", "test_retry"),
    },
    "project": {"test_contract_methods", "test_contract_responses", "test_echo_bot", "test_examples"},
    "sandbox": {"test_delivery_retries", "test_starts_and_stops"},
    "services": {"test_paths", "test_request_check", "test_service_attributes"},
    "webhooks": {"test_event_attributes", "test_message_events"},
}
"""Files that those Pythons leave out too: many tests, of what hardly depends on Python."""

_ARE_SLOW = re.compile(r"^pytestmark = (\[\n.*\n)? *pytest\.mark\.(heavy|once|slow)", re.MULTILINE)


def depends_on_python(path: Path) -> bool:
    """Whether what a file tests is worth a run on more than the newest Python."""
    return path.stem in ON_EVERY_PYTHON.get(path.parent.name, {path.stem})


def runs_between(path: Path) -> bool:
    """Whether the Pythons between the newest and the oldest run a file."""
    return depends_on_python(path) and path.stem not in NOT_BETWEEN.get(path.parent.name, ())


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> Optional[bool]:
    """Do not even read the files of which nothing would run."""
    if config.option.markexpr != "not heavy and not slow" or collection_path.suffix != ".py":
        return None
    is_slow = collection_path.parent.name == "outbox" or _ARE_SLOW.search(collection_path.read_text("utf-8"))
    return True if is_slow or not runs_between(collection_path) else None


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark as slow what the Pythons between the newest and the oldest leave out."""
    if not runs_between(item.path):
        item.add_marker("slow")
    # What is asked of jsonschema-rs depends on its version.
    if not depends_on_python(item.path) and item.path.stem != "test_validation":
        item.add_marker("once")


@pytest.fixture(scope="session")
def http_library(pytestconfig: pytest.Config) -> types.ModuleType:
    """The library of the clients that users give."""
    return importlib.import_module(pytestconfig.getoption("--http-client"))


@pytest.fixture
def connect(http_library):
    """Build clients on a FakeServer (or any handler of httpx.MockTransport); closed after the test."""
    opened: List[Any] = []

    def build(handler: Callable[[httpx.Request], httpx.Response], **options: Any) -> TitanClient:
        http = client_of(http_library, handler)
        opened.append(http)
        credential = {} if "client_token" in options else {"api_key": API_KEY}
        return TitanClient(BASE_URL, http_client=http, **{**credential, **options})

    yield build
    for http in opened:
        http.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory) -> Certificate:
    """A certificate for servers on loopback, and its key."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


class FakeClock:
    """Stands in for the `time` module: sleeping moves it, nothing else does."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: List[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch) -> FakeClock:
    """The transport's clock, without jitter in the pauses between attempts."""
    fake = FakeClock()
    for module in (transport, deadlines):
        monkeypatch.setattr(module, "now", fake.monotonic)
    monkeypatch.setattr(transport, "time", fake)
    monkeypatch.setattr(transport, "random", types.SimpleNamespace(random=lambda: 0.0))
    return fake


@pytest.fixture(scope="module")
def running_sandbox():
    """One sandbox for a module; use `sandbox`, which is reset for each test."""
    from titan.sandbox import Sandbox

    with Sandbox() as running:
        yield running


@pytest.fixture
def sandbox(running_sandbox):
    running_sandbox.reset()
    return running_sandbox


@pytest.fixture
def api(sandbox):
    """Plain httpx with the sandbox's key."""
    from tests.support.sandbox import client

    with client(sandbox) as api:
        yield api


# Not for the whole session: until it ends, Playwright has an event loop running in the main thread.
@pytest.fixture(scope="module")
def browser():
    from tests.support.browser import launched

    with launched() as browser:
        yield browser


@pytest.fixture
def watch(sandbox):
    """Watches over the pages that `visit` opens."""
    from tests.support.browser import Watch

    return Watch(sandbox.base_url)


@pytest.fixture
def visit(browser, sandbox, watch):
    """Open the page of the sandbox, at a hash and in a window of some width; it must not complain."""
    contexts = []

    def open_page(fragment="", width=1280, **options):
        options = {"locale": "en-US", "viewport": {"width": width, "height": 800}, **options}
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.set_default_timeout(10_000)
        watch.over(page)
        page.goto(f"{sandbox.base_url}/{fragment}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert watch.complaints == []
