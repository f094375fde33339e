"""Whatever a client is made of: it is refused before anything is sent, or travels exactly as it was given."""

from __future__ import annotations

import io
import json
import os
import string
import warnings
from typing import Any, List

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.fake_server import API_KEY, BASE_URL
from tests.support.hostile_texts import attempt, many_runs
from titan import ConfigurationError, TitanClient, TitanSecurityWarning

pytestmark = pytest.mark.slow

FRIEND = "5511999999999@s.whatsapp.net"
ANSWER = {"data": {"id": "msg_1"}}

any_text = st.one_of(
    st.text(max_size=40),
    st.text(st.characters(categories=["Cs", "Cc", "Cf", "Zs", "Lo", "So"]), max_size=12),
    st.text("\r\n\t :;,@/\\?#[]%._-aA0\u00e9\u0130\ud800\0", max_size=20),
)
hosts = st.one_of(
    any_text,
    st.sampled_from(
        ["api.example.com", "localhost", "127.0.0.1", "[::1]", "xn--bcher-kva.example", "b\u00fccher.example"]
    ),
)
addresses = st.one_of(
    any_text,
    st.tuples(
        st.sampled_from(["https://", "http://", "HTTPS://", "https:", "ftp://", "//", "https:///"]),
        st.one_of(st.just(""), st.sampled_from(["user@", "user:secret@", "@"])),
        hosts,
        st.one_of(st.just(""), st.integers(-1, 70_000).map(":{}".format), any_text.map(":{}".format)),
        st.one_of(st.sampled_from(["", "/", "/api", "/api/", "/titan", "/../x", "/%2e%2e/x"]), any_text),
    ).map("".join),
)


class Recorder:
    """A server that answers everything and keeps what it was sent."""

    def __init__(self) -> None:
        self.requests: List[httpx.Request] = []
        self.http = httpx.Client(transport=httpx.MockTransport(self))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        return httpx.Response(200, json={"data": []} if request.method == "GET" else ANSWER)

    def call(self, **options: Any) -> httpx.Request:
        """Make a client of the options and list the sessions with it; give the request."""
        self.requests.clear()
        settings = {"base_url": BASE_URL, "api_key": API_KEY, "http_client": self.http, **options}
        TitanClient(**settings).sessions.list()
        (request,) = self.requests
        return request


@pytest.fixture(scope="module")
def recorder():
    return Recorder()


@many_runs
@example("https://api.example.com/../x")
@example("https://api.example.com/%2e%2e/x")
@given(addresses)
def test_any_address_is_refused_or_reached_as_it_was_written(recorder, address):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TitanSecurityWarning)
        request, error = attempt(ConfigurationError, recorder.call, base_url=address)
    if error is not None:
        assert recorder.requests == []
        assert "secret" not in str(error)
        return
    assert request.url.scheme in ("http", "https")
    assert request.url.host
    assert not request.url.userinfo
    assert not request.url.query
    assert request.url.path.endswith("/api/sessions")
    # Not another host than the one that stands there.
    written = address.strip().partition("://")[2].partition("/")[0].lower()
    host = httpx.URL(f"http://{written}").raw_host.decode("ascii")
    assert host == request.url.raw_host.decode("ascii")


VISIBLE = string.digits + string.ascii_letters + string.punctuation


@many_runs
@given(
    credential=st.one_of(any_text, st.text(VISIBLE, min_size=1, max_size=120)),
    name=st.sampled_from(["api_key", "client_token"]),
)
def test_any_credential_is_refused_or_sent_as_it_is_and_never_shown(recorder, credential, name):
    other = {"api_key": None, name: credential}
    key = credential.strip()
    request, error = attempt(ConfigurationError, recorder.call, **other)
    if error is not None:
        assert recorder.requests == []
        assert len(key) < 8 or key not in str(error)
        return
    assert request.headers.get_list("Authorization") == [f"Bearer {key}"]
    client = TitanClient(BASE_URL, http_client=recorder.http, **{name: f"titan_s3cret{key}"})
    assert "titan_s3cret" not in f"{client!r} {client.sessions!r} {vars(client)}"


OURS = {"host", "connection", "authorization", "user-agent", "accept", "content-length", "accept-encoding"}


@many_runs
@given(
    st.dictionaries(
        any_text | st.sampled_from(["X-A", "Prefer", "Accept", "authorization", "Cookie"]),
        any_text,
        max_size=3,
    )
)
def test_any_header_is_refused_or_sent_as_it_is(recorder, headers):
    request, error = attempt(ConfigurationError, recorder.call, headers=headers)
    if error is not None:
        assert "header" in str(error)
        assert recorder.requests == []
        return
    lower = [name.lower() for name in headers]
    assert "authorization" not in lower
    assert request.headers.get_list("Authorization") == [f"Bearer {API_KEY}"]
    for name, value in headers.items():
        if name.lower() not in OURS and lower.count(name.lower()) == 1:
            assert request.headers.get_list(name) == [value.strip()]


@many_runs
@given(any_text)
def test_any_name_of_a_file_is_refused_or_arrives_as_it_is(recorder, name):
    recorder.requests.clear()
    client = TitanClient(BASE_URL, API_KEY, http_client=recorder.http)
    file = io.BytesIO(b"%PDF-1")
    _, error = attempt(ValueError, client.messages.send_file, "s", FRIEND, file, type="file", filename=name)
    if error is not None:
        assert type(error) is ValueError
        assert recorder.requests == []
        return
    (request,) = recorder.requests
    assert json.loads(request.content)["filename"] == (name or "file")


file_names = st.binary(min_size=1, max_size=40).filter(
    lambda name: not set(name) & set(b"/\0") and name not in (b".", b"..")
)


@many_runs
@example(b"\xff.pdf")
@example(b"a\nb")
@given(file_names)
def test_any_file_of_the_system_is_sent_or_refused_for_its_name(recorder, tmp_path_factory, name):
    folder = tmp_path_factory.mktemp("files")
    path = os.path.join(os.fsencode(folder), name)
    with open(path, "wb") as file:
        file.write(b"%PDF-1")
    recorder.requests.clear()
    client = TitanClient(BASE_URL, API_KEY, http_client=recorder.http)
    _, error = attempt(ValueError, client.messages.send_file, "s", FRIEND, os.fsdecode(path), type="file")
    if error is not None:
        assert type(error) is ValueError
        assert recorder.requests == []
        return
    (request,) = recorder.requests
    assert json.loads(request.content)["filename"] == os.fsdecode(name)
