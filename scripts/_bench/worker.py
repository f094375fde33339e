"""A process that measures one side: it reads what to measure, a line each, and prints what that cost."""

from __future__ import annotations

import json
import re
import resource
import sys
import threading
import time
from pathlib import Path
from typing import Any, Callable, Dict

Call = Callable[[], Any]


def serve(module: str, address: str, files: str) -> None:
    """Measure what the input asks for, until it ends."""
    from importlib import import_module

    side = import_module(f"_bench.sides.{module}").Side(address, Path(files))
    calls: Dict[str, Call] = {}
    for line in sys.stdin:
        wanted = json.loads(line)
        key = json.dumps([wanted["method"], wanted["arguments"]])
        if key not in calls:
            calls[key] = getattr(side, wanted["method"])(*wanted["arguments"])
        print(json.dumps(_measure(calls[key], wanted["times"], wanted["threads"])), flush=True)


def _measure(call: Call, times: int, threads: int) -> Dict[str, float]:
    """Seconds of a call, by the CPU and by the clock, and in MiB what all of them add to the peak."""
    peak, wall, cpu = _peak(), time.perf_counter(), time.process_time()
    if threads == 1:
        _repeat(call, times)
    else:
        _repeat_in_threads(call, times, threads)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {"cpu": cpu / times, "wall": wall / times, "growth": _peak() - peak, "peak": _peak()}


def _repeat(call: Call, times: int) -> None:
    for _ in range(times):
        call()


def _repeat_in_threads(call: Call, times: int, threads: int) -> None:
    each = [
        threading.Thread(target=_repeat, args=(call, times // threads + (number < times % threads)))
        for number in range(threads)
    ]
    for thread in each:
        thread.start()
    for thread in each:
        thread.join()


def _peak() -> float:
    """The most memory that this process has had, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():  # on Linux ru_maxrss starts with that of the process before this one
        (kibibytes,) = re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())
        return int(kibibytes) / 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1024 / 1024 if sys.platform == "darwin" else most / 1024


if __name__ == "__main__":
    serve(*sys.argv[1:])
