"""The outbox at full speed.

Messages of 50 sessions go through the journal to a server on loopback that answers at once, without a pace
and without faults. The middle one of three rounds counts.
"""

from __future__ import annotations

import contextlib
import importlib
import statistics
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ContextManager, Dict, Iterator, NamedTuple, Optional

from . import Figure, Options, Result
from ._alone import ask_counts, serving
from ._outbox.processes import Processes, pool, runs

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

_ROUNDS = 3
_SESSIONS = 50
_LEASE = 300.0
_KEY = "titan_proof"
_SECONDS_AT_MOST = 300.0


class Plan(NamedTuple):
    """What is measured."""

    messages: int
    is_sqlite: bool
    processes: int
    with_celery: bool = False

    @property
    def name(self) -> str:
        """What it is, in words."""
        where = "SQLite" if self.is_sqlite else "PostgreSQL"
        if self.with_celery:
            return f"{where}, a pool of Celery of {self.processes}"
        return f"{where}, {'1 process' if self.processes == 1 else f'{self.processes} processes'}"


PLANS = [
    Plan(3_000, is_sqlite=True, processes=1),
    Plan(3_000, is_sqlite=False, processes=1),
    Plan(3_000, is_sqlite=False, processes=4),
    Plan(1_000, is_sqlite=False, processes=4, with_celery=True),
]


def run(options: Options) -> Result:
    """Measure each."""
    failures, figures = [], []
    for plan in PLANS:
        rounds = [measure(plan) for _ in range(_ROUNDS)]
        if None in rounds:
            failures.append(f"{plan.name}: the server did not process each message once")
        speed = statistics.median(one or 0.0 for one in rounds)
        figures.append(Figure(f"{plan.name}: messages a second", f"{speed:.0f}"))
    return Result(figures, failures)


def measure(plan: Plan) -> Optional[float]:
    """Send the messages of a plan; gives how many a second, or None where not each was processed once."""
    from titan import TitanClient
    from titan.outbox import Outbox

    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        journal = stack.enter_context(_journal(plan, folder))
        server: Any = SimpleNamespace(base_url=stack.enter_context(serving()), api_key=_KEY)
        client = stack.enter_context(TitanClient(server.base_url, _KEY))
        outbox = stack.enter_context(Outbox(client, journal, resolve=False, lease=_LEASE))
        outbox.add_many(
            (f"k{number}", f"s{number % _SESSIONS}", _message(number)) for number in range(plan.messages)
        )
        started = time.perf_counter()
        if plan.processes == 1:
            outbox.run()
        else:
            stack.enter_context(_processes(plan, journal, server, folder))
            # Until the first message is sent, the processes start.
            _wait(outbox, 1)
            started, before = time.perf_counter(), outbox.counts()["sent"]
            _wait(outbox, plan.messages)
            return _speed(plan, plan.messages - before, started, server.base_url)
        return _speed(plan, plan.messages, started, server.base_url)


def _speed(plan: Plan, sent: int, started: float, base_url: str) -> Optional[float]:
    seconds = time.perf_counter() - started
    processed, _, _ = ask_counts(base_url)
    each_once: Dict[int, int] = dict.fromkeys(range(plan.messages), 1)
    return sent / seconds if processed == each_once else None


def _message(number: int) -> Dict[str, str]:
    return {"chatId": "5511999999999@s.whatsapp.net", "type": "text", "text": f"message {number}"}


@contextlib.contextmanager
def _journal(plan: Plan, folder: Path) -> Iterator[str]:
    if plan.is_sqlite:
        yield f"sqlite:///{folder}/outbox.db"
        return
    # By its name: mypy, which does not read the tests, would read it as a part of the scripts.
    postgres: Any = importlib.import_module("tests.support.postgres")
    with postgres.running_postgres("the outbox on PostgreSQL") as server:
        yield server.url


def _processes(plan: Plan, journal: str, server: Any, folder: Path) -> ContextManager[Processes]:
    start = pool if plan.with_celery else runs
    return start(journal, server, plan.processes, _LEASE, folder)


def _wait(outbox: Any, sent: int) -> None:
    deadline = time.monotonic() + _SECONDS_AT_MOST
    while outbox.counts()["sent"] < sent:
        if time.monotonic() > deadline:
            raise RuntimeError(f"nothing goes on: {outbox.counts()}")
        time.sleep(0.02)
