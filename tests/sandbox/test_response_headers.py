"""What every response has: rate limit and deprecation headers, also on errors."""

from __future__ import annotations

from tests.support.sandbox import client, data_of, error_of
from titan.sandbox import Sandbox
from titan.sandbox.api.handlers import HANDLERS


def test_rate_limit():
    with Sandbox(rate_limit=2) as sandbox, client(sandbox) as api:
        assert [api.get("/api/sessions").headers["X-RateLimit-Remaining"] for _ in range(2)] == ["1", "0"]
        limited = api.get("/api/sessions")
        assert error_of(limited, 429) == "rate limit exceeded"
        assert limited.headers["X-RateLimit-Limit"] == "2"
        assert limited.headers["X-RateLimit-Remaining"] == "0"
        assert 55 <= int(limited.headers["Retry-After"]) <= 60
        sandbox.advance(60)
        data_of(api.get("/api/sessions"))


def test_rate_limit_is_a_sliding_window(sandbox, api):
    sandbox.configure(rate_limit=2)
    data_of(api.get("/api/sessions"))
    sandbox.advance(40)
    data_of(api.get("/api/sessions"))
    assert 15 <= int(api.get("/api/sessions").headers["Retry-After"]) <= 20
    sandbox.advance(20)
    assert data_of(api.get("/api/sessions")) == []
    assert 35 <= int(api.get("/api/sessions").headers["Retry-After"]) <= 40


def test_each_key_has_a_rate_limit_of_its_own(sandbox, api):
    key = data_of(api.post("/api/account/keys", json={"label": "", "lifetimeDays": 1, "scopes": ["*"]}), 201)
    sandbox.configure(rate_limit=2)
    data_of(api.get("/api/sessions"))
    error_of(api.get("/api/sessions"), 429)
    with client(sandbox, key["key"]) as other:
        assert other.get("/api/sessions").headers["X-RateLimit-Remaining"] == "1"


def test_rate_limit_counts_refusals_but_not_strangers_or_control_calls(sandbox, api):
    sandbox.configure(rate_limit=2)
    assert api.get("/api/sessions/nobody").headers["X-RateLimit-Remaining"] == "1"
    for path in ("/sandbox/messages", "/", "/api/nothing"):
        assert api.get(path).headers["X-RateLimit-Remaining"] == "2"
    stranger = api.get("/api/sessions", headers={"Authorization": "Bearer x"})
    assert (stranger.status_code, stranger.headers["X-RateLimit-Remaining"]) == (401, "2")
    assert api.get("/api/sessions").headers["X-RateLimit-Remaining"] == "0"


DEPRECATION = {
    "deprecation": "true",
    "sunset": "Sat, 31 Oct 2026 23:59:59 GMT",
    "sdk_deprecation": "use titan-sdk 2",
}


def deprecation_of(response):
    names = ("Deprecation", "Sunset", "Titan-SDK-Deprecation")
    return {name: response.headers[name] for name in names if name in response.headers}


def test_deprecation_headers_are_on_every_response(sandbox, api):
    assert deprecation_of(api.get("/api/sessions")) == {}
    sandbox.configure(rate_limit=7, **DEPRECATION)
    statuses = {
        api.get("/api/sessions"): 200,
        api.post("/api/sessions", json={"name": "s"}): 201,
        api.post("/api/sessions", json={}): 400,
        api.get("/api/sessions", headers={"Authorization": "Bearer x"}): 401,
        api.get("/api/sessions", headers={"Host": "evil.example"}): 403,
        api.get("/api/sessions/nobody"): 404,
        api.get("/api/nothing"): 404,
        api.delete("/api/sessions"): 405,
        api.post("/api/sessions", json={"name": "s"}): 409,
        api.get("/api/sessions/s/pairing/qr"): 409,
        api.get("/api/sessions"): 429,
        api.get("/sandbox/messages"): 200,
        api.get("/"): 200,
    }
    assert [response.status_code for response in statuses] == list(statuses.values())
    assert [deprecation_of(response) for response in statuses] == [
        {
            "Deprecation": "true",
            "Sunset": "Sat, 31 Oct 2026 23:59:59 GMT",
            "Titan-SDK-Deprecation": "use titan-sdk 2",
        }
    ] * len(statuses)
    sandbox.reset()
    assert deprecation_of(api.get("/api/sessions")) == {}


def test_deprecation_headers_come_one_by_one_too():
    with Sandbox(sunset="tomorrow") as sandbox, client(sandbox) as api:
        assert deprecation_of(api.get("/api/sessions")) == {"Sunset": "tomorrow"}
        sandbox.configure(sunset=None, sdk_deprecation="")
        assert deprecation_of(api.get("/api/sessions")) == {"Titan-SDK-Deprecation": ""}


def test_bug_of_the_sandbox_is_a_500_in_json(sandbox, api, monkeypatch):
    monkeypatch.setitem(HANDLERS, "sessions.list", lambda request: 1 / 0)
    sandbox.configure(deprecation="true")
    response = api.get("/api/sessions")
    assert error_of(response, 500) == "internal server error"
    assert response.headers["X-RateLimit-Limit"] == "100000"
    assert response.headers["Deprecation"] == "true"
