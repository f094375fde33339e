"""Rounds in which all sides of a row are measured in turn."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from pathlib import Path
from statistics import fmean
from typing import Callable, Dict, List, Mapping, NamedTuple, Sequence, Union

from .programs import Program
from .rows import Call, Row

PARTS = 6
"""In how many parts the calls of a round are made."""

SCRIPTS = Path(__file__).resolve().parent.parent
Measurement = Mapping[str, float]
Results = Dict[str, Dict[str, List[Measurement]]]
"""By row and side, what each round measured."""


class Place(NamedTuple):
    """Where it is measured."""

    address: str
    """Of the server."""
    files: Path
    """Folder of the files that are sent."""
    interpreters: Mapping[str, str]
    """By the name of their environment."""
    generated: Path
    """Folder with the clients that the generators made."""


class MeasurementError(Exception):
    """A side failed while it was measured."""


def measure(rows: Sequence[Row], rounds: int, place: Place, tell: Callable[[str], None]) -> Results:
    """Measure rows in rounds.

    Each round has new workers: how fast a process is depends on where its memory happens to lie, too.

    Raises:
        MeasurementError: A side failed.
    """
    rows = [row for row in rows if not row.measured_with]
    results: Results = {row.key: {side: [] for side in row.sides} for row in rows}
    for number in range(rounds):
        with Workers(place) as workers:
            for row in rows:
                if number >= row.rounds:
                    continue
                tell(f"round {number + 1} of {rounds}: {row.key}")
                measured = _measure_row(row, _in_turn(row, number), workers, place)
                for side, measurement in measured.items():
                    results[row.key][side].append(measurement)
    return results


def _in_turn(row: Row, number: int) -> List[str]:
    """The sides, each round beginning with another, so that none is always the one after a costly one."""
    sides = list(row.sides)
    start = number % len(sides)
    return sides[start:] + sides[:start]


def _measure_row(row: Row, order: Sequence[str], workers: Workers, place: Place) -> Dict[str, Measurement]:
    calls = {side: call for side in order for call in (row.sides[side],) if isinstance(call, Call)}
    if row.is_fresh or len(calls) < len(order):
        return {side: _measure_alone(row, row.sides[side], place) for side in order}
    for call in calls.values():
        workers.of(call.module).measure(call, max(1, row.times // 10), row.threads)
    # In small parts in turn, so that what else the machine does meets all sides alike.
    parts = min(PARTS, row.times)
    measured: Dict[str, List[Measurement]] = {side: [] for side in order}
    for _ in range(parts):
        for side, call in calls.items():
            measured[side].append(workers.of(call.module).measure(call, row.times // parts, row.threads))
    return {side: _mean(each) for side, each in measured.items()}


def _mean(measurements: Sequence[Measurement]) -> Measurement:
    return {name: fmean(one[name] for one in measurements) for name in measurements[0]}


def _measure_alone(row: Row, side: Union[Call, Program], place: Place) -> Measurement:
    if isinstance(side, Program):
        return _run(side, place)
    with Workers(place) as own:
        worker = own.of(side.module)
        if row.warm_up:
            worker.measure(side._replace(arguments=row.warm_up), 1, 1)
        return worker.measure(side, row.times, row.threads)


def _environment(place: Place) -> Dict[str, str]:
    # Settings of whoever measures must not reach what is measured.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "TITAN_"))}
    path = os.pathsep.join([str(place.generated), str(SCRIPTS), str(SCRIPTS.parent)])
    return {**kept, "PYTHONPATH": path, "NO_PROXY": "*"}


class Worker:
    """A process that measures the calls of one side."""

    def __init__(self, module: str, place: Place) -> None:
        self._module = module
        self._process = subprocess.Popen(
            [place.interpreters["bench"], "-m", "_bench.worker", module, place.address, str(place.files)],
            env=_environment(place),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def measure(self, call: Call, times: int, threads: int) -> Measurement:
        """What a call costs when it is made so often."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        wanted = {"method": call.method, "arguments": call.arguments, "times": times, "threads": threads}
        with contextlib.suppress(BrokenPipeError):
            print(json.dumps(wanted), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise MeasurementError(f"{self._module} failed at {call.method}{call.arguments}")
        measured: Dict[str, float] = json.loads(line)
        return measured

    def close(self) -> None:
        """End the process, and wait for it."""
        with self._process:
            assert self._process.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()


class Workers:
    """The workers of a round, each started when it is first needed."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._workers: Dict[str, Worker] = {}

    def of(self, module: str) -> Worker:
        """The one that measures this side."""
        if module not in self._workers:
            self._workers[module] = Worker(module, self._place)
        return self._workers[module]

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers.values():
            worker.close()


_TIMED = """\
import sys, time
_code = compile({code!r}, "measured", "exec")
_start = time.process_time()
exec(_code)
print(time.process_time() - _start)
"""


def _run(program: Program, place: Place) -> Measurement:
    """CPU seconds of a program in a new interpreter."""
    code = _TIMED.format(code=program.code) if program.is_import else program.code
    process = subprocess.Popen(
        [place.interpreters[program.environment], "-c", code, place.address],
        env=_environment(place),
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None
    with process.stdout:
        printed = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise MeasurementError(f"this failed:\n{program.code}")
    return {"cpu": float(printed) if program.is_import else used.ru_utime + used.ru_stime}
