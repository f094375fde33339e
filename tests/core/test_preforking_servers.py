"""A client that was used before a server or a task queue forked its workers: each gets its own answers."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from importlib.util import find_spec

import pytest

from tests.support.interpreter import run_python
from tests.support.project import ROOT

pytestmark = pytest.mark.slow

WORKERS, CALLERS, CALLS = 4, 8, 50

APPLICATION = """
import os
from titan import TitanClient
client = TitanClient(os.environ["TITAN_BASE_URL"], "titan_key", strict_responses=True)
assert client.sessions.get("first").name == "first"

def application(environ, start_response):
    got = client.sessions.get(environ["QUERY_STRING"]).name
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Worker", str(os.getpid()))])
    return [got.encode()]
"""

UWSGI = "import sys, pyuwsgi; pyuwsgi.run(sys.argv[1:])"
GUNICORN = "import sys; sys.argv[0] = 'gunicorn'; from gunicorn.app.wsgiapp import run; run()"


def uwsgi(port, *more):
    options = ["--master", "--need-app", "--wsgi-file", "application.py", "--disable-logging"]
    # A server that was not told to end would outlive the test.
    options += ["--die-on-term", "--no-orphans"]
    return [UWSGI, "--http-socket", f"127.0.0.1:{port}", "--processes", str(WORKERS), *options, *more]


def gunicorn(port, *more):
    options = ["--preload", "--log-level", "warning"]
    return [
        GUNICORN,
        "-b",
        f"127.0.0.1:{port}",
        "-w",
        str(WORKERS),
        *options,
        *more,
        "application:application",
    ]


SERVERS = {
    "uWSGI": ("pyuwsgi", uwsgi, []),
    "uWSGI with threads": ("pyuwsgi", uwsgi, ["--enable-threads", "--threads", "3"]),
    "gunicorn": ("gunicorn", gunicorn, []),
    "gunicorn with threads": ("gunicorn", gunicorn, ["--threads", "3"]),
}


def needed_module(name):
    """Without it the test is skipped, loudly, and in CI it fails."""
    if find_spec(name) is None:
        missing = f"NOT TESTED: the workers that {name} forks: pip install {name}"
        if os.environ.get("CI") and sys.platform == "linux":
            pytest.fail(missing)
        pytest.skip(missing)


@contextlib.contextmanager
def running(folder, base_url, command, port):
    (folder / "application.py").write_text(APPLICATION, encoding="utf-8")
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", *command],
            cwd=folder,
            env={**os.environ, "HOME": str(folder), "PYTHONPATH": path, "TITAN_BASE_URL": base_url},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            _wait_until_open(process, port, folder / "log")
            yield
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_until_open(process, port, log):
    for _ in range(600):
        assert process.poll() is None, log.read_text(encoding="utf-8")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(log.read_text(encoding="utf-8"))


def ask(port, number, answers, workers):
    for call in range(CALLS):
        question = f"customer-{number}-{call}"
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        with contextlib.closing(connection):
            connection.request("GET", f"/?{question}")
            response = connection.getresponse()
            answers.append((question, response.read().decode()))
            workers.add(response.headers["X-Worker"])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.parametrize("name", SERVERS)
def test_each_worker_of_a_server_gets_the_answers_to_its_own_questions(echoing, tmp_path, name):
    module, command, options = SERVERS[name]
    needed_module(module)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    answers, workers = [], set()
    with running(tmp_path, echoing.url, command(port, *options), port):
        threads = [
            threading.Thread(target=ask, args=(port, number, answers, workers)) for number in range(CALLERS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    log = (tmp_path / "log").read_text(encoding="utf-8", errors="replace")
    assert len(answers) == CALLERS * CALLS, log
    assert [pair for pair in answers if pair[0] != pair[1]] == []
    assert len(workers) > 1
    (master,) = (one.client_port for one in echoing.requests if one.target.endswith("/first"))
    assert master not in [one.client_port for one in echoing.requests[1:]]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_each_worker_of_a_task_queue_gets_the_answers_to_its_own_questions(echoing):
    # Celery's pool of processes is that of billiard.
    needed_module("billiard")
    printed = run_python(
        """
import json, sys
import billiard.pool
from titan import TitanClient
client = TitanClient(sys.argv[1], "titan_key", strict_responses=True)
client.sessions.get("first")

def work(number):
    return client.sessions.get(f"task-{number}").name

pool = billiard.pool.Pool(4)
answers = pool.map(work, range(200), 5)
# Not `close`: some versions then wait half a minute for their own threads.
pool.terminate()
client.close()
print(json.dumps(answers))
""",
        echoing.url,
        options=(),
    )
    answers = json.loads(printed)
    assert answers == [f"task-{number}" for number in range(200)]
    first, *others = echoing.requests
    assert first.client_port not in [one.client_port for one in others]
    assert len({one.client_port for one in others}) > 1
