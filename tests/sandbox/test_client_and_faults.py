"""The client and a server that fails: what it repeats, and what it reports."""

from __future__ import annotations

import time

import pytest

from tests.support.sandbox import FRIEND, UNKNOWN_FIELD, data_of
from titan import (
    APIConnectionError,
    APIResponseError,
    APIStatusError,
    APITimeoutError,
    BadGatewayError,
    ConflictError,
    NotFoundError,
    RateLimitError,
    ServerError,
    ServiceUnavailableError,
    TitanClient,
    TitanError,
)

SEND = {"chatId": FRIEND, "type": "text", "text": "Hello"}
# One call of each kind, and whether it does no harm twice. In the sandbox, each succeeds twice.
CALLS = {
    "GET": (lambda titan, label: titan.sessions.get("my-session"), True),
    "PUT": (lambda titan, label: titan.profile.update_name("my-session", {"name": "Ada"}), True),
    "DELETE": (lambda titan, label: titan.labels.unassign("my-session", label, {"chatIds": [FRIEND]}), True),
    "POST, idempotent": (lambda titan, label: titan.sessions.start("my-session"), True),
    "POST": (lambda titan, label: titan.messages.send("my-session", SEND), False),
}
ALWAYS, IF_HARMLESS, NEVER = "always", "if harmless", "never"


@pytest.fixture
def titan(sandbox, label, clock):
    """A client that need not really wait between its attempts."""
    with TitanClient(sandbox.base_url, sandbox.api_key) as titan:
        yield titan


def left(api):
    """How many requests the rate limit still allows; nothing is wrong with the response: no fault is left."""
    response = api.get("/api/sessions")
    assert [one["name"] for one in data_of(response)] == ["my-session"]
    assert response.headers["Content-Type"] == "application/json"
    assert "unknownField" not in response.text
    return int(response.headers["X-RateLimit-Remaining"])


class Processed:
    """How many requests the server has processed, by what the rate limit leaves."""

    def __init__(self, api):
        self._api = api
        self._before = left(api)

    def count(self):
        self._before -= 1  # for the request that asks
        return self._before - left(self._api)

    def wait_for(self, count):
        deadline = time.monotonic() + 10
        while self.count() < count:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert self.count() == count


def check(name, sandbox, api, titan, label, *, fault, repeated, error, maybe_processed, processed):
    """Have each attempt of a call go wrong in the same way.

    There are exactly as many faults as expected attempts: with one attempt more the call would succeed,
    with one less the next request would see a fault.
    """
    call, is_harmless = CALLS[name]
    attempts = 3 if repeated == ALWAYS or (repeated == IF_HARMLESS and is_harmless) else 1
    counter = Processed(api)
    sandbox.fail("*", attempts, **fault)
    with pytest.raises(TitanError) as caught:
        call(titan, label)
    assert type(caught.value) is error
    assert caught.value.maybe_processed is maybe_processed
    expected = attempts if processed else 0
    counter.wait_for(expected)
    # Never sent twice, whatever went wrong.
    assert len(sandbox.messages) == (expected if name == "POST" else 0) <= 1


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    ("status", "error", "repeated", "maybe_processed"),
    [
        (429, RateLimitError, ALWAYS, False),
        (408, APIStatusError, IF_HARMLESS, True),
        (500, ServerError, IF_HARMLESS, True),
        (502, BadGatewayError, IF_HARMLESS, True),
        (503, ServiceUnavailableError, IF_HARMLESS, True),
        (504, ServerError, IF_HARMLESS, True),
        (501, ServerError, NEVER, True),
        (404, NotFoundError, NEVER, False),
        (409, ConflictError, NEVER, False),
    ],
)
def test_status(sandbox, api, titan, label, name, status, error, repeated, maybe_processed):
    check(
        name,
        sandbox,
        api,
        titan,
        label,
        fault={"status": status},
        repeated=repeated,
        error=error,
        maybe_processed=maybe_processed,
        processed=False,
    )


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    ("fault", "error", "repeated", "processed"),
    [
        ({"cut": "before"}, APIConnectionError, IF_HARMLESS, False),
        ({"cut": "after"}, APIConnectionError, IF_HARMLESS, True),
        ({"body": "truncated"}, APIConnectionError, IF_HARMLESS, True),
        ({"body": "html"}, APIResponseError, NEVER, True),
        # Such as the response of a proxy whose server is down.
        ({"body": "html", "status": 502}, BadGatewayError, IF_HARMLESS, False),
        # The status came; how the body ended does not matter.
        ({"body": "truncated", "status": 503}, ServiceUnavailableError, IF_HARMLESS, False),
        ({"body": "truncated", "status": 409}, ConflictError, NEVER, False),
    ],
    ids=str,
)
def test_damaged_response(sandbox, api, titan, label, name, fault, error, repeated, processed):
    check(
        name,
        sandbox,
        api,
        titan,
        label,
        fault=fault,
        repeated=repeated,
        error=error,
        maybe_processed=error is not ConflictError,
        processed=processed,
    )


@pytest.mark.parametrize("name", CALLS)
def test_response_that_comes_too_late(sandbox, api, titan, label, name):
    check(
        name,
        sandbox,
        api,
        titan.with_options(timeout=0.15),
        label,
        fault={"delay": 0.3},
        repeated=IF_HARMLESS,
        error=APITimeoutError,
        maybe_processed=True,
        # It is processed although nobody waits for it any more.
        processed=True,
    )


@pytest.mark.parametrize("name", CALLS)
def test_response_that_is_late_but_not_too_late(sandbox, titan, label, name):
    call, _ = CALLS[name]
    sandbox.fail("*", delay=0.2)
    started = time.monotonic()
    call(titan, label)
    assert time.monotonic() - started >= 0.2


@pytest.mark.parametrize("name", CALLS)
def test_unknown_fields_do_no_harm(sandbox, api, titan, label, name):
    call, _ = CALLS[name]
    counter = Processed(api)
    sandbox.fail("*", unknown_fields=True)
    call(titan, label)
    assert counter.count() == 1


def test_unknown_fields_are_kept(sandbox, titan):
    sandbox.fail("*", times=2, unknown_fields=True)
    assert titan.sessions.get("my-session")["unknownField"] == UNKNOWN_FIELD
    [session] = titan.sessions.list()
    assert (session.name, session["unknownField"]) == ("my-session", UNKNOWN_FIELD)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("failures", [1, 2])
def test_call_succeeds_after_a_failure_that_surely_processed_nothing(
    sandbox, api, titan, label, clock, name, failures
):
    call, _ = CALLS[name]
    counter = Processed(api)
    sandbox.fail("*", failures, status=429)
    call(titan, label)
    assert counter.count() == 1
    assert clock.slept == [0.5, 1.0][:failures]
    assert len(sandbox.messages) == (1 if name == "POST" else 0)


@pytest.mark.parametrize("fault", [{"status": 503}, {"cut": "before"}, {"cut": "after"}], ids=str)
def test_harmless_call_succeeds_when_the_server_is_back(sandbox, titan, label, fault):
    for call, is_harmless in CALLS.values():
        if is_harmless:
            sandbox.fail("*", 2, **fault)
            call(titan, label)


@pytest.mark.parametrize(("asked", "slept"), [(7, [7.0, 7.0]), (0, [0.5, 1.0]), (120, [120.0, 120.0])])
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured(sandbox, titan, label, clock, asked, slept, status):
    sandbox.fail("sessions.get", 2, status=status, retry_after=asked)
    assert titan.sessions.get("my-session").name == "my-session"
    assert clock.slept == slept


def test_retry_after_beyond_the_longest_wait_is_reported(sandbox, api, titan, clock):
    sandbox.fail("messages.send", status=429, retry_after=121)
    with pytest.raises(RateLimitError) as caught:
        titan.messages.send("my-session", SEND)
    assert caught.value.retry_after == 121
    assert caught.value.maybe_processed is False
    assert clock.slept == []
    assert sandbox.messages == []


def test_pauses_are_really_slept(sandbox, label):
    sandbox.fail("messages.send", status=429, retry_after=1)
    started = time.monotonic()
    with TitanClient(sandbox.base_url, sandbox.api_key) as titan:
        titan.messages.send("my-session", SEND)
    assert 1 <= time.monotonic() - started < 10
    assert len(sandbox.messages) == 1


def test_max_retries_is_the_number_of_repetitions(sandbox, api, titan):
    counter = Processed(api)
    sandbox.fail("*", 6, cut="after")
    with pytest.raises(APIConnectionError):
        titan.with_options(max_retries=0).sessions.get("my-session")
    with pytest.raises(APIConnectionError):
        titan.with_options(max_retries=4).sessions.get("my-session")
    assert counter.count() == 6


@pytest.mark.parametrize("times", [1, 2])
def test_delete_that_was_processed_before_the_response_was_lost_is_a_success(sandbox, api, titan, times):
    sandbox.fail("sessions.delete", times, cut="after")
    titan.sessions.delete("my-session")
    assert data_of(api.get("/api/sessions")) == []
    with pytest.raises(NotFoundError):
        titan.sessions.delete("my-session")


def test_message_whose_response_was_lost_was_sent_once(sandbox, titan):
    sandbox.fail("messages.send", cut="after")
    with pytest.raises(APIConnectionError) as caught:
        titan.messages.send("my-session", SEND)
    assert caught.value.maybe_processed is True
    [message] = sandbox.messages
    assert message["request"] == {**SEND, "session": "my-session"}


def test_first_clear_failure_does_not_excuse_a_second_unclear_one(sandbox, titan):
    sandbox.fail("messages.send", status=429)
    sandbox.fail("messages.send", status=503)
    with pytest.raises(ServiceUnavailableError) as caught:
        titan.messages.send("my-session", SEND)
    assert caught.value.maybe_processed is True
    assert sandbox.messages == []
    titan.messages.send("my-session", SEND)
    assert len(sandbox.messages) == 1


def test_fault_of_sending_is_one_with_a_client_token_too(sandbox, api):
    sandbox.connect("my-session")
    rules = {"recipientMode": "conversation", "allowedActions": "send_message"}
    data_of(api.put("/api/sessions/my-session/client-rules", json=rules))
    minted = data_of(api.post("/api/client-tokens", json={"session": "my-session", "ephemeralId": "u"}), 201)
    sandbox.fail("messages.send", status=503)
    message = {"chatId": FRIEND, "type": "text", "text": "Hi"}
    browser = TitanClient(sandbox.base_url, client_token=minted["token"])
    with browser, pytest.raises(ServiceUnavailableError):
        browser.messages.send("my-session", message)
