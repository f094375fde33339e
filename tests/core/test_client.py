"""TitanClient: its life, what it shares with its twins, and `client.request`."""

from __future__ import annotations

import contextlib
import copy
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

import titan
from tests.support.fake_server import API_KEY, BASE_URL, FakeServer, json_response
from titan import APIResponseError, NotFoundError, TitanClient, TitanError
from titan._http import pool
from titan.types_gen import CreateSessionRequest, Session

SERVICES = [
    "sessions",
    "pairing",
    "messages",
    "contacts",
    "groups",
    "channels",
    "presence",
    "profile",
    "labels",
    "chats",
    "webhooks",
    "lids",
    "media",
    "client_tokens",
    "account_keys",
]


@pytest.fixture
def server():
    return FakeServer(json_response({"data": []}))


# What a client shows of itself


def test_services_are_the_15_of_the_reference_and_each_is_one_object(connect, server):
    client = connect(server)
    assert {name for name in dir(client) if not name.startswith("_")} == {
        *SERVICES,
        "close",
        "request",
        "submit",
        "with_options",
        "with_response",
    }
    for name in SERVICES:
        assert getattr(client, name) is getattr(client, name)


@pytest.mark.parametrize("name", ["session", "message", "_private", "__len__"])
def test_attribute_that_is_none_is_an_attribute_error(connect, server, name):
    with pytest.raises(AttributeError, match=name):
        getattr(connect(server), name)


def test_repr_names_the_server_and_no_credential(connect, server):
    client = connect(server, headers={"X-Secret": "hunter2"})
    assert repr(client) == "TitanClient(base_url='https://api.example.com')"
    assert repr(client.with_options(max_retries=0)) == repr(client)
    for name in SERVICES:
        shown = repr(getattr(client, name))
        assert BASE_URL in shown
        assert API_KEY not in shown


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, pickle.dumps, lambda client: pickle.dumps(client, protocol=0)]
)
@pytest.mark.parametrize("part", [lambda client: client, lambda client: client.with_options(max_retries=1)])
def test_client_is_neither_copied_nor_pickled(connect, server, duplicate, part):
    with pytest.raises(TypeError, match="neither copied nor pickled"):
        duplicate(part(connect(server)))


@pytest.mark.parametrize("duplicate", [copy.deepcopy, pickle.dumps])
@pytest.mark.parametrize("part", [lambda client: client.messages, lambda client: client.messages.send])
def test_service_carries_no_credential_into_a_pickle(duplicate, part):
    # Not on an http_client, which could not be pickled itself.
    with TitanClient(BASE_URL, API_KEY) as client, pytest.raises(TypeError, match="nor pickled"):
        duplicate(part(client))


def test_twin_keeps_what_a_subclass_has_of_its_own(connect, server):
    class TenantClient(TitanClient):
        tenant = "none"

    client = TenantClient(BASE_URL, API_KEY)
    client.tenant = "acme"
    twin = client.with_options(max_retries=0)
    assert (type(twin), twin.tenant) == (TenantClient, "acme")
    assert twin.messages is not client.messages
    assert twin.messages._context.settings.max_retries == 0
    client.close()


def test_with_options_names_what_it_does_not_know(connect, server):
    with pytest.raises(TypeError, match=r"with_options\(\) takes timeout, .*not timout"):
        connect(server).with_options(timout=3)
    with pytest.raises(TypeError, match="headers must be a mapping"):
        connect(server).with_options(headers=None)


# Closing


def closed_by_close(client, http):
    client.close()


def closed_by_its_context(client, http):
    with client as entered:
        assert entered is client


def closed_by_the_owner_of_its_pool(client, http):
    http.close()


@pytest.mark.parametrize("close", [closed_by_close, closed_by_its_context, closed_by_the_owner_of_its_pool])
@pytest.mark.parametrize("used_before", [False, True])
def test_closed_client_raises_a_titan_error_and_sends_nothing(server, close, used_before):
    with httpx.Client(transport=httpx.MockTransport(server)) as http:
        client = TitanClient(BASE_URL, API_KEY, http_client=http)
        if used_before:
            client.sessions.list()
        sent = len(server.requests)
        twin = client.with_options(max_retries=5)
        close(client, http)
        for use in (client, twin, client.with_options(max_retries=5)):
            with pytest.raises(TitanError, match="closed; build a new one") as caught:
                use.messages.send("s", {"chatId": "1@g.us", "type": "text", "text": "Hello"})
            assert type(caught.value) is TitanError
            assert caught.value.maybe_processed is False
            assert (caught.value.method, caught.value.route) == ("POST", "/api/messages/send")
            with pytest.raises(TitanError, match="closed"):
                use.request("GET", "/api/sessions")
        assert len(server.requests) == sent


@pytest.mark.parametrize("used_before", [False, True])
def test_closed_client_with_its_own_pool_raises_a_titan_error(monkeypatch, server, used_before):
    monkeypatch.setattr(pool, "new_pool", lambda: httpx.Client(transport=httpx.MockTransport(server)))
    client = TitanClient(BASE_URL, API_KEY)
    if used_before:
        client.sessions.list()
    client.close()
    client.close()
    with pytest.raises(TitanError, match="this client is closed"):
        client.sessions.list()
    own = client._context.transport._connections._pool
    assert own.is_closed if used_before else own is None


def test_own_pool_is_closed_after_the_with_statement(monkeypatch, server):
    pools = []

    def new_pool():
        pools.append(httpx.Client(transport=httpx.MockTransport(server)))
        return pools[-1]

    monkeypatch.setattr(pool, "new_pool", new_pool)
    with TitanClient(BASE_URL, API_KEY) as client:
        client.sessions.list()
        client.with_options(timeout=5).sessions.list()
        assert not pools[0].is_closed
    assert [one.is_closed for one in pools] == [True]


def test_twin_closes_nothing(connect, server):
    client = connect(server)
    twin = client.with_options(max_retries=0)
    twin.close()
    with client.with_options(max_retries=1):
        pass
    assert twin.sessions.list() == client.sessions.list() == []


def test_http_client_of_the_user_is_not_closed(server):
    with httpx.Client(transport=httpx.MockTransport(server)) as http:
        with TitanClient(BASE_URL, API_KEY, http_client=http) as client:
            client.sessions.list()
        assert not http.is_closed
        with pytest.raises(TitanError, match="this client is closed"):
            client.sessions.list()
        assert TitanClient(BASE_URL, API_KEY, http_client=http).sessions.list() == []


def test_client_closed_in_the_middle_of_a_call_is_a_titan_error_that_may_have_been_processed(server):
    # httpx notices only when it sends: between our check and that, another thread can close the client.
    with httpx.Client(transport=httpx.MockTransport(server)) as http:
        client = TitanClient(BASE_URL, API_KEY, http_client=http, max_retries=5)
        build_request = http.build_request

        def close_first(*args, **options):
            http.close()
            return build_request(*args, **options)

        http.build_request = close_first
        with pytest.raises(TitanError, match="is closed") as caught:
            client.sessions.list()
    assert caught.value.maybe_processed is True
    assert server.requests == []


def test_threads_that_use_a_client_while_it_is_closed_see_titan_errors_only(monkeypatch, server):
    monkeypatch.setattr(pool, "new_pool", lambda: httpx.Client(transport=httpx.MockTransport(server)))
    client = TitanClient(BASE_URL, API_KEY)
    started = threading.Barrier(9)

    def use():
        started.wait()
        while not client._context.transport._connections._is_closed:
            with contextlib.suppress(TitanError):
                client.sessions.list()
        with pytest.raises(TitanError) as caught:
            client.sessions.list()
        return caught.value

    with ThreadPoolExecutor(8) as threads:
        results = [threads.submit(use) for _ in range(8)]
        started.wait()
        client.close()
    assert all("closed" in str(result.result()) for result in results)


def test_runtime_error_of_an_event_hook_passes_through(server):
    def hook(request):
        raise RuntimeError("mine")

    with httpx.Client(transport=httpx.MockTransport(server), event_hooks={"request": [hook]}) as http:
        with pytest.raises(RuntimeError, match="mine") as caught:
            TitanClient(BASE_URL, API_KEY, http_client=http).sessions.list()
        assert type(caught.value) is RuntimeError


# The user's own httpx.Client


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


# with_options


def test_twin_has_other_settings_and_the_client_keeps_its_own(connect, clock):
    server = FakeServer(httpx.Response(503))
    client = connect(server, max_retries=1, headers={"X-A": "1", "X-B": "1"})
    twin = client.with_options(max_retries=3, headers={"x-a": "2", "X-C": "2"})
    for use, requests in ((twin, 4), (client, 2)):
        server.requests.clear()
        with pytest.raises(TitanError):
            use.sessions.list()
        assert len(server.requests) == requests
    assert server.requests[0].headers["X-A"] == "1"
    assert "X-C" not in server.requests[0].headers


def test_headers_of_a_twin_are_added_and_win_in_any_case(connect, server):
    client = connect(server, headers={"X-A": "1", "X-B": "1", "User-Agent": "one"})
    twin = client.with_options(headers={"x-a": "2", "user-agent": "two"}).with_options(headers={"X-C": "3"})
    twin.sessions.list()
    headers = server.request.headers
    assert headers.get_list("X-A") == ["2"]
    assert (headers["X-B"], headers["X-C"]) == ("1", "3")
    assert headers["User-Agent"].endswith(" two")
    assert " one" not in headers["User-Agent"]


def test_twin_of_a_twin_keeps_what_it_is_not_told(connect, clock):
    server = FakeServer(httpx.Response(503))
    twin = connect(server).with_options(max_retries=0).with_options(timeout=7)
    with pytest.raises(TitanError):
        twin.sessions.list()
    assert server.request.extensions["timeout"]["read"] == 7


def test_twin_of_a_client_token_is_one_too(connect):
    server = FakeServer(json_response({"data": {"id": "m"}}))
    twin = connect(server, client_token="titan_ct_" + "t" * 30).with_options(max_retries=0)
    twin.messages.send("s", {"chatId": "1@g.us", "type": "text", "text": "Hello"})
    assert server.request.url.path == "/api/sessions/s/messages/send"


@pytest.mark.parametrize(
    "options", [{"retries": 1}, {"http_client": None}, {"base_url": BASE_URL}, {"headers": None}]
)
def test_option_that_is_none_is_a_type_error(connect, server, options):
    with pytest.raises(TypeError):
        connect(server).with_options(**options)


# request


@pytest.mark.parametrize(
    ("body", "content_type", "result"),
    [
        (b'{"data": {"a": 1}}', "application/json", {"a": 1}),
        (b'{"data": null}', "application/json", None),
        (b'{"data": [1], "success": true}', "application/json; charset=utf-8", [1]),
        (b'{"a": 1}', "application/json", {"a": 1}),
        (b"[1]", "application/problem+json", [1]),
        (b'{"data": 1}', "APPLICATION/JSON", 1),
        (b'{"data": 1}', None, 1),
        (b" ", "application/json", None),
        (b"\xef\xbb\xbf[1]", "application/json", [1]),
        (b"", "application/json", None),
        (b"", None, None),
        (b"\x89PNG", "image/png", b"\x89PNG"),
        (b"hello", "text/plain", b"hello"),
        (b'{"data": 1}', "text/plain", b'{"data": 1}'),
    ],
)
def test_request_gives_json_out_of_its_envelope_and_bytes_otherwise(connect, body, content_type, result):
    headers = {} if content_type is None else {"Content-Type": content_type}
    server = FakeServer(httpx.Response(200, headers=headers, content=body))
    assert connect(server).request("GET", "/api/anything") == result


def test_request_gives_none_for_204(connect):
    assert connect(FakeServer(httpx.Response(204))).request("DELETE", "/api/sessions/s") is None


@pytest.mark.parametrize("body", [b"<html>Log in</html>", b'{"data": ', b"\x89PNG"])
def test_request_answered_with_mislabelled_json_is_a_response_error(connect, clock, body):
    server = FakeServer(httpx.Response(200, headers={"Content-Type": "application/json"}, content=body))
    with pytest.raises(APIResponseError) as caught:
        connect(server).request("GET", "/api/sessions")
    assert (caught.value.status_code, caught.value.body) == (200, body)
    assert (caught.value.method, caught.value.route) == ("GET", "custom")
    assert len(server.requests) == 1


@pytest.mark.parametrize("verb", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "get", "Post"])
def test_request_takes_any_verb_in_any_case(connect, server, verb):
    connect(server).request(verb, "/api/x")
    assert server.request.method == verb.upper()


@pytest.mark.parametrize(
    ("json", "sent"),
    [
        ({"a": [1, "é"]}, '{"a":[1,"é"]}'),
        ([], "[]"),
        (False, "false"),
        ("text", '"text"'),
        (CreateSessionRequest(name="s"), '{"name":"s"}'),
        ({"inner": CreateSessionRequest(name="s", start=True)}, '{"inner":{"name":"s","start":true}}'),
    ],
)
def test_request_sends_json_and_models(connect, server, json, sent):
    connect(server).request("POST", "/api/x", json=json)
    assert server.request.content.decode() == sent
    assert server.request.headers["Content-Type"] == "application/json"


def test_request_without_json_has_no_body(connect, server):
    connect(server).request("POST", "/api/x")
    assert server.request.content == b""
    assert "Content-Type" not in server.request.headers


@pytest.mark.parametrize(
    ("path", "params", "target"),
    [
        ("/api/x", {"a": 1, "b": "x y&z"}, "/api/x?a=1&b=x+y%26z"),
        ("/api/x", {"a": ["1", "2"]}, "/api/x?a=1&a=2"),
        ("/api/x", {}, "/api/x"),
        ("/api/x?a=1", None, "/api/x?a=1"),
        ("/api/x?a=1", {"b": "2"}, "/api/x?a=1&b=2"),
        ("/api/x%40y", None, "/api/x%40y"),
        ("/health", None, "/health"),
        ("/", None, "/"),
        ("/api/..x/x..", None, "/api/..x/x.."),
    ],
)
def test_request_builds_path_and_query(connect, server, path, params, target):
    connect(server).request("GET", path, params=params)
    assert server.request.url.raw_path.decode() == target


@pytest.mark.parametrize(
    "path",
    [
        "",
        "api/sessions",
        "//evil.example/api",
        "https://evil.example/api",
        "@evil.example",
        "/api/../admin",
        "/api/./x",
        "/..",
        "/api/%2e%2e/admin",
        "/api/.%2E/admin",
        "/api/x#y",
        "/api\\..\\admin",
        "/api/a b",
        "/api/a\nb",
        "/api/a\x00",
        "/api/a\x7f",
        "/api/\ud800",
        "/" + "a" * 70_000,
    ],
    ids=lambda path: ascii(path)[:30],
)
def test_request_refuses_a_path_that_is_none_of_this_server(connect, server, path):
    with pytest.raises(ValueError, match="path") as caught:
        connect(server).request("GET", path)
    assert type(caught.value) is ValueError
    assert server.requests == []


@pytest.mark.parametrize(
    ("arguments", "options", "error"),
    [
        ((None, "/api/x"), {}, TypeError),
        ((b"GET", "/api/x"), {}, TypeError),
        (("", "/api/x"), {}, ValueError),
        (("GET /", "/api/x"), {}, ValueError),
        (("GET\n", "/api/x"), {}, ValueError),
        (("GÉT", "/api/x"), {}, ValueError),
        (("GET", None), {}, TypeError),
        (("GET", b"/api/x"), {}, TypeError),
        (("GET", "/api/x"), {"json": object()}, TypeError),
        (("GET", "/api/x"), {"json": {"a": float("nan")}}, ValueError),
        (("GET", "/api/x"), {"json": "\ud800"}, ValueError),
        (("GET", "/api/x"), {"params": {"a": "\ud800"}}, ValueError),
        (("GET", "/api/x"), {"params": 5}, TypeError),
    ],
)
def test_request_refuses_bad_arguments(connect, server, arguments, options, error):
    with pytest.raises(error) as caught:
        connect(server).request(*arguments, **options)
    assert type(caught.value) is error
    assert server.requests == []


def test_request_goes_through_the_same_pipeline(connect, clock):
    server = FakeServer(httpx.Response(429, headers={"Retry-After": "7"}), json_response({"data": 1}))
    assert connect(server, headers={"X-A": "1"}).request("POST", "/api/x", json={}) == 1
    assert clock.slept == [7.0]
    assert server.requests[1].headers["Authorization"] == f"Bearer {API_KEY}"
    assert server.requests[1].headers["X-A"] == "1"


def test_error_of_a_request_names_no_path(connect, clock):
    server = FakeServer(json_response({"error": "gone"}, 404))
    with pytest.raises(NotFoundError) as caught:
        connect(server).request("GET", "/api/sessions/my-session")
    assert caught.value.route == "custom"
    assert str(caught.value) == "gone (404 to GET custom)"


# Threads


def test_threads_share_a_client_and_each_gets_its_own_answer(connect):
    def handler(request):
        return json_response({"data": {"name": request.url.path.rpartition("/")[2], "status": "CONNECTED"}})

    client = connect(handler)
    barrier = threading.Barrier(32)

    def use(number):
        barrier.wait()
        name = f"session-{number}"
        return [client.sessions.get(name).name == name for _ in range(20)]

    with ThreadPoolExecutor(32) as threads:
        results = list(threads.map(use, range(32)))
    assert all(all(result) for result in results)


def test_first_use_from_many_threads_builds_one_pool(monkeypatch, server):
    pools = []

    def new_pool():
        pools.append(httpx.Client(transport=httpx.MockTransport(server)))
        return pools[-1]

    monkeypatch.setattr(pool, "new_pool", new_pool)
    client = TitanClient(BASE_URL, API_KEY)
    barrier = threading.Barrier(32)

    def use(_):
        barrier.wait()
        return client.sessions.list()

    with client, ThreadPoolExecutor(32) as threads:
        assert list(threads.map(use, range(32))) == [[]] * 32
    assert len(pools) == 1


def test_own_pool_sends_what_a_given_client_sends(monkeypatch, connect):
    # Our own requests are put together without httpx's merging of client settings.
    given, own = (
        FakeServer(json_response({"data": {"name": "s"}})),
        FakeServer(json_response({"data": {"name": "s"}})),
    )
    monkeypatch.setattr(pool, "new_pool", lambda: httpx.Client(transport=httpx.MockTransport(own)))
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


def test_request_writes_query_parameters_as_apis_read_them(connect):
    server = FakeServer(json_response({"data": []}))
    connect(server).request("GET", "/api/x", params={"all": True, "none": None, "id": [1, 2], "q": "a b"})
    assert server.request.url.raw_path == b"/api/x?all=true&id=1&id=2&q=a+b"
