"""Faults of the sandbox, and the SDK's rule of what is repeated as the server sees it: over real sockets."""

import threading
import time

import httpx
import pytest

from tests.support.sandbox import FRIEND, TEXT, client, data_of, error_of
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
from titan.sandbox import Sandbox, SandboxError

SESSION = "my-session"
SEND = {"chatId": FRIEND, "type": "text", "text": "Hello"}
TOMORROW = {"nobody": ["knows", 1, None]}
ROUTES = {
    "messages.send": "POST /api/messages/send",
    "sessions.get": "GET /api/sessions/{session}",
    "sessions.start": "POST /api/sessions/{session}/start",
}

# One call of each kind, and whether it does no harm twice. In the sandbox, each succeeds twice.
CALLS = {
    "GET": (lambda titan, label: titan.sessions.get(SESSION), True),
    "PUT": (lambda titan, label: titan.profile.update_name(SESSION, {"name": "Ada"}), True),
    "DELETE": (lambda titan, label: titan.labels.unassign(SESSION, label, {"chatIds": [FRIEND]}), True),
    "POST, idempotent": (lambda titan, label: titan.sessions.start(SESSION), True),
    "POST": (lambda titan, label: titan.messages.send(SESSION, SEND), False),
}
ALWAYS, IF_HARMLESS, NEVER = "always", "if harmless", "never"


@pytest.fixture
def label(sandbox, api):
    """The id of a label, in a session that is connected and has a chat."""
    sandbox.connect(SESSION)
    sandbox.receive(SESSION, "Hi", sender=FRIEND)
    return data_of(api.post(f"/api/sessions/{SESSION}/labels", json={"name": "new"}), 201)["id"]


@pytest.fixture
def titan(sandbox, label, clock):
    """A client that need not really wait between its attempts."""
    with TitanClient(sandbox.base_url, sandbox.api_key) as titan:
        yield titan


def left(api):
    """What the rate limit leaves. Nothing is wrong with the answer: no fault was left over."""
    response = api.get("/api/sessions")
    assert [one["name"] for one in data_of(response)] == [SESSION]
    assert response.headers["Content-Type"] == "application/json"
    assert "aFieldOfTomorrow" not in response.text
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

    Exactly as many faults are ordered as attempts are expected: with one attempt more the call would succeed,
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


# The rule, as the server sees it


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
        # As a proxy in front answers, whose server is gone.
        ({"body": "html", "status": 502}, BadGatewayError, IF_HARMLESS, False),
        # The status came; how the body ended does not matter.
        ({"body": "truncated", "status": 503}, ServiceUnavailableError, IF_HARMLESS, False),
        ({"body": "truncated", "status": 409}, ConflictError, NEVER, False),
    ],
    ids=str,
)
def test_spoilt_answer(sandbox, api, titan, label, name, fault, error, repeated, processed):
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
def test_answer_that_comes_too_late(sandbox, api, titan, label, name):
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
        # Nobody waits for it any more, and still it is done.
        processed=True,
    )


@pytest.mark.parametrize("name", CALLS)
def test_answer_that_is_late_but_not_too_late(sandbox, titan, label, name):
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
    assert titan.sessions.get(SESSION)["aFieldOfTomorrow"] == TOMORROW
    [session] = titan.sessions.list()
    assert (session.name, session["aFieldOfTomorrow"]) == (SESSION, TOMORROW)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("failures", [1, 2])
def test_call_succeeds_after_what_surely_was_not_carried_out(
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


@pytest.mark.parametrize(("asked", "slept"), [(7, [7.0, 7.0]), (0, [0.0, 0.0]), (120, [120.0, 120.0])])
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured(sandbox, titan, label, clock, asked, slept, status):
    sandbox.fail("sessions.get", 2, status=status, retry_after=asked)
    assert titan.sessions.get(SESSION).name == SESSION
    assert clock.slept == slept


def test_retry_after_of_more_than_anybody_waits_is_reported(sandbox, api, titan, clock):
    sandbox.fail("messages.send", status=429, retry_after=121)
    with pytest.raises(RateLimitError) as caught:
        titan.messages.send(SESSION, SEND)
    assert caught.value.retry_after == 121
    assert caught.value.maybe_processed is False
    assert clock.slept == []
    assert sandbox.messages == []


def test_pauses_are_really_slept(sandbox, label):
    sandbox.fail("messages.send", status=429, retry_after=1)
    started = time.monotonic()
    with TitanClient(sandbox.base_url, sandbox.api_key) as titan:
        titan.messages.send(SESSION, SEND)
    assert 1 <= time.monotonic() - started < 10
    assert len(sandbox.messages) == 1


def test_max_retries_is_the_number_of_repetitions(sandbox, api, titan):
    counter = Processed(api)
    sandbox.fail("*", 6, cut="after")
    with pytest.raises(APIConnectionError):
        titan.with_options(max_retries=0).sessions.get(SESSION)
    with pytest.raises(APIConnectionError):
        titan.with_options(max_retries=4).sessions.get(SESSION)
    assert counter.count() == 6


@pytest.mark.parametrize("times", [1, 2])
def test_delete_that_was_carried_out_before_the_answer_was_lost_is_a_success(sandbox, api, titan, times):
    sandbox.fail("sessions.delete", times, cut="after")
    titan.sessions.delete(SESSION)
    assert data_of(api.get("/api/sessions")) == []
    with pytest.raises(NotFoundError):
        titan.sessions.delete(SESSION)


def test_message_whose_answer_was_lost_was_sent_once(sandbox, titan):
    sandbox.fail("messages.send", cut="after")
    with pytest.raises(APIConnectionError) as caught:
        titan.messages.send(SESSION, SEND)
    assert caught.value.maybe_processed is True
    [message] = sandbox.messages
    assert message["request"] == {**SEND, "session": SESSION}


def test_first_clear_failure_does_not_excuse_a_second_unclear_one(sandbox, titan):
    sandbox.fail("messages.send", status=429)
    sandbox.fail("messages.send", status=503)
    with pytest.raises(ServiceUnavailableError) as caught:
        titan.messages.send(SESSION, SEND)
    assert caught.value.maybe_processed is True
    assert sandbox.messages == []
    titan.messages.send(SESSION, SEND)
    assert len(sandbox.messages) == 1


# What a fault is, by plain httpx


@pytest.fixture
def raw(sandbox, label):
    """Plain httpx on a connection of its own for each request: cutting one leaves the others alone."""
    with client(sandbox, Connection="close") as raw:
        yield raw


def get(raw):
    return raw.get(f"/api/sessions/{SESSION}")


def test_status_is_an_error_as_the_api_has_them(sandbox, raw):
    sandbox.fail("sessions.get", status=503, retry_after=9)
    response = get(raw)
    assert error_of(response, 503) == "a fault that a test asked for: 503"
    assert response.headers["Retry-After"] == "9"
    assert "X-RateLimit-Limit" in response.headers
    assert "Retry-After" not in get(raw).headers


def test_status_comes_whatever_the_request_is(sandbox, raw):
    sandbox.fail("messages.send", 2, status=500)
    assert error_of(raw.post("/api/messages/send", content=b"{no json"), 500)
    assert error_of(raw.post("/api/messages/send", json=TEXT, headers={"Authorization": ""}), 500)
    assert error_of(raw.post("/api/messages/send", json={}), 400) == "missing required field: type"


@pytest.mark.parametrize("when", ["before", "after"])
def test_cut_gives_no_answer_at_all(sandbox, raw, when):
    sandbox.fail("messages.send", cut=when)
    with pytest.raises(httpx.TransportError):
        raw.post("/api/messages/send", json=TEXT)
    assert len(sandbox.messages) == (1 if when == "after" else 0)


def test_html_keeps_the_status(sandbox, raw):
    sandbox.fail("sessions.get", body="html")
    sandbox.fail("sessions.get", body="html", status=502, retry_after=3)
    for status in (200, 502):
        response = get(raw)
        assert response.status_code == status
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        assert response.text.startswith("<!DOCTYPE html>")
    assert response.headers["Retry-After"] == "3"


def test_truncated_body_is_its_first_half(sandbox, raw):
    whole = get(raw)
    sandbox.fail("sessions.get", body="truncated")
    with raw.stream("GET", f"/api/sessions/{SESSION}") as response:
        assert response.status_code == 200
        assert response.headers["Content-Length"] == str(len(whole.content))
        pieces = []
        with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
            pieces.extend(response.iter_raw())
    assert b"".join(pieces) == whole.content[: len(whole.content) // 2]


def test_unknown_fields_are_in_each_object_of_the_answer(sandbox, raw):
    plain = data_of(get(raw))
    sandbox.fail("*", 3, unknown_fields=True)
    assert data_of(get(raw)) == {**plain, "aFieldOfTomorrow": TOMORROW}
    assert data_of(raw.get("/api/sessions")) == [{**plain, "aFieldOfTomorrow": TOMORROW}]
    sent = data_of(raw.post("/api/messages/send", json=TEXT))
    assert (sent["text"], sent["aFieldOfTomorrow"]) == ("Hi", TOMORROW)


@pytest.mark.parametrize("fault", [{"cut": "after"}, {"body": "html"}, {"body": "truncated"}], ids=str)
def test_refusal_is_spoilt_like_any_other_answer(sandbox, raw, fault):
    sandbox.fail("messages.send", **fault)
    try:
        response = raw.post("/api/messages/send", json={})
    except httpx.TransportError:
        assert fault != {"body": "html"}
    else:
        assert (response.status_code, response.text[:15]) == (400, "<!DOCTYPE html>")


def test_delay_does_not_hold_up_others(sandbox, raw):
    sandbox.fail("messages.send", delay=1)
    answers = []
    sending = threading.Thread(target=lambda: answers.append(raw.post("/api/messages/send", json=TEXT)))
    started = time.monotonic()
    sending.start()
    while time.monotonic() - started < 0.3:
        data_of(get(raw))
    assert answers == sandbox.messages == []
    sending.join(10)
    assert time.monotonic() - started >= 1
    assert data_of(answers[0])["id"] == sandbox.messages[0]["id"]


def test_stop_does_not_wait_for_a_delay():
    with Sandbox() as sandbox, client(sandbox) as api:
        sandbox.fail("*", delay=3600)
        failed = []

        def ask():
            try:
                api.get("/api/sessions")
            except httpx.TransportError as error:
                failed.append(error)

        asking = threading.Thread(target=ask)
        asking.start()
        time.sleep(0.2)
        started = time.monotonic()
        sandbox.stop()
        assert time.monotonic() - started < 3
        asking.join(10)
        assert len(failed) == 1
    names = [thread.name for thread in threading.enumerate()]
    assert names.count("titan-sandbox") <= 1  # that of the sandbox that all tests share


# Which requests it happens to


def statuses(raw, count):
    return [get(raw).status_code for _ in range(count)]


def test_times_counts_down(sandbox, raw):
    sandbox.fail("sessions.get", status=500)
    assert statuses(raw, 2) == [500, 200]
    sandbox.fail("sessions.get", 3, status=500)
    assert statuses(raw, 4) == [500, 500, 500, 200]


def test_faults_of_one_route_happen_one_after_the_other(sandbox, raw):
    sandbox.fail("sessions.get", 2, status=429)
    sandbox.fail("*", cut="before")
    sandbox.fail("GET /api/sessions/{session}", body="html")
    sandbox.fail("sessions.get", status=503)
    assert statuses(raw, 2) == [429, 429]
    with pytest.raises(httpx.TransportError):
        get(raw)
    assert get(raw).headers["Content-Type"].startswith("text/html")
    assert statuses(raw, 2) == [503, 200]


@pytest.mark.parametrize("name", ROUTES)
@pytest.mark.parametrize("by", ["operation", "route"])
def test_fault_happens_to_its_operation_only(sandbox, raw, name, by):
    requests = {
        "messages.send": lambda: raw.post("/api/messages/send", json=TEXT),
        "sessions.get": lambda: get(raw),
        "sessions.start": lambda: raw.post(f"/api/sessions/{SESSION}/start"),
        "sessions.list": lambda: raw.get("/api/sessions"),
    }
    sandbox.fail(name if by == "operation" else ROUTES[name], 2, status=500)
    for _ in range(2):
        for other, ask in requests.items():
            assert ask().status_code == (500 if other == name else 200)
    assert requests[name]().status_code == 200


def test_star_is_every_request_of_the_api_and_no_other(sandbox, raw):
    sandbox.fail("*", 3, status=500)
    assert raw.get("/sandbox/messages").status_code == 200
    assert raw.get("/").status_code == 200
    assert raw.get("/api/no/such/route").status_code == 404
    assert raw.put("/api/sessions").status_code == 405
    assert get(raw).status_code == 500
    assert raw.post("/api/messages/send", json=TEXT).status_code == 500
    assert raw.get("/api/webhooks").status_code == 500
    assert get(raw).status_code == 200


@pytest.mark.parametrize(
    "route",
    [
        "messages.fly",
        "messages",
        "",
        "POST /api/no/such/route",
        "PATCH /api/sessions/{session}",
        # A path as the API has it, not as a request has it.
        "GET /api/sessions/my-session",
        "post /api/messages/send",
        "/api/messages/send",
        "GET /sandbox/messages",
    ],
)
def test_unknown_route_is_refused(sandbox, api, route):
    with pytest.raises(SandboxError, match="no such operation or route") as caught:
        sandbox.fail(route, status=500)
    assert caught.value.status == 400
    response = api.post("/sandbox/faults", json={"route": route, "status": 500})
    assert error_of(response, 400) == f"no such operation or route: {route}"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({}, "missing required field: route"),
        ({"route": "*", "often": 2}, "unknown field: often"),
        ({"route": "*", "retry_after": 2}, "unknown field: retry_after"),
        ({"route": "*", "times": 0}, "times: input should be greater than or equal to 1"),
        ({"route": "*", "status": 200}, "status: input should be greater than or equal to 400"),
        ({"route": "*", "status": 600}, "status: input should be less than or equal to 599"),
        ({"route": "*", "retryAfter": -1}, "retryAfter: input should be greater than or equal to 0"),
        ({"route": "*", "delay": -1}, "delay: input should be greater than or equal to 0"),
        ({"route": "*", "delay": 3601}, "delay: input should be less than or equal to 3600"),
        ({"route": "*", "cut": "between"}, "cut: input should be 'before' or 'after'"),
        ({"route": "*", "body": "xml"}, "body: input should be 'html' or 'truncated'"),
    ],
)
def test_fault_that_is_none_is_refused(sandbox, api, fault, error):
    assert error_of(api.post("/sandbox/faults", json=fault), 400) == error
    assert data_of(api.get("/api/sessions")) == []


def test_fault_can_be_ordered_over_http(raw):
    fault = {"route": "sessions.get", "times": 2, "status": 503, "retryAfter": 4}
    assert data_of(raw.post("/sandbox/faults", json=fault)) == {"success": True}
    data_of(raw.post("/sandbox/faults", json={"route": "*", "unknownFields": True}))
    assert [get(raw).headers.get("Retry-After") for _ in range(2)] == ["4", "4"]
    assert data_of(get(raw))["aFieldOfTomorrow"] == TOMORROW
    assert "aFieldOfTomorrow" not in data_of(get(raw))


@pytest.mark.parametrize("how", ["python", "http"])
def test_faults_can_be_forgotten(sandbox, raw, how):
    sandbox.fail("*", 100, status=500)
    assert statuses(raw, 1) == [500]
    if how == "python":
        sandbox.clear_faults()
    else:
        data_of(raw.delete("/sandbox/faults"))
    assert statuses(raw, 1) == [200]


def test_reset_forgets_the_faults(sandbox, api):
    sandbox.fail("*", 100, status=500)
    sandbox.fail("sessions.list", 100, cut="before")
    sandbox.reset()
    assert data_of(api.get("/api/sessions")) == []


def test_fault_must_say_what_goes_wrong(sandbox):
    with pytest.raises(SandboxError, match="say what goes wrong"):
        sandbox.fail("messages.send")
    with pytest.raises(SandboxError, match="either status or cut"):
        sandbox.fail("messages.send", status=500, cut="after")


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
