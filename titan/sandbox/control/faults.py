"""Making requests go wrong."""

from __future__ import annotations

from typing import Optional

from pydantic import Field
from typing_extensions import Annotated, Literal

from ..delivery import events
from ..spec.faults import Fault
from .routes import ControlBase, route


class FaultControls(ControlBase):
    """Calls about faults."""

    @route("POST", "/sandbox/faults")
    def fail(
        self,
        route: str,
        times: Annotated[int, Field(ge=1)] = 1,
        *,
        status: Optional[Annotated[int, Field(ge=400, le=599)]] = None,
        retry_after: Optional[Annotated[int, Field(ge=0)]] = None,
        delay: Annotated[float, Field(ge=0, le=3600)] = 0,
        cut: Optional[Literal["before", "after"]] = None,
        body: Optional[Literal["html", "truncated"]] = None,
        unknown_fields: bool = False,
        events_first: bool = False,
    ) -> None:
        """Make the next requests to a route go wrong. Also `POST /sandbox/faults`.

        With a `status`, and with `cut="before"`, nothing is processed; otherwise the request is, and only
        its response is damaged, or late. Several faults of one route happen one after the other.

        Args:
            route: An operation, such as `messages.send` (with a client token too); a method and path as the
                API has it, such as `POST /api/messages/send`; or `*` for every request.
            times: To how many requests.
            status: Status to respond with.
            retry_after: Seconds for a `Retry-After` header.
            delay: Seconds to wait first.
            cut: Close the connection without a response, before or after the request was processed.
            body: What comes instead of the response's body: a page of HTML, or only the first half of it.
            unknown_fields: Whether the response has unknown fields.
            events_first: Whether the events of the request are delivered before its response is written,
                `message.ack` before that of `messages.send`. The response waits five seconds for them, at
                most: a webhook that waits for this response itself gets nothing before.

        Raises:
            SandboxError: There is no such route, or nothing would go wrong.
        """
        fault = Fault(route, times, status, retry_after, delay, cut, body, unknown_fields, events_first)
        self._faults.add(fault)

    @route("DELETE", "/sandbox/faults")
    def clear_faults(self) -> None:
        """Forget the faults that have not happened. Also `DELETE /sandbox/faults`.

        Events that are held back by `disorder_events` are delivered.
        """
        self._faults.pending.clear()
        events.release(self._state)
