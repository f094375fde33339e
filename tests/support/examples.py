"""Programs from examples/ as their users run them, and deliveries as Titan makes them."""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Callable, Dict, Iterator, List, Optional, Sequence

from tests.support.project import ROOT
from titan import sign_webhook

EXAMPLES = ROOT / "examples"
SECRET = "a secret of the tests"

_SECONDS_TO_START = 60
_numbers = itertools.count(1)


class Program:
    """A running program that listens on a port of loopback."""

    def __init__(self, process: subprocess.Popen, port: int, log: Path) -> None:
        self._process = process
        self._log = log
        self.port = port

    @property
    def output(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def is_listening(self) -> bool:
        """Whether it listens; AssertionError where it has ended."""
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 5):
            return self._process.poll() is None
        assert self._process.poll() is None, self.output
        return False

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def environment(**variables: str) -> Dict[str, str]:
    """The variables of a program: these, and no others of Titan."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TITAN_")}
    return {**inherited, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **variables}


def run_example(
    name: str, folder: Path, *arguments: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run an example in a folder until it ends; `stdout` has what it wrote, to either stream."""
    return subprocess.run(
        [sys.executable, str(EXAMPLES / f"{name}.py"), *arguments],
        cwd=folder,
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=_SECONDS_TO_START,
    )


@contextlib.contextmanager
def running(command: Callable[[int], Sequence[str]], folder: Path, **variables: str) -> Iterator[Program]:
    """Run a program in a folder, on a free port or that of the variable PORT."""
    log = folder / f"output-{next(_numbers)}.txt"
    port = int(variables.get("PORT", "0")) or free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command(port),
            cwd=folder,
            env=environment(**{"PORT": str(port), **variables}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    program = Program(process, port, log)
    try:
        deadline = time.monotonic() + _SECONDS_TO_START
        while not program.is_listening():
            assert time.monotonic() < deadline, program.output
            time.sleep(0.02)
        yield program
    finally:
        program.stop()


def load(name: str) -> ModuleType:
    """Import an example as a module."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def documented(name: str) -> List[str]:
    """The command in the docstring of an example, for this Python and from any folder."""
    source = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8")
    found = re.search(r"^    (?:[A-Z_]+=\S+ )+(\S+ .+)$", source, re.MULTILINE)
    assert found, f"{name} does not say how to run it"
    tool, *arguments = found[1].split()
    start = [sys.executable] if tool == "python" else [sys.executable, "-m", tool]
    return [*start, *(argument.replace("examples", str(EXAMPLES)) for argument in arguments)]


def received(**changed: object) -> Dict[str, object]:
    """A `message.received` that no test has had yet."""
    number = next(_numbers)
    payload = {
        "id": f"msg_{number}",
        "from": {"phoneNumber": "+5511999999999", "mode": "pn"},
        "type": "text",
        "text": f"text {number}.",
        "fromMe": False,
        "pushName": "Front desk",
        **changed,
    }
    return {"id": f"evt_{number}.", "event": "message.received", "session": "my-session", "payload": payload}


def encoded(event: object) -> bytes:
    return json.dumps(event).encode()


def post(
    port: int,
    body: bytes,
    signature: Optional[str] = None,
    *,
    path: str = "/titan",
    pieces: Optional[Sequence[bytes]] = None,
    header: str = "X-Webhook-Signature",
) -> Optional[int]:
    """Deliver a body.

    Args:
        port: Where to.
        body: What Content-Length and, where it is not given, the signature are of.
        signature: Its signature, `""` for none.
        path: Path of the request.
        pieces: What is sent, where it is not the body; the connection is then closed in this direction.
        header: How the name of the signature's header is written.

    Returns:
        The status of the answer; None where the server closed the connection instead.
    """
    signature = sign_webhook(body, SECRET) if signature is None else signature
    head = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json", "Connection: close"]
    head += [f"{header}: {signature}"] if signature else []
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall("\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode())
        for number, piece in enumerate([body] if pieces is None else pieces):
            if number:
                time.sleep(0.05)  # or both arrive as one
            connection.sendall(piece)
        if pieces is not None and sum(map(len, pieces)) < len(body):
            connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as answer:
            line = answer.readline()
            answer.read()
    return int(line.split()[1]) if line else None
