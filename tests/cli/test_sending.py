"""`titan send`: to whom, what, and what it says when nobody knows whether it was sent."""

from __future__ import annotations

import json
import os
import signal
import threading

import pytest

from tests.support.loopback import http_json, serving
from tests.support.sandbox import FRIEND, GROUP, JPEG

NUMBER = "+55 11 99999-9999"


@pytest.mark.parametrize(
    ("to", "options", "chat_id"),
    [
        (NUMBER, (), FRIEND),
        ("11 99999-9999", ("--country", "55"), FRIEND),
        (FRIEND, (), FRIEND),
        ("5511999999999:12@s.whatsapp.net", (), FRIEND),
        ("status@broadcast", (), "status@broadcast"),
    ],
)
def test_a_message_goes_to_a_number_as_people_write_it_and_to_a_chat_id(
    run, sandbox, connected, to, options, chat_id
):
    done = run("send", connected, to, "Hello", *options)
    message = sandbox.messages[-1]
    assert (message["chatId"], message["text"]) == (chat_id, "Hello")
    assert done == (0, f"The message {message['id']} is sent\n", "")


@pytest.mark.parametrize("to", ["11 99999-9999", "5511999999999", "Ana", ""])
def test_what_does_not_say_its_country_or_is_no_number_is_refused_with_a_hint(run, sandbox, connected, to):
    done = run("send", connected, to, "Hello")
    assert done.status == 2
    assert not sandbox.messages
    assert "999999" not in done.err
    if to[:1].isdigit():
        assert "or give --country CODE" in done.err
    assert done.err.endswith("See: titan send --help\n")


def test_a_text_can_come_from_a_pipe(run, sandbox, connected):
    assert run("send", connected, NUMBER, "-", stdin="Olá\nto you\n".encode()).status == 0
    assert sandbox.messages[-1]["text"] == "Olá\nto you"


def test_a_text_that_is_not_utf8_is_refused(run, sandbox, connected):
    assert run("send", connected, NUMBER, "-", stdin=b"Ol\xe1").status == 2
    assert not sandbox.messages


def test_the_result_as_json_is_what_to_dict_gives(run, sandbox, connected):
    done = run("send", connected, NUMBER, "Hello", "--json")
    shown = json.loads(done.out)
    assert shown["id"] == sandbox.messages[-1]["id"]
    assert (shown["type"], shown["text"], shown["session"]) == ("text", "Hello", connected)


def test_a_file_goes_with_its_text_below_it(run, sandbox, connected, tmp_path):
    picture = tmp_path / "cat.jpg"
    picture.write_bytes(JPEG)
    assert run("send", connected, NUMBER, "A cat", "--file", str(picture)).status == 0
    assert sandbox.messages[-1]["type"] == "image"
    assert [one["text"] for one in sandbox.chat(connected, FRIEND)["messages"]] == ["A cat"]
    assert run("send", connected, NUMBER, "--file", str(picture)).status == 0
    assert len(sandbox.messages) == 2


def test_a_file_that_is_missing_and_nothing_to_send_are_wrong_usage(run, connected, tmp_path):
    done = run("send", connected, NUMBER, "--file", str(tmp_path / "none.pdf"))
    assert (done.status, "does not exist" in done.err) == (2, True)
    done = run("send", connected, NUMBER)
    assert (done.status, "--file" in done.err) == (2, True)


@pytest.mark.slow
def test_a_file_shows_its_progress_on_a_terminal(on_terminal, sandbox, connected, tmp_path):
    film = tmp_path / "film.mp4"
    film.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(9_000_000))
    sending = on_terminal("send", connected, NUMBER, "--file", str(film))
    assert sending.wait() == 0
    assert "9.0/9.0 MB" in sending.text
    assert sending.text.count("Sending") == 1
    assert sending.lines[sending.lines.index("") - 1].endswith("is sent")
    # It was drawn more than once, over what was there.
    assert sending.raw.count(b"Sending") > 1


@pytest.mark.parametrize("fault", [{"cut": "after"}, {"status": 502}, {"body": "truncated"}])
def test_an_unclear_outcome_has_a_status_of_its_own_and_says_where_to_look(run, sandbox, connected, fault):
    sandbox.fail("messages.send", **fault)
    done = run("send", connected, NUMBER, "Hello", "--json")
    assert done.status == 3
    assert done.out == ""
    assert "The message may have been sent" in done.err
    assert "look at the chat" in done.err
    assert len(done.err.splitlines()) == 2
    assert len(sandbox.messages) == (0 if "status" in fault else 1)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"status": 401}, "titan doctor"),
        ({"status": 403}, "lacks a scope"),
        ({"status": 400}, "(400 to POST"),
    ],
)
def test_what_was_surely_not_sent_is_a_failure(run, sandbox, connected, fault, says):
    sandbox.fail("messages.send", **fault)
    done = run("send", connected, NUMBER, "Hello")
    assert (done.status, done.out) == (1, "")
    assert says in done.err
    assert not sandbox.messages


def test_a_session_that_is_not_there_or_not_connected_says_what_to_do(run, sandbox, titan):
    done = run("send", "nobody", NUMBER, "Hello")
    assert (done.status, "titan sessions" in done.err) == (1, True)
    titan.sessions.create({"name": "new"})
    done = run("send", "new", NUMBER, "Hello")
    assert (done.status, "titan pair NAME" in done.err) == (1, True)


def test_a_titan_that_is_not_there_is_a_failure_and_no_riddle(run):
    done = run("send", "default", NUMBER, "Hello", TITAN_BASE_URL="http://127.0.0.1:9")
    assert done.status == 1
    assert "Is TITAN_BASE_URL right" in done.err


@pytest.mark.slow
@pytest.mark.parametrize(("keys", "number", "status"), [("\x03", None, 130), (None, signal.SIGTERM, 143)])
def test_an_interrupted_send_says_that_it_may_have_been_sent(on_terminal, keys, number, status):
    received, is_over = threading.Event(), threading.Event()

    def hold(request):
        received.set()
        is_over.wait(60)

    with serving(hold) as server:
        sending = on_terminal("send", "s", NUMBER, "Hello", variables={"TITAN_BASE_URL": server.url})
        assert received.wait(30)
        if keys:
            sending.type(keys)
        else:
            os.kill(sending.process.pid, number)
        assert sending.wait() == status
        is_over.set()
    assert "interrupted. The message may have been sent" in " ".join(sending.lines)


def test_a_message_that_was_sent_is_not_called_failed_since_nobody_reads_the_line(
    on_terminal, sandbox, connected
):
    reader, writer = os.pipe()
    os.close(reader)
    sending = on_terminal("send", connected, NUMBER, "Hello", output=writer)
    os.close(writer)
    assert sending.wait() == 0
    assert len(sandbox.messages) == 1
    assert sending.text == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="NOT TESTED: this system has no /dev/full")
def test_a_message_that_was_sent_is_not_called_failed_since_the_disk_is_full(on_terminal, sandbox, connected):
    with open("/dev/full", "wb") as full:
        sending = on_terminal("send", connected, NUMBER, "Hello", output=full.fileno(), columns=200)
        assert sending.wait() == 0
    assert len(sandbox.messages) == 1
    assert sending.text.startswith("titan: the message was sent, but its id could not be written: No space")


def test_a_group_that_the_account_is_not_in_is_the_servers_to_refuse(run, sandbox, connected):
    done = run("send", connected, GROUP, "Hello")
    assert done.status == 1
    assert "titan: " in done.err


def test_what_the_server_says_cannot_move_the_cursor(run):
    answer = {"data": {"id": "m\x1b[2J\x9b1m1", "status": "sent\x07\r\n"}}
    with serving(lambda request: http_json(answer)) as server:
        done = run("send", "default", NUMBER, "Hello", TITAN_BASE_URL=server.url)
    assert done.status == 0
    assert done.out.rstrip("\n").isprintable()
