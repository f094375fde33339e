"""`titan sessions`, `chats`, `check` and `token`: tables for people, lines for pipes, JSON for programs."""

from __future__ import annotations

import json
import time

import pytest

from tests.support.loopback import http, http_json, serving
from tests.support.sandbox import FRIEND

NUMBER = "+55 11 99999-9999"
NOBODY = "+5511999990000"
"""In the local Titan, a number that ends so is not on WhatsApp."""


@pytest.fixture
def filled(sandbox, connected, titan):
    """A connected session with two chats, and one that waits to be paired."""
    titan.sessions.create({"name": "waiting", "start": True})
    sandbox.receive(connected, "Hi", sender=FRIEND, push_name="Ana \x1b[31m♥")
    sandbox.receive(connected, "Hello", sender="+5511977776666", push_name="Carla")
    return connected


def test_json_is_what_to_dict_gives(run, titan, filled):
    for arguments, items in (
        (("sessions",), titan.sessions.list()),
        (("chats", filled), titan.chats.list(filled)),
        (("check", NUMBER), titan.contacts.check(filled, {"phoneNumbers": ["+5511999999999"]})),
    ):
        done = run(*arguments, "--json")
        assert done.status == 0
        assert done.out.isascii()
        assert json.loads(done.out) == [item.to_dict() for item in items]


def test_in_a_pipe_each_row_is_a_line_with_tabs_and_without_control_characters(run, filled):
    rows = [line.split("\t") for line in run("sessions").out.splitlines()]
    assert sorted(row[:2] for row in rows) == [["my-session", "CONNECTED"], ["waiting", "CONNECTING"]]
    chats = run("chats", filled).out
    assert FRIEND in chats
    assert "\x1b" not in chats
    assert "Ana" in chats


@pytest.mark.slow
def test_on_a_terminal_they_are_tables_that_fit_into_it(on_terminal, filled):
    listing = on_terminal("chats", filled, columns=80)
    assert listing.wait() == 0
    assert listing.lines[0].split() == ["ID", "NAME", "UNREAD", "LAST", "MESSAGE"]
    assert FRIEND in listing.text
    assert "♥" in listing.text
    narrow = on_terminal("sessions", columns=30)
    assert narrow.wait() == 0
    assert max(map(len, narrow.lines)) <= 30


@pytest.mark.slow
def test_a_terminal_without_unicode_gets_question_marks_and_no_error(on_terminal, filled):
    variables = {"PYTHONIOENCODING": "ascii", "NO_COLOR": "1"}
    listing = on_terminal("chats", filled, variables=variables)
    assert listing.wait() == 0
    assert listing.raw.isascii()
    assert "Ana" in listing.text


@pytest.mark.parametrize("data", [["text", 1, None, []], [{"id": 5, "name": ["x"], "lastMessageAt": "soon"}]])
def test_whatever_a_server_lists_is_written(run, data):
    with serving(lambda request: http_json({"data": data})) as server:
        for command in (("sessions",), ("chats", "s"), ("check", NUMBER, "--session", "s")):
            done = run(*command, TITAN_BASE_URL=server.url)
            assert (done.status, len(done.out.splitlines())) == (0, len(data))
            assert json.loads(run(*command, "--json", TITAN_BASE_URL=server.url).out) == data


def test_nothing_to_list_is_said_and_is_no_failure(run, sandbox):
    done = run("sessions")
    assert (done.status, done.out) == (0, "")
    assert "titan pair" in done.err
    assert run("sessions", "--json").out == "[]\n"
    sandbox.connect("new")
    assert run("chats", "new") == (0, "", "There are no chats.\n")


def test_numbers_are_checked_with_the_only_session_that_is_connected(run, sandbox, connected):
    done = run("check", NUMBER, "202 555 0100", NOBODY, "--country", "1")
    assert done.status == 0
    assert [line.split("\t")[:2] for line in done.out.splitlines()] == [
        ["+5511999999999", "yes"],
        ["+12025550100", "yes"],
        [NOBODY, "no"],
    ]
    assert FRIEND in done.out


def test_with_several_sessions_one_has_to_be_named(run, sandbox, connected):
    sandbox.connect("other")
    done = run("check", NUMBER)
    assert done.status == 2
    assert "my-session, other; name one with --session" in done.err
    assert run("check", NUMBER, "--session", "other").status == 0


def test_without_a_connected_session_nothing_is_checked(run, sandbox):
    done = run("check", NUMBER)
    assert (done.status, "no session is connected" in done.err) == (2, True)


def test_a_number_is_refused_before_anything_is_asked(run, connected):
    done = run("check", NUMBER, "97777")
    assert (done.status, done.out) == (2, "")


def test_a_token_is_all_that_stdout_gets_and_missing_rules_are_told(run, titan, connected):
    done = run("token", connected, "user-1", "--ttl", "60")
    assert done.status == 0
    assert done.out.startswith("titan_ct_")
    assert done.out.count("\n") == 1
    assert "no rules, so this token may do nothing" in done.err
    assert done.out.strip() not in done.err

    titan.client_tokens.set_rules(connected, {"recipientMode": "conversation", "enabled": False})
    done = run("token", connected, "user-1")
    assert "are disabled" in done.err
    assert "allow no actions" in done.err

    rules = {"recipientMode": "conversation", "allowedActions": "send_message"}
    titan.client_tokens.set_rules(connected, rules)
    done = run("token", connected, "user-1", "--json")
    assert done.err == ""
    assert json.loads(done.out).keys() == {"token", "expiresAt", "session", "ephemeralId"}


def test_a_token_that_may_have_been_minted_is_unclear(run, sandbox, connected):
    sandbox.fail("client_tokens.mint", cut="after")
    done = run("token", connected, "user-1")
    assert (done.status, done.out) == (3, "")


@pytest.fixture(params=["UTC", "America/Sao_Paulo", "Asia/Tokyo"])
def time_zone(request, monkeypatch):
    if not hasattr(time, "tzset"):
        pytest.skip("NOT TESTED: the time zone of a process cannot be changed here")
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        ("0001-01-01T00:00:00Z", ("",)),
        ("9999-12-31T23:59:59Z", ("9999-12-31",)),
        ("soon", ("soon",)),
        (None, ("",)),
    ],
)
def test_a_time_that_has_no_place_on_the_clock_here_ends_nothing(run, time_zone, moment, shown):
    chat = {"id": FRIEND, "name": "Ana", "lastMessageAt": moment}
    token = {"token": "titan_ct_of_a_test", "expiresAt": moment}
    with serving(lambda request: http_json({"data": [chat]})) as server:
        done = run("chats", "s", TITAN_BASE_URL=server.url)
    assert (done.status, done.err) == (0, "")
    assert done.out.rstrip("\n").split("\t")[3].startswith(shown)
    with serving(lambda request: http_json({"data": token})) as server:
        done = run("token", "s", "user-1", TITAN_BASE_URL=server.url)
    assert (done.status, done.out) == (0, "titan_ct_of_a_test\n")
    assert ("It works until" in done.err) is bool(shown[0])


def test_an_answer_without_a_token_is_no_success(run):
    with serving(lambda request: http_json({"data": {"session": "s"}})) as server:
        done = run("token", "s", "user-1", TITAN_BASE_URL=server.url)
    assert (done.status, done.out) == (1, "")
    assert "without a token" in done.err


@pytest.mark.parametrize("status", [301, 401, 403, 404, 409])
def test_a_refusal_that_is_not_titans_leads_to_the_address(run, status):
    with serving(lambda request: http(status, b"<html>Nothing here</html>")) as server:
        done = run("sessions", TITAN_BASE_URL=server.url)
    assert (done.status, done.out) == (1, "")
    assert "is TITAN_BASE_URL right? See: titan doctor" in done.err.splitlines()[1]
