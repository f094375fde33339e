"""Makes requests go wrong as tests want it."""

from __future__ import annotations

import asyncio
from itertools import takewhile
from typing import Any, Callable, List

from starlette.requests import Request
from starlette.responses import Response

from ..._clock import now
from ..base.errors import SandboxError
from ..spec.faults import Fault
from ..spec.operations import Operation
from ..state import Delivery, State
from .pipeline import Pipeline
from .responses import (
    CloseConnection,
    CutResponse,
    TruncatedResponse,
    create_error,
    create_response,
    on_sandbox_error,
)

_SECONDS_BETWEEN_CHECKS = 0.05
_SECONDS_BETWEEN_LOOKS = 0.005
_MOST_SECONDS_FOR_EVENTS = 5.0


class FaultInjector:
    """Processes requests that are to go wrong.

    Args:
        state: What they change.
        pipeline: Processes requests.
        close: Closes the connection of a request.
        is_stopping: Tells whether the server wants to end.
    """

    def __init__(
        self,
        state: State,
        pipeline: Pipeline,
        close: CloseConnection,
        is_stopping: Callable[[], bool],
    ) -> None:
        self._state = state
        self._pipeline = pipeline
        self._close = close
        self._is_stopping = is_stopping

    async def respond(self, fault: Fault, operation: Operation, request: Request, raw: bytes) -> Response:
        """Process a request, with a fault."""
        await self._wait(fault.delay)
        if fault.cut == "before" or self._is_stopping():
            return CutResponse(self._close)
        last = self._state.deliveries[-1:]
        response = await self._process(fault, operation, request, raw)
        if fault.events_first:
            await self._wait_for_events(last)
        if fault.cut == "after":
            return CutResponse(self._close)
        if fault.body == "html":
            page_of_proxy = b"<!DOCTYPE html><title>Proxy</title><h1>Something went wrong</h1>"
            response = Response(page_of_proxy, response.status_code, media_type="text/html")
        elif fault.body == "truncated":
            response = TruncatedResponse(response, self._close)
        if fault.retry_after is not None:
            response.headers["Retry-After"] = str(fault.retry_after)
        return response

    async def _wait(self, seconds: float) -> None:
        end = now() + seconds
        while now() < end and not self._is_stopping():
            # In small pieces: the server ends only when all its requests have.
            await asyncio.sleep(min(max(end - now(), 0), _SECONDS_BETWEEN_CHECKS))

    async def _wait_for_events(self, last: List[Delivery]) -> None:
        """Wait until each delivery after the last one before has been attempted, if none waits for us."""
        end = now() + _MOST_SECONDS_FOR_EVENTS
        while now() < end and not self._is_stopping():
            with self._state.reading():
                # Not by their number: the log drops old ones.
                newest_first = reversed(self._state.deliveries)
                new = takewhile(lambda one: not any(one is known for known in last), newest_first)
                if all(one.attempts or one.status != "pending" for one in new):
                    return
            await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)

    async def _process(self, fault: Fault, operation: Operation, request: Request, raw: bytes) -> Response:
        if fault.status is not None:
            return create_error(fault.status, f"a fault that a test asked for: {fault.status}")
        try:
            response = self._pipeline.process(operation, request, raw)
        except SandboxError as error:
            return await on_sandbox_error(request, error)
        if fault.unknown_fields:
            response = response._replace(data=_add_unknown_fields(response.data))
        return create_response(response)


def _add_unknown_fields(data: Any) -> Any:
    if isinstance(data, list):
        return [_add_unknown_fields(one) for one in data]
    return {**data, "unknownField": {"nobody": ["knows", 1, None]}} if isinstance(data, dict) else data
