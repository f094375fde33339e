"""Claims that begin with the id of their process, so that those of one that was killed can be counted."""

from __future__ import annotations

import itertools
import os
from types import SimpleNamespace
from typing import Any

from titan.outbox.work import running, turns

_numbers = itertools.count(1)


def name_claims_by_process() -> None:
    """Let the outboxes of this process, and of those that it forks, name their claims so."""
    named: Any = SimpleNamespace(
        uuid4=lambda: SimpleNamespace(hex=f"pid{os.getpid()}.{next(_numbers)}.{os.urandom(4).hex()}")
    )
    for module in (running, turns):
        setattr(module, "uuid", named)  # noqa: B010 - mypy knows it as a module
