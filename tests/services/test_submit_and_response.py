"""The same operation in async mode, or with the response around its result."""

from __future__ import annotations

import functools

import httpx
import pytest

from tests.support.fake_server import FakeServer, json_response
from titan import APIResponseError, APITimeoutError, ConflictError, Response, Submitted
from titan.types_gen import Message, Session

SEND = {"chatId": "1@g.us", "type": "text", "text": "Hello"}
ACCEPTED = json_response({"data": {"correlationId": "cmd-abc123"}}, 202)


# submit


def test_submit_sends_the_same_request_and_prefers_async(connect):
    server = FakeServer(json_response({"data": {"id": "m"}}))
    client = connect(server)
    client.messages.send("s", SEND)
    client.submit(client.messages.send, "s", SEND)
    plain, submitted = server.requests
    assert "Prefer" not in plain.headers
    assert submitted.headers["Prefer"] == "respond-async"
    assert (plain.method, plain.url, plain.content) == (submitted.method, submitted.url, submitted.content)


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.submit(client.messages.send, "s", SEND),
        lambda client: client.submit(client.messages.react, session="s", reaction={"reaction": ""}),
        lambda client: client.submit(client.media.download, "s", "m"),
        lambda client: client.submit(client.groups.create, "s", {"name": "g", "participants": []}),
        lambda client: client.submit(client.sessions.delete, "s"),
    ],
)
def test_accepted_command_has_its_correlation_id(connect, call):
    server = FakeServer(ACCEPTED)
    client = connect(server, strict_responses=True)
    assert call(client) == Submitted(accepted=True, correlation_id="cmd-abc123", result=None)
    assert server.request.headers["Prefer"] == "respond-async"


@pytest.mark.parametrize(
    ("call", "answer", "result"),
    [
        (
            lambda client: client.submit(client.messages.send, "s", SEND),
            json_response({"data": {"id": "m"}}),
            Message(id="m"),
        ),
        (lambda client: client.submit(client.sessions.list), json_response({"data": []}), []),
        (
            lambda client: client.submit(client.sessions.create, {"name": "s"}),
            json_response({"data": {"name": "s", "status": "CONNECTED"}}, 201),
            Session(name="s", status="CONNECTED"),
        ),
        (
            lambda client: client.submit(client.messages.react, "s", {}),
            json_response({"data": {"success": True}}),
            None,
        ),
        (lambda client: client.submit(client.sessions.delete, "s"), httpx.Response(204), None),
        (
            lambda client: client.submit(client.media.download, "s", "m"),
            httpx.Response(200, content=b"\x89PNG"),
            b"\x89PNG",
        ),
    ],
)
def test_server_that_answers_at_once_gives_the_result(connect, call, answer, result):
    assert call(connect(FakeServer(answer))) == Submitted(accepted=False, correlation_id=None, result=result)


@pytest.mark.parametrize(
    ("body", "correlation_id"),
    [
        (b'{"data": {}}', None),
        (b'{"data": null}', None),
        (b"", None),
        (b'{"data": {"success": true}}', None),
        (b'{"data": {"correlationId": null}}', None),
        (b'{"data": {"correlationId": 7}}', 7),
        (b'{"correlationId": "cmd-1"}', "cmd-1"),
        (b'{"data": {"correlationId": "cmd-1", "new": 1}, "success": true}', "cmd-1"),
    ],
)
def test_202_with_a_surprising_body_is_still_accepted(connect, body, correlation_id):
    client = connect(FakeServer(httpx.Response(202, content=body)))
    assert client.submit(client.messages.send, "s", SEND) == Submitted(True, correlation_id, None)


@pytest.mark.parametrize("body", [b"<html>", b'{"data": {"corr', b"[]", b'"cmd-1"', b'{"data": []}'])
@pytest.mark.parametrize("operation", ["send", "react"])
def test_202_that_cannot_be_read_is_a_response_error(connect, body, operation):
    server = FakeServer(httpx.Response(202, content=body))
    client = connect(server)
    with pytest.raises(APIResponseError) as caught:
        client.submit(getattr(client.messages, operation), "s", SEND)
    assert (caught.value.status_code, caught.value.body) == (202, body)
    assert caught.value.maybe_processed is True
    assert len(server.requests) == 1


def test_submit_raises_what_the_operation_raises(connect, clock):
    client = connect(FakeServer(httpx.Response(409)))
    with pytest.raises(ConflictError):
        client.submit(client.messages.send, "s", SEND)
    with pytest.raises(ValueError, match="another session"):
        client.submit(client.messages.send, "s", {**SEND, "session": "other"})
    with pytest.raises(TypeError):
        client.submit(client.messages.send, "s")


# with_response


def test_response_is_around_the_result(connect):
    answer = json_response(
        {"data": {"name": "s", "status": "CONNECTED"}},
        201,
        {"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "59", "X-Request-Id": "r"},
    )
    server = FakeServer(answer)
    client = connect(server)
    response = client.with_response(client.sessions.create, {"name": "s"})
    assert type(response) is Response
    assert response.data == Session(name="s", status="CONNECTED")
    assert response.status_code == 201
    assert response.headers["x-request-id"] == response.headers["X-Request-Id"] == "r"
    assert response.rate_limit == (60, 59)
    assert "Prefer" not in server.request.headers


@pytest.mark.parametrize(
    ("call", "answer", "data"),
    [
        (lambda client: client.with_response(client.sessions.list), json_response([]), []),
        (lambda client: client.with_response(client.sessions.delete, "s"), httpx.Response(204), None),
        (
            lambda client: client.with_response(client.media.download, session="s", media_id="m"),
            httpx.Response(200, content=b"abc"),
            b"abc",
        ),
    ],
)
def test_response_of_lists_bytes_and_nothing(connect, call, answer, data):
    response = call(connect(FakeServer(answer)))
    assert (response.data, response.status_code) == (data, answer.status_code)


@pytest.mark.parametrize("kind", [Submitted(True, "cmd-1", None), Response([], 200, {})])
def test_results_cannot_be_changed(kind):
    with pytest.raises(AttributeError):
        kind.result = kind.data = 1


def test_repr_of_a_response_shows_no_headers():
    assert repr(Response([], 200, {"Set-Cookie": "secret"})) == "Response(data=[], status_code=200)"


# What they take


@pytest.mark.parametrize("wrap", ["submit", "with_response"])
def test_methods_of_a_twin_are_taken_and_keep_its_settings(connect, clock, wrap):
    server = FakeServer(httpx.ReadTimeout("slow"))
    client = connect(server)
    copy = client.with_options(timeout=99, max_retries=0, headers={"X-A": "1"})
    for use in (client, copy, client.with_options(max_retries=9)):
        server.requests.clear()
        with pytest.raises(APITimeoutError):
            getattr(use, wrap)(copy.sessions.list)
        assert server.request.extensions["timeout"]["read"] == 99
        assert server.request.headers["X-A"] == "1"
    server.requests.clear()
    with pytest.raises(APITimeoutError):
        getattr(copy, wrap)(client.sessions.list)
    assert len(server.requests) == 3


@pytest.mark.parametrize("wrap", ["submit", "with_response"])
@pytest.mark.parametrize(
    "pick",
    [
        lambda client, other: client.pairing.wait,
        lambda client, other: client.pairing.qr_png,
        lambda client, other: client.messages.send_file,
        lambda client, other: client.media.download_to,
        lambda client, other: client.with_options(max_retries=0).media.download_to,
        lambda client, other: other.sessions.list,
        lambda client, other: other.with_options(max_retries=0).sessions.list,
        lambda client, other: client.request,
        lambda client, other: client.submit,
        lambda client, other: client.close,
        lambda client, other: client.sessions._call,
        lambda client, other: client.messages._prepare,
        lambda client, other: client.sessions.__repr__,
        lambda client, other: client.sessions,
        lambda client, other: client,
        lambda client, other: type(client.sessions).list,
        lambda client, other: lambda: client.sessions.list(),
        lambda client, other: functools.partial(client.sessions.get, "s"),
        lambda client, other: print,
        lambda client, other: [].append,
        lambda client, other: len,
        lambda client, other: "sessions.list",
        lambda client, other: None,
        lambda client, other: client.sessions.list(),
    ],
)
def test_anything_but_an_operation_of_this_client_is_a_type_error(connect, wrap, pick):
    server, elsewhere = FakeServer(json_response([])), FakeServer(json_response([]))
    client, other = connect(server), connect(elsewhere)
    operation = pick(client, other)
    server.requests.clear()
    with pytest.raises(TypeError, match="one of this client's services"):
        getattr(client, wrap)(operation)
    assert server.requests == elsewhere.requests == []


@pytest.mark.parametrize("wrap", ["submit", "with_response"])
def test_wrapping_leaves_the_service_as_it_was(connect, wrap):
    client = connect(FakeServer(json_response([])))
    getattr(client, wrap)(client.sessions.list)
    assert client.sessions.list() == []


def test_reprs_leave_the_bytes_of_files_out(connect):
    server = FakeServer(httpx.Response(200, content=b"0123456789" * 3))
    client = connect(server)
    shown = repr(client.with_response(client.media.download, "s", "m"))
    assert shown == "Response(data=<30 bytes>, status_code=200)"
    shown = repr(client.submit(client.media.download, "s", "m"))
    assert shown == "Submitted(accepted=False, result=<30 bytes>)"
