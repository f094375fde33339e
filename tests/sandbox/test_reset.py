"""Reset forgets everything but the first key."""

from __future__ import annotations

from datetime import datetime, timezone

from tests.support.sandbox import FRIEND, TEXT, client, data_of, error_of
from tests.support.sessions import create_key, create_session, qr_of, seconds_between, watching
from titan.sandbox import Sandbox


def test_reset_returns_to_the_initial_settings():
    with Sandbox(qr_format="text", rate_limit=50) as sandbox, client(sandbox) as api:
        sandbox.configure(qr_format="image", rate_limit=7)
        assert api.get("/api/sessions").headers["X-RateLimit-Limit"] == "7"
        sandbox.reset()
        assert api.get("/api/sessions").headers["X-RateLimit-Limit"] == "50"
        create_session(api, start=True)
        assert qr_of(api).startswith("2@")


def test_reset_forgets_everything_but_the_first_key(sandbox, api):
    key = create_key(api)
    first = data_of(api.get("/api/account/keys"))[0]["id"]
    with watching(sandbox, api) as new_events:
        session = sandbox.connect("my-session")
        data_of(api.post("/api/messages/send", json=TEXT))
        group = {"session": "my-session", "name": "Team", "participants": [FRIEND]}
        group = data_of(api.post("/api/sessions/my-session/groups", json=group), 201)
        new_events()
        sandbox.fail("*", status=500)
        data_of(api.post("/sandbox/reset"))
        for path in ("/api/sessions", "/api/webhooks", "/sandbox/messages", "/sandbox/deliveries"):
            assert data_of(api.get(path)) == []
        assert [one["id"] for one in data_of(api.get("/api/account/keys"))] == [first]
        with client(sandbox, key["key"]) as other:
            assert error_of(other.get("/api/sessions"), 401) == "invalid API key"

        sandbox.connect("my-session")
        for path in ("chats", "contacts", "groups"):
            assert data_of(api.get(f"/api/sessions/my-session/{path}")) == []
        assert error_of(api.get(f"/api/sessions/my-session/lids/{session['lid']}"), 404)
        assert error_of(api.get(f"/api/sessions/my-session/groups/{group['id']}"), 404)
        assert new_events() == []


def test_reset_switches_the_first_key_on_again(sandbox, api):
    first = data_of(api.get("/api/account/keys"))[0]["id"]
    data_of(api.patch(f"/api/account/keys/{first}", json={"isActive": False}))
    error_of(api.get("/api/sessions"), 401)
    sandbox.reset()
    data_of(api.get("/api/sessions"))
    data_of(api.delete(f"/api/account/keys/{first}"))
    error_of(api.get("/api/sessions"), 401)
    sandbox.reset()
    data_of(api.get("/api/sessions"))


def test_reset_turns_the_clock_back_and_drops_what_was_due_later(sandbox, api):
    sandbox.advance(10**6)
    create_session(api, start=True)
    sandbox.connect("t")
    sandbox.disconnect("t", "AUTO_RECONNECT")
    sandbox.reset()
    assert abs(seconds_between(create_session(api)["createdAt"], datetime.now(timezone.utc).isoformat())) < 60
    with watching(sandbox, api) as new_events:
        sandbox.advance(1000)
        assert new_events() == []


def test_reset_is_a_change_that_the_page_can_see(sandbox, api):
    sandbox.connect("s")
    before = data_of(api.get("/sandbox/overview"))["version"]
    sandbox.reset()
    # If it were counted from zero again, it could be what it was before.
    assert data_of(api.get("/sandbox/overview"))["version"] > before


def test_reset_restores_the_rate_limit(sandbox, api):
    sandbox.configure(rate_limit=1)
    data_of(api.get("/api/sessions"))
    error_of(api.get("/api/sessions"), 429)
    sandbox.reset()
    sandbox.configure(rate_limit=1)
    data_of(api.get("/api/sessions"))
