"""A process that sends what is queued in an outbox, until nothing is: it is killed at any moment.

`python -m _proofs._outbox_worker JOURNAL BASE_URL LEASE`, with the key in TITAN_API_KEY. Its claims
begin with its process id, so that it can be counted what it had claimed when it was killed.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from titan import TitanClient
from titan.outbox import Outbox
from titan.outbox.work import running

_SECONDS_BETWEEN_RUNS = 0.1


def main() -> None:
    """Run again and again, since leases of processes that were killed end meanwhile."""
    journal, base_url, lease = sys.argv[1:]
    named: Any = SimpleNamespace(uuid4=lambda: SimpleNamespace(hex=f"pid{os.getpid()}"))
    setattr(running, "uuid", named)  # noqa: B010 - mypy knows it as a module
    with TitanClient(base_url, timeout=60) as client, Outbox(client, journal, lease=float(lease)) as outbox:
        print("ready", flush=True)
        while True:
            outbox.run()
            counts = outbox.counts()
            if not counts["queued"] and not counts["sending"]:
                return
            time.sleep(_SECONDS_BETWEEN_RUNS)


if __name__ == "__main__":
    main()
