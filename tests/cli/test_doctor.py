"""`titan doctor`: each kind of trouble has its line, with what to do, and its status."""

from __future__ import annotations

import json
import socket
from datetime import datetime, timedelta, timezone

import pytest

from tests.support.loopback import http, http_json, serving
from tests.support.sandbox import FRIEND


@pytest.fixture
def examine(run):
    """What it finds, by what it looked at, and its status."""

    def look(**variables):
        done = run("doctor", "--json", **variables)
        assert done.err == ""
        checks = json.loads(done.out)
        assert all(check.keys() == {"about", "state", "found", "todo"} for check in checks)
        assert all(check["todo"] for check in checks if check["state"] != "ok")
        assert done.status == (1 if any(check["state"] == "wrong" for check in checks) else 0)
        found = {}
        for check in checks:
            found.setdefault(check["about"], []).append(
                f"{check['state']}: {check['found']}. {check['todo']}"
            )
        return {about: " | ".join(lines) for about, lines in found.items()}, done.status

    return look


def test_where_all_is_well_every_line_says_so(run, examine, sandbox, connected, titan):
    sandbox.receive(connected, "Hi", sender=FRIEND)
    with serving(lambda request: http(405)) as server:
        titan.webhooks.create({"url": f"{server.url}/titan?token=hidden"})
        done = run("doctor")
    assert done.status == 0
    assert done.err == ""
    lines = done.out.splitlines()
    assert all(line.startswith("ok     ") for line in lines)
    abouts = [line.split()[1].rstrip(":") for line in lines]
    assert abouts == ["versions", "address", "key", "scopes", "session", "webhook"]
    assert "httpx" in lines[0]
    assert "last message at" in lines[4]
    assert "hidden" not in done.out
    assert "\x1b" not in done.out


@pytest.mark.parametrize(("variable", "about"), [("TITAN_BASE_URL", "address"), ("TITAN_API_KEY", "key")])
def test_what_is_not_set(examine, variable, about):
    found, status = examine(**{variable: ""})
    assert status == 1
    assert f"{variable} is not set" in found[about]


def test_an_address_that_is_none(examine):
    found, _ = examine(TITAN_BASE_URL="ftp://example.com")
    assert found["address"].startswith("wrong")


@pytest.mark.parametrize(
    ("variable", "value", "about"),
    [
        ("TITAN_API_KEY", "titan_a b", "key"),
        ("TITAN_API_KEY", "titan_ct_token", "key"),
        ("TITAN_API_KEY", "é", "key"),
        ("TITAN_BASE_URL", "api.example.com", "address"),
        ("TITAN_BASE_URL", "https://a:b@example.com", "address"),
    ],
)
def test_what_cannot_be_used_is_told_of_by_its_name(examine, variable, value, about):
    found, status = examine(**{variable: value})
    assert (status, found.keys()) == (1, {"versions", about})
    assert f"set {variable} to" in found[about]


def test_an_address_where_nobody_listens(examine):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    found, status = examine(TITAN_BASE_URL=f"http://127.0.0.1:{port}")
    assert status == 1
    assert f"127.0.0.1:{port} cannot be reached" in found["address"]
    assert "key" not in found


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (http(200, b"<html>Welcome</html>", {"Content-Type": "text/html"}), "answers, but not as Titan does"),
        (http(404, b"nothing here"), "answers with status 404, but not as Titan does"),
        (
            http(302, b"", {"Location": "https://example.com/"}),
            "answers with status 302, but not as Titan does",
        ),
        (http(503, b"down"), "answers with status 503"),
        (http(429, b"{}"), "too many requests"),
        (http(401, b"<html>Log in</html>"), "answers with status 401, but not as Titan does"),
        (http(403, b"<html>Blocked</html>"), "answers with status 403, but not as Titan does"),
        (http(403, b"[]"), "answers with status 403, but not as Titan does"),
    ],
)
def test_an_address_where_something_else_listens(examine, answer, says):
    with serving(lambda request: answer) as server:
        found, _ = examine(TITAN_BASE_URL=server.url)
    assert says in found["address"]
    assert found.keys() == {"versions", "address"}, "nothing is said of what could not be seen"


def test_a_key_that_is_not_taken(examine):
    found, status = examine(TITAN_API_KEY="titan_of_somebody_else")
    assert status == 1
    assert found["address"].startswith("ok")
    assert "does not take this key" in found["key"]


def test_a_key_that_ends_soon(examine, titan):
    titan.account_keys.create({"label": "for the bot", "lifetimeDays": 3, "scopes": ["*"]})
    found, _ = examine()
    assert "the key for the bot ends on" in found["key"]


def test_what_a_key_may_not_do(examine, titan, connected):
    scopes = ["sessions:read", "messages:write"]
    key = titan.account_keys.create({"label": "l", "lifetimeDays": 30, "scopes": scopes}).key
    found, status = examine(TITAN_API_KEY=key)
    assert status == 0
    assert found["scopes"].startswith("look: the key has sessions:read")
    assert "it lacks webhooks:manage" in found["scopes"]

    key = titan.account_keys.create({"label": "l", "lifetimeDays": 30, "scopes": ["messages:write"]}).key
    found, status = examine(TITAN_API_KEY=key)
    assert status == 1
    assert "lacks sessions:read" in found["scopes"]


def test_sessions_in_trouble_say_what_to_do(examine, sandbox, titan):
    assert "there are none" in examine()[0]["sessions"]
    for name in ("stopped", "lost", "banned", "out", "fine"):
        sandbox.connect(name)
    titan.sessions.create({"name": "waiting", "start": True})
    titan.sessions.stop("stopped")
    sandbox.disconnect("lost")
    sandbox.disconnect("banned", "TEMPORARY_BAN")
    sandbox.logout("out")
    found, status = examine()
    assert status == 1
    expected = {
        "stopped": "look: DISCONNECTED, MANUAL_STOP. it was stopped; titan pair stopped starts it",
        "lost": "wrong: DISCONNECTED, STREAM_ERROR",
        "banned": "wrong: DISCONNECTED, TEMPORARY_BAN",
        "out": "wrong: DISCONNECTED, LOGGED_OUT",
        "waiting": "wrong: CONNECTING, SCAN_QR",
        "fine": "ok: CONNECTED, no messages yet",
    }
    for name, says in expected.items():
        assert found[f"session {name}"].startswith(says)


def test_a_session_that_has_been_quiet_for_days_wants_a_look(examine):
    long_ago = (datetime.now(timezone.utc) - timedelta(days=5, hours=1)).isoformat()

    def answer(request):
        if request.target == "/api/sessions":
            return http_json({"data": [{"name": "silent", "status": "CONNECTED"}]})
        if request.target.endswith("/chats"):
            return http_json({"data": [{"id": FRIEND, "lastMessageAt": long_ago}]})
        return http_json({"data": []})

    with serving(answer) as server:
        found, status = examine(TITAN_BASE_URL=server.url)
    assert status == 0
    assert "no message for 5 days" in found["session silent"]


def test_webhooks_in_trouble_say_what_to_do(examine, titan):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with serving(lambda request: http(404)) as lost, serving(lambda request: http(500)) as broken:
        urls = [f"http://127.0.0.1:{port}/", lost.url, broken.url]
        ids = [titan.webhooks.create({"url": url}).id for url in urls]
        ids.append(titan.webhooks.create({"url": lost.url, "enabled": False}).id)
        ids.append(titan.webhooks.create({"url": lost.url, "label": "titan listen 12"}).id)
        found, status = examine()
    assert status == 1
    says = ("cannot be reached", "status 404", "status 500", "is disabled", "that of a titan listen")
    for webhook_id, words in zip(ids, says):
        assert words in found[f"webhook {webhook_id}"]


def test_an_address_on_this_machine_is_nothing_that_a_titan_elsewhere_reaches():
    from titan.cli.health import _webhook
    from titan.types_gen import Webhook

    check = _webhook(Webhook(id=1, url="http://localhost:8000/"), is_titan_local=False)
    assert (check.state, "cannot reach" in check.found) == ("wrong", True)


@pytest.mark.parametrize(
    ("titan", "is_local"),
    [
        ("http://localhost", True),
        ("https://LOCALHOST./api", True),
        ("http://127.0.0.1", True),
        ("http://127.0.0.2:8420", True),
        ("http://[::1]", True),
        ("http://[::1]:8420", True),
        ("https://titan.example.com", False),
        ("https://192.0.2.1:8420", False),
        ("https://localhost.example.com", False),
    ],
)
def test_a_titan_on_this_machine_is_known_by_its_address(titan, is_local):
    from titan.cli.health import _is_local

    assert _is_local(titan) is is_local


@pytest.fixture
def examine_answers(examine):
    """What it finds at a Titan with these sessions, webhooks and chats."""

    def look(sessions=(), webhooks=(), chats=(), **variables):
        answers = {"/api/sessions": sessions, "/api/webhooks": webhooks}

        def answer(request):
            is_chats = request.target.endswith("/chats")
            return http_json({"data": [*(chats if is_chats else answers.get(request.target, ()))]})

        with serving(answer) as server:
            return examine(TITAN_BASE_URL=server.url, **variables)

    return look


@pytest.mark.parametrize(
    "url",
    ["http://[bad/hidden", "http://127.0.0.1:1/hidden path", "http://127.0.0.1:1/hiddé", "hidden", None, 5],
)
def test_a_webhook_whose_address_is_none_is_told_of_without_its_path(examine_answers, url):
    found, status = examine_answers(webhooks=[{"id": 1, "url": url, "label": 9}])
    assert status == 1
    assert "is not in an http(s) address" in found["webhook 1"]
    assert "hidd" not in found["webhook 1"]


@pytest.mark.parametrize("name", ["a b", "", None, 5, "\x1b[2J"])
def test_a_name_that_no_session_can_have_ends_nothing(examine_answers, name):
    found, status = examine_answers(
        [{"name": name, "status": "CONNECTED"}, {"name": "b", "status": "CONNECTED"}]
    )
    assert (status, found["session b"]) == (0, "ok: CONNECTED, no messages yet. ")
    assert "webhooks" in found


@pytest.mark.parametrize(
    ("last", "says"),
    [
        ("0001-01-01T00:00:00Z", "ok: CONNECTED, no messages yet"),
        ("9999-12-31T23:59:59Z", "ok: CONNECTED, last"),
    ],
)
def test_a_time_at_the_ends_of_the_calendar_is_no_silence(examine_answers, last, says):
    found, _ = examine_answers(
        [{"name": "s", "status": "CONNECTED"}], chats=[{"id": FRIEND, "lastMessageAt": last}]
    )
    assert found["session s"].startswith(says)


def test_a_deprecation_is_told_of(examine, sandbox):
    sandbox.configure(sdk_deprecation="use version 9")
    found, status = examine()
    assert (status, "use version 9" in found["versions"]) == (0, True)


@pytest.mark.slow
def test_on_a_terminal_the_states_have_colours_unless_they_are_not_wanted(on_terminal, connected):
    looking = on_terminal("doctor", columns=150)
    assert looking.wait() == 0
    assert looking.screen.buffer[0][0].fg == "green"
    looking = on_terminal("doctor", columns=150, variables={"NO_COLOR": "1"})
    assert looking.wait() == 0
    assert looking.screen.buffer[0][0].fg == "default"
