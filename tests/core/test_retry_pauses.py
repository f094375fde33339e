"""How often a request is repeated, and how long the client waits before."""

from __future__ import annotations

import types
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import httpx
import pytest

from tests.support.calls import SEND
from tests.support.fake_server import FakeServer, json_response
from titan import (
    RateLimitError,
    ServiceUnavailableError,
    TitanError,
)
from titan._http import transport
from titan._http.failures.retries import delay, retry_after

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
    monkeypatch.setattr(transport, "random", types.SimpleNamespace(random=lambda: dice))
    with pytest.raises(TitanError):
        connect(FakeServer(httpx.Response(503))).sessions.list()
    assert clock.slept == slept


def test_jitter_differs_from_call_to_call(connect, monkeypatch):
    slept = []
    monkeypatch.setattr(transport.time, "sleep", slept.append)
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
        ("0", 0.5),
        ("1.5", 1.5),
        ("120", 120.0),
        ("-5", 0.5),
        ("nan", 0.5),
        ("soon", 0.5),
        ("", 0.5),
        ("7 seconds", 0.5),
        ("1\u00b2", 0.5),
        ("Wed, 99 Foo 2026 99:99:99 GMT", 0.5),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.5),
        ("Wed, 21 Oct 2015 07:28:00", 0.5),
    ],
)
def test_retry_after_is_honoured(connect, clock, status, value, pause):
    answer = httpx.Response(status, headers=[(b"Retry-After", value.encode())])
    server = FakeServer(answer, json_response([]))
    connect(server).sessions.list()
    assert clock.slept == [pause]


@pytest.mark.parametrize(("value", "longest"), [("1", 2.0), ("7", 8.0), ("100", 110.0)])
def test_clients_that_were_given_the_same_retry_after_come_back_apart(
    connect, clock, monkeypatch, value, longest
):
    monkeypatch.setattr(transport, "random", types.SimpleNamespace(random=lambda: 1.0))
    server = FakeServer(httpx.Response(429, headers={"Retry-After": value}), json_response([]))
    connect(server).sessions.list()
    assert clock.slept == [longest]


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
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "tomorrow"}, None),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 -0000"}, None),
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
