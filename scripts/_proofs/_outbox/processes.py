"""The processes that send in the proof of the outbox: they are killed, and others take their place."""

from __future__ import annotations

import contextlib
import importlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, Protocol

_SCRIPTS = Path(__file__).resolve().parents[2]
_SECONDS_TO_START = 60.0


class Processes(Protocol):
    """Processes that send."""

    def kill(self, chance: random.Random) -> List[int]:
        """Kill one at once, or some that belong together; gives their process ids."""
        ...


@contextlib.contextmanager
def runs(journal: str, sandbox: Any, count: int, lease: float, _folder: Path) -> Iterator[Processes]:
    """Processes that each call `outbox.run()`."""
    processes = _Runs(journal, sandbox, count, lease)
    try:
        yield processes
    finally:
        processes.stop()


@contextlib.contextmanager
def pool(journal: str, sandbox: Any, count: int, lease: float, folder: Path) -> Iterator[Processes]:
    """A worker of Celery with a pool, and its beat, on a Redis of their own."""
    redis: Any = importlib.import_module("tests.support.redis")
    with redis.running_redis("the outbox on Celery", folder) as broker:
        processes = _Pool(journal, sandbox, count, lease, broker, folder)
        try:
            yield processes
        finally:
            processes.stop()


def _environment(sandbox: Any) -> Dict[str, str]:
    return {**os.environ, "TITAN_API_KEY": sandbox.api_key, "TITAN_BASE_URL": sandbox.base_url}


class _Runs:
    def __init__(self, journal: str, sandbox: Any, count: int, lease: float) -> None:
        self._command = [sys.executable, "-m", "_proofs._outbox.worker", journal, str(lease)]
        self._environment = _environment(sandbox)
        self._processes = [self._start() for _ in range(count)]

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, cwd=_SCRIPTS, env=self._environment, stdout=subprocess.DEVNULL)

    def kill(self, chance: random.Random) -> List[int]:
        place = chance.randrange(len(self._processes))
        process = self._processes[place]
        process.kill()
        process.wait()
        self._processes[place] = self._start()
        return [process.pid]

    def stop(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()


class _Pool:
    def __init__(
        self, journal: str, sandbox: Any, count: int, lease: float, broker: str, folder: Path
    ) -> None:
        more = {"TITAN_OUTBOX": journal, "TITAN_OUTBOX_LEASE": str(lease), "TITAN_OUTBOX_BROKER": broker}
        # Celery warns root, and tells of each loss of a process.
        self._log = open(folder / "celery.log", "ab")  # noqa: SIM115 - closed by stop()
        self._environment = {**_environment(sandbox), **more}
        self._count, self._folder = count, folder
        self._worker = self._start_worker()
        self._beat = self._start("beat", "-s", str(folder / "beat"))

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "celery", "-A", "_proofs._outbox.tasks", *arguments]
        return subprocess.Popen(
            command,
            cwd=_SCRIPTS,
            env=self._environment,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )

    def _start_worker(self) -> subprocess.Popen[bytes]:
        return self._start(
            "worker", "--pool=prefork", "-c", str(self._count), "--without-mingle", "--without-gossip"
        )

    def kill(self, chance: random.Random) -> List[int]:
        children = self._find_children()
        if chance.random() < 0.7:
            victim = chance.choice(children)
            os.kill(victim, signal.SIGKILL)
            return [victim]
        # The machine is gone: the worker with all of its pool.
        os.killpg(self._worker.pid, signal.SIGKILL)
        self._worker.wait()
        self._worker = self._start_worker()
        return children

    def _find_children(self) -> List[int]:
        """The processes of the pool, once there are some."""
        deadline = time.monotonic() + _SECONDS_TO_START
        while time.monotonic() < deadline:
            found = [
                pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if self._is_of_pool(pid)
            ]
            if found:
                return found
            time.sleep(0.05)
        raise RuntimeError("Celery starts no processes")

    def _is_of_pool(self, pid: int) -> bool:
        with contextlib.suppress(OSError):
            # Behind its name, which may hold spaces: its state, and its parent.
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            return int(fields[1]) == self._worker.pid
        return False

    def stop(self) -> None:
        for process in (self._beat, self._worker):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._log.close()
