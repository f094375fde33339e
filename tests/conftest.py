"""Fixtures of many tests: a client whose server is a function, and a clock that nobody has to wait for."""

from __future__ import annotations

import types
from typing import Any, Callable, List, Optional, Union

import httpx
import pytest

import titan._transport as transport_module
from titan import TitanClient

BASE_URL = "https://api.example.com"
API_KEY = "titan_" + "k" * 98

Answer = Union[httpx.Response, Exception]


class FakeServer:
    """Answers each request with the next of the given answers (the last one again and again) and keeps it."""

    def __init__(self, *answers: Answer) -> None:
        self.answers: List[Answer] = list(answers)
        self.requests: List[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        # A response can be read once only, so each request gets its own.
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    @property
    def request(self) -> httpx.Request:
        """The only request."""
        assert len(self.requests) == 1
        return self.requests[0]


@pytest.fixture
def connect():
    """Build clients on a FakeServer (or any handler of httpx.MockTransport); closed after the test."""
    opened: List[httpx.Client] = []

    def build(handler: Callable[[httpx.Request], httpx.Response], **options: Any) -> TitanClient:
        http = httpx.Client(transport=httpx.MockTransport(handler))
        opened.append(http)
        credential = {} if "client_token" in options else {"api_key": API_KEY}
        return TitanClient(BASE_URL, http_client=http, **{**credential, **options})

    yield build
    for http in opened:
        http.close()


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
    monkeypatch.setattr(transport_module, "time", fake)
    monkeypatch.setattr(transport_module, "random", types.SimpleNamespace(random=lambda: 0.0))
    return fake


def json_response(value: Any, status: int = 200, headers: Optional[dict] = None) -> httpx.Response:
    return httpx.Response(status, json=value, headers=headers)


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
    from sandbox_support import client

    with client(sandbox) as api:
        yield api


# Not for the whole session: until it ends, Playwright has an event loop running in the main thread.
@pytest.fixture(scope="module")
def browser():
    from browser import launched

    with launched() as browser:
        yield browser


@pytest.fixture
def watch(sandbox):
    """Watches over the pages that `visit` opens."""
    from browser import Watch

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
