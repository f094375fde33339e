"""Each operation sends what the contract says, as dict and as model, and is repeated only where it may be."""

import json
import re

import httpx
import pytest

from tests.support.fake_server import API_KEY, FakeServer, json_response
from tests.support.openapi import CLIENT_TOKEN_OPERATIONS, HELPERS, OPERATIONS, violations
from titan import NotFoundError, ServerError

CLIENT_TOKEN = "titan_ct_" + "t" * 80
# With it, the answer is not a PairingQR but a picture.
HELPER_OF_QUERY = {("pairing.qr", "format"): "pairing.qr_png"}

REQUESTS = [(one, name) for one in OPERATIONS for name in (one.bodies if one.component else [None])]
CLIENT_TOKEN_REQUESTS = [(one, name) for one in CLIENT_TOKEN_OPERATIONS for name in one.bodies]

each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.id)
each_request = pytest.mark.parametrize(
    ("operation", "example"), REQUESTS, ids=[f"{one.id}-{name or 'bare'}" for one, name in REQUESTS]
)


@each_request
def test_dict_and_model_make_the_same_request_and_it_fits_the_spec(connect, operation, example):
    payload = None if example is None else operation.payload(example)
    forms = [payload] if example is None else [payload, operation.model(payload)]
    for form in forms:
        server = FakeServer(operation.first_reply())
        operation.bind(connect(server, strict_responses=True))(*operation.arguments(form))
        request = server.request
        assert violations(request) == []
        assert (request.method, request.url.raw_path.decode()) == (operation.method, operation.target)
        assert request.headers["Authorization"] == f"Bearer {API_KEY}"
        is_file = "binary" in operation.marks
        assert request.headers["Accept"] == ("*/*" if is_file else "application/json")
        assert re.fullmatch(r"titan-sdk/\S+ python/3\.\d+ httpx/\S+", request.headers["User-Agent"])
        assert "Prefer" not in request.headers
        if example is None:
            assert request.content == b""
            assert "Content-Type" not in request.headers
        else:
            assert json.loads(request.content) == operation.bodies[example]
            assert request.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "operation", [one for one in OPERATIONS if one.session_in_body], ids=lambda one: one.id
)
def test_session_in_the_payload_is_filled_in_and_must_not_differ(connect, operation):
    server = FakeServer(operation.first_reply())
    method = operation.bind(connect(server))
    with pytest.raises(ValueError, match="another session"):
        method(*operation.arguments({**operation.payload(), "session": "other"}))
    assert server.requests == []
    payload = {**operation.payload(), "session": "my-session"}
    method(*operation.arguments(payload))
    assert json.loads(server.request.content) == payload
    # Sent was a copy.
    untouched = operation.payload()
    method(*operation.arguments(untouched))
    assert untouched == operation.payload()


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.component], ids=lambda one: one.id)
def test_a_payload_that_the_spec_does_not_know_travels_as_given(connect, operation):
    server = FakeServer(operation.first_reply())
    payload = {"type": 5, "new_field": {"deep": [None, {"x": 1.5}]}, "": "é", "text": None}
    operation.bind(connect(server))(*operation.arguments(payload))
    sent = json.loads(server.request.content)
    if operation.session_in_body:
        assert sent.pop("session") == "my-session"
    assert sent == payload


def test_an_optional_payload_can_be_left_out(connect):
    optional = [one for one in OPERATIONS if one.component and not one.needs_payload]
    assert optional
    for operation in optional:
        server = FakeServer(operation.first_reply())
        operation.bind(connect(server))(*operation.arguments())
        assert violations(server.request) == []
        assert server.request.content == b""
        assert "Content-Type" not in server.request.headers


@pytest.mark.parametrize(
    ("operation", "example"),
    CLIENT_TOKEN_REQUESTS,
    ids=[f"{one.id}-{name}" for one, name in CLIENT_TOKEN_REQUESTS],
)
def test_a_client_token_sends_by_the_route_that_it_may_call(connect, operation, example):
    body, payload = operation.bodies[example], operation.payload(example)
    for form in (payload, operation.model(payload)):
        server = FakeServer(operation.first_reply())
        client = connect(server, client_token=CLIENT_TOKEN, strict_responses=True)
        operation.bind(client)(body["session"], form)
        assert violations(server.request) == []
        assert server.request.url.path == operation.path.format(session=body["session"])
        assert json.loads(server.request.content) == body
        assert server.request.headers["Authorization"] == f"Bearer {CLIENT_TOKEN}"


def test_messages_are_sent_by_another_route_with_a_client_token():
    assert [one.id for one in CLIENT_TOKEN_OPERATIONS] == ["messages.sendAsClient"]
    assert CLIENT_TOKEN_REQUESTS


def test_query_parameters_without_an_argument_are_sent_by_the_helper_that_needs_them(connect):
    server = FakeServer(
        json_response({"data": {"qr": "2@raw"}}),
        httpx.Response(200, content=b"\x89PNG", headers={"Content-Type": "image/png"}),
    )
    assert connect(server).pairing.qr_png("my-session") == b"\x89PNG"
    first, second = server.requests
    assert violations(first) == violations(second) == []
    assert second.url.raw_path == first.url.raw_path + b"?format=image"
    assert HELPER_OF_QUERY.keys() == {
        (operation.id, name) for operation in OPERATIONS for name in operation.queries_of_helpers
    }
    assert set(HELPER_OF_QUERY.values()) <= HELPERS


def test_the_check_of_requests_sees_what_is_wrong():
    good = {"session": "s", "chatId": "x", "type": "text", "text": "t"}
    url, headers = "https://api.example.com/api/messages/send", {"Authorization": "Bearer x"}

    def check(method="POST", url=url, headers=headers, **body):
        return violations(httpx.Request(method, url, headers=headers, **body))

    assert check(json=good) == []
    assert check(json={**good, "text": 5})
    assert check(json={key: value for key, value in good.items() if key != "session"})
    assert check(content=b"x")
    assert check(method="PUT", json=good)
    assert check(url=url + "s", json=good)
    assert check(headers={}, json=good)
    assert check(method="GET", url="https://api.example.com/api/sessions/a%2Fb")


# What is repeated, and what is said of inferred routes


@each_operation
def test_after_500_only_what_the_spec_calls_repeatable_is_sent_again(connect, clock, operation):
    server = FakeServer(json_response({"error": "no"}, 500), operation.first_reply())
    method = operation.bind(connect(server))
    if operation.repeatable:
        method(*operation.arguments(operation.payload()))
    else:
        with pytest.raises(ServerError) as caught:
            method(*operation.arguments(operation.payload()))
        assert caught.value.maybe_processed
    assert len(server.requests) == 1 + operation.repeatable
    assert len({(one.method, one.url, one.content) for one in server.requests}) == 1


@each_operation
@pytest.mark.parametrize("status", [404, 405])
def test_a_missing_route_is_explained_where_it_is_inferred(connect, operation, status):
    with pytest.raises(Exception, match="nowhere") as caught:
        operation.bind(connect(FakeServer(json_response({"error": "nowhere"}, status))))(
            *operation.arguments(operation.payload())
        )
    assert caught.value.status_code == status
    assert ("client.request" in str(caught.value)) is operation.inferred
    assert (caught.value.method, caught.value.route) == (operation.method, operation.path)


@pytest.mark.parametrize("operation", CLIENT_TOKEN_OPERATIONS, ids=lambda one: one.id)
def test_sending_with_a_client_token_is_inferred_and_not_repeated(connect, clock, operation):
    assert operation.inferred
    assert not operation.repeatable
    server = FakeServer(json_response({"error": "no"}, 500))
    send = operation.bind(connect(server, client_token=CLIENT_TOKEN))
    with pytest.raises(ServerError):
        send("my-session", operation.payload())
    assert len(server.requests) == 1
    server.answers = [json_response({"error": "no"}, 404)]
    with pytest.raises(NotFoundError, match=r"client\.request") as caught:
        send("my-session", operation.payload())
    assert caught.value.route == operation.path
