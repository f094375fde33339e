"""The lock around what a fork must not cut off: loading modules, building schemas, validating, connecting."""

from __future__ import annotations

# Imported first, since a fork takes locks in the reverse order of their registration: that of logging has to
# come after this one, as it does in a thread that loads a module.
import logging  # noqa: F401 # pyright: ignore[reportUnusedImport]
import os
import threading

init_lock = threading.RLock()

# A fork waits for it. A child has only the thread that forked: whatever another thread of the parent had
# locked, an unfinished import included, would stay locked for ever.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=init_lock.acquire, after_in_parent=init_lock.release, after_in_child=init_lock.release
    )
