"""Faults: what tests want to go wrong with the next requests to a route."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Optional

from typing_extensions import Literal

from ..base.errors import SandboxError
from .operations import Operation


@dataclass
class Fault:
    """What goes wrong, and how often.

    One with a `status`, or with `cut="before"`, takes the place of the response: nothing is processed. All
    others let the request be processed, and damage the response.
    """

    route: str
    """An operation, such as `messages.send`; a method and path as the API has it; or `*`, every request."""
    times: int
    """To how many more requests it happens."""
    status: Optional[int] = None
    retry_after: Optional[int] = None
    delay: float = 0
    cut: Optional[Literal["before", "after"]] = None
    body: Optional[Literal["html", "truncated"]] = None
    unknown_fields: bool = False
    events_first: bool = False

    def applies_to(self, operation: Operation) -> bool:
        """Tell whether it happens to requests of an operation."""
        # With a client token, `client.messages.send` uses a route of its own.
        method = operation.id.replace("sendAsClient", "send")
        return self.route in ("*", operation.id, method, operation.route)


class Faults:
    """The faults that are still to happen, oldest first."""

    def __init__(self, operations: Dict[str, Operation]) -> None:
        self._operations = operations
        self.pending: List[Fault] = []

    def add(self, fault: Fault) -> None:
        """Add a fault.

        Raises:
            SandboxError: 400 when there is no such route, or nothing would go wrong.
        """
        damages = (fault.body, fault.unknown_fields, fault.events_first)
        if not (fault.status or fault.delay or fault.cut or any(damages)):
            raise SandboxError(
                400, "say what goes wrong: status, delay, cut, body, unknownFields or eventsFirst"
            )
        if fault.status is not None and fault.cut is not None:
            raise SandboxError(400, "give either status or cut: a connection that is cut has no response")
        if fault.route != "*" and not any(map(fault.applies_to, self._operations.values())):
            raise SandboxError(400, f"no such operation or route: {fault.route}")
        self.pending.append(fault)

    def take(self, operation: Operation) -> Optional[Fault]:
        """Return the fault that happens to a request now, if there is one."""
        for fault in self.pending:
            if fault.applies_to(operation):
                fault.times -= 1
                if fault.times == 0:
                    self.pending.remove(fault)
                return fault
        return None
