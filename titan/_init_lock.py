"""Locks that no fork leaves taken, and the one around loading, validating and connecting."""

from __future__ import annotations

# Imported first, since a fork takes locks in the reverse order of their registration: that of logging has to
# come after this one, as it does in a thread that loads a module.
import logging  # noqa: F401 # pyright: ignore[reportUnusedImport]
import os
import threading
from os import getpid
from typing import Any, Dict


class ProcessLock:
    """A lock that threads of one process share; a forked process has a new one.

    A child has only the thread that forked: whatever another thread of the parent had locked would stay
    locked for ever. Servers that fork in C, such as uWSGI, run no hook of Python in the child, so whose
    lock it is shows at each use: `with lock():`.
    """

    def __init__(self) -> None:
        self._locks: Dict[int, Any] = {}

    def __call__(self) -> Any:
        """The lock of this process.

        It is Python's own, and `with` takes it in one step: with an `__enter__` written in Python, a signal
        handler that raises an error in there would leave the lock taken.
        """
        process = getpid()
        # Two threads may find none at once: setdefault gives both the same.
        return self._locks.get(process) or self._locks.setdefault(process, threading.RLock())


init_lock = ProcessLock()

# A fork by Python waits for it: modules must not be cut off while they load. The child has its own.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=lambda: init_lock().acquire(), after_in_parent=lambda: init_lock().release())
