"""Programs that fork: by Python, which runs its hooks, and in C, as uWSGI does, where none runs."""

from __future__ import annotations

import os

import pytest

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")

_FORKS = {"Python": "fork = os.fork", "C": "import ctypes; fork = ctypes.PyDLL(None).fork"}
"""How a program gets its function to fork; that of C keeps Python's lock meanwhile, as servers do."""

in_each_way = pytest.mark.parametrize("way", list(_FORKS))
"""Runs a test with forks of each kind; it is for `fork_by`."""

_PROGRAM = """
import faulthandler, json, os, signal, sys, traceback
from titan import TitanClient

# What hangs says where, and ends. A child of a fork has no alarm until it sets one.
faulthandler.register(signal.SIGALRM, chain=True)
signal.alarm(100)

def call(client, name):
    assert client.sessions.get(name).name == name

def in_child(work):
    pid = fork()
    if pid == 0:
        signal.alarm(60)
        status = 1
        try:
            work()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    return pid

def ended(*pids):
    for pid in pids:
        status = os.waitpid(pid, 0)[1]
        assert status == 0, f"a child ended with status {status}"
"""


def fork_by(way: str) -> str:
    """The beginning of a program that forks: a client's class, `in_child(work)` and `ended(*children)`."""
    return f"import os\n{_FORKS[way]}\n{_PROGRAM}"


FORK = fork_by("Python")
