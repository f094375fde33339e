"""Runs a part of a proof in an interpreter of its own, and a server in another."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, ContextManager, Dict, List, Tuple

from _server_process import run_server

_SCRIPTS = Path(__file__).resolve().parent.parent


class ProofError(Exception):
    """A part could not be run to its end; the text says what happened."""


def run_alone(module: str, function: str, *arguments: Any) -> Any:
    """Call a function of a module of this package in a fresh interpreter.

    Args:
        module: Its name within the package.
        function: The function; what it returns must be JSON.
        *arguments: What it is called with; JSON too.

    Returns:
        What the function returned.

    Raises:
        ProofError: It raised, or the interpreter ended otherwise.
    """
    code = (
        "import importlib, json, sys; "
        "module, function, arguments = json.loads(sys.argv[1]); "
        "called = getattr(importlib.import_module(f'_proofs.{module}'), function); "
        "print(json.dumps(called(*arguments)))"
    )
    asked = json.dumps([module, function, arguments])
    done = subprocess.run(
        [sys.executable, "-c", code, asked],
        cwd=_SCRIPTS,
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode:
        raise ProofError(f"{module}.{function} ended with status {done.returncode}:\n{done.stderr[-4000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def serving(share: float = 0.0, seed: int = 1) -> ContextManager[str]:
    """Run the counting server; gives its base URL.

    Args:
        share: The share of sends that meet a fault, from 0 to 1.
        seed: Of the choice of faults.
    """
    return run_server(["-m", "_proofs._server", str(share), str(seed)])


def ask_counts(base_url: str) -> Tuple[Dict[int, int], Dict[str, int], List[int]]:
    """Ask the server what it has processed.

    Returns:
        How often each message was, by number; how many faults there were of each kind; lengths of uploads.
    """
    from titan import TitanClient

    with TitanClient(base_url, "titan_proof") as client:
        counts: Any = client.request("GET", "/api/counts")
    return (
        {int(number): times for number, times in counts["processed"].items()},
        counts["faults"],
        counts["uploads"],
    )
