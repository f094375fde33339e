"""Long waits between attempts are logged, and clients that were refused together come back apart."""

from __future__ import annotations

import logging
import threading
import time

import httpx
import pytest

from tests.support.fake_server import API_KEY, FakeServer, json_response
from tests.support.loopback import Received, http, http_json, serving
from titan import RateLimitError, ServiceUnavailableError, TitanClient


@pytest.mark.parametrize(
    ("headers", "logged"),
    [
        ({"Retry-After": "57"}, "57.0 s"),
        ({"Retry-After": "2"}, "2.0 s"),
        ({"Retry-After": "0.5"}, None),
        ({}, None),
    ],
)
def test_a_wait_of_more_than_a_second_is_logged_at_info(connect, clock, caplog, headers, logged):
    caplog.set_level(logging.INFO)
    connect(FakeServer(httpx.Response(429, headers=headers), json_response([]))).sessions.list()
    lines = [record.getMessage() for record in caplog.records if record.name == "titan"]
    if logged is None:
        assert lines == []
    else:
        assert lines == [
            f"GET /api/sessions: waiting {logged} before the next attempt, because of RateLimitError"
        ]


def test_the_pauses_of_our_own_are_logged_when_they_are_long(connect, clock, caplog):
    caplog.set_level(logging.INFO)
    with pytest.raises(ServiceUnavailableError):
        connect(FakeServer(httpx.Response(503)), max_retries=3).sessions.list()
    assert clock.slept == [0.5, 1.0, 2.0]
    lines = [record.getMessage() for record in caplog.records if record.name == "titan"]
    assert [line.split(" waiting ")[1][:5] for line in lines] == ["2.0 s"]


@pytest.mark.parametrize("value", ["0", "-5", "0.0", "Wed, 21 Oct 2015 07:28:00 GMT", "nan"])
def test_a_server_that_names_no_time_to_come_back_at_is_not_asked_three_times_at_once(connect, clock, value):
    server = FakeServer(httpx.Response(429, headers={"Retry-After": value}))
    with pytest.raises(RateLimitError) as caught:
        connect(server).messages.send("s", {"type": "text"})
    assert clock.slept == [0.5, 1.0]
    assert caught.value.retry_after is None


def test_threads_that_were_told_the_same_second_come_back_over_a_second():
    arrivals, lock, seen = [], threading.Lock(), set()

    def answer(request: Received) -> bytes:
        with lock:
            is_first = request.target not in seen
            seen.add(request.target)
            if not is_first:
                arrivals.append(time.monotonic())
        return http(429, b"", {"Retry-After": "1"}) if is_first else http_json({"data": {"name": "s"}})

    with serving(answer) as running, TitanClient(running.url, API_KEY) as client:
        threads = [threading.Thread(target=client.sessions.get, args=(f"s{number}",)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(arrivals) == 20
    assert max(arrivals) - min(arrivals) > 0.4


def test_a_date_to_come_back_at_is_read_by_the_clock_of_the_server(connect, clock):
    headers = {"Date": "Tue, 01 Jan 2030 00:00:00 GMT", "Retry-After": "Tue, 01 Jan 2030 00:00:07 GMT"}
    connect(FakeServer(httpx.Response(429, headers=headers), json_response([]))).sessions.list()
    assert clock.slept == [7.0]


@pytest.mark.parametrize("date", ["nonsense", "", None])
def test_without_the_clock_of_the_server_ours_is_read(connect, clock, date):
    headers = {"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT", **({} if date is None else {"Date": date})}
    with pytest.raises(RateLimitError) as caught:
        connect(FakeServer(httpx.Response(429, headers=headers))).messages.send("s", {"type": "text"})
    assert caught.value.retry_after > 1_000_000
