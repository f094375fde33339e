"""Server keys and client tokens, from arguments and the environment."""

from __future__ import annotations

import pytest

from tests.support.fake_server import API_KEY, BASE_URL
from titan import ConfigurationError

CLIENT_TOKEN = "titan_ct_" + "t" * 60


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
        ("TITAN_BASE_URL", "", "TITAN_BASE_URL must look like"),
        ("TITAN_BASE_URL", "api.example.com", "TITAN_BASE_URL must look like"),
        ("TITAN_API_KEY", "", "TITAN_API_KEY is empty"),
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
