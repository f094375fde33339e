"""Processes: forks, kills and Ctrl-C leave an honest journal."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import weakref

import pytest

from tests.support.forks import needs_fork
from tests.support.interpreter import complaint_without, run_python
from tests.support.outbox import move, person, text
from tests.support.project import ROOT
from tests.support.sandbox import wait_until
from titan.outbox import Outbox

RUNNING = """
import sys
from titan import TitanClient
from titan.outbox import Outbox
journal, base_url, key = sys.argv[1:]
with TitanClient(base_url, key) as client, Outbox(client, journal, resolve=False, lease=100) as outbox:
    try:
        outbox.run()
    except KeyboardInterrupt:
        print("interrupted", dict(outbox.counts()), flush=True)
"""


@pytest.fixture
def start(setup):
    """Start a process that runs the outbox, and that Ctrl-C interrupts."""
    processes = []

    def begin():
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            process = subprocess.Popen(
                [sys.executable, "-c", RUNNING, setup.url, setup.sandbox.base_url, setup.sandbox.api_key],
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=subprocess.PIPE,
                encoding="utf-8",
            )
        finally:
            signal.signal(signal.SIGINT, before)
        processes.append(process)
        return process

    yield begin
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def slow(setup, outbox):
    """An outbox with messages whose sends take a while."""
    setup.sandbox.connect("other")
    setup.sandbox.fail("messages.send", times=100, delay=1)
    outbox.add_many(
        (f"k{number}", ("shop", "other")[number % 2], text(f"m{number}", person(number)))
        for number in range(9)
    )
    return outbox


def test_killed_process_leaves_what_was_under_way_unclear_and_the_rest_queued(setup, slow, start):
    process = start()
    wait_until(lambda: slow.counts()["sending"] == 2)
    process.kill()
    process.wait()
    setup.sandbox.clear_faults()
    move(slow, 101)
    slow.run()
    counts = slow.counts()
    assert (counts["unclear"], counts["sent"], counts["sending"], counts["queued"]) == (2, 7, 0, 0)
    assert len(setup.texts) == len(set(setup.texts))


def test_interrupted_run_waits_for_what_is_under_way_and_claims_nothing_more(setup, slow, start):
    process = start()
    wait_until(lambda: slow.counts()["sending"] == 2)
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=60)
    assert printed.startswith("interrupted")
    counts = slow.counts()
    assert (counts["sending"], counts["unclear"]) == (0, 0)
    assert counts["sent"] == len(setup.texts) < 9
    assert counts["queued"] == 9 - counts["sent"]


@needs_fork
def test_forked_process_has_connections_of_its_own(setup, outbox):
    outbox.add("a", "shop", text("Hi"))
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            outbox.add("b", "shop", text("from the child"))
            outbox.run()
            status = 0 if outbox.counts()["sent"] == 2 else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert outbox.counts()["sent"] == 2
    outbox.add("c", "shop", text("from the parent"))
    outbox.run()
    assert sorted(setup.texts) == ["Hi", "from the child", "from the parent"]


def test_database_that_was_restarted_is_used_again(postgres, sandbox, client):
    from tests.support.outbox import emptied_postgres

    sandbox.connect("shop")
    with Outbox(client, emptied_postgres(postgres)) as outbox:
        outbox.add("a", "shop", text("one"))
        postgres.restart()
        outbox.add("b", "shop", text("two"))
        postgres.restart()
        outbox.run()
        assert outbox.counts()["sent"] == 2


def test_outbox_that_is_dropped_is_forgotten_with_its_connections(sandbox, client, url):
    sandbox.connect("shop")
    outbox = Outbox(client, url)
    outbox.know("shop", ["5511999999999@s.whatsapp.net"])
    outbox.add("a", "shop", text("Hi"))
    outbox.run()
    database = weakref.ref(outbox._database)
    del outbox

    def is_forgotten():
        gc.collect()
        return database() is None

    # Its threads end a moment after the run.
    wait_until(is_forgotten)


def test_package_says_what_it_needs():
    complaint = complaint_without("sqlalchemy", "titan.outbox")
    assert "titan.outbox needs sqlalchemy" in complaint


def test_client_is_imported_without_the_outbox():
    code = "import sys; from titan import TitanClient; print('sqlalchemy' in sys.modules)"
    assert run_python(code) == "False\n"
