"""Several attempts: whether the request may have been carried out, and what a DELETE makes of a 404."""

from __future__ import annotations

import httpx
import pytest

from tests.support.calls import CALLS, SEND
from tests.support.fake_server import FakeServer, json_response
from titan import (
    APIStatusError,
    APITimeoutError,
    NotFoundError,
    TitanError,
)

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


def test_with_response_of_what_was_deleted_after_all_is_a_204(connect, clock):
    server = FakeServer(httpx.Response(503), httpx.Response(404, headers={"X-RateLimit-Remaining": "7"}))
    client = connect(server)
    response = client.with_response(client.sessions.delete, "s")
    assert (response.data, response.status_code, response.rate_limit.remaining) == (None, 204, 7)
