"""The way of a request of the API: authenticate, authorize, validate, dispatch."""

from __future__ import annotations

import logging
import secrets
from typing import Any, Dict, List, Mapping
from urllib.parse import unquote

from starlette.requests import Request

from ..api.handlers import HANDLERS
from ..api.request import ApiRequest, ApiResponse, Handler
from ..auth import client_tokens
from ..auth.client_tokens import ClientToken
from ..auth.credentials import Credential, authenticate, authorize
from ..base.errors import SandboxError
from ..delivery.events import emit_result
from ..spec.contract import Contract
from ..spec.open_names import find_misspelled
from ..spec.operations import Operation
from ..state import State
from .middleware.response_headers import REMAINING

_logger = logging.getLogger("titan.sandbox")
_ASYNC_SECONDS = 0.05
"""How long a command of async mode takes."""


class Pipeline:
    """Takes requests to their handlers.

    Args:
        state: What the handlers work on.
        contract: What requests must fit.
    """

    def __init__(self, state: State, contract: Contract) -> None:
        self._state = state
        self._contract = contract

    def process(self, operation: Operation, request: Request, raw: bytes) -> ApiResponse:
        """Process a request.

        Args:
            operation: What it asks for.
            request: The request.
            raw: Its body.

        Returns:
            What the handler returned.

        Raises:
            SandboxError: Whatever is wrong with it.
        """
        path = read_path(request)
        credential = self._admit(operation, request, path)
        handler = HANDLERS.get(operation.id)
        if handler is None:
            raise SandboxError(501, f"{operation.route} ({operation.id}) has no handler in this sandbox")
        body = self._validate(operation, request, path, raw)
        api_request = ApiRequest(self._state, operation, path, request.query_params, body)
        wants_async = operation.is_command and _prefers_async(request.headers.getlist("prefer"))
        return self._dispatch(handler, api_request, credential, wants_async)

    def _admit(self, operation: Operation, request: Request, path: Mapping[str, str]) -> Credential:
        state = self._state
        with state.reading():
            credential = authenticate(state, request.headers.get("authorization", ""))
            request.scope[REMAINING] = 0
            limit = state.settings.rate_limit
            request.scope[REMAINING] = state.requests.take(credential.id, limit, state.clock.seconds())
            origin = request.headers.get("origin")
            authorize(state, credential, operation, path.get("session"), origin)
        return credential

    def _validate(self, operation: Operation, request: Request, path: Mapping[str, str], raw: bytes) -> Any:
        body = self._contract.read_body(operation, request.headers.get("content-type", ""), raw)
        self._contract.check(operation, path, request.query_params.multi_items(), body)
        named = None if body is None else body.get("session")
        if named is not None and named != path.get("session", named):
            raise SandboxError(400, "session must be the same in the body as in the path")
        return body

    def _dispatch(
        self, handler: Handler, request: ApiRequest, credential: Credential, wants_async: bool
    ) -> ApiResponse:
        state, operation = self._state, request.operation
        with state.reading() if operation.method == "get" else state.changing():
            if "session" in request.path:
                state.find_session(request.path["session"])
            if operation.is_command:
                state.find_connected_session(request.session.name)
            response = _run_later(handler, request) if wants_async else handler(request)
            for warning in find_misspelled(operation, request.body):
                _warn(state, f"{warning} It was accepted as it is.")
            if isinstance(credential, ClientToken):
                client_tokens.count(state, credential, operation)
        return response


def _warn(state: State, warning: str) -> None:
    if warning not in state.warnings:
        state.warnings.append(warning)
        _logger.warning(warning)


def read_path(request: Request) -> Dict[str, str]:
    """Return the path parameters, decoded."""
    params: Mapping[str, Any] = request.path_params
    return {name: unquote(value) for name, value in params.items()}


def _prefers_async(prefer: List[str]) -> bool:
    return any(one.strip().lower() == "respond-async" for line in prefer for one in line.split(","))


def _run_later(handler: Handler, request: ApiRequest) -> ApiResponse:
    """Schedule a command of async mode; an event tells how it ended."""
    state, session, account = request.state, request.session, request.account
    correlation_id = f"cmd-{secrets.token_hex(6)}"

    def run() -> None:
        # Somebody may wait for its end, and no webhook for its result.
        state.changed.notify_all()
        if not state.has_session(session):
            return
        success, result = False, {"error": "internal server error"}
        try:
            state.find_connected_session(session.name)
            if session.account is not account:
                raise SandboxError(409, f"session was paired with another account: {session.name}")
            success, result = True, handler(request).data
        except SandboxError as error:
            result = {"error": error.message}
        finally:
            emit_result(state, session, correlation_id, success, result)

    state.clock.call_later(_ASYNC_SECONDS, run, is_awaited=True)
    return ApiResponse({"correlationId": correlation_id}, 202)
