"""10,000 events, delivered over sockets to two processes with one store, which are killed now and then.

They are delivered as Titan does, until the answer is 200; some to both processes at once. Some handlers fail,
some are slow. What must hold:

- Every event is handled to success, and before the first answer of 200.
- Nobody begins to handle it while somebody else does, or after an answer of 200.
- It is handled to success twice only where its process was killed between the end of its handler and the end
  of its claim, or where its claim could not be ended within the lease: SQLite lets a writer wait that long.
"""

from __future__ import annotations

import collections
import contextlib
import heapq
import itertools
import random
import socket
import subprocess
import sys
import threading
import time
from math import inf
from pathlib import Path
from typing import Counter, Dict, Iterator, List, NamedTuple, Optional, Tuple

import pytest

from tests.support.deliveries import SECRET, message_body
from tests.support.stores import DATABASES, SharedStore, environment
from titan import sign_webhook

# It wants the machine for itself.
pytestmark = pytest.mark.heavy

EVENTS = {"Redis": 10_000, "PostgreSQL": 2_000, "SQLite": 500}
SENDERS = 16
WORKERS = 8
LEASE = 5.0
KILLS = 8

SERVER = """
import os, random, sys, time
import waitress
from titan import WebhookRouter
{store}
port, log = int(sys.argv[1]), os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
router = WebhookRouter({secret!r}, seen=store)

def note(what, event):
    # One write for a line: it is whole in the file, even if the process is killed right after it.
    os.write(log, f"{{what}} {{event.id}} {{os.getpid()}} {{time.monotonic()}}\\n".encode())

@router.on("message.received")
def handle(event):
    note("begin", event)
    luck = random.random()
    if luck < 0.1:
        time.sleep(random.choice([0.005, 0.02, 0.1]))
    elif luck < 0.15:
        note("failed", event)
        raise RuntimeError("this handler fails at random")
    note("done", event)
    if luck > 0.95:
        time.sleep(0.02)

waitress.serve(router.wsgi_app(), host="127.0.0.1", port=port, threads={workers}, _quiet=True)
"""


class Server:
    """A process that receives events, at one port whenever it is started again."""

    def __init__(self, code: str, folder: Path, number: int) -> None:
        # Bound, but not listening: nobody else gets the port while the process is dead.
        self._bound = socket.socket()
        self._bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._bound.bind(("127.0.0.1", 0))
        self.port = self._bound.getsockname()[1]
        self.log = folder / f"events-{number}.txt"
        self._errors = (folder / f"errors-{number}.txt").open("wb")
        self._command = [sys.executable, "-c", code, str(self.port), str(self.log)]
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, env=environment(), stderr=self._errors)

    def kill(self) -> Tuple[int, float]:
        """End it at once; gives its process id, and the time."""
        self._process.kill()
        self._process.wait()
        return self._process.pid, time.monotonic()

    def close(self) -> None:
        self.kill()
        self._errors.close()
        self._bound.close()


class Delivery(NamedTuple):
    due: float
    number: int
    event_id: str
    ports: List[int]
    attempts: int


class Titan:
    """Delivers events until each delivery was answered with 200."""

    def __init__(self, ports: List[int]) -> None:
        self._ports = ports
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._waiting: List[Delivery] = []
        self._open = 0
        self.accepted: Dict[str, List[float]] = collections.defaultdict(list)
        self.statuses: Counter[Optional[int]] = collections.Counter()

    def emit(self, event_id: str, ports: List[int]) -> None:
        """Deliver an event, to several ports at once where several are given."""
        self._open += len(ports)
        heapq.heappush(self._waiting, Delivery(0.0, next(self._numbers), event_id, ports, 0))

    def send(self) -> None:
        """Deliver what is due, until nothing is left: what each sender does."""
        while (delivery := self._next()) is not None:
            statuses = post(delivery.ports, delivery.event_id)
            now = time.monotonic()
            with self._changed:
                self.statuses.update(statuses)
                for status in statuses:
                    if status == 200:
                        self.accepted[delivery.event_id].append(now)
                        self._open -= 1
                    else:
                        self._put_off(delivery, now)
                self._changed.notify_all()

    def _next(self) -> Optional[Delivery]:
        with self._changed:
            while self._open:
                left = self._waiting[0].due - time.monotonic() if self._waiting else None
                if left is not None and left <= 0:
                    return heapq.heappop(self._waiting)
                self._changed.wait(left)
        return None

    def _put_off(self, delivery: Delivery, now: float) -> None:
        due = now + random.random() * min(0.2 * 2**delivery.attempts, 1.0)
        again = Delivery(
            due,
            next(self._numbers),
            delivery.event_id,
            [random.choice(self._ports)],
            delivery.attempts + 1,
        )
        heapq.heappush(self._waiting, again)


def post(ports: List[int], event_id: str) -> List[Optional[int]]:
    """Post an event to each port at once; the statuses, None where there was no answer."""
    body = message_body(event_id, text="Hello!")
    head = (
        "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"X-Webhook-Signature: {sign_webhook(body, SECRET)}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with contextlib.ExitStack() as stack:
        connections = [connect(port, head.encode() + body) for port in ports]
        for connection in filter(None, connections):
            stack.enter_context(connection)
        return [connection and read_status(connection) for connection in connections]


def connect(port: int, request: bytes) -> Optional[socket.socket]:
    """Send a request; None where nobody took it."""
    try:
        connection = socket.create_connection(("127.0.0.1", port), 60)
    except ConnectionError:
        time.sleep(0.01)  # or the senders would take all of the processor while a server starts
        return None
    try:
        connection.sendall(request)
    except ConnectionError:
        connection.close()
        return None
    return connection


def read_status(connection: socket.socket) -> Optional[int]:
    try:
        with connection.makefile("rb") as answer:
            line = answer.readline()
            return int(line.split()[1]) if answer.read() else None
    except (ConnectionError, IndexError):
        return None


class Handling(NamedTuple):
    """One call of a handler."""

    began: float
    ended: float
    succeeded: bool
    process: int


def read_handlings(logs: List[Path], killed: Dict[int, float]) -> Dict[str, List[Handling]]:
    """The calls of handlers for each event, in their order; one that was killed ended with its process."""
    handlings: Dict[str, List[Handling]] = collections.defaultdict(list)
    for log in logs:
        begun: Dict[Tuple[str, str], float] = {}
        for line in log.read_text(encoding="utf-8").splitlines():
            what, event_id, process, at = line.split()
            if what == "begin":
                assert (event_id, process) not in begun
                begun[event_id, process] = float(at)
            else:
                began = begun.pop((event_id, process))
                handlings[event_id].append(Handling(began, float(at), what == "done", int(process)))
        for (event_id, process), began in begun.items():
            handlings[event_id].append(Handling(began, killed[int(process)], False, int(process)))
    return {event_id: sorted(calls) for event_id, calls in handlings.items()}


@pytest.fixture(params=EVENTS)
def shared(request, tmp_path):
    with DATABASES[request.param](tmp_path) as emptied:
        yield request.param, emptied()


@contextlib.contextmanager
def two_servers(store: SharedStore, folder: Path) -> Iterator[List[Server]]:
    code = SERVER.format(store=store.code(LEASE), secret=SECRET, workers=WORKERS)
    with contextlib.ExitStack() as stack:
        servers = []
        for number in range(2):
            servers.append(Server(code, folder, number))
            stack.callback(servers[-1].close)
        yield servers


def deliver_all(servers: List[Server], events: int) -> Tuple[Titan, Dict[int, float]]:
    """Deliver events while processes are killed; gives also who was killed, and when."""
    titan = Titan([server.port for server in servers])
    for number in range(events):
        ports = titan._ports if number % 10 == 0 else [titan._ports[number % 2]]
        titan.emit(f"evt_{number}", ports)
    senders = [threading.Thread(target=titan.send) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    killed = {}
    for kill in range(KILLS):
        while len(titan.accepted) < events * (kill + 1) // (KILLS + 1):
            time.sleep(0.001)
        process, at = servers[kill % 2].kill()
        killed[process] = at
        servers[kill % 2].start()
    for sender in senders:
        sender.join()
    return titan, killed


def test_no_event_is_lost_and_none_is_handled_twice_but_for_a_kill(shared, tmp_path, record_property):
    name, store = shared
    events = EVENTS[name]
    start = time.monotonic()
    with two_servers(store, tmp_path) as servers:
        titan, killed = deliver_all(servers, events)
    seconds = time.monotonic() - start
    handlings = read_handlings([server.log for server in servers], killed)

    assert len(killed) == KILLS
    assert len(titan.accepted) == events
    assert set(titan.accepted) == set(handlings), "answered with 200, and never handled"
    twice = {"killed": 0, "lease over": 0}
    for event_id, calls in handlings.items():
        accepted = min(titan.accepted[event_id])
        successes = [call for call in calls if call.succeeded]
        assert successes, "answered with 200, and never handled to success"
        assert successes[0].ended < accepted, "answered with 200 before it was handled"
        assert calls[-1].began < accepted, "handled again after an answer of 200"
        assert all(call.ended < after.began for call, after in zip(calls, calls[1:])), "handled by two"
        for call, after in zip(successes, successes[1:]):
            assert after.began - call.began > LEASE - 0.1, "handled twice within the lease"
            twice["killed" if killed.get(call.process, inf) < after.began else "lease over"] += 1
    assert twice["killed"] <= KILLS * WORKERS
    assert titan.statuses[500] > events * 0.02
    if name != "SQLite":
        assert twice["lease over"] == 0
        assert titan.statuses[503] > 0

    ends = [(call.process, call.ended) for calls in handlings.values() for call in calls]
    figures = {
        "events": events,
        "seconds": round(seconds, 1),
        "answers of 200": titan.statuses[200],
        "of 500": titan.statuses[500],
        "of 503": titan.statuses[503],
        "connections lost or refused": titan.statuses[None],
        "kills": len(killed),
        "handlers cut off by a kill": sum(killed.get(process) == ended for process, ended in ends),
        "handled to success twice": twice,
    }
    record_property(name, str(figures))
    print(f"\n{name}: " + ", ".join(f"{what} {count}" for what, count in figures.items()))
