"""Every fault by its name, in groups as the page shows them."""

from __future__ import annotations

from typing import Dict

from tests.faults.catalogue import answers, connections, framing, redirects, reuse, statuses, tls
from tests.faults.model import Fault

GROUPS = [
    connections.GROUP,
    framing.GROUP,
    answers.GROUP,
    reuse.GROUP,
    tls.GROUP,
    redirects.GROUP,
    statuses.GROUP,
    statuses.WAITS,
]
FAULTS: Dict[str, Fault] = {fault.name: fault for group in GROUPS for fault in group.faults}
assert len(FAULTS) == sum(len(group.faults) for group in GROUPS), "two faults have the same name"
