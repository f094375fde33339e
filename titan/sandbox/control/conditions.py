"""What tests turn: faults, settings, the clock."""

from __future__ import annotations

from typing import Optional

from pydantic import Field
from typing_extensions import Annotated, Literal, Unpack

from ..base.settings import Options
from ..spec.faults import Fault
from .routes import ControlBase, Seconds, control_route


class ConditionsControl(ControlBase):
    """What tests turn: faults, settings, the clock."""

    @control_route("POST", "/sandbox/faults")
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
    ) -> None:
        """Have the next requests to a route go wrong. Also `POST /sandbox/faults`.

        With a `status`, and with `cut="before"`, nothing is processed; otherwise the request is, and only
        its answer is spoilt. Several faults of one route happen one after the other.

        Args:
            route: An operation, such as `messages.send` (with a client token too); a method and path as the
                API has it, such as `POST /api/messages/send`; or `*` for every request.
            times: To how many requests.
            status: Status to answer with.
            retry_after: Seconds for a `Retry-After` header.
            delay: Seconds to wait first.
            cut: Close the connection without an answer, before or after the request was processed.
            body: What comes instead of the answer's body: a page of HTML, or only the first half of it.
            unknown_fields: Whether the answer has fields that nobody knows.

        Raises:
            SandboxError: There is no such route, or nothing would go wrong.
        """
        fault = Fault(route, times, status, retry_after, delay, cut, body, unknown_fields)
        self._faults.add(fault)

    @control_route("DELETE", "/sandbox/faults")
    def clear_faults(self) -> None:
        """Forget the faults that have not happened. Also `DELETE /sandbox/faults`."""
        self._faults.pending.clear()

    @control_route("POST", "/sandbox/settings", checks_itself=True)
    def configure(self, /, **options: Unpack[Options]) -> None:
        """Change settings until the next reset. Also `POST /sandbox/settings`.

        Args:
            **options: What to change; the same as for `Sandbox`.

        Raises:
            SandboxError: There is no such setting, or it cannot have this value.
        """
        self._state.settings = self._state.settings.changed(options)

    @control_route("POST", "/sandbox/clock")
    def advance(self, seconds: Seconds) -> None:
        """Move the clock forward; what falls due happens. Also `POST /sandbox/clock`.

        Args:
            seconds: How far.

        Raises:
            SandboxError: `seconds` is negative, or too many.
        """
        self._state.clock.advance(seconds)

    @control_route("POST", "/sandbox/reset")
    def reset(self) -> None:
        """Forget everything but `api_key`. Also `POST /sandbox/reset`."""
        self._state.reset()
        self._faults.pending.clear()
        self._dispatcher.cut()
