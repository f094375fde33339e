"""Making events come out of order, and again."""

from __future__ import annotations

from typing import List, Optional

from pydantic import Field
from typing_extensions import Annotated

from ..base.encoding import Json
from ..base.errors import SandboxError
from ..delivery import disorder, log
from ..state import Disorder
from .event_maker import check_name
from .routes import ControlBase, route


class DeliveryControls(ControlBase):
    """Calls about the order of events."""

    @route("POST", "/sandbox/disorder")
    def disorder_events(
        self,
        events: Annotated[List[str], Field(min_length=1)],
        count: Annotated[int, Field(ge=2, le=1000)] = 2,
        *,
        session: Optional[str] = None,
    ) -> None:
        """Deliver the next events of some names in reverse order. Also `POST /sandbox/disorder`.

        They are held back until there are `count` of them: `disorder_events(["message.ack"])` lets `read`
        come before `delivered`. Nothing else is held, and `clear_faults` lets go what is.

        Args:
            events: Names of the events.
            count: How many.
            session: Name of the session whose events they are; those of all when left out.

        Raises:
            SandboxError: The name of an event is nearly a known one.
        """
        try:
            for name in events:
                check_name(name)
        except ValueError as error:
            raise SandboxError(400, str(error)) from None
        self._state.disorders.append(Disorder(frozenset(events), count, session))

    @route("POST", "/sandbox/deliveries/{delivery_id}/again")
    def redeliver(self, delivery_id: str, *, as_new_event: bool = False) -> Json:
        """Deliver an event again. Also `POST /sandbox/deliveries/{id}/again`.

        Args:
            delivery_id: Id of the delivery, as `deliveries` shows it.
            as_new_event: Whether it comes as an event of its own, with another id and time: so a message
                comes a second time after a reconnection. Otherwise it is the same event, and one attempt
                more, as when Titan did not hear that the first one was received.

        Returns:
            The delivery; a new one with `as_new_event`.

        Raises:
            SandboxError: The delivery is unknown or still on its way, or its webhook gets no events any more.
        """
        found = disorder.find_delivery(self._state, delivery_id)
        if as_new_event:
            found = disorder.deliver_as_new(self._state, found)
        else:
            disorder.deliver_again(self._state, found)
        return log.to_json(found)
