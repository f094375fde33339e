"""The recipe for many messages: each is sent once, at a pace, whatever happens to the program."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
import types
from collections import Counter
from contextlib import closing

import pytest

from tests.support.examples import EXAMPLES, environment, run_example
from tests.support.loopback import http_json, serving


@pytest.fixture
def recipe(load):
    return load("many_messages")


def number(index):
    return f"+55 11 98{index:03}-8881"


@pytest.fixture
def write(tmp_path):
    """Write messages.csv with one line for each text."""

    def write(*texts, start="key,phone,text\n"):
        file = tmp_path / "messages.csv"
        lines = [f"key-{text},{number(index)},{text}\n" for index, text in enumerate(texts)]
        file.write_text(start + "".join(lines), encoding="utf-8")
        return file

    return write


def texts(titan):
    return [one["text"] for one in titan.messages]


def states(file):
    with closing(sqlite3.connect(file.with_suffix(".db"))) as database:
        rows = database.execute("SELECT key, state FROM messages")
        return {key.partition("-")[2]: state for key, state in rows}


def test_program_shows_itself_on_a_local_titan(tmp_path):
    done = run_example("many_messages", tmp_path)
    assert done.returncode == 0, done.stdout
    assert "2 refused, 5 sent, 1 unclear" in done.stdout
    assert done.stdout.endswith("Each message once: yes\n")
    assert [*tmp_path.iterdir()] == [], "nothing is left behind"


def test_program_sends_what_a_file_says_and_nothing_twice(titan, tmp_path, write):
    file = write("one", "two")
    settings = {"TITAN_BASE_URL": titan.base_url, "TITAN_API_KEY": titan.api_key}
    for _ in range(2):
        done = run_example("many_messages", tmp_path, str(file), "--per-minute", "6000", **settings)
        assert (done.returncode, done.stdout) == (0, "2 sent\n")
    assert texts(titan) == ["one", "two"]


def test_program_that_gets_a_file_and_no_titan_does_not_play_on_a_local_one(tmp_path, write):
    done = run_example("many_messages", tmp_path, str(write("one")))
    assert done.returncode == 1
    assert "TITAN_BASE_URL" in done.stdout


def test_program_that_is_killed_again_and_again_sends_each_message_once(recipe, titan, tmp_path, write):
    wanted = [f"text {index}" for index in range(40)]
    file = write(*wanted)
    command = [sys.executable, str(EXAMPLES / "many_messages.py"), str(file), "--per-minute", "6000"]
    variables = environment(TITAN_BASE_URL=titan.base_url, TITAN_API_KEY=titan.api_key)
    for goal in (3, 11, 20):
        with subprocess.Popen(command, env=variables, stdout=subprocess.DEVNULL) as process:
            deadline = time.monotonic() + 60
            while len(titan.messages) < goal:
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.001)
            process.kill()
    done = run_example("many_messages", tmp_path, *command[2:], **variables)
    ended = states(file)
    sent = Counter(texts(titan))
    assert {*sent.values()} == {1}
    assert {*ended} == {*wanted}
    assert {text for text, state in ended.items() if state == "sent"} <= {*sent}
    unclear = [text for text, state in ended.items() if state == "unclear"]
    assert len(unclear) <= 3, "at most the one that was under way each time"
    assert {*wanted} - {*sent} <= {*unclear}, "what was not sent is reported"
    assert done.returncode == (3 if unclear else 0)
    assert all(f"key-{text}: unclear: the program ended while it was sent" in done.stdout for text in unclear)


def test_message_under_way_when_the_program_is_killed_is_unclear_and_not_sent_again(
    recipe, titan, client, write
):
    file = write("one", "two")
    asked, over = threading.Event(), threading.Event()

    def answer(request):
        if request.target.endswith("/check"):
            return http_json({"data": [{"phoneNumber": number(0), "exists": True}]})
        asked.set()
        over.wait(60)
        return None

    command = [sys.executable, str(EXAMPLES / "many_messages.py"), str(file)]
    with serving(answer) as silent:
        variables = environment(TITAN_BASE_URL=silent.url, TITAN_API_KEY=titan.api_key)
        with subprocess.Popen(command, env=variables, stdout=subprocess.DEVNULL) as process:
            assert asked.wait(60)
            process.kill()
        over.set()
    assert recipe.run(client, file, 6000) == 3
    assert states(file) == {"one": "unclear", "two": "sent"}
    assert texts(titan) == ["two"]


def test_number_is_resolved_before_the_message_is_sent(recipe, titan, client, write):
    titan.add_contact("default", number(0), "Ana", jid="551188887777@s.whatsapp.net")
    assert recipe.run(client, write("one"), 6000) == 0
    assert [one["chatId"] for one in titan.messages] == ["551188887777@s.whatsapp.net"]


def test_unclear_message_is_not_sent_again_until_somebody_says_so(recipe, titan, client, write, capsys):
    file = write("one", "two")
    titan.fail("messages.send", cut="after")
    assert [recipe.run(client, file, 6000), recipe.run(client, file, 6000)] == [3, 3]
    assert capsys.readouterr().out.count("key-one: unclear: ") == 2
    assert texts(titan) == ["one", "two"]
    assert recipe.run(client, file, 6000, ["key-one"]) == 0
    assert texts(titan) == ["one", "two", "one"]


def test_refused_message_is_sent_once_its_line_is_right(recipe, titan, client, write):
    file = write("one")
    good = file.read_text(encoding="utf-8")
    file.write_text(good.replace(number(0), "+55 11 90000-0000"), encoding="utf-8")
    assert recipe.run(client, file, 6000) == 0
    assert states(file) == {"one": "refused"}
    file.write_text(good, encoding="utf-8")
    assert recipe.run(client, file, 6000, ["key-one"]) == 0
    assert texts(titan) == ["one"]


def test_line_that_was_taken_out_is_not_sent_and_one_that_was_changed_is_as_it_is_now(
    recipe, titan, client, write
):
    file = write("one", "two", "three")
    titan.fail("messages.send", status=401)
    assert recipe.run(client, file, 6000) == 1
    written = file.read_text(encoding="utf-8").splitlines(keepends=True)
    written[3] = written[3].replace(",three", ",three in other words")
    file.write_text("".join([written[0], *written[2:]]), encoding="utf-8")
    assert recipe.run(client, file, 6000) == 0
    assert texts(titan) == ["two", "three in other words"]


@pytest.mark.parametrize("pace", ["0", "-1", "nan", "x"])
def test_pace_that_is_none_is_refused(titan, tmp_path, write, pace):
    settings = {"TITAN_BASE_URL": titan.base_url, "TITAN_API_KEY": titan.api_key}
    done = run_example("many_messages", tmp_path, str(write("one")), f"--per-minute={pace}", **settings)
    assert done.returncode == 2
    assert titan.messages == []


@pytest.mark.parametrize(
    ("trouble", "over"),
    [
        pytest.param(lambda titan: titan.disconnect("default"), None, id="offline"),
        pytest.param(lambda titan: titan.ban("default"), None, id="banned"),
        pytest.param(
            lambda titan: titan.restrict("default"),
            lambda titan: titan.restrict("default", 0),
            id="restricted",
        ),
        pytest.param(lambda titan: titan.fail("messages.send", status=401), None, id="a wrong key"),
        pytest.param(lambda titan: titan.fail("contacts.check", cut="after"), None, id="nothing was claimed"),
    ],
)
def test_run_stops_where_others_would_fail_too_and_goes_on_later(
    recipe, titan, client, write, capsys, trouble, over
):
    file = write("one", "two")
    trouble(titan)
    assert recipe.run(client, file, 6000) == 1
    assert "2 waiting\nStopped: " in capsys.readouterr().out
    titan.connect("default")
    if over is not None:
        over(titan)
    assert recipe.run(client, file, 6000) == 0
    assert texts(titan) == ["one", "two"]


def test_run_stops_after_three_unclear_messages_in_a_row(recipe, titan, client, write):
    file = write("one", "two", "three", "four", "five", "six")
    titan.fail("messages.send", times=2, status=500)
    titan.fail("messages.send", unknown_fields=True)
    titan.fail("messages.send", times=3, status=500)
    assert recipe.run(client, file, 6000) == 1
    assert texts(titan) == ["three"]
    assert [*states(file).values()] == ["unclear", "unclear", "sent", *["unclear"] * 3]


def test_rate_limit_is_waited_for(recipe, titan, client, write, monkeypatch):
    slept = []
    monkeypatch.setattr(recipe, "time", types.SimpleNamespace(sleep=slept.append, time=time.time))
    titan.fail("messages.send", status=429, retry_after=17)
    titan.fail("contacts.check", status=429)
    assert recipe.run(client, write("one"), 6000) == 0
    assert [one for one in slept if one > 1] == [60, 17]
    assert texts(titan) == ["one"]


def test_messages_keep_their_pace_across_runs(recipe, titan, client, write, monkeypatch):
    now = [1000.0]

    def sleep(seconds):
        now[0] += seconds

    monkeypatch.setattr(recipe, "time", types.SimpleNamespace(sleep=sleep, time=lambda: now[0]))
    recipe.run(client, write("one", "two", "three"), 20)
    assert now == [1006.0]
    recipe.run(client, write("one", "two", "three", "four"), 20)
    assert now == [1009.0]
    now[0] -= 1000
    recipe.run(client, write("one", "two", "three", "four", "five"), 20)
    assert now == [12.0], "a clock that was set back holds nothing up"


def test_second_run_at_the_same_time_is_refused(recipe, titan, client, write):
    file = write("one")
    with closing(sqlite3.connect(file.with_suffix(".db"), isolation_level=None)) as database:
        recipe.Journal(database)
        with pytest.raises(SystemExit, match="used by another run"):
            recipe.run(client, file, 6000)
    assert recipe.run(client, file, 6000) == 0


def test_file_of_a_spreadsheet_is_read(recipe, titan, client, write):
    assert recipe.run(client, write("one", start="\ufeffkey,phone,text\n"), 6000) == 0
    assert texts(titan) == ["one"]


@pytest.mark.parametrize(
    ("start", "problem"),
    [
        ("id,phone,text\n", "must begin with"),
        ("", "must begin with"),
        (f"key,phone,text\nkey-one,{number(5)},another text\n", "key-one"),
        (f"key,phone,text\n,{number(5)},no key\n", "key of its own"),
    ],
)
def test_file_that_cannot_be_meant_is_refused_before_anything_is_sent(
    recipe, titan, client, write, start, problem
):
    with pytest.raises(SystemExit, match=problem):
        recipe.run(client, write("one", "two", start=start), 6000)
    assert titan.messages == []


def test_session_that_cannot_be_one_stops_the_program_and_refuses_no_message(
    recipe, titan, client, write, monkeypatch, capsys
):
    file = write("one", "two")
    monkeypatch.setattr(recipe, "SESSION", "my session")
    assert recipe.run(client, file, 6000) == 1
    assert "a session name is" in capsys.readouterr().out
    assert states(file) == {"one": "waiting", "two": "waiting"}
    monkeypatch.undo()
    assert recipe.run(client, file, 6000) == 0
    assert texts(titan) == ["one", "two"]


@pytest.mark.parametrize("phone", ["", "Ana", "11 98888-7777", "5511988887777@g.us"])
def test_line_without_a_phone_number_is_refused_and_the_others_are_sent(recipe, titan, client, write, phone):
    file = write("one", "two")
    file.write_text(file.read_text(encoding="utf-8").replace(number(0), phone), encoding="utf-8")
    assert recipe.run(client, file, 6000) == 0
    assert states(file) == {"one": "refused", "two": "sent"}


def test_chat_id_that_whatsapp_gave_is_as_good_as_a_number(recipe, titan, client, write):
    file = write("one")
    file.write_text(
        file.read_text(encoding="utf-8").replace(number(0), " 123456789012345@lid"), encoding="utf-8"
    )
    recipe.run(client, file, 6000)
    assert states(file) != {"one": "waiting"}
