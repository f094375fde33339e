"""API keys and their scopes."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.support.openapi import ALL_OPERATIONS
from tests.support.sandbox import TEXT, client, data_of, error_of
from tests.support.sessions import create_key, seconds_between
from titan.sandbox import Sandbox


@pytest.mark.parametrize(
    ("authorization", "message"),
    [
        (None, "missing API key: send Authorization: Bearer <key>"),
        ("Bearer", "missing API key: send Authorization: Bearer <key>"),
        ("Basic dTpw", "missing API key: send Authorization: Bearer <key>"),
        ("Bearer titan_wrong", "invalid API key"),
    ],
)
def test_without_a_valid_key_it_is_401(sandbox, authorization, message):
    headers = {} if authorization is None else {"Authorization": authorization}
    response = httpx.get(f"{sandbox.base_url}/api/sessions", headers=headers, trust_env=False)
    assert error_of(response, 401) == message
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.headers["X-RateLimit-Remaining"] == response.headers["X-RateLimit-Limit"]


def test_scheme_is_case_insensitive(sandbox):
    headers = {"Authorization": f"bearer  {sandbox.api_key}"}
    data_of(httpx.get(f"{sandbox.base_url}/api/sessions", headers=headers, trust_env=False))


def test_key_is_shown_once(api):
    key = create_key(api, lifetimeDays=30, scopes=["sessions:read", "a:new_one"])
    assert re.fullmatch("titan_[A-Za-z0-9_-]{98}", key.pop("key"))
    assert re.fullmatch("key_[0-9a-f]{20}", key["id"])
    assert (key["label"], key["scopes"], key["isActive"]) == ("k", ["sessions:read", "a:new_one"], True)
    assert seconds_between(key["createdAt"], key["expiresAt"]) == 30 * 86400
    first, second = data_of(api.get("/api/account/keys"))
    assert second == key
    assert {**first, "id": "", "createdAt": ""} == {
        "id": "",
        "label": "sandbox",
        "scopes": ["*"],
        "isActive": True,
        "createdAt": "",
    }
    assert data_of(api.patch(f"/api/account/keys/{key['id']}", json={})) == key


def test_key_can_be_renamed_switched_off_and_on_and_deleted(sandbox, api):
    key = create_key(api)
    path = f"/api/account/keys/{key['id']}"
    with client(sandbox, key["key"]) as other:
        data_of(other.get("/api/sessions"))
        changed = data_of(api.patch(path, json={"isActive": False, "label": "new"}))
        assert (changed["isActive"], changed["label"]) == (False, "new")
        assert error_of(other.get("/api/sessions"), 401) == "API key is deactivated"
        assert data_of(api.patch(path, json={"isActive": True}))["label"] == "new"
        data_of(other.get("/api/sessions"))
        assert data_of(api.delete(path)) == {"success": True}
        assert error_of(other.get("/api/sessions"), 401) == "invalid API key"
    for method in ("DELETE", "PATCH"):
        gone = api.request(method, path, json={} if method == "PATCH" else None)
        assert error_of(gone, 404) == f"key not found: {key['id']}"


def test_key_expires(sandbox, api):
    key = create_key(api, lifetimeDays=2)
    with client(sandbox, key["key"]) as other:
        sandbox.advance(2 * 86400 - 5)
        data_of(other.get("/api/sessions"))
        sandbox.advance(5)
        assert error_of(other.get("/api/sessions"), 401) == "API key has expired"
    data_of(api.get("/api/sessions"))


def test_times_too_far_away_are_refused(api):
    body = {"label": "k", "lifetimeDays": 10**9, "scopes": []}
    assert error_of(api.post("/api/account/keys", json=body), 400) == "lifetimeDays is too large"


OPERATIONS = [
    pytest.param(one.path, one.method.lower(), list(one.scopes) or None, id=one.id)
    for one in ALL_OPERATIONS.values()
]
SCOPES = [
    "sessions:read",
    "sessions:manage",
    "messages:write",
    "chats:read",
    "chats:manage",
    "contacts:read",
    "contacts:manage",
    "groups:read",
    "groups:manage",
    "channels:read",
    "channels:manage",
    "webhooks:manage",
]


@pytest.fixture(scope="module")
def by_scope():
    """A sandbox of its own, with a client for each set of scopes: making them takes a while."""
    with Sandbox() as sandbox, client(sandbox) as api:
        keys = {scope: create_key(api, scopes=[scope])["key"] for scope in (*SCOPES, "*")}
        keys["none"] = create_key(api, scopes=[])["key"]

        def ask(scope, method, path):
            headers = {"Authorization": f"Bearer {keys[scope]}"}
            return api.request(method, re.sub(r"\{\w+\}", "x", path), headers=headers)

        yield ask


@pytest.mark.parametrize(("path", "method", "needed"), OPERATIONS)
def test_key_needs_the_scope_that_the_spec_names(by_scope, path, method, needed):
    let_in = [scope for scope in (*SCOPES, "*", "none") if by_scope(scope, method, path).status_code != 403]
    if needed is None:
        assert let_in == [*SCOPES, "*", "none"]
    else:
        assert let_in == [*(scope for scope in SCOPES if scope in needed), "*"]
        response = by_scope("none", method, path)
        assert error_of(response, 403) == f"missing scope: {' or '.join(needed)}"


def test_every_domain_with_known_scopes_has_them():
    by_service = {}
    for one in OPERATIONS:
        _, _, needed = one.values
        by_service.setdefault(one.id.partition(".")[0], set()).add(tuple(needed or ()))
    assert {name: scopes for name, scopes in by_service.items() if scopes != {()}} == {
        "sessions": {("sessions:manage",), ("sessions:read", "sessions:manage")},
        "pairing": {("sessions:manage",)},
        "messages": {("messages:write",)},
        "chats": {("chats:read", "chats:manage"), ("chats:manage",)},
        "webhooks": {("webhooks:manage",)},
        "client_tokens": {("sessions:manage",)},
    }


def test_missing_scope_is_reported_before_anything_else(sandbox, api):
    key = create_key(api, scopes=["sessions:read"])
    with client(sandbox, key["key"]) as reader:
        data_of(reader.get("/api/sessions"))
        assert error_of(reader.post("/api/sessions", content=b"{"), 403) == "missing scope: sessions:manage"
        assert error_of(reader.post("/api/sessions/nobody/start"), 403) == "missing scope: sessions:manage"
        response = reader.post("/api/sessions", json={"name": "s"}, headers={"Prefer": "respond-async"})
        assert error_of(response, 403) == "missing scope: sessions:manage"
    assert data_of(api.get("/api/sessions")) == []


def test_key_with_several_scopes_may_do_what_any_of_them_allows(sandbox, api):
    key = create_key(api, scopes=["chats:manage", "messages:write"])
    sandbox.connect("my-session")
    with client(sandbox, key["key"]) as other:
        data_of(other.post("/api/messages/send", json=TEXT))
        data_of(other.get("/api/sessions/my-session/chats"))
        assert error_of(other.get("/api/webhooks"), 403) == "missing scope: webhooks:manage"
