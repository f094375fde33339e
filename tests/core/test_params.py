"""`with_options(params=…)`: query parameters for the typed calls of a copy."""

from __future__ import annotations

import logging

import pytest

from tests.support.fake_server import FakeServer, json_response


@pytest.fixture
def server():
    return FakeServer(json_response({"data": []}))


def queries(server):
    return [request.url.query.decode() for request in server.requests]


def test_params_are_added_to_every_typed_call_of_the_copy(connect, server):
    client = connect(server)
    paged = client.with_options(params={"limit": 50, "archived": False, "tag": ["a", "b"], "cursor": None})
    paged.contacts.list("s")
    paged.chats.list("s")
    client.contacts.list("s")
    assert queries(server) == ["limit=50&archived=false&tag=a&tag=b"] * 2 + [""]


def test_params_of_a_copy_of_a_copy_are_added_up(connect, server):
    first = connect(server).with_options(params={"limit": 50, "offset": 0})
    first.with_options(params={"offset": 50}).contacts.list("s")
    first.with_options(timeout=5).contacts.list("s")
    assert queries(server) == ["limit=50&offset=50", "limit=50&offset=0"]


def test_a_parameter_of_the_method_itself_wins(connect):
    server = FakeServer(json_response({"data": {"qr": "2@x"}}))
    client = connect(server).with_options(params={"format": "mine", "limit": 1})
    with pytest.raises(Exception, match="only as text"):
        client.pairing.qr_png("s")
    assert queries(server) == ["format=mine&limit=1", "format=image&limit=1"]


def test_payloads_and_ids_stay_as_they_are(connect, server):
    server.answers = [json_response({"data": {"id": "1"}})]
    connect(server).with_options(params={"x": "ä&b"}).messages.send("s", {"type": "text"})
    assert queries(server) == ["x=%C3%A4%26b"]
    assert server.request.content == b'{"session":"s","type":"text"}'


def test_requests_of_the_users_own_have_only_their_own_params(connect, server):
    client = connect(server).with_options(params={"limit": 50})
    client.request("GET", "/api/x", params={"a": 1})
    assert queries(server) == ["a=1"]


def test_nothing_of_them_is_logged(connect, server, caplog):
    caplog.set_level(logging.DEBUG)
    connect(server).with_options(params={"search": "5511999999999"}).contacts.list("s")
    assert "5511999999999" not in caplog.text
    assert "search" not in caplog.text


@pytest.mark.parametrize("given", ["limit=50", 5, [("limit", 50)], None])
def test_params_that_are_no_mapping_are_a_type_error(connect, server, given):
    with pytest.raises(TypeError, match="params must be a mapping"):
        connect(server).with_options(params=given)


def test_a_lone_surrogate_is_refused_before_anything_is_sent(connect, server):
    with pytest.raises(ValueError, match="surrogate"):
        connect(server).with_options(params={"search": "\ud800"}).contacts.list("s")
    assert server.requests == []
