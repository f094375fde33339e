"""A process that sends what is queued in an outbox, until nothing is: it is killed at any moment.

`python -m _proofs._outbox.worker JOURNAL LEASE`, with the address and the key in the environment.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from titan import TitanClient
from titan.outbox import Outbox

from .claims import name_claims_by_process

_SECONDS_BETWEEN_RUNS = 0.1


def main() -> None:
    """Run again and again, since leases of processes that were killed end meanwhile."""
    journal, lease = sys.argv[1:]
    name_claims_by_process()
    with TitanClient(timeout=60) as client, Outbox(client, journal, lease=float(lease)) as outbox:
        while True:
            outbox.run()
            counts = outbox.counts()
            if not counts["queued"] and not counts["sending"]:
                return
            time.sleep(_SECONDS_BETWEEN_RUNS)


if __name__ == "__main__":
    main()
