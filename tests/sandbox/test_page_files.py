"""The files of the page and those that came with messages, as they are served."""

from __future__ import annotations

import http.client

import httpx
import pytest

from tests.support.project import SANDBOX

PAGE = SANDBOX / "page" / "static"


MODULES = sorted(path.name for path in PAGE.glob("*.js"))


@pytest.mark.parametrize(
    ("path", "name", "media_type"),
    [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/page/phone.css", "phone.css", "text/css; charset=utf-8"),
        *((f"/page/{name}", name, "text/javascript; charset=utf-8") for name in MODULES),
        ("/page/icon.svg", "icon.svg", "image/svg+xml"),
    ],
)
def test_page_is_served_with_a_content_security_policy(sandbox, path, name, media_type):
    response = httpx.get(f"{sandbox.base_url}{path}", trust_env=False)
    assert (response.status_code, response.headers["Content-Type"]) == (200, media_type)
    assert response.content == (PAGE / name).read_bytes()
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    policy = dict(one.strip().split(" ", 1) for one in response.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    # Nothing inline, nothing evaluated, nothing from elsewhere.
    assert set(" ".join(policy.values()).split()) == {"'none'", "'self'", "data:"}
    assert "data:" not in policy["script-src"]


@pytest.mark.parametrize(
    "path",
    [
        "/index.html",
        "/page",
        "/page/",
        "/page/index.html",
        "/page/../server.py",
        "/page/..%2Fserver.py",
        "/page/%2e%2e/server.py",
        "/page//phone.js",
        "/page/phone.js/",
        "/openapi.json",
    ],
)
def test_nothing_else_of_the_package_is_served(sandbox, path):
    # httpx would leave out the dots.
    connection = http.client.HTTPConnection(sandbox.base_url.rpartition("/")[2], timeout=10)
    connection.request("GET", path)
    assert connection.getresponse().status == 404
    connection.close()


def test_received_file_is_not_a_page_of_this_origin(sandbox, api):
    sandbox.connect("s")
    script = b"<script>fetch('/sandbox/reset', {method: 'POST'})</script>"
    media = sandbox.receive("s", media=script, mime_type="text/html")["media"]
    response = api.get(media["url"])
    assert response.content == script
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
