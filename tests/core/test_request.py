"""`client.request`: any path of this server, through the same pipeline."""

from __future__ import annotations

import httpx
import pytest

from tests.support.fake_server import API_KEY, FakeServer, json_response
from titan import APIResponseError, NotFoundError
from titan.types_gen import CreateSessionRequest

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


def test_request_writes_query_parameters_as_apis_read_them(connect):
    server = FakeServer(json_response({"data": []}))
    connect(server).request("GET", "/api/x", params={"all": True, "none": None, "id": [1, 2], "q": "a b"})
    assert server.request.url.raw_path == b"/api/x?all=true&id=1&id=2&q=a+b"
