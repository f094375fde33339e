"""The address of the server, in the forms that users have it, and what is refused."""

from __future__ import annotations

import pytest

from tests.support.fake_server import API_KEY
from titan import ConfigurationError


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
def test_what_is_not_an_address_is_refused(build, server, given):
    with pytest.raises(ConfigurationError, match="base_url"):
        build(given, API_KEY)
    assert server.requests == []


@pytest.mark.parametrize("given", [b"https://api.example.com", 1, object(), ["https://h"]])
def test_address_of_another_type_is_a_type_error(build, given):
    with pytest.raises(TypeError, match="base_url must be a string"):
        build(given, API_KEY)


def test_refused_address_does_not_show_its_password(build):
    with pytest.raises(ConfigurationError) as caught:
        build("https://user:hunter2@api.example.com", API_KEY)
    assert "hunter2" not in str(caught.value)
