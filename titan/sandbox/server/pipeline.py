"""The way of a request of the API: credential, limits, contract, handler, faults."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import Any, Awaitable, Callable, Dict, List, Mapping, Sequence
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response

from ..api import client_tokens
from ..api.handlers import HANDLERS
from ..api.request import ApiRequest, ApiResponse, ClientToken
from ..base.errors import SandboxError
from ..delivery.events import emit_result
from ..spec.contract import Contract, Operation
from ..spec.faults import Fault, Faults
from ..state import State
from .authentication import authenticate, authorize
from .errors import error_response, on_sandbox_error
from .faulty_responses import CloseConnection, NoResponse, TruncatedResponse
from .local_only import REMAINING

_ASYNC_SECONDS = 0.05
"""How long a command of async mode takes."""
_SECONDS_BETWEEN_LOOKS = 0.05

Endpoint = Callable[[Request], Awaitable[Response]]


class Pipeline:
    """Takes a request of the API from its bytes to its response.

    Args:
        state: What the handlers work on.
        contract: Judges the requests.
        faults: What is to go wrong.
        close: Closes the connection of a request.
        is_stopping: Tells whether the server wants to end.
    """

    def __init__(
        self,
        state: State,
        contract: Contract,
        faults: Faults,
        close: CloseConnection,
        is_stopping: Callable[[], bool],
    ) -> None:
        self._state = state
        self._contract = contract
        self._faults = faults
        self._close = close
        self._is_stopping = is_stopping

    def endpoint(self, by_method: Mapping[str, Operation]) -> Endpoint:
        """Make the endpoint of a path."""

        async def endpoint(request: Request) -> Response:
            # Read to its end even when it will be refused: a client that is still sending when the
            # connection closes never sees the answer.
            raw = await request.body()
            operation = by_method["GET" if request.method == "HEAD" else request.method]
            with self._state.lock:
                fault = self._faults.take(operation)
            if fault is None:
                return to_response(self._handle(operation, request, raw))
            return await self._respond_with_fault(fault, operation, request, raw)

        return endpoint

    async def _respond_with_fault(
        self, fault: Fault, operation: Operation, request: Request, raw: bytes
    ) -> Response:
        end = time.monotonic() + fault.delay
        while time.monotonic() < end and not self._is_stopping():
            # In small pieces: the server ends only when all its requests have.
            await asyncio.sleep(min(max(end - time.monotonic(), 0), _SECONDS_BETWEEN_LOOKS))
        if fault.cut == "before" or self._is_stopping():
            return NoResponse(self._close)
        if fault.status is not None:
            response = error_response(fault.status, f"a fault that was ordered: {fault.status}")
        else:
            try:
                response = to_response(self._handle(operation, request, raw, fault.unknown_fields))
            except SandboxError as error:
                response = await on_sandbox_error(request, error)
        if fault.cut == "after":
            return NoResponse(self._close)
        if fault.body == "html":
            page_of_proxy = b"<!DOCTYPE html><title>Proxy</title><h1>Something went wrong</h1>"
            response = Response(page_of_proxy, response.status_code, media_type="text/html")
        elif fault.body == "truncated":
            response = TruncatedResponse(response, self._close)
        if fault.retry_after is not None:
            response.headers["Retry-After"] = str(fault.retry_after)
        return response

    def _handle(
        self, operation: Operation, request: Request, raw: bytes, unknown_fields: bool = False
    ) -> ApiResponse:
        state, path = self._state, path_of(request, operation.parameters)
        with state.reading():
            credential = authenticate(state, request.headers.get("authorization", ""))
            request.scope[REMAINING] = 0
            limit = state.settings.rate_limit
            request.scope[REMAINING] = state.requests.take(credential.id, limit, state.clock.now())
            authorize(state, credential, operation, path, request.headers.get("origin"))
        handler = HANDLERS.get(operation.id)
        if handler is None:
            raise SandboxError(501, f"{operation.title} has no handler in this sandbox")
        body = self._contract.read_body(operation, request.headers.get("content-type", ""), raw)
        query = request.query_params
        self._contract.check(operation, path, query.multi_items(), body)
        if operation.session_in_body and body is not None and "session" in path:
            _check_session(path["session"], body.get("session", path["session"]))
        with state.reading() if operation.method == "get" else state.changing():
            api_request = ApiRequest(state, operation, path, query, body)
            if "session" in path:
                state.session(path["session"])
            if operation.is_command:
                state.connected_session(api_request.session.name)
            if operation.is_command and _wants_async(request.headers.getlist("prefer")):
                response = _run_later(api_request)
            else:
                response = handler(api_request)
            if isinstance(credential, ClientToken):
                client_tokens.count(state, credential, operation)
        if unknown_fields:
            response = response._replace(data=_with_unknown_fields(response.data))
        return response


def _with_unknown_fields(data: Any) -> Any:
    if isinstance(data, list):
        return [_with_unknown_fields(one) for one in data]
    return {**data, "aFieldOfTomorrow": {"nobody": ["knows", 1, None]}} if isinstance(data, dict) else data


def _wants_async(prefer: List[str]) -> bool:
    return any(one.strip().lower() == "respond-async" for line in prefer for one in line.split(","))


def _run_later(request: ApiRequest) -> ApiResponse:
    state, session = request.state, request.session
    correlation_id = f"cmd-{secrets.token_hex(6)}"

    def run() -> None:
        if not state.knows(session):
            return
        try:
            state.connected_session(session.name)
            response = HANDLERS[request.operation.id](request)
        except SandboxError as error:
            emit_result(state, session, correlation_id, False, {"error": error.message})
        else:
            emit_result(state, session, correlation_id, True, response.data)

    state.clock.later(_ASYNC_SECONDS, run)
    return ApiResponse({"correlationId": correlation_id}, 202)


def _check_session(in_path: str, in_body: str) -> None:
    if in_path != in_body:
        raise SandboxError(400, "session is not the session in the path")


def path_of(request: Request, names: Sequence[str]) -> Dict[str, str]:
    """The values of the placeholders in a path, under the names that the contract gives them."""
    return {name: unquote(value) for name, value in zip(names, request.path_params.values())}


def to_response(response: ApiResponse) -> Response:
    """What goes over HTTP for what a handler gave back."""
    return Response(
        response.body(), response.status, headers=response.headers, media_type=response.media_type
    )
