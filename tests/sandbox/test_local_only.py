"""Only requests for this machine are let in, and only its own pages."""

from __future__ import annotations

import httpx
import pytest

from tests.support.sandbox import client, data_of, error_of
from titan.sandbox import Sandbox

STRANGERS = [
    "evil.example",
    "evil.example:80",
    "localhost.evil.example",
    "",
    "127.0.0.1@evil.example",
    "[::",
]


@pytest.mark.parametrize("host", [*STRANGERS, "192.168.1.20", "0.0.0.0"])
def test_foreign_host_is_refused(api, host):
    for path in ("/api/sessions", "/sandbox/messages", "/", "/nothing"):
        refused = api.get(path, headers={"Host": host})
        assert error_of(refused, 403) == "this sandbox responds only to requests for this machine"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.2", "[::1]:8420"])
def test_name_of_this_machine_is_let_in(api, host):
    assert data_of(api.get("/api/sessions", headers={"Host": host})) == []


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost.evil.example", "null", ""])
def test_foreign_origin_is_refused_and_nothing_done(sandbox, api, origin):
    for path, body in (("/sandbox/sessions/s/connect", None), ("/api/sessions", {"name": "s"})):
        error_of(api.post(path, json=body, headers={"Origin": origin}), 403)
    assert data_of(api.get("/api/sessions")) == []


def test_own_origin_is_let_in(sandbox, api):
    data_of(api.post("/sandbox/reset", headers={"Origin": sandbox.base_url}))


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:80", "192.168.1.20:8420", "[fd00::1]", "TITAN.test"]
)
def test_on_another_address_it_responds_to_addresses_and_allowed_names(host):
    with Sandbox(host="0.0.0.0", allowed_hosts=["Titan.TEST"]) as sandbox, client(sandbox) as api:
        assert sandbox.base_url.startswith("http://127.0.0.1:")
        assert data_of(api.get("/api/sessions", headers={"Host": host, "Origin": f"http://{host}"})) == []


@pytest.mark.parametrize("host", [*STRANGERS, "titan.test.evil.example"])
def test_on_another_address_it_responds_to_no_other_name(host):
    with Sandbox(host="0.0.0.0", allowed_hosts=["titan.test"]) as sandbox, client(sandbox) as api:
        error_of(api.get("/api/sessions", headers={"Host": host}), 403)
        error_of(api.get("/api/sessions", headers={"Origin": f"http://{host}"}), 403)


def test_name_is_allowed_on_loopback_too():
    with Sandbox(allowed_hosts=["titan.test"]) as sandbox, client(sandbox) as api:
        data_of(api.get("/api/sessions", headers={"Host": "titan.test:8420"}))
        error_of(api.get("/api/sessions", headers={"Host": "other.test:8420"}), 403)
        # A page of that name reaches it, another page does not.
        error_of(api.get("/api/sessions", headers={"Origin": "http://titan.test"}), 403)


def test_ipv6_loopback():
    try:
        with Sandbox(host="::1") as sandbox, client(sandbox) as api:
            assert sandbox.base_url.startswith("http://[::1]:")
            data_of(api.get("/api/sessions"))
            error_of(api.get("/api/sessions", headers={"Host": "evil.example"}), 403)
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")


ORIGINS = ["http://localhost:3000", "https://127.0.0.1", "http://127.8.9.10:5173", "http://[::1]:3000"]


@pytest.mark.parametrize("origin", ORIGINS)
def test_app_in_a_browser_on_this_machine_may_use_the_api(sandbox, api, origin):
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization,content-type,prefer",
    }
    preflight = httpx.options(f"{sandbox.base_url}/api/account/keys/x", headers=asked, trust_env=False)
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] == origin
    assert "PATCH" in preflight.headers["Access-Control-Allow-Methods"]
    assert preflight.headers["Access-Control-Allow-Headers"] == asked["Access-Control-Request-Headers"]
    for path, status in (("/api/sessions", 200), ("/api/sessions/nobody", 404)):
        response = api.get(path, headers={"Origin": origin})
        assert (response.status_code, response.headers["Access-Control-Allow-Origin"]) == (status, origin)
        assert {"Retry-After", "X-RateLimit-Remaining", "Deprecation"} <= set(
            response.headers["Access-Control-Expose-Headers"].split(", ")
        )


@pytest.mark.parametrize("origin", ORIGINS)
def test_pages_of_other_origins_cannot_use_control_calls_or_the_page(api, origin):
    for path in ("/sandbox/messages", "/"):
        assert "Access-Control-Allow-Origin" not in api.get(path, headers={"Origin": origin}).headers
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    preflight = api.options("/sandbox/reset", headers=asked)
    assert preflight.status_code == 405
    assert not [name for name in preflight.headers if name.startswith("access-control")]
