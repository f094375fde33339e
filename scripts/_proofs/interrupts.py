"""Interrupts in the middle of calls.

Ctrl-C at random moments of sends, uploads and downloads: what the signal handler raised reaches the caller,
nothing is sent again after it, a download leaves no half file, and the client works afterwards.
"""

from __future__ import annotations

import collections
import gc
import os
import random
import signal
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Callable, Dict, Iterator

from . import Figure, Options, Result
from ._alone import ask_counts, run_alone, serving
from ._server import FILE_BYTES
from .load import FRIEND, count_files

ROUNDS = {"send": 1_000, "upload": 200, "download": 200}


def run(options: Options) -> Result:
    """Run it in an interpreter of its own, whose signal handlers it sets."""
    return check(run_alone("interrupts", "interrupt_calls", ROUNDS))


def interrupt_calls(rounds: Dict[str, int]) -> Dict[str, int]:
    """Interrupt calls of each kind, then use the client again; count what came of it."""
    from titan import TitanClient

    counts: Dict[str, int] = collections.Counter()
    with serving() as base_url, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        upload, target = folder / "film.mp4", folder / "taken.mp4"
        upload.write_bytes(bytes(2_000_000))
        numbers = iter(range(10_000_000))
        with TitanClient(base_url, "titan_proof", timeout=20) as client:
            calls: Dict[str, Callable[[], Any]] = {
                "send": lambda: client.messages.send_text("s", FRIEND, f"message {next(numbers)}"),
                "upload": lambda: client.messages.send_file("s", FRIEND, upload),
                "download": lambda: client.media.download_to("s", "media", target),
            }
            for call in calls.values():
                call()
            files = count_files()
            for kind, times in rounds.items():
                moments = choose_moments(calls[kind])
                for _ in range(times):
                    counts[f"{kind} interrupted"] += interrupt(calls[kind], next(moments))
                    counts["half files"] += target.exists() and target.stat().st_size != FILE_BYTES
                    counts["left over files"] += len(list(folder.iterdir())) - 1 - target.exists()
                    target.unlink(missing_ok=True)
                    # The next call must get its own answer, whatever the one before left behind.
                    number = next(numbers)
                    message = client.messages.send_text("s", FRIEND, f"message {number}")
                    counts["mixed"] += message.id != f"msg_{number}"
                    counts["calls afterwards"] += 1
            gc.collect()
            counts["left open"] = count_files() - files
        processed, _, uploads = ask_counts(base_url)
    counts["doubled"] = sum(times > 1 for times in processed.values())
    counts["half uploads taken"] = len(set(uploads)) - bool(uploads)
    return {name: int(count) for name, count in counts.items()}


def choose_moments(call: Callable[[], Any]) -> Iterator[float]:
    """Give moments, in seconds, spread over a little more than the call takes."""
    call()
    started = time.perf_counter()
    for _ in range(5):
        call()
    usual = (time.perf_counter() - started) / 5
    choice = random.Random(1)
    while True:
        yield choice.uniform(0, 1.2 * usual)


def interrupt(call: Callable[[], Any], after: float) -> bool:
    """Make a call and send this process SIGINT in it; return whether it ended with KeyboardInterrupt."""
    arrived = threading.Event()

    def raise_once(number: int, frame: object) -> None:
        arrived.set()
        raise KeyboardInterrupt

    def kill_later() -> None:
        time.sleep(after)
        os.kill(os.getpid(), signal.SIGINT)

    previous = signal.signal(signal.SIGINT, raise_once)
    killer = threading.Thread(target=kill_later)
    interrupted = False
    try:
        try:
            killer.start()
            call()
        except KeyboardInterrupt:
            interrupted = True
        # It may come after the call too; it must have come before the next one.
        while not arrived.is_set():
            time.sleep(0.0005)
    except KeyboardInterrupt:
        pass
    killer.join()
    signal.signal(signal.SIGINT, previous)
    return interrupted


def check(found: Dict[str, int]) -> Result:
    """Say what came of it."""
    wrong = ("doubled", "mixed", "half files", "left over files", "left open", "half uploads taken")
    failures = [f"{name}: {found[name]}" for name in wrong if found.get(name)]
    interrupted = {kind: found.get(f"{kind} interrupted", 0) for kind in ROUNDS}
    failures += [
        f"no {kind} was interrupted, so nothing was shown" for kind, count in interrupted.items() if not count
    ]
    return Result(
        [
            *(
                Figure(f"{kind}s interrupted in the middle", f"{count:,}")
                for kind, count in interrupted.items()
            ),
            Figure(
                "calls afterwards on the same client, each with its own answer",
                f"{found['calls afterwards']:,}",
            ),
            *(Figure(name, str(found.get(name, 0))) for name in wrong),
        ],
        failures,
    )
