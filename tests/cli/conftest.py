"""Fixtures of the tests of the command line: it runs in this process, or on a terminal."""

from __future__ import annotations

import contextlib
import io
import os
from typing import Dict, List, NamedTuple

import pytest

from titan import TitanClient


class Done(NamedTuple):
    """What came of a run."""

    status: int
    out: str
    err: str


class Stdin(io.TextIOWrapper):
    """What is piped into a run."""

    def __init__(self, text: bytes) -> None:
        super().__init__(io.BytesIO(text), encoding="utf-8")


@pytest.fixture
def environment(sandbox) -> Dict[str, str]:
    """Environment variables that lead to the sandbox, and none of the machine that could change a run."""
    ours = ("TITAN_", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "LANG", "LC_", "TERM", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {
        **kept,
        "TITAN_BASE_URL": sandbox.base_url,
        "TITAN_API_KEY": sandbox.api_key,
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "PYTHONIOENCODING": "utf-8",
        "PYTHONWARNINGS": "error",
    }


@pytest.fixture
def run(environment, capsysbinary):
    """Run `titan` in this process, in whose place a process of its own would only take longer.

    No run may show the key, whatever it does.
    """
    from titan.cli.__main__ import main

    def run_here(*arguments: str, stdin: bytes = b"", **variables: str) -> Done:
        with contextlib.ExitStack() as stack:
            patch = stack.enter_context(pytest.MonkeyPatch.context())
            changed = {**environment, **variables}
            patch.setattr("sys.stdin", Stdin(stdin))
            for name in [*os.environ]:
                if name.startswith("TITAN_"):
                    patch.delenv(name)
            for name, value in changed.items():
                patch.setenv(name, value)
            status = main(list(arguments))
        out, err = (part.decode() for part in capsysbinary.readouterr())
        assert environment["TITAN_API_KEY"] not in out + err
        assert "Traceback" not in out + err
        return Done(status, out, err)

    return run_here


@pytest.fixture
def titan(sandbox):
    """A client on the sandbox, to see what the command line shows."""
    with TitanClient(sandbox.base_url, sandbox.api_key) as client:
        yield client


@pytest.fixture
def connected(sandbox) -> str:
    """A connected session of this name, whose messages stay `sent`."""
    sandbox.configure(delivered_after=None, read_after=None)
    sandbox.connect("my-session")
    return "my-session"


@pytest.fixture
def on_terminal(environment):
    """Run `titan` on a terminal; all are ended with the test."""
    from tests.support.terminal import Terminal

    opened: List[Terminal] = []

    def start(*arguments: str, **options):
        variables = {**environment, **options.pop("variables", {})}
        opened.append(
            Terminal([*arguments], {k: v for k, v in variables.items() if v is not None}, **options)
        )
        return opened[-1]

    yield start
    for one in opened:
        one.close()
        assert environment["TITAN_API_KEY"].encode() not in one.raw
        assert b"Traceback" not in one.raw
