"""The recipe of an inbox in PostgreSQL: each event is written down once and handled once, whoever dies."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
import threading
import time
from collections import Counter

import psycopg
import pytest

from tests.support.examples import EXAMPLES, encoded, environment, free_port, received, run_example, running
from tests.support.postgres import running_postgres
from titan import sign_webhook

# PostgreSQL takes a second or two to start.
pytestmark = pytest.mark.heavy

SECRET = "a secret of the test"


@pytest.fixture(scope="module")
def postgres():
    with running_postgres("examples/event_inbox.py") as server:
        yield server


@pytest.fixture
def recipe(load):
    return load("event_inbox")


@pytest.fixture
def database(recipe, postgres):
    with psycopg.connect(postgres.url, autocommit=True) as database:
        database.execute("DROP TABLE IF EXISTS titan_inbox")
        database.execute(recipe.TABLE)
        yield database


@pytest.fixture
def connect(recipe, postgres, database):
    return recipe.connect_to(postgres.url)


@pytest.fixture
def write(titan, recipe, connect):
    """Let somebody write, and the endpoint write it down."""

    def write(*texts):
        with titan.subscribe(recipe.Endpoint(SECRET, connect), secret=SECRET, events=["message.received"]):
            for text in texts:
                titan.receive("default", text)
            titan.wait_for_deliveries()

    return write


@pytest.fixture
def work(recipe, client, connect):
    """Handle what is due, until nothing is."""

    def work(**options):
        worker = recipe.Worker(client, connect, **{"pause": 0, **options})
        with connect() as database:
            while worker.handle_one(database):
                pass

    return work


@contextlib.contextmanager
def several(recipe, client, connect, count, **options):
    """Workers in threads."""
    over = threading.Event()
    workers = [recipe.Worker(client, connect, **options) for _ in range(count)]
    threads = [threading.Thread(target=worker.run, args=(over,)) for worker in workers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(30)
            assert not thread.is_alive()


def wait_until(look):
    deadline = time.monotonic() + 30
    while not look():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def states(database):
    return [row[0] for row in database.execute("SELECT state FROM titan_inbox ORDER BY number")]


def is_finished(database):
    return {*states(database)} <= {"done", "dead"}


def texts(titan):
    return [one["text"] for one in titan.messages]


def deliver(recipe, connect, body, signature=None, length=None):
    """The status that the endpoint answers a body with."""
    statuses = []
    environ = {
        "CONTENT_LENGTH": str(len(body)) if length is None else length,
        "wsgi.input": io.BytesIO(body),
        "HTTP_X_WEBHOOK_SIGNATURE": sign_webhook(body, SECRET) if signature is None else signature,
    }
    recipe.Endpoint(SECRET, connect)(environ, lambda status, headers: statuses.append(int(status[:3])))
    return statuses[0]


# The program


def test_program_shows_itself_on_a_local_titan(postgres, database, tmp_path):
    done = run_example("event_inbox", tmp_path, DATABASE_URL=postgres.url)
    assert done.returncode == 0, done.stdout
    assert re.findall(r"^\d (\w+) (\d)", done.stdout, re.MULTILINE).count(("done", "1")) == 4
    assert done.stdout.endswith("Each answered once: yes\n")
    schemas = database.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'titan_rehearsal'").fetchall()
    assert schemas == [], "nothing is left behind"


@pytest.mark.parametrize("arguments", [(), ("https://bot.example.com/titan",)])
def test_program_that_is_not_told_what_to_do_on_a_real_titan_says_so(titan, tmp_path, arguments):
    variables = {"TITAN_BASE_URL": titan.base_url, "TITAN_API_KEY": titan.api_key}
    done = run_example("event_inbox", tmp_path, *arguments, **variables)
    assert (done.returncode, done.stdout[:12]) == (1, "say what to ")


def test_programs_serve_and_work_and_a_worker_that_is_killed_costs_nothing(
    recipe, titan, client, postgres, database, tmp_path
):
    command = [sys.executable, str(EXAMPLES / "event_inbox.py")]
    variables = {
        "TITAN_BASE_URL": titan.base_url,
        "TITAN_API_KEY": titan.api_key,
        "DATABASE_URL": postgres.url,
        "PORT": str(free_port()),
    }
    wanted = [f"question {index}" for index in range(30)]

    def start():
        return subprocess.Popen([*command, "work"], env=environment(**variables))

    with (
        running(lambda port: [*command, "serve"], tmp_path, **variables),
        start() as victim,
        start() as other,
    ):
        assert len(client.webhooks.list()) == 1
        for text in wanted:
            titan.receive("default", text)
        wait_until(lambda: len(titan.messages) >= 5)
        victim.kill()
        # Its events are free when its lease is over, which nobody has to wait for here.
        victim.wait()
        database.execute("UPDATE titan_inbox SET due_at = now() WHERE state IN ('running', 'sending')")
        titan.wait_for_deliveries()
        wait_until(lambda: is_finished(database))
        other.kill()
    counted = Counter(texts(titan))
    answers = {f"You wrote: {text}" for text in wanted}
    assert {*counted.values()} == {1}
    dead = states(database).count("dead")
    assert dead <= 2, "at most what each of the two had under way when the leases ended"
    assert len(answers - {*counted}) <= dead


# The endpoint


def test_event_is_written_down_as_it_came_and_once(recipe, connect, database):
    event = received(text="Olá 🐈")
    body = encoded(event) + b" \n"
    assert [deliver(recipe, connect, body) for _ in range(3)] == [200, 200, 200]
    assert database.execute("SELECT body FROM titan_inbox").fetchall() == [(body,)]


def test_message_that_comes_again_in_another_event_is_written_down_once(recipe, connect, database):
    event = received()
    assert deliver(recipe, connect, encoded(event)) == 200
    assert deliver(recipe, connect, encoded({**event, "id": "evt_another"})) == 200
    assert deliver(recipe, connect, encoded({**event, "session": "another"})) == 200
    assert len(states(database)) == 2


@pytest.mark.parametrize("event_id", ["\0", "\ud800", "é" * 10_000, 5, None])
@pytest.mark.parametrize("name", ["message.received", "message.ack", "newsletter.update"])
def test_any_id_is_taken(recipe, connect, database, event_id, name):
    bodies = [
        encoded({"id": event_id, "event": name, "payload": {"id": event_id, "n": number}})
        for number in (1, 2)
    ]
    assert [deliver(recipe, connect, body) for body in bodies * 2] == [200] * 4
    assert len(states(database)) == (2 if event_id is None else 1)


def test_what_is_no_delivery_is_refused(recipe, connect, database):
    body = encoded(received())
    assert deliver(recipe, connect, body, "") == 401
    assert deliver(recipe, connect, body, sign_webhook(body, "another")) == 401
    assert deliver(recipe, connect, b"[]") == 400
    assert deliver(recipe, connect, body, length=str(recipe.MOST_BYTES + 1)) == 413
    assert deliver(recipe, connect, body, length="-1") == 413
    assert states(database) == []


def test_event_is_delivered_again_while_the_database_is_away(recipe, titan, connect, database):
    reachable = []

    def connect_sometimes():
        return connect() if reachable else psycopg.connect(f"postgresql://127.0.0.1:{free_port()}/x")

    with titan.subscribe(recipe.Endpoint(SECRET, connect_sometimes), secret=SECRET):
        titan.receive("default", "Hi")
        titan.wait_for_deliveries()
        assert states(database) == []
        reachable.append(True)
        titan.advance(60)
        titan.wait_for_deliveries()
    assert states(database) == ["waiting"]


# Workers


def test_several_workers_handle_each_event_once(recipe, titan, client, connect, database, write):
    wanted = [f"question {index}" for index in range(40)]
    write(*wanted)
    with several(recipe, client, connect, 4):
        wait_until(lambda: is_finished(database))
    assert sorted(texts(titan)) == sorted(f"You wrote: {text}" for text in wanted)
    assert {*states(database)} == {"done"}


def test_what_nobody_answers_is_done(recipe, titan, connect, database, work):
    for event in (
        received(fromMe=True),
        received(**{"from": {"id": "status@broadcast"}}),
        {**received(), "event": "message.sent"},
        {"id": "evt_x", "event": "newsletter.update", "payload": 1},
    ):
        deliver(recipe, connect, encoded(event))
    work()
    assert states(database) == ["done"] * 4
    assert titan.messages == []


def test_event_that_failed_is_tried_again_after_a_growing_pause(titan, database, write, work):
    titan.fail("messages.send", times=2, status=409)
    write("Hi")
    waits = []
    for _ in range(2):
        work(pause=100)
        ((wait,),) = database.execute("SELECT extract(epoch FROM due_at - now()) FROM titan_inbox").fetchall()
        waits.append(round(float(wait), -1))
        database.execute("UPDATE titan_inbox SET due_at = now()")
    work()
    assert waits == [100, 200]
    assert texts(titan) == ["You wrote: Hi"]
    assert states(database) == ["done"]


def test_event_that_always_fails_is_dead_in_the_end(titan, database, write, work):
    write("Hi")
    titan.disconnect("default")
    work()
    ((state, attempts, reason),) = database.execute(
        "SELECT state, attempts, reason FROM titan_inbox"
    ).fetchall()
    assert (state, attempts) == ("dead", 8)
    assert reason.startswith("ConflictError: ")


@pytest.mark.parametrize(("fault", "sent"), [({"cut": "after"}, 1), ({"status": 500}, 0)])
def test_event_whose_answer_is_unclear_is_dead_at_once(titan, database, write, work, fault, sent):
    write("Hi")
    titan.fail("messages.send", **fault)
    work()
    assert states(database) == ["dead"]
    assert len(titan.messages) == sent


def test_error_of_the_handler_itself_is_tried_again_only_before_it_sends(
    recipe, client, database, write, work, monkeypatch
):
    write("before", "after")

    def fail(client, event, about_to_send):
        if event.text == "after":
            about_to_send()
        raise LookupError("\0 no such customer")

    monkeypatch.setattr(recipe, "answer", fail)
    work()
    rows = database.execute("SELECT state, attempts, reason FROM titan_inbox ORDER BY number").fetchall()
    reason = "LookupError:  no such customer"
    assert rows == [("dead", 8, reason), ("dead", 1, reason)]


DYING = """
import sys, threading
import titan

sys.path.insert(0, sys.argv[1])
import event_inbox as recipe

answer = recipe.answer


def die(client, event, about_to_send):
    def mark():
        if sys.argv[3] == "before":
            print("now", flush=True)
            threading.Event().wait()
        about_to_send()

    answer(client, event, mark)
    print("now", flush=True)
    threading.Event().wait()


recipe.answer = die
recipe.Worker(titan.TitanClient(), recipe.connect_to(sys.argv[2]), lease=0.5).run(threading.Event())
"""


@pytest.mark.parametrize(
    ("moment", "ended"),
    [("before", ("done", 2, "")), ("after", ("dead", 1, "its worker died while it was sending"))],
)
def test_event_of_a_worker_that_was_killed_is_answered_exactly_once(
    recipe, titan, client, postgres, connect, database, write, moment, ended
):
    write("Hi")
    command = [sys.executable, "-c", DYING, str(EXAMPLES), postgres.url, moment]
    variables = environment(TITAN_BASE_URL=titan.base_url, TITAN_API_KEY=titan.api_key)
    with subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "now\n"
        process.kill()
    assert states(database) == [{"before": "running", "after": "sending"}[moment]]
    with several(recipe, client, connect, 2):
        wait_until(lambda: is_finished(database))
    assert database.execute("SELECT state, attempts, reason FROM titan_inbox").fetchall() == [ended]
    assert texts(titan) == ["You wrote: Hi"]


def test_event_that_kills_each_of_its_workers_is_dead_in_the_end(database, write, work):
    write("Hi")
    database.execute("UPDATE titan_inbox SET state = 'running', attempts = 8")
    work()
    assert database.execute("SELECT state, reason FROM titan_inbox").fetchall() == [
        ("dead", "its worker died while it was running")
    ]


def test_worker_that_takes_longer_than_its_lease_sends_nothing(
    recipe, titan, client, connect, database, write, work, monkeypatch
):
    write("Hi")
    answer, refused = recipe.answer, []

    def be_slow(client, event, about_to_send):
        if not refused:
            refused.append(True)
            wait_until(lambda: database.execute("SELECT 1 FROM titan_inbox WHERE due_at < now()").fetchone())
            work()  # another worker, which takes it and answers
        answer(client, event, about_to_send)

    monkeypatch.setattr(recipe, "answer", be_slow)
    work(lease=0.05)
    assert texts(titan) == ["You wrote: Hi"]
    assert states(database) == ["done"]


def test_workers_outlive_a_restart_of_the_database(recipe, titan, client, connect, postgres, write, capsys):
    with several(recipe, client, connect, 2):
        write("before")
        wait_until(lambda: len(titan.messages) == 1)
        postgres.restart()
        write("after")
        wait_until(lambda: len(titan.messages) == 2)
    assert "The database is away" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "… 👍 é", "'); DROP TABLE titan_inbox; --"])
def test_reason_that_a_database_could_refuse_ends_no_worker(recipe, write, work, database, monkeypatch, text):
    def fail(client, event, about_to_send):
        about_to_send()
        raise LookupError(text)

    write("one", "two")
    monkeypatch.setattr(recipe, "answer", fail)
    work()
    rows = database.execute("SELECT state, reason FROM titan_inbox").fetchall()
    assert [state for state, _ in rows] == ["dead", "dead"]
    assert all(reason.isascii() and reason.startswith("LookupError: ") for _, reason in rows)


@pytest.mark.parametrize("length", ["", "-1", "²", "1" * 5000, "2000000", "x"])
def test_length_that_is_none_is_no_accident(recipe, connect, length):
    statuses = []
    environ = {"CONTENT_LENGTH": length, "wsgi.input": io.BytesIO(b"{}")}
    recipe.Endpoint(SECRET, connect)(environ, lambda status, headers: statuses.append(status[:3]))
    assert statuses == ["401" if not length else "413"]
