"""Client rules: what a client token may do, from where, and how often."""

from __future__ import annotations

import re

import pytest

from tests.support.client_tokens import ACTIONS, FRIEND_IN_PATH
from tests.support.project import CONTRACT as SPEC
from tests.support.sandbox import data_of, error_of

OPERATIONS = [
    (operation["operationId"], method.upper(), path, operation)
    for path, item in SPEC["paths"].items()
    for method, operation in item.items()
]
FOR_TOKENS = [one for one in OPERATIONS if {"clientToken": []} in one[3].get("security", [])]
REQUESTS = [
    pytest.param(action, *request, id=f"{action} {request[1]}")
    for action, requests in ACTIONS.items()
    for request in requests
]


def test_operations_for_tokens_are_those_of_an_action():
    paths = {(method, path) for _, method, path, _ in FOR_TOKENS}
    covered = {
        (method, f"/api/sessions/{{session}}{path}")
        for requests in ACTIONS.values()
        for method, path, _ in requests
    }
    assert len(covered) == len(paths) == 8
    assert {
        (method, re.sub(r"\{(?!session)\w+\}", FRIEND_IN_PATH, path)) for method, path in paths
    } == covered


@pytest.mark.parametrize(("action", "method", "path", "body"), REQUESTS)
def test_action_allows_its_routes(tester, action, method, path, body):
    tester.allow(action)
    data_of(tester.ask(tester.token(), method, path, body))


@pytest.mark.parametrize(("action", "method", "path", "body"), REQUESTS)
def test_route_needs_its_action(tester, action, method, path, body):
    tester.allow(*(other for other in ACTIONS if other != action))
    response = tester.ask(tester.token(), method, path, body)
    assert error_of(response, 403) == f"action is not allowed by the client rules: {action}"


@pytest.mark.parametrize(
    ("name", "method", "path", "operation"),
    [pytest.param(*one, id=one[0]) for one in OPERATIONS if one not in FOR_TOKENS],
)
def test_token_can_do_nothing_else(tester, name, method, path, operation):
    # Not even where the rules name it: there is no such action.
    tester.allow(*ACTIONS, "*", name)
    path = re.sub(r"\{\w+\}", "x", path.replace("{session}", "default"))
    examples = operation.get("requestBody", {"content": {}})["content"].get("application/json", {})
    body = next((example["value"] for example in examples.get("examples", {}).values()), None)
    if body is not None and "session" in body:
        body = {**body, "session": "default"}
    before = tester.sandbox.messages
    assert error_of(tester.ask(tester.token(), method, path, body), 403) == "a client token cannot do this"
    assert tester.sandbox.messages == before


def test_nearly_all_operations_are_not_for_tokens():
    names = {name for name, *_ in OPERATIONS} - {name for name, *_ in FOR_TOKENS}
    assert len(names) == 73
    assert {"client_tokens.mint", "client_tokens.get_rules", "client_tokens.set_rules"} < names
    assert {"messages.send", "sessions.delete", "webhooks.create", "account_keys.create"} < names


def test_without_rules_a_token_can_do_nothing(tester):
    response = tester.use(tester.token())
    assert error_of(response, 403) == (
        "no client rules are set for this session: client_tokens.set_rules says what its tokens may do"
    )


def test_rules_are_kept_as_they_were_set(tester):
    key = tester.sandbox.api_key
    assert error_of(tester.ask(key, "GET", "/client-rules"), 404) == "no client rules are set for default"
    rules = {
        "recipientMode": "a mode of tomorrow",
        "allowedActions": "send_message, an_action_of_tomorrow",
        "rateLimit": 0,
        "maxDaily": 7,
        "allowedOrigins": "",
        "enabled": False,
    }
    assert data_of(tester.ask(key, "PUT", "/client-rules", rules)) == rules
    assert data_of(tester.ask(key, "GET", "/client-rules")) == rules
    # PUT replaces them all.
    rules = {"recipientMode": "conversation"}
    assert data_of(tester.ask(key, "PUT", "/client-rules", rules)) == rules
    assert data_of(tester.ask(key, "GET", "/client-rules")) == rules


@pytest.mark.parametrize(
    ("rules", "error"),
    [
        ({}, "missing required field: recipientMode"),
        ({"recipientMode": "conversation", "rateLimit": -1}, "rateLimit must be at least 0"),
        ({"recipientMode": "conversation", "maxDaily": "7"}, "maxDaily must be an integer, not a string"),
        (
            {"recipientMode": "conversation", "allowedActions": ["send_message"]},
            "allowedActions must be a string, not an array",
        ),
    ],
)
def test_invalid_rules_are_refused(tester, rules, error):
    tester.allow("read_contact")
    response = tester.ask(tester.sandbox.api_key, "PUT", "/client-rules", rules)
    assert error_of(response, 400) == error
    data_of(tester.use(tester.token()))


def test_rules_hold_at_once(tester):
    token = tester.token()
    tester.allow("read_contact")
    data_of(tester.use(token))
    tester.allow("send_message")
    assert error_of(tester.use(token), 403) == "action is not allowed by the client rules: read_contact"
    tester.allow("read_contact", enabled=False)
    assert error_of(tester.use(token), 403) == "client tokens are disabled for this session"
    tester.allow("read_contact", enabled=True)
    data_of(tester.use(token))


def test_rules_are_those_of_one_session(tester):
    tester.sandbox.connect("other")
    tester.allow("read_presence")
    tester.allow("read_contact", session="other")
    data_of(tester.ask(tester.token(), "GET", "/presence"))
    response = tester.ask(tester.token(session="other"), "GET", "/presence", session="other")
    assert error_of(response, 403) == "action is not allowed by the client rules: read_presence"


@pytest.mark.parametrize(
    ("listed", "is_allowed"),
    [
        ("read_contact", True),
        (" send_message ,  read_contact ", True),
        ("READ_CONTACT", True),
        ("read_contact,", True),
        ("", False),
        ("read_contacts", False),
        ("read", False),
        ("*", False),
        ("read_contact;send_message", False),
    ],
)
def test_actions_are_one_string_with_commas(tester, listed, is_allowed):
    tester.allow(allowedActions=listed)
    assert tester.use(tester.token()).status_code == (200 if is_allowed else 403)


def test_no_actions_are_allowed_where_none_are_given(tester):
    rules = {"recipientMode": "conversation"}
    data_of(tester.ask(tester.sandbox.api_key, "PUT", "/client-rules", rules))
    for action in ACTIONS:
        response = tester.use(tester.token(), action)
        assert error_of(response, 403) == f"action is not allowed by the client rules: {action}"


def test_rules_do_not_bind_server_keys(tester):
    tester.allow(enabled=False, allowedOrigins="http://localhost:3000", rateLimit=1, maxDaily=1)
    for _ in range(3):
        data_of(tester.use(tester.sandbox.api_key, "send_message", Origin="http://localhost:4000"))


@pytest.mark.parametrize(
    ("allowed", "origin", "passes"),
    [
        ("http://localhost:3000", "http://localhost:3000", True),
        ("http://localhost:3000", "http://localhost:4000", False),
        ("http://localhost:3000", "https://localhost:3000", False),
        ("http://localhost:3000", "http://127.0.0.1:3000", False),
        ("https://app.example.com, HTTP://LocalHost:3000/", "http://localhost:3000", True),
        ("https://app.example.com", "http://localhost:3000", False),
        ("", "http://localhost:4000", True),
        # Programs that are not browsers send none.
        ("http://localhost:3000", None, True),
    ],
)
def test_origin_must_be_allowed(tester, allowed, origin, passes):
    tester.allow("read_contact", allowedOrigins=allowed)
    headers = {} if origin is None else {"Origin": origin}
    response = tester.use(tester.token(), **headers)
    if passes:
        data_of(response)
        assert response.headers.get("Access-Control-Allow-Origin") == origin
    else:
        assert error_of(response, 403) == f"origin is not allowed by the client rules: {origin}"


def test_browser_may_ask_beforehand_whether_it_can_send_a_token(tester):
    asked = {
        "Origin": "http://localhost:3000",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    response = tester.web.options("/api/sessions/default/messages/send", headers=asked)
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    assert "authorization" in response.headers["Access-Control-Allow-Headers"].lower()


def test_rate_limit_is_for_a_sliding_minute(tester):
    tester.allow("read_contact", "send_typing", rateLimit=2)
    token = tester.token()
    data_of(tester.use(token))
    tester.sandbox.advance(30)
    data_of(tester.use(token, "send_typing"))
    response = tester.use(token)
    assert error_of(response, 429) == "rateLimit of the client rules exceeded"
    # Until the first one is a minute old.
    assert 25 <= int(response.headers["Retry-After"]) <= 30
    tester.sandbox.advance(int(response.headers["Retry-After"]))
    data_of(tester.use(token))
    assert error_of(tester.use(token), 429)


def test_retry_after_is_right_also_when_the_limit_was_lowered(tester):
    tester.allow("read_contact", rateLimit=5)
    token = tester.token()
    data_of(tester.use(token))
    tester.sandbox.advance(30)
    for _ in range(4):
        data_of(tester.use(token))
    tester.allow("read_contact", rateLimit=1)
    response = tester.use(token)
    assert error_of(response, 429) == "rateLimit of the client rules exceeded"
    assert 55 <= int(response.headers["Retry-After"]) <= 60
    tester.sandbox.advance(int(response.headers["Retry-After"]))
    data_of(tester.use(token))


def test_day_counts_messages_and_reactions_only(tester):
    tester.allow(*ACTIONS, maxDaily=2)
    token = tester.token(ttl=10**6)
    data_of(tester.use(token, "send_message"))
    tester.sandbox.advance(3600)
    data_of(tester.use(token, "send_reaction"))
    for action in ("send_message", "send_reaction"):
        response = tester.use(token, action)
        assert error_of(response, 429) == "maxDaily of the client rules exceeded"
        assert 23 * 3600 - 10 <= int(response.headers["Retry-After"]) <= 23 * 3600
    for action in ACTIONS:
        if action not in ("send_message", "send_reaction"):
            data_of(tester.use(token, action))
    tester.sandbox.advance(23 * 3600)
    data_of(tester.use(token, "send_message"))
    assert error_of(tester.use(token, "send_reaction"), 429)
    assert len(tester.sandbox.messages) == 2


def test_day_does_not_count_what_was_refused(tester):
    tester.allow("send_message", maxDaily=1)
    token = tester.token()
    tester.sandbox.disconnect("default")
    error_of(tester.use(token, "send_message"), 409)
    tester.sandbox.connect("default")
    data_of(tester.use(token, "send_message"))
    error_of(tester.use(token, "send_message"), 429)


@pytest.mark.parametrize("limit", ["rateLimit", "maxDaily"])
def test_limit_of_zero_means_no_limit(tester, limit):
    tester.allow("send_message", **{limit: 1})
    token = tester.token()
    data_of(tester.use(token, "send_message"))
    assert error_of(tester.use(token, "send_message"), 429)
    tester.allow("send_message", **{limit: 0})
    for _ in range(3):
        data_of(tester.use(token, "send_message"))


@pytest.mark.parametrize("limit", ["rateLimit", "maxDaily"])
def test_limits_are_counted_by_ephemeral_id_and_session(tester, limit):
    tester.sandbox.connect("other")
    for session in ("default", "other"):
        tester.allow("send_message", session=session, **{limit: 1})
    data_of(tester.use(tester.token("ada"), "send_message"))
    # Another token of the same person makes no difference.
    assert error_of(tester.use(tester.token("ada"), "send_message"), 429)
    data_of(tester.use(tester.token("bob"), "send_message"))
    body = {**ACTIONS["send_message"][0][2], "session": "other"}
    token = tester.token("ada", session="other")
    data_of(tester.ask(token, "POST", "/messages/send", body, session="other"))


def test_requests_that_the_rules_refuse_are_not_counted(tester):
    tester.allow("read_contact", rateLimit=1)
    token = tester.token()
    for _ in range(3):
        assert error_of(tester.use(token, "send_message"), 403)
    data_of(tester.use(token))
