"""Hooks and tools that make requests of their own: what they raise says nothing of ours."""

from __future__ import annotations

import sys

import httpx
import pytest

from tests.support.environment import forget_proxies
from tests.support.fake_server import API_KEY
from tests.support.libraries import LIBRARIES, each_way
from tests.support.loopback import Received, http, http_json, serving
from titan import APIConnectionError, RateLimitError, TitanClient, TitanError

NOBODY = "http://127.0.0.1:9/collector"
SEND = {"chatId": "1@g.us", "type": "text", "text": "x"}

libraries = pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.__name__)


@pytest.fixture
def server():
    def answer(request: Received) -> bytes:
        for _ in request.pieces():
            pass
        headers = {"Deprecation": "true"} if "deprecated" in request.target else {}
        return http_json({"data": {"id": "1"}}, headers=headers)

    with serving(answer) as running:
        yield running


def assert_sent_once(server, client):
    with pytest.raises(TitanError) as caught:
        client.messages.send("s", SEND)
    assert caught.value.maybe_processed is True
    assert len(server.requests) == 1


def failing_calls(library):
    def refused(*args, **options):
        library.post(NOBODY)

    def too_many(*args, **options):
        transport = library.MockTransport(lambda request: library.Response(429))
        with library.Client(transport=transport) as other:
            other.get(NOBODY).raise_for_status()

    def slow(*args, **options):
        raise library.ConnectTimeout("of the hook", request=library.Request("GET", NOBODY))

    return [refused, too_many, slow]


@libraries
@pytest.mark.parametrize("number", range(3))
def test_what_a_hook_of_the_http_client_raises_after_a_send_is_unclear(server, clock, library, number):
    hooks = {"response": [failing_calls(library)[number]]}
    with library.Client(event_hooks=hooks) as own:
        assert_sent_once(server, TitanClient(server.url, API_KEY, http_client=own))


@libraries
@pytest.mark.parametrize("number", range(3))
def test_what_a_transport_of_the_user_raises_after_a_send_is_unclear(server, clock, library, number):
    class Audit(library.HTTPTransport):
        def handle_request(self, request):
            response = super().handle_request(request)
            response.read()
            failing_calls(library)[number]()
            return response

    with library.Client(transport=Audit()) as own:
        assert_sent_once(server, TitanClient(server.url, API_KEY, http_client=own))


@pytest.mark.parametrize("number", range(3))
def test_what_a_tool_around_our_own_transport_raises_after_a_send_is_unclear(
    server, clock, monkeypatch, number
):
    handle_request = httpx.HTTPTransport.handle_request

    def traced(self, request):
        response = handle_request(self, request)
        if "127.0.0.1:9" not in str(request.url):
            failing_calls(httpx)[number]()
        return response

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", traced)
    with TitanClient(server.url, API_KEY) as client:
        assert_sent_once(server, client)


def test_a_warning_that_is_shown_over_the_network_does_not_repeat_a_send(clock, monkeypatch):
    def answer(request: Received) -> bytes:
        for _ in request.pieces():
            pass
        return http_json({"data": {"id": "1"}}, headers={"Deprecation": "true"})

    monkeypatch.setattr("titan._http.deprecation.warn_caller", failing_calls(httpx)[0])
    with serving(answer) as running, TitanClient(running.url, API_KEY) as client:
        assert_sent_once(running, client)


@libraries
def test_the_status_of_our_own_response_that_a_hook_raises_is_what_it_is(clock, library):
    hooks = {"response": [lambda response: response.raise_for_status()]}
    with (
        serving(lambda request: http(429, b'{"error": "slowly"}')) as running,
        library.Client(event_hooks=hooks) as own,
    ):
        client = TitanClient(running.url, API_KEY, http_client=own)
        with pytest.raises(RateLimitError) as caught:
            client.messages.send("s", SEND)
        assert caught.value.maybe_processed is False
        assert len(running.requests) == 3


@each_way
def test_a_refused_connection_is_still_known_and_tried_again(clock, library):
    http_client = None if library is None else library.Client()
    client = TitanClient("http://127.0.0.1:9", API_KEY, http_client=http_client)
    with pytest.raises(APIConnectionError) as caught:
        client.messages.send("s", SEND)
    assert caught.value.maybe_processed is False
    assert clock.slept == [0.5, 1.0]
    if http_client is not None:
        http_client.close()


@each_way
@pytest.mark.parametrize("status", [403, 407, 502])
def test_a_proxy_that_refuses_the_tunnel_has_sent_nothing(clock, monkeypatch, library, status):
    forget_proxies(monkeypatch)
    with serving(lambda request: http(status, b"no")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        http_client = None if library is None else library.Client()
        client = TitanClient("https://titan.invalid", API_KEY, http_client=http_client)
        with pytest.raises(APIConnectionError) as caught:
            client.messages.send("s", SEND)
        assert caught.value.maybe_processed is False
        assert len(proxy.requests) == 3
        client.close()
        if http_client is not None:
            http_client.close()


def test_an_assertion_of_a_tool_is_its_own(server, monkeypatch):
    handle_request = httpx.HTTPTransport.handle_request

    def checked(self, request):
        response = handle_request(self, request)
        assert response.status_code == 201, "expected 201"
        return response

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", checked)
    with TitanClient(server.url, API_KEY) as client, pytest.raises(AssertionError, match="expected 201"):
        client.messages.send("s", SEND)
    assert len(server.requests) == 1


@each_way
def test_a_tool_that_looks_at_the_frame_of_its_caller_is_no_signal_handler(clock, monkeypatch, library):
    module = library or httpx
    handle_request = module.HTTPTransport.handle_request

    def traced(self, request):
        number, caller = 14, sys._getframe(1)
        assert number
        assert caller
        return handle_request(self, request)

    monkeypatch.setattr(module.HTTPTransport, "handle_request", traced)
    http_client = None if library is None else library.Client()
    client = TitanClient("http://127.0.0.1:9", API_KEY, max_retries=0, http_client=http_client)
    with pytest.raises(APIConnectionError):
        client.sessions.list()
    if http_client is not None:
        http_client.close()
