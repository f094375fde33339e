"""No message is sent twice: what is repeated, when, and what the error says about it."""

from __future__ import annotations

import types
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import httpx
import pytest

import titan
from tests.support.fake_server import FakeServer, json_response
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
from titan._http import transport as transport_module
from titan._http.retries import delay, retry_after

SEND = {"chatId": "1@g.us", "type": "text", "text": "Hello"}

# One call of each kind, and whether it can be repeated after an unclear outcome.
CALLS = {
    "GET": (lambda client: client.sessions.list(), True),
    "PUT": (lambda client: client.groups.update_subject("s", "1@g.us", {"subject": "x"}), True),
    "DELETE": (lambda client: client.sessions.delete("s"), True),
    "DELETE with body": (lambda client: client.labels.unassign("s", "1", {"chatIds": []}), True),
    "POST idempotent": (lambda client: client.sessions.start("s"), True),
    "POST download": (lambda client: client.media.download("s", "m"), True),
    "POST": (lambda client: client.messages.send("s", SEND), False),
    "POST submitted": (lambda client: client.submit(client.messages.send, "s", SEND), False),
    "PATCH idempotent": (lambda client: client.account_keys.update("key_1", {"isActive": False}), True),
    "request GET": (lambda client: client.request("GET", "/api/x"), True),
    "request put": (lambda client: client.request("put", "/api/x", json={}), True),
    "request DELETE": (lambda client: client.request("DELETE", "/api/x"), True),
    "request POST": (lambda client: client.request("POST", "/api/x", json={}), False),
    "request PATCH": (lambda client: client.request("PATCH", "/api/x", json={}), False),
}
calls = pytest.mark.parametrize("name", CALLS)

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
    assert caught.value.body == b""
    assert len(server.requests) == requests


@calls
@pytest.mark.parametrize("failure", [httpx.Response(429), httpx.ConnectError("refused")])
def test_call_succeeds_once_the_server_is_back(connect, clock, name, failure):
    back = httpx.Response(202, json={"data": {"correlationId": "cmd-1"}})
    if name != "POST submitted":
        back = httpx.Response(200, json={"data": [] if name == "GET" else {"success": True}})
    server = FakeServer(failure, failure, back)
    CALLS[name][0](connect(server))
    assert len(server.requests) == 3


# What an error says after more than one attempt


@pytest.mark.parametrize("clear", [httpx.Response(400), httpx.Response(429), httpx.ConnectError("refused")])
def test_clear_failure_after_an_unclear_one_stays_unclear(connect, clock, clear):
    server = FakeServer(httpx.ReadTimeout("slow"), clear)
    with pytest.raises(TitanError) as caught:
        connect(server).sessions.start("s")
    assert caught.value.maybe_processed is True


def test_clear_failure_after_clear_ones_stays_clear(connect, clock):
    server = FakeServer(httpx.Response(429), httpx.ConnectError("refused"), httpx.Response(404))
    with pytest.raises(NotFoundError) as caught:
        connect(server).sessions.start("s")
    assert caught.value.maybe_processed is False


def test_unclear_failure_of_a_send_after_clear_ones_ends_it(connect, clock):
    server = FakeServer(httpx.Response(429), httpx.ReadTimeout("slow"))
    with pytest.raises(APITimeoutError) as caught:
        connect(server, max_retries=5).messages.send("s", SEND)
    assert len(server.requests) == 2
    assert caught.value.maybe_processed is True


# DELETE

DELETES = [
    lambda client: client.sessions.delete("s"),
    lambda client: client.labels.unassign("s", "1", {"chatIds": []}),
    lambda client: client.request("DELETE", "/api/sessions/s"),
]


@pytest.mark.parametrize("delete", DELETES)
@pytest.mark.parametrize(
    "unclear",
    [
        [httpx.ReadTimeout("slow")],
        [httpx.RemoteProtocolError("no answer")],
        [httpx.Response(502)],
        [httpx.Response(408)],
        [httpx.Response(429), httpx.Response(503)],
        [httpx.ReadError("reset"), httpx.ConnectError("refused")],
    ],
)
def test_404_to_a_delete_repeated_after_an_unclear_outcome_is_success(connect, clock, delete, unclear):
    server = FakeServer(*unclear, json_response({"error": "not found"}, 404))
    assert delete(connect(server)) is None
    assert len(server.requests) == len(unclear) + 1


@pytest.mark.parametrize("delete", DELETES)
@pytest.mark.parametrize(
    "clear", [[], [httpx.Response(429)], [httpx.ConnectError("refused")], [httpx.PoolTimeout("full")]]
)
def test_404_to_a_delete_after_clear_outcomes_is_an_error(connect, clock, delete, clear):
    server = FakeServer(*clear, httpx.Response(404))
    with pytest.raises(NotFoundError) as caught:
        delete(connect(server))
    assert caught.value.maybe_processed is False


@pytest.mark.parametrize("name", ["GET", "PUT", "POST idempotent", "PATCH idempotent", "request GET"])
def test_404_to_another_verb_after_an_unclear_outcome_is_an_error(connect, clock, name):
    server = FakeServer(httpx.Response(503), httpx.Response(404))
    with pytest.raises(NotFoundError):
        CALLS[name][0](connect(server))


@pytest.mark.parametrize("status", [400, 403, 405, 409, 410])
def test_another_4xx_to_a_repeated_delete_is_an_error(connect, clock, status):
    server = FakeServer(httpx.Response(503), httpx.Response(status))
    with pytest.raises(APIStatusError) as caught:
        connect(server).sessions.delete("s")
    assert caught.value.status_code == status


def test_deleted_after_all_can_be_had_with_its_response(connect, clock):
    server = FakeServer(httpx.Response(503), httpx.Response(404, headers={"X-RateLimit-Remaining": "7"}))
    client = connect(server)
    response = client.with_response(client.sessions.delete, "s")
    assert (response.data, response.status_code, response.rate_limit.remaining) == (None, 204, 7)


# How often


@pytest.mark.parametrize("max_retries", [0, 1, 2, 5])
@pytest.mark.parametrize("answer", [httpx.Response(503), httpx.ConnectError("refused"), httpx.Response(429)])
def test_max_retries_is_how_often_a_request_is_repeated(connect, clock, max_retries, answer):
    server = FakeServer(answer)
    with pytest.raises(TitanError):
        connect(server, max_retries=max_retries).sessions.list()
    assert len(server.requests) == max_retries + 1
    assert len(clock.slept) == max_retries


def test_default_is_two_repetitions(connect, clock):
    server = FakeServer(httpx.Response(503))
    with pytest.raises(TitanError):
        connect(server).sessions.list()
    assert len(server.requests) == 3


# When


def test_pauses_double_up_to_eight_seconds(connect, clock):
    server = FakeServer(httpx.Response(503))
    with pytest.raises(TitanError):
        connect(server, max_retries=6).sessions.list()
    assert clock.slept == [0.5, 1, 2, 4, 8, 8]


@pytest.mark.parametrize(("dice", "slept"), [(0.0, [0.5, 1]), (0.5, [0.375, 0.75]), (1.0, [0.25, 0.5])])
def test_jitter_shortens_a_pause_by_half_at_most(connect, clock, monkeypatch, dice, slept):
    monkeypatch.setattr(transport_module, "random", types.SimpleNamespace(random=lambda: dice))
    with pytest.raises(TitanError):
        connect(FakeServer(httpx.Response(503))).sessions.list()
    assert clock.slept == slept


def test_jitter_differs_from_call_to_call(connect, monkeypatch):
    slept = []
    monkeypatch.setattr(transport_module.time, "sleep", slept.append)
    with pytest.raises(TitanError):
        connect(FakeServer(httpx.Response(503)), max_retries=20).sessions.list()
    assert len(set(slept)) > 10
    assert all(4 <= pause <= 8 for pause in slept[4:])


def test_any_number_of_attempts_has_a_pause():
    assert delay(10**9, TitanError("x"), 0.0) == 8.0


def in_seconds(seconds):
    return format_datetime(datetime.now(timezone.utc) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize("status", [429, 503, 500])
@pytest.mark.parametrize(
    ("value", "pause"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("120", 120.0),
        ("-5", 0.0),
        ("nan", 0.5),
        ("soon", 0.5),
        ("", 0.5),
        ("7 seconds", 0.5),
        ("1\u00b2", 0.5),
        ("Wed, 99 Foo 2026 99:99:99 GMT", 0.5),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 2015 07:28:00", 0.0),
    ],
)
def test_retry_after_is_honoured(connect, clock, status, value, pause):
    answer = httpx.Response(status, headers=[(b"Retry-After", value.encode())])
    server = FakeServer(answer, json_response([]))
    connect(server).sessions.list()
    assert clock.slept == [pause]


def test_retry_after_takes_no_jitter(connect, clock, monkeypatch):
    monkeypatch.setattr(transport_module, "random", types.SimpleNamespace(random=lambda: 1.0))
    connect(FakeServer(httpx.Response(429, headers={"Retry-After": "7"}), json_response([]))).sessions.list()
    assert clock.slept == [7.0]


def test_retry_after_may_be_a_date(connect, clock):
    connect(
        FakeServer(httpx.Response(429, headers={"Retry-After": in_seconds(60)}), json_response([]))
    ).sessions.list()
    assert len(clock.slept) == 1
    assert 50 < clock.slept[0] <= 60


@pytest.mark.parametrize(
    "value",
    [
        "120.1",
        "121",
        "3600",
        "inf",
        "1e999",
        # Without an id it would have another one in each process of a run.
        pytest.param(in_seconds(3600), id="a date"),
        "Fri, 31 Dec 9999 23:59:59 GMT",
    ],
)
def test_longer_retry_after_is_reported_at_once(connect, clock, value):
    server = FakeServer(httpx.Response(429, headers={"Retry-After": value}))
    with pytest.raises(RateLimitError) as caught:
        connect(server).messages.send("s", SEND)
    assert len(server.requests) == 1
    assert clock.slept == []
    assert caught.value.retry_after > 120
    assert caught.value.maybe_processed is False


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "30"}, 30.0),
        ({"Retry-After": "-1"}, 0.0),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "tomorrow"}, None),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 -0000"}, 0.0),
    ],
)
def test_retry_after_of_the_error(headers, seconds):
    assert retry_after(headers) == seconds
    assert RateLimitError("x", headers=headers).retry_after == seconds


# total_timeout


def test_total_timeout_leaves_out_the_pause_that_would_pass_it(connect, clock):
    server = FakeServer(httpx.Response(503))
    with pytest.raises(ServiceUnavailableError):
        connect(server, max_retries=9, total_timeout=4).sessions.list()
    # 0.5 + 1 + 2 are slept; the 4 that would come next do not fit.
    assert clock.slept == [0.5, 1, 2]
    assert len(server.requests) == 4


def test_total_timeout_counts_the_time_of_the_attempts(connect, clock):
    class Slow(FakeServer):
        def __call__(self, request):
            clock.now += 3
            return super().__call__(request)

    server = Slow(httpx.Response(503))
    with pytest.raises(ServiceUnavailableError):
        connect(server, max_retries=9, total_timeout=7).sessions.list()
    assert len(server.requests) == 2


def test_retry_after_beyond_total_timeout_is_reported_at_once(connect, clock):
    server = FakeServer(httpx.Response(429, headers={"Retry-After": "30"}))
    with pytest.raises(RateLimitError):
        connect(server, total_timeout=20).sessions.list()
    assert clock.slept == []


def test_total_timeout_begins_anew_with_each_call(connect, clock):
    server = FakeServer(httpx.Response(503), json_response([]))
    client = connect(server, total_timeout=1)
    for _ in range(5):
        server.answers = [httpx.Response(503), json_response([])]
        assert client.sessions.list() == []


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
