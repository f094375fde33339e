"""A client that was used before the fork, in eight workers.

The parent goes on sending from its threads while workers are forked and send over the same client. Each
answer reaches whoever asked, and nothing is processed twice.
"""

from __future__ import annotations

import multiprocessing
import threading
import time
from typing import Any, Dict, List

from . import Figure, Options, Result
from ._alone import ask_counts, run_alone, serving
from .load import Outcome, count_sends, send

WORKERS = 8
EACH = 2_000
# Workers number their messages from multiples of this.
_STRIDE = 1_000_000


def run(options: Options) -> Result:
    """Run it in an interpreter of its own, since a process with threads is forked."""
    return check(run_alone("processes", "send_from_workers", WORKERS, EACH))


def send_from_workers(workers: int, each: int) -> Dict[str, int]:
    """Fork workers under traffic; compare what each got with what the server has."""
    from titan import TitanClient

    forking = multiprocessing.get_context("fork")
    with serving() as base_url, TitanClient(base_url, "titan_proof") as client:
        client.sessions.list()
        done = threading.Event()
        parents: List[Outcome] = []

        def send_meanwhile(first: int) -> None:
            number = first
            while not done.is_set():
                parents.append(send(client, number))
                number += 4

        threads = [threading.Thread(target=send_meanwhile, args=(first,)) for first in range(4)]
        for thread in threads:
            thread.start()
        started = time.perf_counter()
        answers: Any = forking.SimpleQueue()
        children = [
            forking.Process(target=send_all, args=(client, range(start, start + each), answers))
            for start in range(_STRIDE, (workers + 1) * _STRIDE, _STRIDE)
        ]
        for child in children:
            child.start()
        outcomes = [outcome for _ in children for outcome in answers.get()]
        for child in children:
            child.join(60)
        seconds = time.perf_counter() - started
        done.set()
        for thread in threads:
            thread.join()
        processed, _, _ = ask_counts(base_url)
    outcomes += parents
    counts = count_sends(outcomes, processed)
    ended = sum(child.exitcode == 0 for child in children)
    return {
        **counts,
        "sends": len(outcomes),
        "parent": len(parents),
        "workers": workers,
        "ended": ended,
        "per second": round(len(outcomes) / seconds),
    }


def send_all(client: Any, numbers: range, answers: Any) -> None:
    """Send the messages of one worker, and hand on what came of them."""
    answers.put([send(client, number) for number in numbers])


def check(found: Dict[str, int]) -> Result:
    """Say what came of it."""
    wrong = ("failed", "unclear", "lost", "doubled", "mixed")
    failures = [f"{found[name]} sends {name}" for name in wrong if found[name]]
    if found["ended"] != found["workers"]:
        failures.append(f"only {found['ended']} of {found['workers']} workers ended well")
    by_parent = f"of these by the parent, from 4 threads, while it forked {found['workers']} workers"
    return Result(
        [
            Figure("sends over a client that was used before the fork", f"{found['sends']:,}"),
            Figure(by_parent, f"{found['parent']:,}"),
            *(Figure(name, str(found[name])) for name in wrong),
        ],
        failures,
    )
