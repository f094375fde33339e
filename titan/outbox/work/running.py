"""A run: one thread that alone writes the journal, and workers that only make requests.

What came of messages and the next claims go into one transaction, so that each cycle costs one commit however
many messages are under way. The caller's thread waits: a signal interrupts that, never a transaction.
"""

from __future__ import annotations

import logging
import math
import queue
import threading
import uuid
from typing import Callable, Dict, List, NamedTuple, Optional, Set, Union

from sqlalchemy import Connection
from typing_extensions import Literal

from ..._clock import now as monotonic
from ..journal import leases, sessions, settling
from ..journal.claims import Claimed, Claims
from ..journal.database import Database
from .mailbox import Mailbox
from .noting import Notes
from .sending import Result, Sender
from .trouble import Trouble

_SECONDS_OF_WORK = 60.0
"""What can go within this time counts as going now: paces, limits and retries come in such steps."""
_SECONDS_BETWEEN_SWEEPS = 5.0
_SECONDS_BETWEEN_LOOKS = 0.5
_SECONDS_BETWEEN_PROGRESS = 0.2
_SECONDS_TO_GATHER = 0.003

_logger = logging.getLogger("titan")

Job = Union[Claimed, str, None]
"""A message to handle, a session to ask for, or the end."""


class Cycle(NamedTuple):
    """What one transaction brought."""

    claimed: List[Claimed]
    checks: List[str]
    """Paused sessions to ask for."""
    now: float
    next_time: Optional[float]
    """When something can go, where nothing goes now."""


class Run:
    """Sends what is queued until nothing can go any more.

    Args:
        database: Where the journal is.
        claims: Claims messages for it.
        sender: Sends them.
        key: Id of the API key.
        lease: Seconds that a claim lasts.
        wait: For how many seconds it waits for what cannot go yet.
        gap: Seconds between two messages of a session, by the pace.
        workers: How many requests it makes at once.
    """

    def __init__(
        self,
        database: Database,
        claims: Claims,
        sender: Sender,
        *,
        key: str,
        lease: float,
        wait: float,
        gap: float,
        workers: int,
    ) -> None:
        self._database, self._claims, self._sender = database, claims, sender
        self._notes = Notes(database, claims, key)
        self._patience = max(wait, _SECONDS_OF_WORK, gap)
        self._is_endless = wait == math.inf
        self._between_sweeps = min(_SECONDS_BETWEEN_SWEEPS, lease / 2)
        self._workers = workers
        self._owner = uuid.uuid4().hex
        self._number = 0
        self._pause = 0.0
        self._under_way: Dict[str, Claimed] = {}
        self._asked: Set[str] = set()
        self._is_first_cycle = True
        self._next_sweep = 0.0
        self._trouble = Trouble()
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._results: Mailbox[Union[Result, Literal["stop"]]] = Mailbox()
        self._threads = 0
        self._is_stopping = False
        self._failure: Optional[BaseException] = None
        self._is_over = threading.Event()

    def run(self, show_progress: Callable[[], None]) -> None:
        """Run, in threads of its own, until it is over.

        Args:
            show_progress: Called now and then meanwhile.

        Raises:
            BaseException: What interrupted the caller's thread; what is under way was waited for, unless
                that was interrupted too. Or what ended the run.
        """
        threading.Thread(target=self._work, name="titan-outbox", daemon=True).start()
        try:
            while not self._is_over.wait(_SECONDS_BETWEEN_PROGRESS):
                show_progress()
        except BaseException:
            self.stop()
            if not self._is_over.is_set():
                _logger.info(
                    "the outbox waits for what is under way; interrupt it again to leave that unclear"
                )
            while not self._is_over.wait(_SECONDS_BETWEEN_PROGRESS):
                pass
            raise
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Claim nothing more, and end once what is under way is noted."""
        self._is_stopping = True
        self._results.put("stop")

    def _work(self) -> None:
        try:
            while self._go_on():
                pass
        except BaseException as error:
            self._failure = error
        finally:
            for _ in range(self._threads):
                self._jobs.put(None)
            self._is_over.set()

    def _go_on(self) -> bool:
        results = self._take_results()
        for result in results:
            self._trouble.note(result)
            if result.error is not None:
                self._is_stopping = True
        self._number += 1
        token = f"{self._owner}.{self._number}"

        def transact(connection: Connection, is_repeated: bool) -> Cycle:
            return self._transact(connection, results, token, is_repeated=is_repeated)

        cycle = self._database.write_knowingly(transact)
        self._dispatch(results, cycle)
        if self._under_way or self._asked:
            return True
        if self._is_stopping:
            return False
        if self._is_endless:
            self._pause = _SECONDS_BETWEEN_LOOKS
            return True
        if cycle.next_time is None or cycle.next_time > cycle.now + self._patience:
            return False
        self._pause = max(min(cycle.next_time - cycle.now, _SECONDS_BETWEEN_LOOKS), 0.001)
        return True

    def _take_results(self) -> List[Result]:
        """What workers found out since the last cycle; waits for it, or until something else can be done."""
        results: List[Result] = []
        under_way = len(self._under_way) + len(self._asked)
        seconds = _SECONDS_BETWEEN_LOOKS if under_way else self._pause
        deadline = monotonic() + seconds
        while True:
            found = self._results.take(seconds)
            if found is None:
                return results
            if found != "stop":
                results.append(found)
            if len(results) >= under_way:
                return results
            # A moment for the others: fewer transactions, with more in each, are faster.
            deadline = min(deadline, monotonic() + _SECONDS_TO_GATHER)
            seconds = deadline - monotonic()

    def _transact(
        self, connection: Connection, results: List[Result], token: str, *, is_repeated: bool
    ) -> Cycle:
        now, paused_until = self._notes.write(connection, results)
        paused_until = max(paused_until, now + self._trouble.seconds_left())
        checks = self._sweep(connection, now)
        claimed = self._claims.find_claimed(connection, token, now) if is_repeated else []
        busy = self._under_way.keys() - {one.session for one in results if one.message is not None}
        left = self._workers - len(busy)
        if not self._is_stopping and not claimed and left > 0 and paused_until <= now:
            claimed = self._claims.claim(connection, token, left, busy, now)
        is_idle = not claimed and not checks and not self._is_stopping
        next_time = self._claims.next_time(connection, now, paused_until) if is_idle else None
        return Cycle(claimed, checks, now, next_time)

    def _sweep(self, connection: Connection, now: float) -> List[str]:
        """Do what has to be done now and then; gives the paused sessions to ask for."""
        if monotonic() < self._next_sweep or self._is_stopping:
            return []
        leases.expire(connection, now)
        sessions.pause_silent(connection, now)
        settling.forget(connection, now)
        return sessions.take_checks(connection, now, all_of_them=self._is_first_cycle)

    def _dispatch(self, results: List[Result], cycle: Cycle) -> None:
        """Take note of what was written, and hand on what is to be done."""
        if monotonic() >= self._next_sweep:
            self._next_sweep = monotonic() + self._between_sweeps
        self._is_first_cycle = False
        for result in results:
            if result.error is not None and self._failure is None:
                self._failure, self._is_stopping = result.error, True
            if result.message is None:
                self._asked.discard(result.session)
            else:
                self._under_way.pop(result.session, None)
        for message in cycle.claimed:
            self._under_way[message.session] = message
            self._hand_on(message)
        for session in cycle.checks:
            self._asked.add(session)
            self._hand_on(session)

    def _hand_on(self, job: Job) -> None:
        if self._threads < min(self._workers, len(self._under_way) + len(self._asked)):
            self._threads += 1
            name = f"titan-outbox-{self._threads}"
            threading.Thread(target=self._do_jobs, name=name, daemon=True).start()
        self._jobs.put(job)

    def _do_jobs(self) -> None:
        while True:
            job = self._jobs.get()
            if job is None:
                return
            self._results.put(self._sender.ask(job) if isinstance(job, str) else self._sender.handle(job))
