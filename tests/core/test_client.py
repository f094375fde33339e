"""What a client shows of itself, and what `with_options` changes of it."""

from __future__ import annotations

import copy
import pickle

import httpx
import pytest

from tests.support.fake_server import API_KEY, BASE_URL, FakeServer, json_response
from titan import TitanClient, TitanError

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
