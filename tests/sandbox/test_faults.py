"""Faults: what they do to a response, and which requests they happen to."""

from __future__ import annotations

import threading
import time

import httpx
import pytest

from tests.support.sandbox import TEXT, UNKNOWN_FIELD, client, data_of, error_of
from titan.sandbox import Sandbox, SandboxError

ROUTES = {
    "messages.send": "POST /api/messages/send",
    "sessions.get": "GET /api/sessions/{session}",
    "sessions.start": "POST /api/sessions/{session}/start",
}


@pytest.fixture
def raw(sandbox, label):
    """Plain httpx on a connection of its own for each request: cutting one leaves the others alone."""
    with client(sandbox, Connection="close") as raw:
        yield raw


def get(raw):
    return raw.get("/api/sessions/my-session")


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
def test_cut_gives_no_response_at_all(sandbox, raw, when):
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
    with raw.stream("GET", "/api/sessions/my-session") as response:
        assert response.status_code == 200
        assert response.headers["Content-Length"] == str(len(whole.content))
        pieces = []
        with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
            pieces.extend(response.iter_raw())
    assert b"".join(pieces) == whole.content[: len(whole.content) // 2]


def test_unknown_fields_are_in_each_object_of_the_response(sandbox, raw):
    plain = data_of(get(raw))
    sandbox.fail("*", 3, unknown_fields=True)
    assert data_of(get(raw)) == {**plain, "unknownField": UNKNOWN_FIELD}
    assert data_of(raw.get("/api/sessions")) == [{**plain, "unknownField": UNKNOWN_FIELD}]
    sent = data_of(raw.post("/api/messages/send", json=TEXT))
    assert (sent["text"], sent["unknownField"]) == ("Hi", UNKNOWN_FIELD)


@pytest.mark.parametrize("fault", [{"cut": "after"}, {"body": "html"}, {"body": "truncated"}], ids=str)
def test_refusal_is_damaged_like_any_other_response(sandbox, raw, fault):
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
        "sessions.start": lambda: raw.post("/api/sessions/my-session/start"),
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
        # Routes are written with the names of their parameters, not with ids.
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


KNOWN = "known: route, times, status, retryAfter, delay, cut, body, unknownFields, eventsFirst"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({}, "missing required field: route"),
        ({"route": "*", "often": 2}, f"unknown field: often ({KNOWN})"),
        ({"route": "*", "retry_after": 2}, f"unknown field: retry_after ({KNOWN})"),
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
def test_invalid_fault_is_refused(sandbox, api, fault, error):
    assert error_of(api.post("/sandbox/faults", json=fault), 400) == error
    assert data_of(api.get("/api/sessions")) == []


def test_fault_can_be_requested_over_http(raw):
    fault = {"route": "sessions.get", "times": 2, "status": 503, "retryAfter": 4}
    assert data_of(raw.post("/sandbox/faults", json=fault)) == {"success": True}
    data_of(raw.post("/sandbox/faults", json={"route": "*", "unknownFields": True}))
    assert [get(raw).headers.get("Retry-After") for _ in range(2)] == ["4", "4"]
    assert data_of(get(raw))["unknownField"] == UNKNOWN_FIELD
    assert "unknownField" not in data_of(get(raw))


@pytest.mark.parametrize("how", ["python", "http"])
def test_faults_can_be_cleared(sandbox, raw, how):
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
