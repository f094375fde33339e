"""What makes a client, and what is refused before there is one."""

from __future__ import annotations

import re
import warnings

import httpx
import pytest

from tests.support.fake_server import API_KEY, BASE_URL, FakeServer, json_response
from titan import ConfigurationError, TitanClient, TitanError
from titan._http.pool import new_pool
from titan.types_gen import Session

CLIENT_TOKEN = "titan_ct_" + "t" * 60


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    monkeypatch.delenv("TITAN_BASE_URL", raising=False)
    monkeypatch.delenv("TITAN_API_KEY", raising=False)
    return monkeypatch


@pytest.fixture
def server():
    return FakeServer(json_response([]))


@pytest.fixture
def build(server):
    """A client on the fake server, with all arguments the test's own."""
    with httpx.Client(transport=httpx.MockTransport(server)) as http:
        yield lambda *args, **options: TitanClient(*args, **{"http_client": http, **options})


# Address


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://api.example.com", "https://api.example.com/api/sessions"),
        ("https://api.example.com/", "https://api.example.com/api/sessions"),
        ("https://api.example.com//", "https://api.example.com/api/sessions"),
        ("https://api.example.com/api", "https://api.example.com/api/sessions"),
        ("https://api.example.com/api/", "https://api.example.com/api/sessions"),
        ("https://api.example.com//api//", "https://api.example.com/api/sessions"),
        ("  https://api.example.com\n", "https://api.example.com/api/sessions"),
        ("HTTPS://API.Example.com", "https://api.example.com/api/sessions"),
        ("https://api.example.com:8443", "https://api.example.com:8443/api/sessions"),
        ("https://example.com/titan", "https://example.com/titan/api/sessions"),
        ("https://example.com/titan/api/", "https://example.com/titan/api/sessions"),
        ("https://example.com/myapi", "https://example.com/myapi/api/sessions"),
        ("http://localhost:8080", "http://localhost:8080/api/sessions"),
        ("http://[::1]:8080/api", "http://[::1]:8080/api/sessions"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]/api/sessions"),
        ("https://api", "https://api/api/sessions"),
        ("https://api/", "https://api/api/sessions"),
        ("https://api/api", "https://api/api/sessions"),
        ("https://api:8080/", "https://api:8080/api/sessions"),
        ("https://titan_api:8080", "https://titan_api:8080/api/sessions"),
        ("https://bücher.example", "https://xn--bcher-kva.example/api/sessions"),
    ],
)
def test_address_may_end_in_a_slash_or_api(build, server, given, url):
    build(given, API_KEY).sessions.list()
    assert str(server.request.url) == url


@pytest.mark.parametrize(
    "given",
    [
        "",
        " ",
        "api.example.com",
        "api.example.com:8080",
        "//api.example.com",
        "/api",
        "ftp://api.example.com",
        "ws://api.example.com",
        "https:api.example.com",
        "https:/api.example.com",
        "https://",
        "https:///api",
        "https://:8080",
        "https://user@api.example.com",
        "https://user:password@api.example.com",
        "https://@api.example.com",
        "https://api.example.com?a=1",
        "https://api.example.com/?",
        "https://api.example.com/#here",
        "https://api.example.com#",
        "https://api example.com",
        "https://api.example.com/my path",
        "https://api.exa\tmple.com",
        "https://api.exa\nmple.com",
        "https://api.example.com/\x7f",
        "https://api.example.com\x00",
        "https:\\\\api.example.com",
        "https://api.example.com\\@evil.example",
        "https://api.example.com:port",
        "https://api.example.com:0",
        "https://api.example.com:65536",
        "https://api.example.com:-1",
        "https://[::1",
        "https://[::1]]",
        "https://[1.2.3.4]",
        "https://[zz]",
        "https://api..example.com",
        "https://.example.com",
        "https://" + "a" * 64 + ".com",
        "https://xn--zzzzzz--",
        "https://exa\u00admple.com",
        "https://\U0001f600.example",
        "https://\ud800.example",
        "https://api.example.com/\ud800",
        "https://api.example.com/" + "a" * 70_000,
    ],
    ids=lambda given: ascii(given)[:40],
)
def test_address_that_is_none_is_refused(build, server, given):
    with pytest.raises(ConfigurationError, match="base_url"):
        build(given, API_KEY)
    assert server.requests == []


@pytest.mark.parametrize("given", [b"https://api.example.com", 1, httpx.URL(BASE_URL), ["https://h"]])
def test_address_of_another_type_is_a_type_error(build, given):
    with pytest.raises(TypeError, match="base_url must be a string"):
        build(given, API_KEY)


def test_refused_address_does_not_show_its_password(build):
    with pytest.raises(ConfigurationError) as caught:
        build("https://user:hunter2@api.example.com", API_KEY)
    assert "hunter2" not in str(caught.value)


# Credential


@pytest.mark.parametrize("given", ["titan_abc", "0123456789abcdef0123456789abcdef", "eyJhbGciOi.x-y_z", "k"])
def test_key_of_any_form_is_sent_as_bearer(build, server, given):
    build(BASE_URL, given).sessions.list()
    assert server.request.headers["Authorization"] == f"Bearer {given}"


@pytest.mark.parametrize("name", ["api_key", "client_token"])
def test_white_space_around_a_credential_is_stripped(build, server, name):
    build(BASE_URL, **{name: " \t abc\r\n"}).sessions.list()
    assert server.request.headers["Authorization"] == "Bearer abc"


@pytest.mark.parametrize("name", ["api_key", "client_token"])
@pytest.mark.parametrize(
    "given", ["", " ", "a b", "a\nb", "a\tb", "a\x00b", "a\x7fb", "a\u00a0b", "abcé", "a\u200bb", "\ud800"]
)
def test_credential_that_cannot_be_a_header_is_refused(build, name, given):
    with pytest.raises(ConfigurationError, match=name) as caught:
        build(BASE_URL, **{name: given})
    assert isinstance(caught.value, ValueError)
    assert not given.strip() or given not in str(caught.value)


@pytest.mark.parametrize("name", ["api_key", "client_token"])
@pytest.mark.parametrize("given", [b"titan_abc", 1, True, ["titan_abc"]])
def test_credential_of_another_type_is_a_type_error(build, name, given):
    with pytest.raises(TypeError, match=f"{name} must be a string"):
        build(BASE_URL, **{name: given})


def test_client_token_is_sent_as_bearer(build, server):
    build(BASE_URL, client_token=CLIENT_TOKEN).sessions.list()
    assert server.request.headers["Authorization"] == f"Bearer {CLIENT_TOKEN}"


@pytest.mark.parametrize("given", [CLIENT_TOKEN, f" {CLIENT_TOKEN} "])
def test_client_token_as_api_key_is_refused_with_the_way_out(build, given):
    with pytest.raises(ConfigurationError, match="pass it as client_token") as caught:
        build(BASE_URL, given)
    assert CLIENT_TOKEN not in str(caught.value)


def test_both_credentials_are_refused(build):
    with pytest.raises(ConfigurationError, match="not both"):
        build(BASE_URL, API_KEY, client_token=CLIENT_TOKEN)


def test_no_credential_is_refused_with_the_name_of_the_variable(build):
    with pytest.raises(ConfigurationError, match="TITAN_API_KEY"):
        build(BASE_URL)


def test_no_address_is_refused_with_the_name_of_the_variable(build):
    with pytest.raises(ConfigurationError, match="TITAN_BASE_URL"):
        build(api_key=API_KEY)


# Environment


def test_environment_is_read_at_call_time(build, server, environment):
    environment.setenv("TITAN_BASE_URL", "https://first.example.com/api/")
    environment.setenv("TITAN_API_KEY", " first\n")
    first = build()
    environment.setenv("TITAN_BASE_URL", "https://second.example.com")
    environment.setenv("TITAN_API_KEY", "second")
    second = build()
    first.sessions.list()
    second.sessions.list()
    sent = [(str(request.url), request.headers["Authorization"]) for request in server.requests]
    assert sent == [
        ("https://first.example.com/api/sessions", "Bearer first"),
        ("https://second.example.com/api/sessions", "Bearer second"),
    ]


def test_arguments_win_over_the_environment(build, server, environment):
    environment.setenv("TITAN_BASE_URL", "https://wrong.example.com")
    environment.setenv("TITAN_API_KEY", "wrong")
    build(BASE_URL, API_KEY).sessions.list()
    assert server.request.url.host == "api.example.com"
    assert server.request.headers["Authorization"] == f"Bearer {API_KEY}"


def test_key_in_the_environment_is_not_read_beside_a_client_token(build, server, environment):
    environment.setenv("TITAN_API_KEY", "wrong")
    build(BASE_URL, client_token=CLIENT_TOKEN).sessions.list()
    assert server.request.headers["Authorization"] == f"Bearer {CLIENT_TOKEN}"


@pytest.mark.parametrize("given", ["", "  "])
def test_empty_key_is_not_made_up_for_by_the_environment(build, environment, given):
    environment.setenv("TITAN_API_KEY", "from-the-environment")
    with pytest.raises(ConfigurationError, match="api_key is empty"):
        build(BASE_URL, given)


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("TITAN_BASE_URL", "", "base_url must look like"),
        ("TITAN_BASE_URL", "api.example.com", "base_url must look like"),
        ("TITAN_API_KEY", "", "api_key is empty"),
        ("TITAN_API_KEY", "a b", "white space"),
        ("TITAN_API_KEY", CLIENT_TOKEN, "pass it as client_token"),
    ],
)
def test_environment_is_checked_like_arguments(build, environment, variable, value, message):
    environment.setenv("TITAN_BASE_URL", BASE_URL)
    environment.setenv("TITAN_API_KEY", API_KEY)
    environment.setenv(variable, value)
    with pytest.raises(ConfigurationError, match=message):
        build()


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
def test_max_retries_that_is_no_count_is_refused(build, value, error):
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


@pytest.mark.parametrize(
    ("variable", "value"), [("HTTPS_PROXY", "nonsense://proxy"), ("ALL_PROXY", "http://proxy:port")]
)
def test_proxy_of_the_environment_that_cannot_be_used_is_a_titan_error(environment, variable, value):
    environment.setenv(variable, value)
    client = TitanClient(BASE_URL, API_KEY)
    with pytest.raises(ConfigurationError, match="environment's settings for proxies") as caught:
        client.sessions.list()
    assert isinstance(caught.value, TitanError)
    assert caught.value.maybe_processed is False


def test_construction_connects_to_nothing_and_builds_no_pool(monkeypatch):
    monkeypatch.setattr("titan._http.pool.new_pool", lambda: pytest.fail("built too early"))
    TitanClient(BASE_URL, API_KEY).close()


# The machinery that other tests replace


def test_own_pool_is_an_httpx_client_that_follows_no_redirects():
    with new_pool() as http:
        assert http.follow_redirects is False


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
