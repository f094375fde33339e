"""Fixtures of the services' tests: servers on loopback, and one that takes any message."""

from __future__ import annotations

import contextlib

import httpx
import pytest

from tests.support.fake_server import API_KEY, BASE_URL, FakeServer, json_response
from tests.support.files import SENT
from tests.support.loopback import serving
from titan import TitanClient


@pytest.fixture
def server():
    """Starts servers on loopback, and clients of them; all of them end with the test."""
    with contextlib.ExitStack() as stack:

        def start(answer, **options):
            running = stack.enter_context(serving(answer))
            credential = {} if "client_token" in options else {"api_key": API_KEY}
            client = stack.enter_context(TitanClient(running.url, **credential, **options))
            return running, client

        yield start


@pytest.fixture
def messages(connect):
    """The service of a client that talks to a FakeServer, and that server."""
    fake = FakeServer(json_response(SENT, 201))
    return connect(fake).messages, fake


@pytest.fixture(scope="module")
def recorder():
    """A client, and the requests it made, for the many runs of one test."""
    requests = []

    def keep(request):
        requests.append(request)
        return httpx.Response(200, json={"data": None})

    with httpx.Client(transport=httpx.MockTransport(keep)) as http:
        yield TitanClient(BASE_URL, "titan_key", http_client=http), requests
