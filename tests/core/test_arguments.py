"""Addresses and credentials as environments and settings hold them."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx
import pydantic
import pytest
from pydantic import AnyHttpUrl, SecretStr, TypeAdapter

from tests.support.fake_server import API_KEY, BASE_URL, FakeServer
from tests.support.interpreter import run_python
from tests.support.loopback import http_json
from tests.support.tls import SecureLoopback
from titan import APIStatusError, ConfigurationError, TitanClient, TitanError

TOKEN = "titan_ct_" + "t" * 40


@pytest.mark.parametrize("quote", ["{0!r}", '"{0}"', "'{0}'", '"{0}', "{0}'", "“{0}”", "`{0}`"])
@pytest.mark.parametrize("name", ["TITAN_API_KEY", "TITAN_BASE_URL", "api_key", "client_token", "base_url"])
def test_quotes_that_became_part_of_a_value_are_refused_with_the_way_out(build, environment, name, quote):
    environment.setenv("TITAN_BASE_URL", BASE_URL)
    environment.setenv("TITAN_API_KEY", API_KEY)
    value = quote.format({"TITAN_BASE_URL": BASE_URL, "base_url": BASE_URL}.get(name, API_KEY))
    if name.startswith("TITAN"):
        environment.setenv(name, value)
        arguments = {}
    else:
        arguments = {name: value}
    with pytest.raises(ConfigurationError, match=r"quotes|must look like") as caught:
        build(**arguments)
    assert name in str(caught.value)
    if quote[0] != "{":
        assert "docker --env-file" in str(caught.value)


ADDRESSES = {
    "pydantic": TypeAdapter(AnyHttpUrl).validate_python(BASE_URL),
    "httpx": httpx.URL(BASE_URL),
    "urllib": urlsplit(BASE_URL),
}


@pytest.mark.parametrize("given", ADDRESSES.values(), ids=ADDRESSES)
def test_address_objects_are_taken(build, server, given):
    build(given, API_KEY).sessions.list()
    assert str(server.request.url) == f"{BASE_URL}/api/sessions"


@pytest.mark.parametrize("name", ["api_key", "client_token"])
def test_secrets_that_hide_their_value_are_taken(build, server, name):
    value = TOKEN if name == "client_token" else API_KEY
    build(BASE_URL, **{name: SecretStr(value)}).sessions.list()
    assert server.request.headers["Authorization"] == f"Bearer {value}"


def test_settings_of_pydantic_can_be_passed_as_they_are(build, server):
    class Settings(pydantic.BaseModel):
        titan_base_url: AnyHttpUrl
        titan_api_key: SecretStr

    settings = Settings(titan_base_url=BASE_URL, titan_api_key=API_KEY)
    build(settings.titan_base_url, settings.titan_api_key).sessions.list()
    assert server.request.headers["Authorization"] == f"Bearer {API_KEY}"


class Vault:
    def read(self):
        return API_KEY


@pytest.mark.parametrize("name", ["api_key", "client_token", "base_url"])
@pytest.mark.parametrize("given", [Vault(), b"bytes", 5, [API_KEY]], ids=lambda given: type(given).__name__)
def test_other_objects_are_refused_with_the_way_out(build, name, given):
    arguments = {"base_url": BASE_URL, name: given}
    if name == "base_url":
        arguments["api_key"] = API_KEY
    with pytest.raises(TypeError, match=rf"{name} must be a string, not {type(given).__name__}") as caught:
        build(**arguments)
    assert "str(url)" in str(caught.value) or "get_secret_value()" in str(caught.value)


@pytest.mark.parametrize("problem", ["SECRET bad", '"SECRET"', "SECRET\n2", "SECRETé"])
def test_a_credential_that_is_refused_is_in_no_text(build, problem):
    secret = "hunter2hunter2"
    for arguments in (
        {"api_key": problem.replace("SECRET", secret)},
        {"client_token": problem.replace("SECRET", secret)},
    ):
        with pytest.raises(ConfigurationError) as caught:
            build(BASE_URL, **arguments)
        assert secret not in f"{caught.value!r}{caught.value.args}{caught.value.message}"


@pytest.mark.parametrize(
    ("location", "named"),
    [
        ("https://login.example.com/5511999999999?token=x", "https://login.example.com"),
        ("https://titan.example.com:8443/api/sessions", "https://titan.example.com:8443"),
        ("/login", "another path"),
        ("//other.example.com/x", "another path"),
        ("http://[", "another path"),
        ("https://user:hunter2@login.example.com/", "https://login.example.com"),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_says_where_to_and_names_base_url(connect, status, location, named):
    client = connect(FakeServer(httpx.Response(status, headers={"Location": location})))
    with pytest.raises(TitanError) as caught:
        client.messages.send("s", {"type": "text"})
    if isinstance(caught.value, APIStatusError):
        assert f"refers to {named}: check base_url" in str(caught.value)
    for private in ("5511999999999", "hunter2", "token=x"):
        assert private not in str(caught.value)


CERTIFICATES = """
import os, sys
from titan import APIConnectionError, TitanClient

def outcome():
    with TitanClient(sys.argv[1], "titan_key", max_retries=0) as client:
        try:
            return client.sessions.list()
        except APIConnectionError as error:
            assert "CERTIFICATE_VERIFY_FAILED" in str(error), error
            return "refused"

os.environ.pop("SSL_CERT_FILE", None)
assert outcome() == "refused"
os.environ["SSL_CERT_FILE"] = sys.argv[2]
assert outcome() == []
assert outcome() == []
del os.environ["SSL_CERT_FILE"]
assert outcome() == "refused"
os.environ["SSL_CERT_DIR"] = sys.argv[3]
assert outcome() == "refused"
"""


def test_certificates_named_after_the_first_client_are_seen_by_the_next(certificate, tmp_path):
    running = SecureLoopback(lambda request: http_json({"data": []}), certificate)
    try:
        run_python(CERTIFICATES, running.url, certificate[0], str(tmp_path))
    finally:
        running.close()


@pytest.mark.parametrize(
    ("variable", "path"),
    [("SSL_CERT_FILE", "missing.pem"), ("SSL_CERT_FILE", ""), ("SSL_CERT_DIR", "missing")],
)
def test_certificates_that_do_not_exist_are_refused_when_the_client_is_made(
    monkeypatch, tmp_path, variable, path
):
    monkeypatch.setenv(variable, str(tmp_path / path) if path else str(tmp_path))
    with pytest.raises(ConfigurationError, match=variable):
        TitanClient(BASE_URL, API_KEY)
