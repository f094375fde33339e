"""No message is sent twice: what is repeated, and what the error says about it."""

from __future__ import annotations

import httpx
import pytest

import titan
from tests.support.calls import CALLS, SEND, calls
from tests.support.fake_server import FakeServer
from titan import (
    APIConnectionError,
    APIResponseError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadGatewayError,
    BadRequestError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    ServiceUnavailableError,
    TitanError,
)

ALWAYS, IF_HARMLESS, NEVER = "always", "if harmless", "never"


def check(connect, answer, name, *, repeated, error, maybe_processed):
    """Make the call against a server that never gives another answer."""
    call, harmless = CALLS[name]
    server = FakeServer(answer)
    with pytest.raises(TitanError) as caught:
        call(connect(server))
    requests = 3 if repeated == ALWAYS or (repeated == IF_HARMLESS and harmless) else 1
    assert len(server.requests) == requests
    assert type(caught.value) is error
    assert caught.value.maybe_processed is maybe_processed
    assert caught.value.method == server.requests[0].method
    bodies = {request.content for request in server.requests}
    assert len(bodies) == 1


@calls
@pytest.mark.parametrize(
    ("status", "error", "repeated", "maybe_processed"),
    [
        (300, APIStatusError, NEVER, True),
        (301, APIStatusError, NEVER, True),
        (302, APIStatusError, NEVER, True),
        (303, APIStatusError, NEVER, True),
        (304, APIStatusError, NEVER, True),
        (307, APIStatusError, NEVER, False),
        (308, APIStatusError, NEVER, False),
        (400, BadRequestError, NEVER, False),
        (401, AuthenticationError, NEVER, False),
        (402, APIStatusError, NEVER, False),
        (403, PermissionDeniedError, NEVER, False),
        (404, NotFoundError, NEVER, False),
        (405, APIStatusError, NEVER, False),
        (408, APIStatusError, IF_HARMLESS, True),
        (409, ConflictError, NEVER, False),
        (413, APIStatusError, NEVER, False),
        (422, APIStatusError, NEVER, False),
        (425, APIStatusError, NEVER, False),
        (429, RateLimitError, ALWAYS, False),
        (499, APIStatusError, NEVER, False),
        (500, ServerError, IF_HARMLESS, True),
        (501, ServerError, NEVER, True),
        (502, BadGatewayError, IF_HARMLESS, True),
        (503, ServiceUnavailableError, IF_HARMLESS, True),
        (504, ServerError, IF_HARMLESS, True),
        (505, ServerError, NEVER, True),
        (599, ServerError, NEVER, True),
    ],
)
def test_status(connect, clock, name, status, error, repeated, maybe_processed):
    check(
        connect, httpx.Response(status), name, repeated=repeated, error=error, maybe_processed=maybe_processed
    )


@calls
@pytest.mark.parametrize(
    ("failure", "error", "repeated", "maybe_processed"),
    [
        (httpx.ConnectError("refused"), APIConnectionError, ALWAYS, False),
        (httpx.ConnectTimeout("slow"), APITimeoutError, ALWAYS, False),
        (httpx.PoolTimeout("full"), APITimeoutError, ALWAYS, False),
        (httpx.ProxyError("407"), APIConnectionError, ALWAYS, False),
        (httpx.ReadTimeout("slow"), APITimeoutError, IF_HARMLESS, True),
        (httpx.WriteTimeout("slow"), APITimeoutError, IF_HARMLESS, True),
        (httpx.ReadError("reset"), APIConnectionError, IF_HARMLESS, True),
        (httpx.WriteError("reset"), APIConnectionError, IF_HARMLESS, True),
        (httpx.CloseError("reset"), APIConnectionError, IF_HARMLESS, True),
        (httpx.RemoteProtocolError("no answer"), APIConnectionError, IF_HARMLESS, True),
        # Over HTTP/2, httpx reports what happened to a request that was sent long ago as this.
        (httpx.LocalProtocolError("stream"), APIConnectionError, IF_HARMLESS, True),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_connection_failure(connect, clock, name, failure, error, repeated, maybe_processed):
    check(connect, failure, name, repeated=repeated, error=error, maybe_processed=maybe_processed)


@pytest.mark.parametrize("name", [name for name in CALLS if name != "POST download"])
@pytest.mark.parametrize("body", [b"<html>Log in</html>", b'{"data": {"na'])
def test_unreadable_2xx_is_not_repeated(connect, clock, name, body):
    answer = httpx.Response(200, headers={"Content-Type": "application/json"}, content=body)
    check(connect, answer, name, repeated=NEVER, error=APIResponseError, maybe_processed=True)


class Undecodable:
    """Answers 200 with a body that is not what its Content-Encoding says."""

    def __init__(self):
        self.requests = []

    def __call__(self, request):
        self.requests.append(request)
        return httpx.Response(200, headers={"Content-Encoding": "gzip"}, content=iter([b"no gzip at all"]))


@calls
def test_2xx_that_cannot_be_decompressed_is_not_repeated(connect, clock, name):
    server = Undecodable()
    with pytest.raises(APIResponseError, match="answered 200") as caught:
        CALLS[name][0](connect(server))
    assert len(server.requests) == 1
    assert caught.value.maybe_processed is True


class CutOff:
    """Answers with a status, and fails in the middle of the body."""

    def __init__(self, status, failure):
        self.status, self.failure, self.requests = status, failure, []

    def __call__(self, request):
        self.requests.append(request)
        return httpx.Response(self.status, content=self.body())

    def body(self):
        yield b'{"data": '
        raise self.failure


@calls
@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (httpx.ReadTimeout("slow"), APITimeoutError),
        (httpx.ReadError("reset"), APIConnectionError),
        (httpx.RemoteProtocolError("incomplete"), APIConnectionError),
    ],
)
def test_connection_lost_in_the_body_of_a_2xx(connect, clock, name, failure, error):
    call, harmless = CALLS[name]
    server = CutOff(200, failure)
    with pytest.raises(error) as caught:
        call(connect(server))
    assert type(caught.value) is error
    assert caught.value.maybe_processed is True
    assert len(server.requests) == (3 if harmless else 1)


@pytest.mark.parametrize(("status", "requests"), [(400, 1), (429, 3), (503, 1)])
def test_connection_lost_in_the_body_of_an_error_keeps_the_status(connect, clock, status, requests):
    server = CutOff(status, httpx.ReadError("reset"))
    with pytest.raises(APIStatusError) as caught:
        connect(server).messages.send("s", SEND)
    assert caught.value.status_code == status
    assert caught.value.body == b'{"data": '
    assert len(server.requests) == requests


@calls
@pytest.mark.parametrize("failure", [httpx.Response(429), httpx.ConnectError("refused")])
def test_call_succeeds_once_the_server_is_back(connect, clock, name, failure):
    back = httpx.Response(202, json={"data": {"correlationId": "cmd-1"}})
    if name != "POST submitted":
        back = httpx.Response(200, json={"data": [] if name == "GET" else {"id": "x"}})
    server = FakeServer(failure, failure, back)
    CALLS[name][0](connect(server))
    assert len(server.requests) == 3


# Other exceptions


def test_exception_of_the_users_transport_passes_through_and_is_not_repeated(connect, clock):
    server = FakeServer(ZeroDivisionError("mine"))
    with pytest.raises(ZeroDivisionError, match="mine"):
        connect(server).sessions.list()
    assert len(server.requests) == 1


def test_every_httpx_request_error_becomes_a_titan_error(connect, clock):
    def subclasses(kind):
        return [kind, *(further for child in kind.__subclasses__() for further in subclasses(child))]

    kinds = [kind for kind in subclasses(httpx.RequestError) if kind.__module__.startswith("httpx")]
    assert len(kinds) > 15
    for kind in kinds:
        with pytest.raises(titan.APIConnectionError):
            connect(FakeServer(kind("failed")), max_retries=0).sessions.list()
