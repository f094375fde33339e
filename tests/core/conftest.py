"""Fixtures of the core's tests: servers that are functions, and the environment of a client."""

from __future__ import annotations

import httpx
import pytest

from tests.support.answers import to_bytes
from tests.support.fake_server import FakeServer, json_response
from tests.support.libraries import client_of
from tests.support.loopback import echo, serving
from titan import TitanClient


@pytest.fixture
def server():
    return FakeServer(json_response({"data": []}))


@pytest.fixture
def answering(connect):
    """A client whose server gives this answer to everything."""

    def build(document, status=200, **options):
        return connect(FakeServer(httpx.Response(status, content=to_bytes(document))), **options)

    return build


@pytest.fixture(params=[False, True], ids=["tolerant", "strict"])
def strict(request):
    return request.param


@pytest.fixture
def environment(monkeypatch):
    """An environment that says nothing of Titan, to be changed."""
    monkeypatch.delenv("TITAN_BASE_URL", raising=False)
    monkeypatch.delenv("TITAN_API_KEY", raising=False)
    return monkeypatch


@pytest.fixture
def build(server, environment, http_library):
    """A client on the fake server, with all arguments the test's own."""
    with client_of(http_library, server) as http:
        yield lambda *args, **options: TitanClient(*args, **{"http_client": http, **options})


@pytest.fixture
def echoing():
    """A server on loopback whose answers say what they were asked for."""
    with serving(echo) as running:
        yield running
