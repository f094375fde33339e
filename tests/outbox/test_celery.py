"""The outbox on Celery: workers send what is queued, through kills, redelivery and a broker that is gone."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys

import celery
import pytest

from tests.support.interpreter import complaint_without, run_python
from tests.support.outbox import move, person, text
from tests.support.project import ROOT
from tests.support.sandbox import wait_until
from titan.outbox import Pace
from titan.outbox.celery import use_celery

# Celery runs the same on each of them.
pytestmark = pytest.mark.once

TASKS = """
import os
from celery import Celery
from titan import TitanClient
from titan.outbox import Outbox
from titan.outbox.celery import use_celery

app = Celery("tasks", broker=os.environ["BROKER"])
app.conf.broker_transport_options = {"visibility_timeout": float(os.environ.get("VISIBILITY", "3600"))}
outbox = Outbox(TitanClient(), os.environ["JOURNAL"], resolve=False, lease=3)
use_celery(outbox, app, every=0.2)
"""


@pytest.fixture
def app():
    """An app that runs its tasks at once, in the process that makes them."""
    app = celery.Celery("tests", broker="memory://", set_as_current=False)
    app.conf.update(task_always_eager=True, task_eager_propagates=True)
    return app


def test_message_is_sent_by_a_task_as_soon_as_it_is_added(setup, outbox, app):
    use_celery(outbox, app)
    assert outbox.add("a", "shop", text("Hi"))
    assert outbox.get("a").status == "sent"
    assert outbox.add("a", "shop", text("Hi")) is False
    assert setup.texts == ["Hi"]


def test_many_messages_are_sent_where_tasks_run_inside_each_other(setup, outbox, app):
    use_celery(outbox, app)
    outbox.add_many((f"k{number}", "shop", text(f"m{number}")) for number in range(300))
    assert len(setup.texts) == outbox.counts()["sent"] == 300


def test_sweep_makes_tasks_of_what_waited_for_its_pace(setup, app):
    outbox = setup.outbox(pace=Pace(per_minute=1))
    use_celery(outbox, app)
    outbox.add_many((f"k{number}", "shop", text(f"m{number}")) for number in range(2))
    assert setup.texts == ["m0"]
    outbox.sweep()
    assert setup.texts == ["m0"]
    move(outbox, 61)
    assert outbox.sweep() == 0
    assert setup.texts == ["m0", "m1"]


def test_sweep_task_asks_for_paused_sessions(setup, outbox, app):
    use_celery(outbox, app)
    setup.sandbox.ban("shop")
    outbox.add("a", "shop", text("Hi"))
    assert outbox.paused() == {"shop": "TEMPORARY_BAN"}
    setup.sandbox.connect("shop")
    move(outbox, 31)
    app.tasks["titan.outbox.sweep"].delay()
    assert outbox.paused() == {}
    assert setup.texts == ["Hi"]


def test_broker_gets_nothing_private(setup, outbox, monkeypatch):
    app = celery.Celery("tests", broker="memory://", set_as_current=False)
    use_celery(outbox, app)
    published = []
    send = app.tasks["titan.outbox.send"]
    monkeypatch.setattr(send, "apply_async", lambda *args, **options: published.append((args, options)))
    outbox.add("+5511888888888", "shop", text("secret", person(3)))
    (args, options), *others = published
    assert others == []
    shown = repr((args, options))
    assert not any(word in shown for word in ("secret", "shop", "8888", "88123404"))


def test_broker_that_is_gone_loses_no_message(setup, outbox, caplog):
    app = celery.Celery("tests", broker="redis://127.0.0.1:9", set_as_current=False)
    use_celery(outbox, app)
    with caplog.at_level(logging.WARNING, "titan"):
        assert outbox.add("a", "shop", text("Hi"))
    assert [record.message for record in caplog.records if record.name == "titan"] == [
        "the outbox cannot reach the broker of Celery; a sweep tries again: ConnectionError"
    ]
    # Its turn is not lost with the task.
    turns = outbox._turns()
    (turn,) = turns.give()
    turns.take(turn)
    assert setup.texts == ["Hi"]


def test_outboxes_share_an_app_under_different_names(setup, app, tmp_path):
    first = setup.outbox()
    use_celery(first, app)
    setup.url = f"sqlite:///{tmp_path}/second.db"
    second = setup.outbox()
    use_celery(second, app, name="second", queue="slow")
    first.add("a", "shop", text("one"))
    second.add("a", "shop", text("two"))
    assert setup.texts == ["one", "two"]
    assert {"titan.outbox.send", "second.send", "second.sweep"} <= set(app.tasks)
    entries = app.conf.beat_schedule
    assert entries["second.sweep"]["options"]["queue"] == "slow"
    assert entries["titan.outbox.sweep"]["schedule"] == 1.0


def test_module_says_what_it_needs():
    complaint = complaint_without("celery", "titan.outbox.celery")
    assert "titan.outbox.celery needs celery" in complaint
    assert "[celery]" in complaint


def test_outbox_is_imported_without_celery():
    code = "import sys, titan.outbox; print('celery' in sys.modules)"
    assert run_python(code) == "False\n"


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    """The address of a Redis."""
    from tests.support.redis import running_redis

    with running_redis("the outbox on Celery", tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def start(setup, broker, tmp_path):
    """Start workers of Celery, each with a pool of two, and one beat."""
    (tmp_path / "tasks.py").write_text(TASKS, encoding="utf-8")
    processes = []

    def begin(**variables):
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)]),
            "BROKER": f"{broker}/0",
            "JOURNAL": setup.url,
            "TITAN_BASE_URL": setup.sandbox.base_url,
            "TITAN_API_KEY": setup.sandbox.api_key,
            **variables,
        }
        command = [sys.executable, "-m", "celery", "-A", "tasks", "worker", "--pool=prefork", "-c", "2"]
        command += ["--beat", "-s", str(tmp_path / "beat"), "--without-mingle", "--without-gossip"]
        with open(tmp_path / "worker.log", "ab") as log:
            process = subprocess.Popen(
                command, cwd=tmp_path, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        processes.append(process)
        return process

    yield begin
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait(outbox, **expected):
    """Wait until so many messages stand there."""
    for _ in range(6):
        with contextlib.suppress(AssertionError):
            wait_until(lambda: {name: outbox.counts()[name] for name in expected} == expected)
            return
    assert {name: outbox.counts()[name] for name in expected} == expected


# Workers of several machines have a PostgreSQL.
@pytest.mark.heavy
@pytest.mark.parametrize("url", ["PostgreSQL"], indirect=True)
class TestWorkers:
    """Real workers, on a real Redis."""

    def test_workers_send_what_another_process_has_added(self, setup, outbox, start):
        start()
        for name in ("a", "b", "c"):
            setup.sandbox.connect(name)
        outbox.add_many((f"k{number}", "abc"[number % 3], text(f"m{number}")) for number in range(60))
        wait(outbox, sent=60)
        assert sorted(setup.texts) == sorted(f"m{number}" for number in range(60))

    def test_worker_that_is_killed_leaves_one_message_unclear_and_its_task_sends_nothing_again(
        self, setup, outbox, start
    ):
        setup.sandbox.fail("messages.send", delay=60, times=1)
        outbox.add_many((f"k{number}", "shop", text(f"m{number}")) for number in range(5))
        process = start()
        wait(outbox, sending=1)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        setup.sandbox.clear_faults()
        start()
        wait(outbox, sent=4, unclear=1)
        assert sorted(setup.texts) == ["m1", "m2", "m3", "m4"]

    def test_worker_that_is_stopped_ends_what_it_sends_first(self, setup, outbox, start):
        setup.sandbox.fail("messages.send", delay=3, times=1)
        outbox.add("a", "shop", text("Hi"))
        process = start()
        wait(outbox, sending=1)
        process.terminate()
        process.wait(timeout=30)
        assert outbox.counts()["sent"] == 1
        assert setup.texts == ["Hi"]

    def test_task_that_is_delivered_again_while_it_runs_sends_once(self, setup, outbox, start):
        # Redis delivers again what was not acknowledged within a second; the send takes two.
        setup.sandbox.fail("messages.send", delay=2, times=1)
        outbox.add("a", "shop", text("Hi"))
        start(VISIBILITY="1")
        start(VISIBILITY="1")
        wait(outbox, sent=1)
        outbox.add("b", "shop", text("again"))
        wait(outbox, sent=2)
        assert setup.texts == ["Hi", "again"]
