"""The user's own httpx.Client: its hooks, cookies, redirects and headers."""

from __future__ import annotations

import httpx
import pytest

import titan
from tests.support.fake_server import API_KEY, BASE_URL, FakeServer, json_response
from titan import NotFoundError, TitanClient
from titan._http.connections import own as own_connections
from titan.types_gen import Session


def test_runtime_error_of_an_event_hook_passes_through(server):
    def hook(request):
        raise RuntimeError("mine")

    with httpx.Client(transport=httpx.MockTransport(server), event_hooks={"request": [hook]}) as http:
        with pytest.raises(RuntimeError, match="mine") as caught:
            TitanClient(BASE_URL, API_KEY, http_client=http).sessions.list()
        assert type(caught.value) is RuntimeError


def test_hooks_cookies_headers_and_params_of_http_client_work(server):
    seen = []
    with httpx.Client(
        transport=httpx.MockTransport(server),
        event_hooks={"request": [seen.append], "response": [seen.append]},
        cookies={"route": "7"},
        headers={"X-Tenant": "shop", "Authorization": "Bearer wrong", "User-Agent": "wrong"},
        auth=("user", "password"),
        base_url="https://wrong.example.com",
        follow_redirects=True,
    ) as http:
        TitanClient(BASE_URL, API_KEY, http_client=http, headers={"X-Mine": "1"}).sessions.list()
    sent = server.request
    assert [type(item) for item in seen] == [httpx.Request, httpx.Response]
    assert sent.headers["Cookie"] == "route=7"
    assert sent.headers["X-Tenant"] == "shop"
    assert sent.headers["X-Mine"] == "1"
    assert sent.headers.get_list("Authorization") == [f"Bearer {API_KEY}"]
    assert sent.headers["User-Agent"].startswith("titan-sdk/")
    assert str(sent.url) == f"{BASE_URL}/api/sessions"


def test_http_client_that_follows_redirects_is_told_not_to():
    server = FakeServer(httpx.Response(302, headers={"Location": "https://evil.example/"}))
    with httpx.Client(transport=httpx.MockTransport(server), follow_redirects=True) as http:
        client = TitanClient(BASE_URL, API_KEY, http_client=http)
        with pytest.raises(titan.APIStatusError) as caught:
            client.sessions.list()
    assert caught.value.status_code == 302
    assert server.request.url.host == "api.example.com"


def test_cookies_that_the_server_sets_come_back_on_the_user_s_client():
    server = FakeServer(json_response([], headers={"Set-Cookie": "sticky=1"}))
    with httpx.Client(transport=httpx.MockTransport(server)) as http:
        client = TitanClient(BASE_URL, API_KEY, http_client=http)
        client.sessions.list()
        client.sessions.list()
    assert server.requests[1].headers["Cookie"] == "sticky=1"


@pytest.mark.parametrize("reads_first", [False, True])
def test_hook_that_raises_for_status_gives_the_error_of_the_status(clock, reads_first):
    def hook(response):
        if reads_first:
            response.read()
        response.raise_for_status()

    def streamed(request):
        return httpx.Response(404, content=iter([b'{"error": ', b'"no such session"}']))

    with httpx.Client(transport=httpx.MockTransport(streamed), event_hooks={"response": [hook]}) as http:
        client = TitanClient(BASE_URL, API_KEY, http_client=http)
        with pytest.raises(NotFoundError) as caught:
            client.sessions.get("s")
    error = caught.value
    assert (error.status_code, error.method, error.route) == (404, "GET", "/api/sessions/{session}")
    assert error.maybe_processed is False
    assert error.message == ("no such session" if reads_first else "Not Found")


def test_hook_that_raises_for_status_changes_nothing_about_retries(clock):
    server = FakeServer(httpx.Response(503), httpx.Response(429), json_response([]))
    hooks = {"response": [lambda response: response.raise_for_status()]}
    with httpx.Client(transport=httpx.MockTransport(server), event_hooks=hooks) as http:
        assert TitanClient(BASE_URL, API_KEY, http_client=http).sessions.list() == []
    assert len(server.requests) == 3


def test_own_pool_sends_what_a_given_client_sends(monkeypatch, connect):
    # Our own requests are put together without httpx's merging of client settings.
    given, own = (
        FakeServer(json_response({"data": {"name": "s"}})),
        FakeServer(json_response({"data": {"name": "s"}})),
    )
    monkeypatch.setattr(own_connections, "new_pool", lambda certificates, proxy: httpx.MockTransport(own))
    with TitanClient(BASE_URL, API_KEY, headers={"X-A": "1"}) as ours:
        for client in (ours, connect(given, headers={"X-A": "1"})):
            assert isinstance(client.sessions.create({"name": "é"}), Session)
            client.sessions.get("s")
            client.sessions.start("s")
            client.sessions.delete("s")
            client.labels.unassign("s", "1", {"chatIds": []})
            client.submit(client.sessions.create, {"name": "s"})
            client.request("PUT", "/api/x")
            client.request("PATCH", "/api/x", params={"a": "b"})
    # httpx adds `Connection: keep-alive` to what its clients build; HTTP/1.1 means it anyway.
    shapes = [
        [
            (
                request.method,
                str(request.url),
                sorted(item for item in request.headers.multi_items() if item[0] != "connection"),
                request.content,
            )
            for request in server.requests
        ]
        for server in (given, own)
    ]
    assert shapes[0] == shapes[1]
    assert len(shapes[0]) == 8
