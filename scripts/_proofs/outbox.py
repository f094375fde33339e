"""The outbox, while its processes are killed.

Messages go to a local Titan from several processes on one PostgreSQL, then from a pool of Celery on Redis,
then from one process on SQLite. Processes are killed at random moments, connections cut before and after a
message was processed, requests answered 429 and 503, an account banned, and events come late, twice and out
of order. No message is there twice; what the journal calls sent is there; what stays unclear is not.
"""

from __future__ import annotations

import contextlib
import importlib
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple

from . import Figure, Options, Result
from ._outbox.processes import Processes, pool, runs

_SCRIPTS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(_SCRIPTS.parent))

_SECRET = "a secret of the proof"
_LEASE = 8.0
_SECONDS_WITHOUT_CHANGE = 120.0
_SENT = ("sent", "delivered", "read")


class Plan(NamedTuple):
    """What is tried."""

    messages: int
    sessions: int
    processes: int
    kills: int
    faults: int
    """How many connections are cut, and how many requests answered 429 or 503, of each kind."""
    seed: int = 1
    with_celery: bool = False
    """Whether the processes are the pool of a worker of Celery."""


class Found(NamedTuple):
    """What came of it."""

    in_sandbox: int
    doubled: int
    sent: int
    sent_but_not_there: int
    settled: int
    settled_wrongly: int
    unclear: int
    unclear_but_there: int
    left: int
    """Neither sent nor unclear."""
    in_flight_at_kills: int
    kills: int
    cuts_before: int
    cuts_after: int
    failures_503: int
    seconds: float


WHOLE = Plan(messages=10_000, sessions=50, processes=4, kills=11, faults=15)
SPREAD = WHOLE._replace(with_celery=True)
ALONE = Plan(messages=2_000, sessions=50, processes=1, kills=4, faults=8)


def run(options: Options) -> Result:
    """Run all three."""
    # By its name: mypy, which does not read the tests, would read it as a part of the scripts.
    postgres: Any = importlib.import_module("tests.support.postgres")
    results = []
    for where, plan in (("PostgreSQL", WHOLE), ("Celery", SPREAD)):
        with postgres.running_postgres("the outbox on PostgreSQL") as server:
            results.append(check(where, plan, try_out(server.url, plan)))
    with tempfile.TemporaryDirectory() as folder:
        results.append(check("SQLite", ALONE, try_out(f"sqlite:///{folder}/outbox.db", ALONE)))
    figures = [figure for result in results for figure in result.figures]
    return Result(figures, [failure for result in results for failure in result.failures])


def try_out(journal: str, plan: Plan) -> Found:
    """Send the messages of a plan, with all that goes wrong in it."""
    from titan import TitanClient, WebhookRouter
    from titan.outbox import Outbox
    from titan.sandbox import Sandbox

    chance = random.Random(plan.seed)
    with contextlib.ExitStack() as stack:
        sandbox = stack.enter_context(Sandbox(delivered_after=0.2, read_after=None))
        client = stack.enter_context(TitanClient(sandbox.base_url, sandbox.api_key))
        outbox = stack.enter_context(Outbox(client, journal, lease=_LEASE))
        router = WebhookRouter(_SECRET)
        router.on("*")(outbox.record)
        for number in range(plan.sessions):
            sandbox.connect(f"s{number}")
        stack.enter_context(
            sandbox.subscribe(router, events=["message.sent", "message.ack", "session.status"])
        )
        outbox.add_many(
            (f"k{number}", f"s{number % plan.sessions}", _message(number, plan))
            for number in range(plan.messages)
        )
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        start = pool if plan.with_celery else runs
        workers = stack.enter_context(start(journal, sandbox, plan.processes, _LEASE, folder))
        started = time.monotonic()
        trouble = _Trouble(sandbox, outbox, workers, plan, chance)
        trouble.make()
        _wait_until_all_is_done(outbox)
        seconds = time.monotonic() - started
        sandbox.clear_faults()
        _let_events_come(sandbox)
        return _compare(sandbox, outbox, plan, trouble, seconds)


def _message(number: int, plan: Plan) -> Dict[str, str]:
    person = number // plan.sessions % 400
    return {"chatId": f"55119{88123401 + person}@s.whatsapp.net", "type": "text", "text": f"message {number}"}


class _Trouble:
    """All that goes wrong, spread over the time that sending takes."""

    def __init__(
        self, sandbox: Any, outbox: Any, workers: Processes, plan: Plan, chance: random.Random
    ) -> None:
        self._sandbox, self._outbox, self._workers, self._plan = sandbox, outbox, workers, plan
        self._chance = chance
        self.kills = self.in_flight = 0
        self.faults = {"before": 0, "after": 0, "503": 0, "429": 0}

    def make(self) -> None:
        """Do the next thing each time that so many more messages are done."""
        things = list(self._things())
        for number, thing in enumerate(things, 1):
            self._wait_until_done(number * self._plan.messages * 0.9 / len(things))
            thing()
        self._sandbox.connect("s0")

    def _things(self) -> Iterator[Any]:
        kinds = [self._cut_before, self._cut_after, self._fail_503, self._limit, self._disturb_events]
        things = [*kinds * self._plan.faults, *[self._kill] * self._plan.kills]
        self._chance.shuffle(things)
        middle = len(things) // 2
        yield from (*things[:middle], lambda: self._sandbox.ban("s0"), *things[middle:])

    def _wait_until_done(self, count: float) -> None:
        deadline = time.monotonic() + _SECONDS_WITHOUT_CHANGE
        while time.monotonic() < deadline:
            counts = self._outbox.counts()
            if sum(counts.values()) - counts["queued"] >= count:
                return
            time.sleep(0.02)
        raise RuntimeError(f"nothing goes on: {counts}")

    def _cut_before(self) -> None:
        self._sandbox.fail("messages.send", cut="before")
        self.faults["before"] += 1

    def _cut_after(self) -> None:
        self._sandbox.fail("messages.send", cut="after")
        self.faults["after"] += 1

    def _fail_503(self) -> None:
        self._sandbox.fail("contacts.check", status=503)
        self._sandbox.fail("messages.send", status=503)
        self.faults["503"] += 1

    def _limit(self) -> None:
        self._sandbox.fail("messages.send", status=429, retry_after=1)
        self.faults["429"] += 1

    def _disturb_events(self) -> None:
        self._sandbox.disorder_events(["message.sent", "message.ack"], self._chance.randrange(2, 8))
        self._sandbox.fail("messages.send", events_first=True)
        latest = [one for one in self._sandbox.deliveries[-200:] if b"message." in _bytes(one["body"])]
        for one in self._chance.sample(latest, min(5, len(latest))):
            with contextlib.suppress(Exception):  # some are still on their way
                self._sandbox.redeliver(one["id"], as_new_event=self._chance.random() < 0.5)

    def _kill(self) -> None:
        time.sleep(self._chance.random() * 0.2)
        killed = tuple(f"pid{pid}." for pid in self._workers.kill(self._chance))
        self.kills += 1
        self.in_flight += sum(claim.startswith(killed) for claim in _claims_under_way(self._outbox))


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else str(body).encode()


def _claims_under_way(outbox: Any) -> List[str]:
    from sqlalchemy import select

    from titan.outbox.journal.schema import messages, sending

    with outbox._database.reading() as connection:
        return list(connection.execute(select(messages.c.claim).where(sending)).scalars())


def _wait_until_all_is_done(outbox: Any) -> None:
    before, changed = outbox.counts(), time.monotonic()
    while time.monotonic() < changed + _SECONDS_WITHOUT_CHANGE:
        counts = outbox.counts()
        if not counts["queued"] and not counts["sending"]:
            return
        if counts != before:
            before, changed = counts, time.monotonic()
        time.sleep(0.1)
    raise RuntimeError(f"nothing goes on: {before}")


def _let_events_come(sandbox: Any) -> None:
    for _ in range(3):
        sandbox.advance(120)
        sandbox.wait_for_deliveries(600)


def _compare(sandbox: Any, outbox: Any, plan: Plan, trouble: _Trouble, seconds: float) -> Found:
    """Compare what the journal says with what the sandbox has."""
    there = [(message["id"], message["request"]["text"]) for message in sandbox.messages]
    texts = [text for _, text in there]
    text_of_id = dict(there)
    rows = {f"message {message.key[1:]}": message for message in outbox.messages()}
    sent = {text: row for text, row in rows.items() if row.status in _SENT}
    unclear = {text for text, row in rows.items() if row.status == "unclear"}
    wrong = [text for text, row in sent.items() if text_of_id.get(row.message_id) != text]
    return Found(
        in_sandbox=len(there),
        doubled=len(texts) - len(set(texts)),
        sent=len(sent),
        sent_but_not_there=len(set(sent) - set(texts)),
        settled=sum(row.settled_by == "match" for row in sent.values()),
        settled_wrongly=len(wrong),
        unclear=len(unclear),
        unclear_but_there=len(unclear & set(texts)),
        left=plan.messages - len(sent) - len(unclear),
        in_flight_at_kills=trouble.in_flight,
        kills=trouble.kills,
        cuts_before=trouble.faults["before"],
        cuts_after=trouble.faults["after"],
        failures_503=trouble.faults["503"],
        seconds=seconds,
    )


def check(where: str, plan: Plan, found: Found) -> Result:
    """Say what came of it."""
    zeros = ("doubled", "sent_but_not_there", "settled_wrongly", "unclear_but_there", "left")
    failures = [
        f"{where}: {getattr(found, name)} {name.replace('_', ' ')}" for name in zeros if getattr(found, name)
    ]
    most = found.in_flight_at_kills + found.cuts_before + found.failures_503
    if found.unclear > most:
        failures.append(f"{where}: {found.unclear} unclear, and at most {most} can be")
    whose = "1 process" if plan.processes == 1 else f"{plan.processes} processes"
    if plan.with_celery:
        whose = f"a pool of {plan.processes} on Redis"
    return Result(
        [
            Figure(
                f"{where}, {whose}: messages that the local Titan has, each once", f"{found.in_sandbox:,}"
            ),
            Figure(f"{where}: called sent, and all there", f"{found.sent:,}"),
            Figure(f"{where}: settled by the content of an event, none wrongly", str(found.settled)),
            Figure(f"{where}: unclear in the end, none of them there", str(found.unclear)),
            Figure(
                f"{where}: under way at {found.kills} kills, and cut off or answered 503 unprocessed",
                f"{found.in_flight_at_kills} + {found.cuts_before} + {found.failures_503}",
            ),
            Figure(f"{where}: cut off after they were processed", str(found.cuts_after)),
            Figure(f"{where}: messages a second, all that included", f"{plan.messages / found.seconds:.0f}"),
        ],
        failures,
    )
