"""Headers, numbers and the http_client of a client, and what is refused of them."""

from __future__ import annotations

import contextlib
import re
import warnings

import httpx
import pytest

from tests.support.fake_server import API_KEY, BASE_URL, json_response
from titan import ConfigurationError, TitanClient, TitanError
from titan.types_gen import Session

# Headers


def test_headers_of_the_sdk(build, server):
    build(BASE_URL, API_KEY).sessions.list()
    headers = server.request.headers
    assert re.fullmatch(r"titan-sdk/[0-9.]+ python/3\.\d+ httpx/[0-9.]+", headers["User-Agent"])
    assert headers["User-Agent"].endswith(f"httpx/{httpx.__version__}")
    assert headers["Accept"] == "application/json"


@pytest.mark.parametrize("name", ["User-Agent", "user-agent", "USER-AGENT"])
def test_user_agent_is_added_to_and_not_replaced(build, server, name):
    build(BASE_URL, API_KEY, headers={name: "my-shop/1.2"}).sessions.list()
    assert re.fullmatch(
        r"titan-sdk/\S+ python/\S+ httpx/\S+ my-shop/1\.2", server.request.headers["User-Agent"]
    )
    assert len(server.request.headers.get_list("User-Agent")) == 1


def test_headers_of_the_user_are_sent(build, server):
    build(BASE_URL, API_KEY, headers={"X-Tenant": "a b", "X-Empty": ""}).sessions.list()
    assert server.request.headers["X-Tenant"] == "a b"
    assert server.request.headers["X-Empty"] == ""


@pytest.mark.parametrize("value", ["\t", " ", "", " a", "a\t ", "a \t b"])
@pytest.mark.parametrize("name", ["X-Tenant", "Cookie", "User-Agent", "Accept-Language"])
@pytest.mark.parametrize("is_own", [True, False])
def test_white_space_around_a_header_is_no_part_of_it(echoing, name, value, is_own):
    with contextlib.ExitStack() as stack:
        options = {} if is_own else {"http_client": stack.enter_context(httpx.Client())}
        for client in (
            TitanClient(echoing.url, API_KEY, **options).with_options(headers={name: value}),
            TitanClient(echoing.url, API_KEY, headers={name: value}, **options),
        ):
            client.sessions.get("s")
            sent = echoing.requests[-1].headers[name.lower()]
            if name == "User-Agent":
                sent = re.sub(r"^titan-sdk/\S+ python/\S+ httpx/\S+ ?", "", sent)
            assert sent == value.strip()


@pytest.mark.parametrize("name", ["Content-Type", "content-type", "Accept", "accept"])
def test_header_of_the_sdk_is_sent_once_whatever_the_user_adds(build, server, name):
    server.answers = [json_response({"data": {"correlationId": "cmd-1"}}, 202)]
    client = build(BASE_URL, API_KEY, headers={name: "text/plain"})
    client.submit(client.sessions.create, {"name": "s"})
    sent = server.request.headers
    assert sent.get_list("Content-Type") == ["application/json"]
    assert sent.get_list("Accept") == ["application/json"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer other"},
        {"authorization": "Bearer other"},
        {"Host": "evil.example"},
        {"Content-Length": "5"},
        {"Transfer-Encoding": "chunked"},
        {"X-A": "a\r\nX-B: b"},
        {"X-A": "a\nb"},
        {"X-A": "a\x00"},
        {"X-A": "a\x7f"},
        {"X-A": "é"},
        {"X-A": "\ud800"},
        {"": "a"},
        {"X A": "a"},
        {"X-A:": "a"},
        {"X\nA": "a"},
        {"Ä": "a"},
    ],
    ids=ascii,
)
def test_header_that_is_dangerous_is_refused(build, headers):
    with pytest.raises(ConfigurationError, match="header") as caught:
        build(BASE_URL, API_KEY, headers=headers)
    assert isinstance(caught.value, ValueError)
    client = build(BASE_URL, API_KEY)
    with pytest.raises(ConfigurationError, match="header"):
        client.with_options(headers=headers)


@pytest.mark.parametrize(
    "headers", [[("X-A", "a")], "X-A: a", {"X-A": 1}, {1: "a"}, {"X-A": b"a"}, {"X-A": None}]
)
def test_headers_of_another_type_are_a_type_error(build, headers):
    with pytest.raises(TypeError, match="headers must be"):
        build(BASE_URL, API_KEY, headers=headers)


# Numbers


@pytest.mark.parametrize("name", ["timeout", "total_timeout"])
@pytest.mark.parametrize("value", [0, -1, -0.5, float("nan"), float("inf"), -float("inf"), 10**12, 10**400])
def test_seconds_out_of_range_are_refused(build, name, value):
    with pytest.raises(ConfigurationError, match=f"{name} must be more than 0"):
        build(BASE_URL, API_KEY, **{name: value})
    client = build(BASE_URL, API_KEY)
    with pytest.raises(ConfigurationError, match=name):
        client.with_options(**{name: value})


@pytest.mark.parametrize("name", ["timeout", "total_timeout"])
@pytest.mark.parametrize("value", ["30", True, (5, 30), b"1"])
def test_seconds_of_another_type_are_a_type_error(build, name, value):
    with pytest.raises(TypeError, match=f"{name} must be a number of seconds"):
        build(BASE_URL, API_KEY, **{name: value})


@pytest.mark.parametrize(
    ("value", "error"),
    [(-1, ConfigurationError), (1.5, TypeError), ("2", TypeError), (True, TypeError), (None, TypeError)],
)
def test_max_retries_that_is_not_a_count_is_refused(build, value, error):
    with pytest.raises(error, match="max_retries must be"):
        build(BASE_URL, API_KEY, max_retries=value)


# HTTP client


@pytest.mark.parametrize("given", [httpx.AsyncClient, dict, object, lambda: httpx, lambda: "http"])
def test_http_client_of_another_type_is_a_type_error(given):
    with pytest.raises(TypeError, match=r"http_client must be an httpx\.Client"):
        TitanClient(BASE_URL, API_KEY, http_client=given())


def test_http_client_of_a_subclass_is_taken(server):
    class Mine(httpx.Client):
        pass

    with Mine(transport=httpx.MockTransport(server)) as http:
        assert TitanClient(BASE_URL, API_KEY, http_client=http).sessions.list() == []


def test_construction_connects_to_nothing_and_builds_no_pool(monkeypatch):
    monkeypatch.setattr("titan._http.connections.own.new_pool", lambda *_: pytest.fail("built too early"))
    TitanClient(BASE_URL, API_KEY).close()


def test_configuration_errors_do_not_warn(build):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ConfigurationError):
            build("http://api.example.com", "a b")


def test_strict_responses_refuses_what_does_not_fit(build, server):
    server.answers = [json_response({"data": {"name": 5, "status": "CONNECTED"}})]
    assert build(BASE_URL, API_KEY).sessions.get("s").name == 5
    client = build(BASE_URL, API_KEY, strict_responses=True)
    with pytest.raises(TitanError, match="does not fit"):
        client.sessions.get("s")
    server.answers = [json_response({"data": {"name": "s", "status": "CONNECTED"}})]
    assert isinstance(client.sessions.get("s"), Session)
