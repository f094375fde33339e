"""`client.request` reaches any path of this server, and no other server."""

from urllib.parse import unquote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fake_server import FakeServer
from tests.support.hostile_texts import hostile, many_runs, refusal_of
from tests.support.loopback import answer_success, serving
from titan import TitanClient


@pytest.mark.parametrize(
    "path",
    [
        "",
        "api/sessions",
        "https://evil.example/api",
        "//evil.example/api",
        "///api",
        "/\\evil.example",
        "\\\\evil.example",
        "/api\\..\\x",
        "@evil.example/api",
        ":80/api",
        ".evil.example/api",
        "?x=1",
        "/api#x",
        "/api/..",
        "/../api",
        "/api/./sessions",
        "/api/../admin",
        "/api/..?x=1",
        "/api/%2e%2e/admin",
        "/api/.%2E/admin",
        "/api/%2e",
        "/api/..%2fx",
        "/api/x%2F..",
        "/api/a%2F%2E%2E%2Fb",
        "/api/..%5cx",
        "/api/x%5C..%5Cy",
        "/api/%252e%252e/x",
        "/api/%252e%252e%252fx",
        "/api/%25252e%25252e/x",
        "/api/..;/admin",
        "/api/..;x=1/admin",
        "/api/%2e%2e;x/admin",
        "/api/..%3bx/admin",
        "/api/ x",
        "/api/\nX",
        "/api HTTP/1.1\r\nX: y",
        "/api/\0",
        "/api/\x7f",
        "/api/\ud800",
        "/" + "x" * 100_000,
    ],
    ids=lambda path: ascii(path[:30]),
)
def test_request_refuses_paths_that_leave_the_server_or_mean_another(connect, path):
    server = FakeServer(httpx.Response(204))
    with pytest.raises(ValueError, match="path") as caught:
        connect(server).request("GET", path)
    assert type(caught.value) is ValueError
    assert server.requests == []


@pytest.mark.parametrize("path", [None, b"/api", 5, ["/api"], httpx.URL("/api")], ids=repr)
def test_request_takes_no_other_path_than_a_string(connect, path):
    server = FakeServer(httpx.Response(204))
    with pytest.raises(TypeError, match="path must be a string"):
        connect(server).request("GET", path)
    assert server.requests == []


@pytest.mark.parametrize(
    ("path", "params", "target"),
    [
        ("/", None, "/"),
        ("/api/sessions", None, "/api/sessions"),
        ("/api/contacts/a%40b%2Fc", None, "/api/contacts/a%40b%2Fc"),
        ("/api/%252f", None, "/api/%252f"),
        ("/api/...", None, "/api/..."),
        ("/api/..x/x..%2f...", None, "/api/..x/x..%2f..."),
        ("/api/x;y=..", None, "/api/x;y=.."),
        ("/api/x?next=..", None, "/api/x?next=.."),
        ("/api/ção", None, "/api/%C3%A7%C3%A3o"),
        ("/api//x/", None, "/api//x/"),
        ("/@evil.example", None, "/@evil.example"),
        ("/api?x=1", None, "/api?x=1"),
        ("/api", {"a": "1/2&3", "b": ["x", "é"]}, "/api?a=1%2F2%263&b=x&b=%C3%A9"),
        ("/api?x=1", {"y": "2 3"}, "/api?x=1&y=2+3"),
        ("/api", {}, "/api"),
    ],
)
def test_request_reaches_any_other_path_of_this_server(path, params, target):
    with serving(answer_success) as server, TitanClient(server.url, "titan_key") as client:
        client.request("GET", path, params=params)
    (received,) = server.requests
    assert received.target == target
    assert received.headers["host"] == server.url[len("http://") :]


@pytest.mark.parametrize(
    "params", [{"a": "\ud800"}, {"\udfff": "a"}, {"a": "x" * 100_000}], ids=["a", "b", "c"]
)
def test_request_refuses_params_that_cannot_be_sent(connect, params):
    server = FakeServer(httpx.Response(204))
    with pytest.raises(ValueError, match="cannot be sent") as caught:
        connect(server).request("GET", "/api", params=params)
    assert type(caught.value) is ValueError
    assert server.requests == []


@many_runs
@given(path=st.one_of(hostile, hostile.map("/api/".__add__)))
def test_request_stays_on_this_server_whatever_the_path(recorder, path):
    client, requests = recorder
    requests.clear()
    refusal = refusal_of(client.request, "GET", path)
    if refusal is not None:
        assert type(refusal) is ValueError
        assert requests == []
        return
    (request,) = requests
    assert (request.url.scheme, request.url.host, request.url.port) == ("https", "api.example.com", None)
    segments = [unquote(one) for one in request.url.raw_path.decode("ascii").partition("?")[0].split("/")]
    assert not {".", ".."} & set(segments)
    assert len(segments) == len(path.partition("?")[0].split("/"))
