"""Many threads, many calls.

Every message that was answered was processed once, under its own number; every one that failed for sure was
not; every unclear one at most once. Memory and open files do not grow with the number of calls.
"""

from __future__ import annotations

import functools
import gc
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, NamedTuple, Sequence

from . import Figure, Options, Result
from ._alone import ask_counts, run_alone, serving

FRIEND = "5511999999999@s.whatsapp.net"
THREADS = 32
SENDS = 40_000
SHARE = 0.05
CALLS = 200_000
CLIENTS = 50
# Allocators keep some of what they had; a leak of 25 bytes a call would be more.
MAY_GROW = 4_000_000


class Outcome(NamedTuple):
    """What came of the send of one message."""

    number: int
    kind: str
    """`answered`, `failed` (surely not processed) or `unclear`."""
    answered_id: str = ""
    answered_text: str = ""


def run(options: Options) -> Result:
    """Run all, each in an interpreter of its own."""
    results = [
        check_sends(run_alone("load", "send_from_threads", SENDS, SHARE)),
        check_calls(run_alone("load", "call_again_and_again", CALLS)),
        check_dropped(run_alone("load", "drop_clients", CLIENTS)),
    ]
    return Result(
        [figure for result in results for figure in result.figures],
        [failure for result in results for failure in result.failures],
    )


def send_from_threads(sends: int, share: float) -> Dict[str, int]:
    """Send numbered messages, some of which meet a fault; compare with what the server has."""
    from titan import TitanClient

    with serving(share) as base_url:
        with (
            TitanClient(base_url, "titan_proof", timeout=20) as client,
            ThreadPoolExecutor(THREADS) as threads,
        ):
            started = time.perf_counter()
            outcomes = list(threads.map(functools.partial(send, client), range(sends)))
            seconds = time.perf_counter() - started
        processed, faults, _ = ask_counts(base_url)
    return {
        **count_sends(outcomes, processed),
        "faults": sum(faults.values()),
        "per second": round(sends / seconds),
    }


def send(client: Any, number: int) -> Outcome:
    """Send a message and say what came of it."""
    from titan import TitanError

    try:
        message = client.messages.send_text("s", FRIEND, f"message {number}")
    except TitanError as error:
        return Outcome(number, "unclear" if error.maybe_processed else "failed")
    return Outcome(number, "answered", message.id, message.text)


def count_sends(outcomes: Sequence[Outcome], processed: Dict[int, int]) -> Dict[str, int]:
    """Compare what came of each message with how often the server processed it.

    Args:
        outcomes: What came of each.
        processed: How often the server processed each number.
    """
    counts = dict.fromkeys(
        ("answered", "failed", "unclear", "lost", "doubled", "mixed", "failed but processed"), 0
    )
    for number, kind, answered_id, answered_text in outcomes:
        times = processed.get(number, 0)
        counts[kind] += 1
        counts["lost"] += kind == "answered" and times == 0
        counts["doubled"] += times > 1
        counts["failed but processed"] += kind == "failed" and times > 0
        own = (f"msg_{number}", f"message {number}")
        counts["mixed"] += kind == "answered" and (answered_id, answered_text) != own
    return counts


def check_sends(found: Dict[str, int]) -> Result:
    """Say what came of the sends."""
    wrong = ("lost", "doubled", "mixed", "failed but processed")
    sends = found["answered"] + found["failed"] + found["unclear"]
    outcome = f"{found['answered']:,} / {found['failed']:,} / {found['unclear']:,}"
    return Result(
        [
            Figure(f"sends from {THREADS} threads, of which {found['faults']:,} met a fault", f"{sends:,}"),
            Figure("of these answered / surely not processed / unclear", outcome),
            *(Figure(name, str(found[name])) for name in wrong),
            Figure("sends a second", f"{found['per second']:,}"),
        ],
        [f"{found[name]} sends {name}" for name in wrong if found[name]],
    )


def call_again_and_again(calls: int) -> Dict[str, int]:
    """Use one client for many calls; read memory and open files after a tenth of them, and at the end."""
    from titan import TitanClient

    with serving() as base_url, TitanClient(base_url, "titan_proof") as client:

        def use(count: int) -> None:
            for number in range(count // 2):
                client.messages.send("s", {"chatId": FRIEND, "type": "text", "text": f"message {number}"})
                client.sessions.list()

        use(calls // 10)
        gc.collect()
        before, files = read_memory(), count_files()
        use(calls - calls // 10)
        gc.collect()
        grown = read_memory() - before
        return {"calls": calls, "grown": grown, "files": count_files() - files}


def check_calls(found: Dict[str, int]) -> Result:
    """Say what came of the calls."""
    failures = []
    if found["grown"] > MAY_GROW:
        failures.append(f"{found['calls']} calls made the process grow by {found['grown']} bytes")
    if found["files"]:
        failures.append(f"{found['calls']} calls left {found['files']} files open")
    return Result(
        [
            Figure("calls on one client", f"{found['calls']:,}"),
            Figure("memory grown since the first tenth of them", f"{max(found['grown'], 0) // 1024:,} KiB"),
            Figure("files and connections left open by them", str(found["files"])),
        ],
        failures,
    )


def drop_clients(clients: int) -> Dict[str, int]:
    """Use clients and forget them without `close`; count what is left, and warnings of it."""
    import threading
    import warnings

    from titan import TitanClient

    with serving() as base_url:
        TitanClient(base_url, "titan_proof").sessions.list()
        gc.collect()
        files, threads = count_files(), threading.active_count()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            for _ in range(clients):
                TitanClient(base_url, "titan_proof").sessions.list()
            gc.collect()
        return {
            "clients": clients,
            "warnings": len(caught),
            "files": count_files() - files,
            "threads": threading.active_count() - threads,
        }


def check_dropped(found: Dict[str, int]) -> Result:
    """Say what came of the clients."""
    left = {name: found[name] for name in ("files", "threads", "warnings") if found[name] > 0}
    return Result(
        [
            Figure("clients used and dropped without `close`", str(found["clients"])),
            Figure("connections, threads and warnings left by them", str(sum(left.values()))),
        ],
        [f"{found['clients']} dropped clients left {count} {name}" for name, count in left.items()],
    )


def read_memory() -> int:
    """The resident memory of this process, in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def count_files() -> int:
    """How many descriptors this process has open."""
    return len(os.listdir("/proc/self/fd"))
