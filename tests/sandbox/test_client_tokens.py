"""Client tokens of the sandbox: whether one is genuine, and what the rules of its session let it do."""

import json
import re
from datetime import datetime

import httpx
import jwt
import pytest

from tests.support.project import CONTRACT as SPEC
from tests.support.sandbox import FRIEND, data_of, error_of
from titan import AuthenticationError, PermissionDeniedError, RateLimitError, TitanClient

PREFIX = "titan_ct_"
FRIEND_IN_PATH = FRIEND.replace("@", "%40")

# By action: the requests it is for. `MESSAGE` stands for the id of a message that came in.
ACTIONS = {
    "send_message": [
        (
            "POST",
            "/messages/send",
            {"session": "default", "chatId": FRIEND, "type": "text", "text": "Hello"},
        )
    ],
    "send_reaction": [
        ("POST", "/messages/react", {"chatId": FRIEND, "messageId": "MESSAGE", "reaction": "👍"})
    ],
    "send_typing": [("POST", "/messages/typing", {"chatId": FRIEND, "state": "composing"})],
    "send_seen": [("POST", "/messages/seen", {"chatId": FRIEND})],
    "read_presence": [("GET", "/presence", None), ("GET", f"/presence/{FRIEND_IN_PATH}", None)],
    "subscribe_presence": [("POST", f"/presence/{FRIEND_IN_PATH}/subscribe", None)],
    "read_contact": [("GET", f"/contacts/{FRIEND_IN_PATH}", None)],
}
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


@pytest.fixture(scope="module")
def web(running_sandbox):
    """Plain httpx, without a key."""
    with httpx.Client(base_url=running_sandbox.base_url, trust_env=False, timeout=60) as web:
        yield web


class Titan:
    """The sandbox with the session `default`, to which somebody has written."""

    def __init__(self, sandbox, web):
        self.sandbox = sandbox
        self.web = web
        sandbox.connect("default")
        self.message = sandbox.receive("default", "Hi", sender=FRIEND)["id"]

    def ask(self, credential, method, path, body=None, session="default", **headers):
        headers = {"Authorization": f"Bearer {credential}", **headers}
        if body is not None:
            body = json.loads(json.dumps(body).replace("MESSAGE", self.message))
        if not path.startswith("/api"):
            path = f"/api/sessions/{session}{path}"
        return self.web.request(method, path, json=body, headers=headers)

    def use(self, token, action="read_contact", **headers):
        """Do with a token what an action allows."""
        return self.ask(token, *ACTIONS[action][0], **headers)

    def mint(self, ephemeral_id="user-123", session="default", **options):
        body = {"session": session, "ephemeralId": ephemeral_id, **options}
        return data_of(self.ask(self.sandbox.api_key, "POST", "/api/client-tokens", body), 201)

    def token(self, *args, **options):
        return self.mint(*args, **options)["token"]

    def allow(self, *actions, session="default", **rules):
        rules = {"recipientMode": "conversation", "allowedActions": ",".join(actions), **rules}
        return data_of(self.ask(self.sandbox.api_key, "PUT", "/client-rules", rules, session))


@pytest.fixture
def titan(sandbox, web):
    return Titan(sandbox, web)


def claims_of(token):
    return jwt.decode(token[len(PREFIX) :], options={"verify_signature": False})


# The flow of the SDK's page


def test_flow_of_the_sdk_page(sandbox):
    sandbox.connect("default")
    with TitanClient(base_url=sandbox.base_url, api_key=sandbox.api_key) as server:
        server.client_tokens.set_rules(
            "default", {"recipientMode": "conversation", "allowedActions": "send_message"}
        )
        token = server.client_tokens.mint({"session": "default", "ephemeralId": "user-123", "ttl": 900})
    with TitanClient(base_url=sandbox.base_url, client_token=token["token"]) as browser:
        sent = browser.messages.send(
            "default", {"chatId": FRIEND, "type": "text", "text": "Hello from Python!"}
        )
        with pytest.raises(PermissionDeniedError, match="action is not allowed by the client rules"):
            browser.messages.typing("default", {"chatId": FRIEND, "state": "composing"})
    [message] = sandbox.messages
    assert (message["id"], message["text"]) == (sent.id, "Hello from Python!")


def test_sdk_reaches_with_a_token_whatever_an_action_allows(titan):
    titan.allow(*ACTIONS)
    with TitanClient(titan.sandbox.base_url, client_token=titan.token()) as browser:
        browser.messages.react("default", {"chatId": FRIEND, "messageId": titan.message, "reaction": "👍"})
        browser.messages.typing("default", {"chatId": FRIEND, "state": "composing"})
        browser.messages.seen("default", {"chatId": FRIEND})
        browser.presence.subscribe("default", FRIEND)
        assert browser.presence.get("default", FRIEND).presence == "available"
        assert [one.chat_id for one in browser.presence.list("default")] == [FRIEND]
        assert browser.contacts.get("default", FRIEND).phone_number == "+5511999999999"
    chat = titan.sandbox.chat("default", FRIEND)
    assert (chat["typing"], chat["unreadCount"]) == ("composing", 0)
    assert chat["messages"][0]["reactions"] == [{"sender": "me", "reaction": "👍"}]


def test_sdk_raises_the_errors_of_a_refused_token(titan):
    titan.allow("read_contact", rateLimit=1)
    with TitanClient(titan.sandbox.base_url, client_token=titan.token(), max_retries=0) as browser:
        browser.contacts.get("default", FRIEND)
        with pytest.raises(RateLimitError) as limited:
            browser.contacts.get("default", FRIEND)
        with pytest.raises(PermissionDeniedError, match="a client token cannot do this"):
            browser.sessions.list()
        titan.sandbox.advance(900)
        with pytest.raises(AuthenticationError, match="client token has expired"):
            browser.contacts.get("default", FRIEND)
    assert 55 <= limited.value.retry_after <= 60


# The token


def test_token_is_a_jwt_with_a_prefix(titan):
    minted = titan.mint("user-123", ttl=60)
    token = minted["token"]
    assert set(minted) == {"token", "expiresAt", "session", "ephemeralId"}
    assert (minted["session"], minted["ephemeralId"]) == ("default", "user-123")
    assert re.fullmatch(r"titan_ct_[\w-]+\.[\w-]+\.[\w-]+", token)
    assert jwt.get_unverified_header(token[len(PREFIX) :]) == {"alg": "HS256", "typ": "JWT"}
    claims = claims_of(token)
    assert (claims["session"], claims["ephemeralId"]) == ("default", "user-123")
    assert 60 <= claims["exp"] - claims["iat"] < 61
    expires_at = datetime.fromisoformat(minted["expiresAt"].replace("Z", "+00:00"))
    assert 0 <= claims["exp"] - expires_at.timestamp() < 0.001


@pytest.mark.parametrize(("options", "ttl"), [({}, 900), ({"ttl": 60}, 60)])
def test_token_expires_at_its_ttl(titan, options, ttl):
    titan.allow("read_contact")
    token = titan.token(**options)
    titan.sandbox.advance(ttl - 20)
    data_of(titan.use(token))
    titan.sandbox.advance(20)
    response = titan.use(token)
    assert error_of(response, 401) == "client token has expired"
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_token_of_no_duration_has_expired(titan):
    titan.allow("read_contact")
    assert error_of(titan.use(titan.token(ttl=0)), 401) == "client token has expired"


def test_token_of_a_negative_duration_is_refused(titan):
    body = {"session": "default", "ephemeralId": "visitor-1", "ttl": -5}
    response = titan.ask(titan.sandbox.api_key, "POST", "/api/client-tokens", body)
    assert error_of(response, 400) == "ttl must be at least 0"


def tampered(token):
    head, claims, signature = token[len(PREFIX) :].split(".")
    others = jwt.encode({**claims_of(token), "session": "other"}, b"x" * 32, "HS256").split(".")[1]
    longer = jwt.encode({**claims_of(token), "exp": 2**40}, b"x" * 32, "HS256").split(".")[1]
    unsigned = jwt.encode(claims_of(token), None, "none").split(".")[0]
    return {
        "another session": f"{head}.{others}.{signature}",
        "a longer life": f"{head}.{longer}.{signature}",
        "another signature": f"{head}.{claims}.{'A' * len(signature)}",
        "no signature": f"{head}.{claims}.",
        "no third part": f"{head}.{claims}",
        "algorithm none": f"{unsigned}.{claims}.",
        "algorithm none, signed": f"{unsigned}.{claims}.{signature}",
        "one more part": f"{head}.{claims}.{signature}.{signature}",
        "nothing": "",
        "no base64": "a.b.c",
    }


def test_tampered_token_is_refused(titan):
    titan.allow("read_contact")
    token = titan.token()
    data_of(titan.use(token))
    for how, forged in tampered(token).items():
        response = titan.use(PREFIX + forged)
        assert (how, error_of(response, 401)) == (how, "invalid client token")


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512", "none"])
def test_token_that_somebody_else_signed_is_refused(titan, algorithm):
    titan.allow("read_contact")
    # As long as the longest of these algorithms wants it.
    secret = None if algorithm == "none" else b"s" * 64
    forged = jwt.encode(claims_of(titan.token()), secret, algorithm)
    assert error_of(titan.use(PREFIX + forged), 401) == "invalid client token"


def test_token_that_is_no_ascii_is_refused(titan):
    headers = {"Authorization": f"Bearer {PREFIX}ü.ü.ü".encode("latin-1")}
    response = titan.web.get("/api/sessions/default/presence", headers=headers)
    assert error_of(response, 401) == "invalid client token"


def test_token_without_its_prefix_is_no_key(titan):
    titan.allow("read_contact")
    assert error_of(titan.use(titan.token()[len(PREFIX) :]), 401) == "invalid API key"


def test_token_ends_with_a_reset(titan):
    titan.allow("read_contact")
    token = titan.token()
    titan.sandbox.reset()
    again = Titan(titan.sandbox, titan.web)
    again.allow("read_contact")
    assert error_of(again.use(token), 401) == "invalid client token"


def test_token_ends_with_its_session_also_when_that_is_made_anew(titan):
    titan.allow("read_contact")
    token, key = titan.token(), titan.sandbox.api_key
    data_of(titan.ask(key, "DELETE", "/api/sessions/default"))
    assert error_of(titan.use(token), 401) == "the session of the client token was deleted"
    again = Titan(titan.sandbox, titan.web)
    again.allow("read_contact")
    assert error_of(again.use(token), 401) == "the session of the client token was deleted"
    data_of(again.use(again.token()))


def test_token_outlives_a_stop_of_its_session(titan):
    titan.allow("read_contact", "send_message")
    token = titan.token()
    data_of(titan.ask(titan.sandbox.api_key, "POST", "/stop"))
    assert error_of(titan.use(token, "send_message"), 409) == "session is not connected: default"
    data_of(titan.ask(titan.sandbox.api_key, "POST", "/start"))
    data_of(titan.use(token, "send_message"))


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({"session": "nobody", "ephemeralId": "e"}, 404, "session not found: nobody"),
        ({"ephemeralId": "e"}, 400, "missing required field: session"),
        ({"session": "default"}, 400, "missing required field: ephemeralId"),
        ({"session": "default", "ephemeralId": 5}, 400, "ephemeralId must be a string, not a number"),
        ({"session": "default", "ephemeralId": "e", "ttl": 10**12}, 400, "ttl is too large"),
        ({"session": "default", "ephemeralId": "e", "ttl": 1.5}, 400, "ttl must be an integer, not a number"),
    ],
)
def test_mint_refuses_what_makes_no_token(titan, body, status, error):
    response = titan.ask(titan.sandbox.api_key, "POST", "/api/client-tokens", body)
    assert error_of(response, status) == error


# One session


def test_token_works_for_its_session_only(titan):
    titan.sandbox.connect("other")
    for session in ("default", "other"):
        titan.allow("read_presence", "send_message", session=session)
    token = titan.token()
    data_of(titan.ask(token, "GET", "/presence"))
    response = titan.ask(token, "GET", "/presence", session="other")
    assert error_of(response, 403) == "the client token is for another session"
    body = {**ACTIONS["send_message"][0][2], "session": "other"}
    response = titan.ask(token, "POST", "/messages/send", body)
    assert error_of(response, 400) == "session must be the same in the body as in the path"
    assert titan.sandbox.messages == []


def test_token_does_not_tell_which_sessions_there_are(titan):
    titan.allow("read_presence")
    response = titan.ask(titan.token(), "GET", "/presence", session="nobody")
    assert error_of(response, 403) == "the client token is for another session"


# What an action allows


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
def test_action_allows_its_routes(titan, action, method, path, body):
    titan.allow(action)
    data_of(titan.ask(titan.token(), method, path, body))


@pytest.mark.parametrize(("action", "method", "path", "body"), REQUESTS)
def test_route_needs_its_action(titan, action, method, path, body):
    titan.allow(*(other for other in ACTIONS if other != action))
    response = titan.ask(titan.token(), method, path, body)
    assert error_of(response, 403) == f"action is not allowed by the client rules: {action}"


@pytest.mark.parametrize(
    ("name", "method", "path", "operation"),
    [pytest.param(*one, id=one[0]) for one in OPERATIONS if one not in FOR_TOKENS],
)
def test_token_can_do_nothing_else(titan, name, method, path, operation):
    # Not even where the rules name it: they know no such action.
    titan.allow(*ACTIONS, "*", name)
    path = re.sub(r"\{\w+\}", "x", path.replace("{session}", "default"))
    examples = operation.get("requestBody", {"content": {}})["content"].get("application/json", {})
    body = next((example["value"] for example in examples.get("examples", {}).values()), None)
    if body is not None and "session" in body:
        body = {**body, "session": "default"}
    before = titan.sandbox.messages
    assert error_of(titan.ask(titan.token(), method, path, body), 403) == "a client token cannot do this"
    assert titan.sandbox.messages == before


def test_nearly_all_operations_are_not_for_tokens():
    names = {name for name, *_ in OPERATIONS} - {name for name, *_ in FOR_TOKENS}
    assert len(names) == 73
    assert {"client_tokens.mint", "client_tokens.get_rules", "client_tokens.set_rules"} < names
    assert {"messages.send", "sessions.delete", "webhooks.create", "account_keys.create"} < names


# The rules


def test_without_rules_a_token_can_do_nothing(titan):
    response = titan.use(titan.token())
    assert error_of(response, 403) == (
        "no client rules are set for this session: client_tokens.set_rules says what its tokens may do"
    )


def test_rules_are_kept_as_they_were_set(titan):
    key = titan.sandbox.api_key
    assert error_of(titan.ask(key, "GET", "/client-rules"), 404) == "no client rules are set for default"
    rules = {
        "recipientMode": "a mode of tomorrow",
        "allowedActions": "send_message, an_action_of_tomorrow",
        "rateLimit": 0,
        "maxDaily": 7,
        "allowedOrigins": "",
        "enabled": False,
    }
    assert data_of(titan.ask(key, "PUT", "/client-rules", rules)) == rules
    assert data_of(titan.ask(key, "GET", "/client-rules")) == rules
    # PUT replaces them all.
    rules = {"recipientMode": "conversation"}
    assert data_of(titan.ask(key, "PUT", "/client-rules", rules)) == rules
    assert data_of(titan.ask(key, "GET", "/client-rules")) == rules


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
def test_rules_that_are_none_are_refused(titan, rules, error):
    titan.allow("read_contact")
    response = titan.ask(titan.sandbox.api_key, "PUT", "/client-rules", rules)
    assert error_of(response, 400) == error
    data_of(titan.use(titan.token()))


def test_rules_act_at_once(titan):
    token = titan.token()
    titan.allow("read_contact")
    data_of(titan.use(token))
    titan.allow("send_message")
    assert error_of(titan.use(token), 403) == "action is not allowed by the client rules: read_contact"
    titan.allow("read_contact", enabled=False)
    assert error_of(titan.use(token), 403) == "client tokens are disabled for this session"
    titan.allow("read_contact", enabled=True)
    data_of(titan.use(token))


def test_rules_are_those_of_one_session(titan):
    titan.sandbox.connect("other")
    titan.allow("read_presence")
    titan.allow("read_contact", session="other")
    data_of(titan.ask(titan.token(), "GET", "/presence"))
    response = titan.ask(titan.token(session="other"), "GET", "/presence", session="other")
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
def test_actions_are_one_string_with_commas(titan, listed, is_allowed):
    titan.allow(allowedActions=listed)
    assert titan.use(titan.token()).status_code == (200 if is_allowed else 403)


def test_no_actions_are_allowed_where_none_are_given(titan):
    rules = {"recipientMode": "conversation"}
    data_of(titan.ask(titan.sandbox.api_key, "PUT", "/client-rules", rules))
    for action in ACTIONS:
        response = titan.use(titan.token(), action)
        assert error_of(response, 403) == f"action is not allowed by the client rules: {action}"


def test_rules_do_not_bind_server_keys(titan):
    titan.allow(enabled=False, allowedOrigins="http://localhost:3000", rateLimit=1, maxDaily=1)
    for _ in range(3):
        data_of(titan.use(titan.sandbox.api_key, "send_message", Origin="http://localhost:4000"))


# Origins


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
        # Programs that are no browser send none.
        ("http://localhost:3000", None, True),
    ],
)
def test_origin_must_be_allowed(titan, allowed, origin, passes):
    titan.allow("read_contact", allowedOrigins=allowed)
    headers = {} if origin is None else {"Origin": origin}
    response = titan.use(titan.token(), **headers)
    if passes:
        data_of(response)
        assert response.headers.get("Access-Control-Allow-Origin") == origin
    else:
        assert error_of(response, 403) == f"origin is not allowed by the client rules: {origin}"


def test_browser_may_ask_beforehand_whether_it_can_send_a_token(titan):
    asked = {
        "Origin": "http://localhost:3000",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    response = titan.web.options("/api/sessions/default/messages/send", headers=asked)
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    assert "authorization" in response.headers["Access-Control-Allow-Headers"].lower()


# Limits


def test_rate_limit_is_for_a_sliding_minute(titan):
    titan.allow("read_contact", "send_typing", rateLimit=2)
    token = titan.token()
    data_of(titan.use(token))
    titan.sandbox.advance(30)
    data_of(titan.use(token, "send_typing"))
    response = titan.use(token)
    assert error_of(response, 429) == "rateLimit of the client rules exceeded"
    # Until the first one is a minute old.
    assert 25 <= int(response.headers["Retry-After"]) <= 30
    titan.sandbox.advance(int(response.headers["Retry-After"]))
    data_of(titan.use(token))
    assert error_of(titan.use(token), 429)


def test_retry_after_is_right_also_when_the_limit_was_lowered(titan):
    titan.allow("read_contact", rateLimit=5)
    token = titan.token()
    data_of(titan.use(token))
    titan.sandbox.advance(30)
    for _ in range(4):
        data_of(titan.use(token))
    titan.allow("read_contact", rateLimit=1)
    response = titan.use(token)
    assert error_of(response, 429) == "rateLimit of the client rules exceeded"
    assert 55 <= int(response.headers["Retry-After"]) <= 60
    titan.sandbox.advance(int(response.headers["Retry-After"]))
    data_of(titan.use(token))


def test_day_counts_messages_and_reactions_only(titan):
    titan.allow(*ACTIONS, maxDaily=2)
    token = titan.token(ttl=10**6)
    data_of(titan.use(token, "send_message"))
    titan.sandbox.advance(3600)
    data_of(titan.use(token, "send_reaction"))
    for action in ("send_message", "send_reaction"):
        response = titan.use(token, action)
        assert error_of(response, 429) == "maxDaily of the client rules exceeded"
        assert 23 * 3600 - 10 <= int(response.headers["Retry-After"]) <= 23 * 3600
    for action in ACTIONS:
        if action not in ("send_message", "send_reaction"):
            data_of(titan.use(token, action))
    titan.sandbox.advance(23 * 3600)
    data_of(titan.use(token, "send_message"))
    assert error_of(titan.use(token, "send_reaction"), 429)
    assert len(titan.sandbox.messages) == 2


def test_day_does_not_count_what_was_refused(titan):
    titan.allow("send_message", maxDaily=1)
    token = titan.token()
    titan.sandbox.disconnect("default")
    error_of(titan.use(token, "send_message"), 409)
    titan.sandbox.connect("default")
    data_of(titan.use(token, "send_message"))
    error_of(titan.use(token, "send_message"), 429)


@pytest.mark.parametrize("limit", ["rateLimit", "maxDaily"])
def test_limit_of_zero_is_none(titan, limit):
    titan.allow("send_message", **{limit: 1})
    token = titan.token()
    data_of(titan.use(token, "send_message"))
    assert error_of(titan.use(token, "send_message"), 429)
    titan.allow("send_message", **{limit: 0})
    for _ in range(3):
        data_of(titan.use(token, "send_message"))


@pytest.mark.parametrize("limit", ["rateLimit", "maxDaily"])
def test_limits_are_counted_by_ephemeral_id_and_session(titan, limit):
    titan.sandbox.connect("other")
    for session in ("default", "other"):
        titan.allow("send_message", session=session, **{limit: 1})
    data_of(titan.use(titan.token("ada"), "send_message"))
    # Another token of the same person makes no difference.
    assert error_of(titan.use(titan.token("ada"), "send_message"), 429)
    data_of(titan.use(titan.token("bob"), "send_message"))
    body = {**ACTIONS["send_message"][0][2], "session": "other"}
    token = titan.token("ada", session="other")
    data_of(titan.ask(token, "POST", "/messages/send", body, session="other"))


def test_requests_that_the_rules_refuse_are_not_counted(titan):
    titan.allow("read_contact", rateLimit=1)
    token = titan.token()
    for _ in range(3):
        assert error_of(titan.use(token, "send_message"), 403)
    data_of(titan.use(token))
