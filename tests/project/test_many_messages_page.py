"""The program of docs/guides/many-messages.md sends nothing twice, whatever happens to it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import Counter

import pytest

from tests.support.documents import blocks_of
from tests.support.project import ROOT
from tests.support.sandbox import wait_until
from titan import TitanClient

PROGRAM = next(
    block.code for block in blocks_of("docs/guides/many-messages.md") if block.language == "python"
)
NUMBERS = [f"+55 11 99999-{number:04}" for number in range(1, 7)]
FAST = 60_000  # messages a minute


@pytest.fixture
def client(sandbox):
    sandbox.connect("default")
    with TitanClient(sandbox.base_url, sandbox.api_key, max_retries=0) as client:
        yield client


@pytest.fixture
def program():
    names = {"__name__": "many_messages"}
    exec(compile(PROGRAM, "many-messages.md", "exec"), names)
    return names


@pytest.fixture
def journal(program, tmp_path):
    journal = program["Journal"](str(tmp_path / "messages.db"))
    journal.add("news", {number: f"Hello {number}" for number in NUMBERS})
    return journal


@pytest.fixture
def run(program, journal, client):
    def run():
        try:
            program["run"](client, journal, "news", per_minute=FAST)
        except program["Stopped"] as stopped:
            return str(stopped)
        return None

    return run


def received(sandbox):
    """How often each text was sent."""
    return Counter(message["text"] for message in sandbox.messages)


def test_each_gets_one_message_however_often_it_runs(sandbox, journal, run):
    assert run() is run() is None
    assert journal.count("news") == {"sent": 6}
    assert received(sandbox) == Counter(f"Hello {number}" for number in NUMBERS)


def test_what_surely_was_not_sent_is_sent_later_and_what_is_unclear_is_not(sandbox, journal, run):
    sandbox.fail("messages.send", cut="after")
    sandbox.fail("messages.send", status=429, retry_after=1)
    sandbox.fail("messages.send", status=502)
    assert run() is run() is None
    assert journal.count("news") == {"sent": 4, "unclear": 2}
    assert set(received(sandbox).values()) == {1}
    assert len(received(sandbox)) == 5  # the one whose answer was lost among them


def test_it_stops_where_whatsapp_objects_and_goes_on_when_that_is_over(sandbox, journal, run):
    sandbox.restrict("default", 3600)
    assert "463" in run()
    sandbox.ban("default", 3600)
    assert "not connected" in run()
    assert journal.count("news") == {"due": 6}
    assert sandbox.messages == []
    sandbox.advance(3601)
    sandbox.connect("default")
    assert run() is None
    assert journal.count("news") == {"sent": 6}


def test_a_message_that_was_on_its_way_when_the_program_was_killed_is_not_sent_again(
    sandbox, journal, run, tmp_path
):
    path = tmp_path / "program.py"
    path.write_text(
        f"{PROGRAM}\nwith TitanClient() as client:\n"
        f"    run(client, Journal({journal.path!r}), 'news', per_minute={FAST})\n",
        encoding="utf-8",
    )
    sandbox.fail("messages.send", delay=1)
    variables = {"TITAN_BASE_URL": sandbox.base_url, "TITAN_API_KEY": sandbox.api_key}
    environment = {**os.environ, **variables, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, str(path)], env=environment) as process:
        wait_until(lambda: "sending" in journal.count("news"))
        process.kill()
    assert run() is None
    assert journal.count("news") == {"sent": 5, "unclear": 1}
    assert set(received(sandbox).values()) == {1}


def test_two_that_run_side_by_side_send_nothing_twice(sandbox, run):
    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(received(sandbox).values()) == {1}
