"""`titan outbox`: what a person sees and decides, on real journals; nothing private unless it is wanted."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.support.documents import assert_printed, blocks_of
from tests.support.outbox import Setup, answer, claim, move, person, text
from tests.support.project import ROOT
from titan import TitanClient
from titan._distribution import install_hint
from titan.cli.commands import outbox as commands
from titan.cli.journal import opening, showing
from titan.outbox import STATUSES, OutboxMessage
from titan.outbox.opened import OpenedJournal

# It depends little on Python, and writes to a disk; tests/outbox runs with the lowest versions too.
pytestmark = pytest.mark.once

NUMBER = "5511988123404"
WHY = "the server closed the connection before it answered, and nobody knows what it did with the request"


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/outbox.db"


@pytest.fixture
def setup(sandbox, url):
    """The session `shop` of a local Titan, and outboxes on one journal."""
    sandbox.configure(delivered_after=None, read_after=None)
    sandbox.connect("shop")
    with TitanClient(sandbox.base_url, sandbox.api_key) as client, Setup(sandbox, client, url) as setup:
        yield setup


@pytest.fixture
def outbox(setup):
    return setup.outbox(resolve=False)


@pytest.fixture
def titan_outbox(run, url):
    """Run a command of `titan outbox` on the journal."""
    return lambda *arguments, **more: run("outbox", *arguments, **{"TITAN_OUTBOX_URL": url, **more})


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(opening, "_SECONDS_OF_PATIENCE", 0.2)


def put(outbox, key, kind="sent", **details):
    """Add a message of which this came."""
    outbox.add(key, "shop", text("a private text", person(3)))
    (claimed,) = claim(outbox)
    answer(outbox, claimed, kind, **details)


@pytest.fixture
def filled(outbox):
    """One message that was sent, one that failed, two that are unclear, and one that waits."""
    put(outbox, "sent-1", message_id="m1")
    put(outbox, "failed-1", "failed", reason="this phone number is not on WhatsApp")
    put(outbox, f"order {NUMBER}", "unclear", reason=WHY)
    put(outbox, "unclear-2", "unclear", reason=WHY)
    outbox.add("queued-1", "shop", text("a private text", person(3)))
    return outbox


def test_its_statuses_and_fields_are_those_of_the_outbox(filled):
    assert commands.STATUSES == STATUSES
    assert sorted(showing.FIELDS) == sorted(OutboxMessage.__slots__)
    assert filled.get("sent-1").to_dict().keys() == set(showing.FIELDS)


# --- looking


def test_counts_and_paused_sessions(titan_outbox, filled):
    filled.pause("shop")
    done = titan_outbox("counts")
    assert (done.status, done.err) == (0, "")
    rows = [line.split("\t") for line in done.out.splitlines()]
    expected = {"queued": 1, "sending": 0, "sent": 1, "delivered": 0, "read": 0, "failed": 1, "unclear": 2}
    assert rows == [*([name, str(count)] for name, count in expected.items()), ["paused", "shop", "PERSON"]]
    found = json.loads(titan_outbox("counts", "--json").out)
    assert found == {"counts": expected, "paused": {"shop": "PERSON"}}
    other = json.loads(titan_outbox("counts", "--session", "other", "--json").out)
    assert other == {"counts": dict.fromkeys(STATUSES, 0), "paused": {}}


def test_without_a_status_what_wants_a_look_is_listed_with_its_reason(titan_outbox, filled):
    done = titan_outbox("list")
    assert done.status == 0
    rows = [line.split("\t") for line in done.out.splitlines()]
    assert [(row[0], row[1], row[2], row[5]) for row in rows] == [
        ("failed-1", "shop", "failed", "this phone number is not on WhatsApp"),
        ("order …", "shop", "unclear", WHY),
        ("unclear-2", "shop", "unclear", WHY),
    ]
    assert "--reveal" in done.err
    assert "titan outbox settle KEY" in done.err


def test_statuses_and_a_session_choose_what_is_listed(titan_outbox, filled):
    keys = [line.split("\t")[0] for line in titan_outbox("list", "queued", "sent").out.splitlines()]
    assert keys == ["sent-1", "queued-1"]
    assert titan_outbox("list", "sent", "--session", "other") == (0, "", "No message is sent.\n")
    assert titan_outbox("list", "--session", "other").err == "No message is failed or unclear.\n"
    assert titan_outbox("list", "read", "--json") == (0, "[]\n", "")


def test_json_has_what_to_dict_gives(titan_outbox, filled):
    done = titan_outbox("list", "--json", "--reveal")
    assert (done.status, done.err) == (0, "")
    expected = [filled.get(key).to_dict() for key in ("failed-1", f"order {NUMBER}", "unclear-2")]
    found = json.loads(done.out)
    assert found == [
        {**one, "created_at": found[place]["created_at"], "updated_at": found[place]["updated_at"]}
        for place, one in enumerate(expected)
    ]
    moment = expected[0]["created_at"].strftime("%Y-%m-%dT%H:%M:%S.")
    assert found[0]["created_at"].startswith(moment)
    assert found[0]["created_at"].endswith("Z")
    assert json.loads(titan_outbox("show", "failed-1", "--json", "--reveal").out) == found[0]


def test_one_message_is_shown_whole(titan_outbox, filled):
    done = titan_outbox("show", "unclear-2")
    rows = dict(line.split("\t") for line in done.out.splitlines())
    assert rows["reason"] == WHY
    assert rows["chat_id"] == "…@s.whatsapp.net"
    assert rows["attempts"] == "1"
    assert "due_at" not in rows
    assert "titan outbox settle KEY" in done.err
    assert (
        dict(line.split("\t") for line in titan_outbox("show", "sent-1").out.splitlines())["message_id"]
        == "m1"
    )


COMMANDS_THAT_SHOW = [
    ("list",),
    ("list", "--json"),
    ("show", f"order {NUMBER}"),
    ("show", f"order {NUMBER}", "--json"),
    ("csv",),
]


@pytest.mark.parametrize("command", COMMANDS_THAT_SHOW, ids=" ".join)
def test_numbers_are_masked_until_they_are_wanted(titan_outbox, filled, command):
    masked = titan_outbox(*command)
    assert NUMBER not in masked.out + masked.err
    assert "…" in masked.out or "\\u2026" in masked.out
    revealed = titan_outbox(*command, "--reveal")
    assert NUMBER in revealed.out
    assert revealed.status == masked.status == 0
    assert "--reveal" not in revealed.err


def test_a_number_in_the_id_of_a_message_is_masked_and_the_digits_of_the_id_are_not(titan_outbox, outbox):
    put(outbox, "a", message_id=f"true_{NUMBER}@c.us_3EB0")
    put(outbox, "b", message_id="3EB01234567890AB")
    shown = titan_outbox("list", "sent", "--json").out
    assert NUMBER not in shown
    assert "3EB01234567890AB" in shown


@pytest.mark.slow
def test_on_a_terminal_tables_fit_and_a_reason_stands_once_above_its_messages(on_terminal, filled, url):
    variables = {"TITAN_OUTBOX_URL": url}
    listing = on_terminal("outbox", "list", "--reveal", columns=80, variables=variables)
    assert listing.wait() == 0
    shown = " ".join(listing.text.split())
    assert shown.count(WHY) == 1
    place = listing.lines.index(next(line for line in listing.lines if line.startswith("order")))
    assert listing.lines[place - 1].split() == ["KEY", "SESSION", "CHANGED", "CHAT"]
    assert listing.lines[place].split()[:3] == ["order", NUMBER, "shop"]
    assert listing.lines[place].endswith(f"+{NUMBER}")
    assert listing.lines[place + 1].startswith("unclear-2")
    masked = on_terminal("outbox", "list", columns=80, variables=variables)
    assert masked.wait() == 0
    assert "CHAT" not in masked.text
    filled.pause("shop")
    counts = on_terminal("outbox", "counts", columns=80, variables=variables)
    assert counts.wait() == 0
    assert ["shop", "PERSON", "a", "person", "paused", "it"] in [line.split() for line in counts.lines]


@pytest.mark.slow
def test_the_list_looks_as_the_guide_shows_it(on_terminal, setup, outbox, url):
    setup.sandbox.connect("default")
    setup.sandbox.fail("messages.send", times=2, cut="after")
    for key in ("invoice-4715", "invoice-4716"):
        outbox.add(key, "default", text("Your invoice"))
    outbox.run()
    listing = on_terminal("outbox", "list", columns=80, variables={"TITAN_OUTBOX_URL": url})
    assert listing.wait() == 0
    shown = [block for block in blocks_of("docs/guides/outbox.md") if block.language == "text"]
    assert_printed(re.sub(r"\b20\d\d-", "2026-", listing.text), shown[0])


@pytest.mark.slow
def test_escape_codes_reach_no_terminal(on_terminal, titan_outbox, outbox, url):
    key = "a\x1b[31mred\x07\x9b2J\r\n\tb"
    put(outbox, key, "unclear", reason="why\x1b]0;title\x07")
    commands = [("list",), ("list", "unclear", "--reveal"), ("show", key), ("csv",), ("list", "--json")]
    for command in commands:
        listing = on_terminal("outbox", *command, variables={"TITAN_OUTBOX_URL": url})
        assert listing.wait() == 0
        assert not any(code in listing.raw for code in (b"\x1b[31m", b"\x07", b"\xc2\x9b", b"\x1b]0"))
        assert "a" in listing.text
    assert "\x1b" not in titan_outbox("csv").out
    assert json.loads(titan_outbox("list", "--json").out)[0]["key"] == key
    assert titan_outbox("settle", key, "--sent").status == 0


# --- deciding


def test_settled_as_sent_it_is_sent(titan_outbox, filled):
    done = titan_outbox("settle", "unclear-2", "--sent", "--id", "m7")
    assert done == (0, "It is sent now. It will not be sent again.\n", "")
    message = filled.get("unclear-2")
    assert (message.status, message.settled_by, message.message_id) == ("sent", "person", "m7")


def test_settled_as_not_sent_it_is_queued_and_sent_by_the_next_run(setup, titan_outbox, filled):
    done = titan_outbox("settle", "unclear-2", "--not-sent")
    assert (done.status, done.err) == (0, "")
    assert "queued again, and will be sent" in done.out
    assert filled.get("unclear-2").status == "queued"
    filled.pause("shop")
    paused = titan_outbox("settle", f"order {NUMBER}", "--not-sent")
    assert "The session shop is paused (PERSON)" in paused.err
    filled.resume("shop")
    filled.run()
    assert len(setup.texts) == 3


@pytest.mark.parametrize(
    "arguments",
    [(), ("--sent", "--not-sent"), ("--not-sent", "--id", "m7"), ("--sent", "--id", " "), ("--id", "m7")],
)
def test_settling_wants_one_answer(titan_outbox, filled, arguments):
    done = titan_outbox("settle", "unclear-2", *arguments)
    assert (done.status, done.out, len(done.err.splitlines())) == (2, "", 2)
    assert filled.get("unclear-2").status == "unclear"


def test_what_stands_elsewhere_is_neither_settled_nor_cancelled(titan_outbox, filled):
    done = titan_outbox("settle", "sent-1", "--not-sent")
    assert done == (1, "", "titan: only an unclear message can be settled; this one is sent\n")
    done = titan_outbox("cancel", "unclear-2")
    assert done == (1, "", "titan: only a queued message can be cancelled; this one is unclear\n")
    done = titan_outbox("settle", "unclear-2", "--sent", "--id", "m1")
    assert done == (1, "", "titan: another message of the journal has this id\n")


@pytest.mark.parametrize("command", [("show",), ("cancel",), ("settle", "--sent")], ids=lambda one: one[0])
def test_an_unknown_key_is_a_sentence(titan_outbox, filled, command):
    assert titan_outbox(*command, "nothing") == (1, "", "titan: no message of the outbox has this key\n")
    done = titan_outbox(*command, "order …")
    assert (done.status, done.out) == (1, "")
    assert "--reveal" in done.err.splitlines()[1]


def test_a_cancelled_message_is_not_sent(setup, titan_outbox, filled):
    assert titan_outbox("cancel", "queued-1") == (0, "It is cancelled, and will not be sent.\n", "")
    filled.run()
    assert setup.texts == []
    assert filled.get("queued-1").reason == "it was cancelled"


@pytest.mark.slow
def test_a_pause_holds_in_every_process_until_it_is_resumed(on_terminal, setup, titan_outbox, outbox, url):
    outbox.add("a", "shop", text("Hi"))
    pausing = on_terminal("outbox", "pause", "shop", variables={"TITAN_OUTBOX_URL": url})
    assert pausing.wait() == 0
    assert pausing.text.splitlines() == [
        "shop is paused. What is under way is still sent.",
        "To go on: titan outbox resume shop",
    ]
    assert outbox.paused() == {"shop": "PERSON"}
    outbox.run()
    assert setup.texts == []
    assert titan_outbox("resume", "shop") == (0, "shop goes on.\n", "")
    outbox.run()
    assert setup.texts == ["Hi"]
    assert titan_outbox("resume", "shop") == (0, "shop was not paused.\n", "")


def test_a_session_without_messages_is_paused_with_a_question(titan_outbox, outbox):
    done = titan_outbox("pause", "shpo")
    assert done.status == 0
    assert "is its name right?" in done.err
    assert outbox.paused() == {"shpo": "PERSON"}
    assert titan_outbox("pause", "a/b").status == 2


# --- sweeping


def test_what_a_dead_process_had_claimed_becomes_unclear(titan_outbox, outbox):
    outbox.add("a", "shop", text("Hi"))
    claim(outbox)
    assert titan_outbox("sweep") == (0, "No message became unclear.\n", "")
    move(outbox, 301)
    done = titan_outbox("sweep")
    assert done == (0, "1 message became unclear. See which: titan outbox list unclear\n", "")
    assert outbox.get("a").status == "unclear"


TASKS = """
import os
import celery
from titan import TitanClient
from titan.outbox import Outbox
from titan.outbox.celery import use_celery

app = celery.Celery("tasks", broker=os.environ["BROKER"], set_as_current=False)
app.conf.update(task_always_eager=os.environ["BROKER"] == "memory://", task_eager_propagates=True)
client = TitanClient()
outbox = Outbox(client, os.environ["JOURNAL"], resolve=False)
use_celery(outbox, app)
"""


def start(*arguments, environment, folder, **variables):
    """Run `titan` in a process of its own, in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "titan.cli", *arguments],
        env={**environment, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "", **variables},
        cwd=folder,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_with_the_app_of_a_program_tasks_are_made_of_what_has_lost_its_task(
    environment, setup, outbox, url, tmp_path
):
    (tmp_path / "tasks.py").write_text(TASKS, encoding="utf-8")
    outbox.add("a", "shop", text("Hi"))
    command = ("outbox", "sweep", "--app", "tasks:outbox")
    run = {"environment": environment, "folder": tmp_path, "JOURNAL": url}
    done = start(*command, BROKER="redis://127.0.0.1:9", **run)
    assert (done.returncode, done.stdout) == (1, "No message became unclear.\n")
    assert done.stderr == (
        "titan: the outbox cannot reach the broker of Celery; a sweep tries again: ConnectionError\n"
    )
    assert setup.texts == []
    done = start(*command, BROKER="memory://", **run)
    assert (done.returncode, done.stdout, done.stderr) == (0, "No message became unclear.\n", "")
    assert setup.texts == ["Hi"]


BROKEN = 'raise RuntimeError("postgresql://user:hunter2@host/db refused +55 11 99999-9999")'
WRONG_APPS = [
    ("tasks", 2, "write the module and the name, such as tasks:outbox"),
    ("tasks:", 2, "write the module and the name, such as tasks:outbox"),
    ("./tasks.py:outbox", 2, "write the module and the name, such as tasks:outbox"),
    ("nothing:outbox", 2, "there is no module nothing"),
    ("package.nothing:outbox", 2, "there is no module package"),
    ("tasks:nothing", 2, "the module tasks has no nothing"),
    ("tasks:thing", 2, "tasks:thing is not an Outbox, but int"),
    (
        "broken:outbox",
        1,
        "the module broken cannot be imported: RuntimeError: postgresql://…@host/db refused +…",
    ),
    ("needy:outbox", 1, "the module needy cannot be imported: ModuleNotFoundError: No module named 'absent'"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("app", "status", "says"), WRONG_APPS)
def test_an_app_that_is_none_is_a_sentence(environment, tmp_path, app, status, says):
    files = {"tasks": "thing = 1", "broken": BROKEN, "needy": "import absent"}
    for name, code in files.items():
        (tmp_path / f"{name}.py").write_text(code, encoding="utf-8")
    done = start("outbox", "sweep", "--app", app, environment=environment, folder=tmp_path)
    assert (done.returncode, done.stdout) == (status, "")
    assert says in done.stderr
    assert len(done.stderr.splitlines()) <= 2
    assert "hunter2" not in done.stderr


def test_an_app_has_a_journal_of_its_own(titan_outbox, url):
    done = titan_outbox("--journal", url, "sweep", "--app", "tasks:outbox")
    assert (done.status, "--app has a journal of its own" in done.err) == (2, True)


# --- CSV


def test_csv_has_every_message_with_times_in_utc(titan_outbox, filled):
    done = titan_outbox("csv", "--reveal")
    assert (done.status, done.err) == (0, "")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert list(rows[0]) == list(showing.FIELDS)
    assert [row["key"] for row in rows] == ["sent-1", "failed-1", f"order {NUMBER}", "unclear-2", "queued-1"]
    assert all(row["created_at"][10] == "T" and row["created_at"].endswith("Z") for row in rows)
    assert rows[0]["settled_by"] == "answer"
    assert rows[0]["due_at"] == rows[0]["reason"] == ""
    assert rows[4]["due_at"]
    chosen = csv.DictReader(io.StringIO(titan_outbox("csv", "failed", "queued").out))
    assert [row["key"] for row in chosen] == ["failed-1", "queued-1"]
    assert titan_outbox("csv", "--session", "other").out == f"{','.join(showing.FIELDS)}\n"


CELLS = [
    ('=HYPERLINK("http://x","y")', '\'=HYPERLINK("http://x","y")'),
    ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
    ("-2+3", "'-2+3"),
    ("@SUM(1;2)", "'@SUM(1;2)"),
    ("\t=1", "' =1"),
    ("\r=1", "' =1"),
    (" =1", "' =1"),
    ("＝1", "'＝1"),
    ("+5511988123404", "+5511988123404"),
    ("-1.5", "-1.5"),
    ('a,b"c\nd=1', 'a,b"c d=1'),
    ("invoice-4711", "invoice-4711"),
]


def test_no_cell_is_run_by_a_spreadsheet(titan_outbox, outbox):
    for key, _ in CELLS:
        outbox.add(key, "shop", text("Hi"))
    rows = list(csv.reader(io.StringIO(titan_outbox("csv", "--reveal").out)))[1:]
    assert [row[0] for row in rows] == [cell for _, cell in CELLS]


def multiply(url, times):
    """Have a journal of one message hold so many more of it."""
    path = url.partition(":///")[2]
    with sqlite3.connect(path) as connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(titan_outbox_messages)")][1:]
        values = ", ".join("key || hex(randomblob(8))" if name == "key" else name for name in names)
        connection.execute(
            "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?) "
            f"INSERT INTO titan_outbox_messages ({', '.join(names)}) "
            f"SELECT {values} FROM titan_outbox_messages, numbers",
            (times,),
        )
    connection.close()


MEASURED = """
import resource, sys
from titan.cli.__main__ import main
status = main(["outbox", "csv"])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
sys.exit(status)
"""


@pytest.mark.slow
@pytest.mark.skipif(
    sys.platform != "linux", reason="NOT TESTED: memory, which is measured otherwise elsewhere"
)
def test_a_hundred_thousand_messages_take_no_more_memory_than_a_thousand(environment, outbox, url):
    outbox.add("key", "shop", text("Hi"))
    kilobytes = []
    for times, lines in ((999, 1001), (99, 100_001)):
        multiply(url, times)
        done = subprocess.run(
            [sys.executable, "-c", MEASURED],
            env={**environment, "PYTHONPATH": str(ROOT), "TITAN_OUTBOX_URL": url},
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stdout.count("\n")) == (0, lines)
        kilobytes.append(int(done.stderr.split()[-1]))
    assert kilobytes[1] < kilobytes[0] + 10_000


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [("csv",), ("list", "queued"), ("list", "queued", "--json")], ids=" ".join
)
def test_a_reader_that_goes_away_is_no_failure(environment, outbox, url, command):
    outbox.add("key", "shop", text("Hi"))
    multiply(url, 3000)
    with subprocess.Popen(
        [sys.executable, "-m", "titan.cli", "outbox", *command, "--journal", url],
        env={**environment, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 0


# --- the journal that is named


def test_the_journal_may_be_named_before_and_behind_the_command(run, titan_outbox, filled, url):
    by_variable = titan_outbox("counts").out
    assert run("outbox", "--journal", url, "counts").out == by_variable
    assert run("outbox", "counts", "--journal", url).out == by_variable
    assert (
        titan_outbox("counts", "--journal", url, TITAN_OUTBOX_URL="sqlite:///nothing.db").out == by_variable
    )


@pytest.mark.parametrize("variables", [{}, {"TITAN_OUTBOX_URL": ""}])
def test_without_a_journal_it_says_how_to_name_one(run, variables):
    done = run("outbox", "list", **variables)
    assert (done.status, done.out) == (2, "")
    assert "--journal URL, or in TITAN_OUTBOX_URL" in done.err


def test_neither_key_nor_address_of_titan_is_needed(titan_outbox, filled):
    assert titan_outbox("counts", TITAN_API_KEY="", TITAN_BASE_URL="").status == 0


def test_its_help_is_shown_without_a_journal(run):
    done = run("outbox")
    assert (done.status, done.err) == (0, "")
    assert done.out == run("outbox", "--help").out
    assert "..." not in done.out.partition("Commands:")[2]
    assert run("outbox", "list", "--help").out.startswith("Usage: titan outbox list ")


def test_a_mistyped_path_makes_no_journal(titan_outbox, tmp_path):
    for command in (("counts",), ("pause", "shop"), ("sweep",), ("csv",)):
        done = titan_outbox(*command, TITAN_OUTBOX_URL=f"sqlite:///{tmp_path}/outbx.db")
        assert (done.status, done.out) == (2, "")
        assert done.err == (
            "titan: there is no journal of an outbox at this address\n"
            f"The address leads to {tmp_path}/outbx.db\n"
        )
    assert list(tmp_path.iterdir()) == []


def test_the_database_of_another_program_is_left_as_it_is(titan_outbox, tmp_path):
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE things (name)")
    connection.close()
    before = path.read_bytes()
    done = titan_outbox("pause", "shop", TITAN_OUTBOX_URL=f"sqlite:///{path}")
    assert (done.status, "there is no journal" in done.err) == (2, True)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_journal_of_another_version_is_left_alone(titan_outbox, filled, tmp_path):
    connection = sqlite3.connect(tmp_path / "outbox.db")
    connection.execute("UPDATE titan_outbox_state SET version = 99")
    connection.commit()
    connection.close()
    done = titan_outbox("settle", "unclear-2", "--sent")
    assert (done.status, done.out) == (2, "")
    assert "this journal is of version 99, and this SDK writes version 1" in done.err


@pytest.mark.parametrize("status", ["sendt", "SENT", "pending"])
def test_a_status_that_is_none_is_wrong_usage(titan_outbox, filled, status):
    for command in ("list", "csv"):
        done = titan_outbox(command, status)
        assert (done.status, done.out) == (2, "")
        assert "'unclear'" in done.err


def test_a_file_that_is_no_database_is_a_sentence(titan_outbox, tmp_path):
    (tmp_path / "outbox.db").write_bytes(b"no database, but something long enough to look at" * 100)
    done = titan_outbox("counts")
    assert done == (1, "", "titan: the journal cannot be used: file is not a database\n")


def test_a_broken_database_is_a_sentence(titan_outbox, filled, tmp_path):
    filled.close()
    path = tmp_path / "outbox.db"
    data = path.read_bytes()
    path.write_bytes(data[:8192] + b"\xff" * (len(data) - 8192))
    for command in (("counts",), ("list",), ("csv",), ("settle", "unclear-2", "--sent")):
        done = titan_outbox(*command)
        assert done.status == 1
        assert done.err == "titan: the journal cannot be used: database disk image is malformed\n"


def test_a_journal_that_others_hold_locked_is_a_sentence(titan_outbox, filled, impatient, tmp_path):
    filled.close()
    connection = sqlite3.connect(tmp_path / "outbox.db", isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    done = titan_outbox("pause", "shop")
    connection.close()
    assert done == (1, "", "titan: the journal cannot be used: database is locked\n")


def test_a_folder_is_no_journal(titan_outbox, impatient, tmp_path):
    done = titan_outbox("counts", TITAN_OUTBOX_URL=f"sqlite:///{tmp_path}")
    assert done == (1, "", "titan: the journal cannot be used: unable to open database file\n")


WITHOUT_RIGHTS = """
import os, sys
from titan.cli.__main__ import main
ours, theirs = sys.argv[1:]
main(["outbox", "counts", "--journal", ours])
if os.getuid() == 0:
    os.setuid(65534)
sys.exit(main(["outbox", "counts", "--journal", theirs]))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="NOT TESTED: rights to files on Windows")
def test_a_file_that_may_not_be_read_is_a_sentence(environment, filled, url):
    # Not below the folders of pytest, which nobody else may enter.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder, "outbox.db")
        path.touch(mode=0)
        done = subprocess.run(
            [sys.executable, "-c", WITHOUT_RIGHTS, url, f"sqlite:///{path}"],
            env={**environment, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
        )
    assert (done.returncode, done.stdout.count("\n")) == (1, len(STATUSES))
    assert done.stderr == "titan: the journal cannot be used: unable to open database file\n"


ADDRESSES = [
    ("postgresql://user:hunter2@127.0.0.1:9/outbox", 1),
    ("postgresql://user:hunt@hunter2@127.0.0.1:9/outbox", 2),
    ("postgresql://user:hunt@hunter2/x@127.0.0.1:9/outbox", 2),
    ("postgresql://user:hunter2@127.0.0.1:port/outbox", 2),
    ("postgresql+nothing://user:hunter2@127.0.0.1:9/outbox", 1),
    ("mysql://user:hunter2@127.0.0.1/outbox", 2),
    ("hunter2", 2),
]


@pytest.mark.parametrize(("address", "status"), ADDRESSES)
def test_the_password_in_an_address_never_shows(run, impatient, address, status):
    for arguments in (("--journal", address, "counts"), ("counts", "--journal", address)):
        done = run("outbox", *arguments)
        assert (done.status, done.out) == (status, "")
        assert "hunter2" not in done.err
        assert len(done.err.splitlines()) == 1


def test_an_address_without_its_option_shows_no_password_either(run):
    for arguments in ((), ("list",), ("show", "a")):
        done = run("outbox", *arguments, "postgresql://user:hunter2@host/outbox")
        assert (done.status, done.out) == (2, "")
        assert "hunter2" not in done.err


def test_a_database_is_tried_for_as_long_as_there_is_patience(monkeypatch):
    from sqlalchemy.exc import OperationalError

    waited = []
    monkeypatch.setattr("titan.outbox.journal.database.monotonic", lambda: sum(waited))
    monkeypatch.setattr("titan.outbox.journal.database.time.sleep", waited.append)
    for patience, expected in ((5, 5), (None, 60)):
        waited.clear()
        with pytest.raises(OperationalError):
            OpenedJournal("postgresql://127.0.0.1:9/outbox", create=False, patience=patience)
        assert expected - 5 <= sum(waited) < expected
        assert waited
    assert opening._SECONDS_OF_PATIENCE == 5


@pytest.mark.slow
def test_without_the_extra_it_says_in_one_line_how_to_get_it(environment, tmp_path):
    code = "import sys\nsys.modules[{!r}] = None\nfrom titan.cli.__main__ import main\nsys.exit(main())"
    sqlite, postgres = f"sqlite:///{tmp_path}/x.db", "postgresql://127.0.0.1:9/outbox"
    driver = 'titan: this journal needs psycopg\npython -m pip install "psycopg[binary]"\n'
    for missing, address, says in (
        ("sqlalchemy", sqlite, f"titan: this needs sqlalchemy: {install_hint('outbox')}\n"),
        ("psycopg", postgres, driver),
    ):
        done = subprocess.run(
            [sys.executable, "-c", code.format(missing), "outbox", "list", "--journal", address],
            env={**environment, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stdout, done.stderr) == (2, "", says)
    done = subprocess.run(
        [sys.executable, "-c", code.format("sqlalchemy"), "outbox", "list", "--help"],
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


# --- on PostgreSQL


@pytest.fixture(scope="module")
def postgres():
    from tests.support.postgres import running_postgres

    with running_postgres("titan outbox on PostgreSQL") as server:
        yield server


@pytest.mark.slow
class TestPostgres:
    """What the database says itself, and what it refuses."""

    @pytest.fixture
    def url(self, postgres):
        from tests.support.outbox import emptied_postgres

        return emptied_postgres(postgres)

    def test_commands_work_there_too(self, titan_outbox, filled):
        assert json.loads(titan_outbox("counts", "--json").out)["counts"] == filled.counts()
        assert titan_outbox("settle", "unclear-2", "--sent").status == 0
        assert titan_outbox("pause", "shop").status == 0
        assert filled.paused() == {"shop": "PERSON"}
        assert len(titan_outbox("csv").out.splitlines()) == 6
        assert titan_outbox("sweep").status == 0

    def test_a_database_without_a_journal_gets_none(self, titan_outbox, url):
        import psycopg

        assert titan_outbox("counts").err == "titan: there is no journal of an outbox at this address\n"
        with psycopg.connect(url) as connection:
            found = connection.execute("SELECT 1 FROM pg_tables WHERE tablename LIKE 'titan_outbox%'")
            assert found.fetchall() == []

    def test_who_may_not_read_it_is_told_so(self, titan_outbox, filled, url):
        import psycopg

        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP ROLE IF EXISTS stranger")
            connection.execute("CREATE ROLE stranger LOGIN")
        address = url.replace("postgres@", "stranger:hunter2@")
        done = titan_outbox("list", TITAN_OUTBOX_URL=address)
        assert done == (1, "", "titan: the journal cannot be used: InsufficientPrivilege\n")

    def test_a_session_that_another_transaction_holds_is_waited_for_no_longer_than_that(
        self, titan_outbox, filled, impatient, url
    ):
        import psycopg

        with psycopg.connect(url) as connection:
            connection.execute("SELECT 1 FROM titan_outbox_sessions FOR UPDATE")
            done = titan_outbox("settle", "unclear-2", "--sent")
        assert done.status == 1
        assert done.err.startswith(
            "titan: the journal cannot be used: canceling statement due to lock timeout"
        )
        assert filled.get("unclear-2").status == "unclear"
