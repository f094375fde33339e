"""Client tokens: whether one is genuine, and which session it is for."""

from __future__ import annotations

import re
from datetime import datetime

import jwt
import pytest

from tests.support.client_tokens import ACTIONS, TokenTester
from tests.support.sandbox import FRIEND, data_of, error_of
from titan import AuthenticationError, PermissionDeniedError, RateLimitError, TitanClient

PREFIX = "titan_ct_"


def claims_of(token):
    return jwt.decode(token[len(PREFIX) :], options={"verify_signature": False})


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


def test_sdk_reaches_with_a_token_whatever_an_action_allows(tester):
    tester.allow(*ACTIONS)
    with TitanClient(tester.sandbox.base_url, client_token=tester.token()) as browser:
        browser.messages.react("default", {"chatId": FRIEND, "messageId": tester.message, "reaction": "👍"})
        browser.messages.typing("default", {"chatId": FRIEND, "state": "composing"})
        browser.messages.seen("default", {"chatId": FRIEND})
        browser.presence.subscribe("default", FRIEND)
        assert browser.presence.get("default", FRIEND).presence == "available"
        assert [one.chat_id for one in browser.presence.list("default")] == [FRIEND]
        assert browser.contacts.get("default", FRIEND).phone_number == "+5511999999999"
    chat = tester.sandbox.chat("default", FRIEND)
    assert (chat["typing"], chat["unreadCount"]) == ("composing", 0)
    assert chat["messages"][0]["reactions"] == [{"sender": "me", "reaction": "👍"}]


def test_sdk_raises_the_errors_of_a_refused_token(tester):
    tester.allow("read_contact", rateLimit=1)
    with TitanClient(tester.sandbox.base_url, client_token=tester.token(), max_retries=0) as browser:
        browser.contacts.get("default", FRIEND)
        with pytest.raises(RateLimitError) as limited:
            browser.contacts.get("default", FRIEND)
        with pytest.raises(PermissionDeniedError, match="a client token cannot do this"):
            browser.sessions.list()
        tester.sandbox.advance(900)
        with pytest.raises(AuthenticationError, match="client token has expired"):
            browser.contacts.get("default", FRIEND)
    assert 55 <= limited.value.retry_after <= 60


def test_token_is_a_jwt_with_a_prefix(tester):
    minted = tester.mint("user-123", ttl=60)
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
def test_token_expires_at_its_ttl(tester, options, ttl):
    tester.allow("read_contact")
    token = tester.token(**options)
    tester.sandbox.advance(ttl - 20)
    data_of(tester.use(token))
    tester.sandbox.advance(20)
    response = tester.use(token)
    assert error_of(response, 401) == "client token has expired"
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("ttl", [0, -5])
def test_token_that_would_not_live_is_refused(tester, ttl):
    body = {"session": "default", "ephemeralId": "visitor-1", "ttl": ttl}
    response = tester.ask(tester.sandbox.api_key, "POST", "/api/client-tokens", body)
    assert error_of(response, 400) == "ttl must be at least 1"


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


def test_tampered_token_is_refused(tester):
    tester.allow("read_contact")
    token = tester.token()
    data_of(tester.use(token))
    for how, forged in tampered(token).items():
        response = tester.use(PREFIX + forged)
        assert (how, error_of(response, 401)) == (how, "invalid client token")


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512", "none"])
def test_token_that_somebody_else_signed_is_refused(tester, algorithm):
    tester.allow("read_contact")
    # As long as the longest of these algorithms needs it.
    secret = None if algorithm == "none" else b"s" * 64
    forged = jwt.encode(claims_of(tester.token()), secret, algorithm)
    assert error_of(tester.use(PREFIX + forged), 401) == "invalid client token"


def test_token_that_is_not_ascii_is_refused(tester):
    headers = {"Authorization": f"Bearer {PREFIX}ü.ü.ü".encode("latin-1")}
    response = tester.web.get("/api/sessions/default/presence", headers=headers)
    assert error_of(response, 401) == "invalid client token"


def test_token_without_its_prefix_is_not_a_key(tester):
    tester.allow("read_contact")
    assert error_of(tester.use(tester.token()[len(PREFIX) :]), 401) == "invalid API key"


def test_token_ends_with_a_reset(tester):
    tester.allow("read_contact")
    token = tester.token()
    tester.sandbox.reset()
    again = TokenTester(tester.sandbox, tester.web)
    again.allow("read_contact")
    assert error_of(again.use(token), 401) == "invalid client token"


def test_token_ends_with_its_session_even_if_another_of_its_name_is_created(tester):
    tester.allow("read_contact")
    token, key = tester.token(), tester.sandbox.api_key
    data_of(tester.ask(key, "DELETE", "/api/sessions/default"))
    assert error_of(tester.use(token), 401) == "the session of the client token was deleted"
    again = TokenTester(tester.sandbox, tester.web)
    again.allow("read_contact")
    assert error_of(again.use(token), 401) == "the session of the client token was deleted"
    data_of(again.use(again.token()))


def test_token_outlives_a_stop_of_its_session(tester):
    tester.allow("read_contact", "send_message")
    token = tester.token()
    data_of(tester.ask(tester.sandbox.api_key, "POST", "/stop"))
    assert error_of(tester.use(token, "send_message"), 409) == "session is not connected: default"
    data_of(tester.ask(tester.sandbox.api_key, "POST", "/start"))
    data_of(tester.use(token, "send_message"))


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
def test_invalid_mint_request_is_refused(tester, body, status, error):
    response = tester.ask(tester.sandbox.api_key, "POST", "/api/client-tokens", body)
    assert error_of(response, status) == error


def test_token_works_for_its_session_only(tester):
    tester.sandbox.connect("other")
    for session in ("default", "other"):
        tester.allow("read_presence", "send_message", session=session)
    token = tester.token()
    data_of(tester.ask(token, "GET", "/presence"))
    response = tester.ask(token, "GET", "/presence", session="other")
    assert error_of(response, 403) == "the client token is for another session"
    body = {**ACTIONS["send_message"][0][2], "session": "other"}
    response = tester.ask(token, "POST", "/messages/send", body)
    assert error_of(response, 400) == "session must be the same in the body as in the path"
    assert tester.sandbox.messages == []


def test_token_does_not_tell_which_sessions_there_are(tester):
    tester.allow("read_presence")
    response = tester.ask(tester.token(), "GET", "/presence", session="nobody")
    assert error_of(response, 403) == "the client token is for another session"
