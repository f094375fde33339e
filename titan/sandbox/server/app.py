"""The ASGI app: the way of a request from the socket to its handler, and the shape of every answer."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import Any, Awaitable, Callable, Dict, List, Mapping, Optional, Sequence, cast
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ..api import (
    account_keys,
    channels,
    chats,
    client_tokens,
    contacts,
    groups,
    labels,
    media,
    messages,
    pairing,
    presence,
    profile,
    sessions,
    webhooks,
)
from ..api.calls import Answer, Call, ClientToken, Credential, Handlers, encode
from ..base.errors import CHALLENGE, SandboxError
from ..control import control
from ..control.control import Control
from ..delivery.events import emit_result
from ..page import routes as page
from ..spec.contract import Contract, Operation, operations, parse_object
from ..spec.faults import Fault, Faults
from ..state import State
from .local_only import REMAINING, Gate

_DOCS = "https://docs.usetitan.app/"
_ASYNC_SECONDS = 0.05
"""How long a command of async mode takes."""
_SECONDS_BETWEEN_LOOKS = 0.05

HANDLERS: Handlers = {
    **sessions.HANDLERS,
    **pairing.HANDLERS,
    **messages.HANDLERS,
    **contacts.HANDLERS,
    **groups.HANDLERS,
    **channels.HANDLERS,
    **presence.HANDLERS,
    **profile.HANDLERS,
    **labels.HANDLERS,
    **chats.HANDLERS,
    **webhooks.HANDLERS,
    **media.HANDLERS,
    **client_tokens.HANDLERS,
    **account_keys.HANDLERS,
}

Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(
    state: State,
    calls: Control,
    faults: Faults,
    *,
    host: str,
    allowed_hosts: Sequence[str],
    close: Callable[[Scope, bool], None],
    is_stopping: Callable[[], bool],
) -> ASGIApp:
    """Build the app.

    Args:
        state: What it works on.
        calls: The control calls.
        faults: What is to go wrong.
        host: Address that the server listens on.
        allowed_hosts: Names beside this machine's own that requests may use for it.
        close: Closes the connection of a request, at once or when all was sent.
        is_stopping: Tells whether the server wants to end.

    Returns:
        An ASGI app.
    """
    requests = _Requests(state, Contract(), faults, close, is_stopping)
    by_path: Dict[str, Dict[str, Operation]] = {}
    for operation in operations().values():
        by_path.setdefault(operation.path, {})[operation.method.upper()] = operation
    # `/groups/join` before `/groups/{groupId}`, as the specification of OpenAPI asks.
    paths = sorted(by_path, key=lambda path: [segment.startswith("{") for segment in path.split("/")])
    routes = [Route(path, requests.endpoint(by_path[path]), methods=list(by_path[path])) for path in paths]
    routes += [Route(one.path, _control_endpoint(calls, one), methods=[one.method]) for one in control.ROUTES]
    routes += page.routes(state, is_stopping)
    app = Starlette(
        routes=routes,
        exception_handlers={
            HTTPException: _on_http_exception,
            SandboxError: _on_sandbox_error,
            ClientDisconnect: _on_disconnect,
            Exception: _on_exception,
        },
    )
    app.router.redirect_slashes = False
    refusal = _error(403, "this sandbox answers only to requests for this machine")
    return Gate(app, refusal, state, host, allowed_hosts)


class _Requests:
    """Answers the requests of the API."""

    def __init__(
        self,
        state: State,
        contract: Contract,
        faults: Faults,
        close: Callable[[Scope, bool], None],
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
                return _response(self._answer(operation, request, raw))
            return await self._spoilt(fault, operation, request, raw)

        return endpoint

    async def _spoilt(self, fault: Fault, operation: Operation, request: Request, raw: bytes) -> Response:
        end = time.monotonic() + fault.delay
        while time.monotonic() < end and not self._is_stopping():
            # In small pieces: the server ends only when all its requests have.
            await asyncio.sleep(min(max(end - time.monotonic(), 0), _SECONDS_BETWEEN_LOOKS))
        if fault.cut == "before" or self._is_stopping():
            return _Cut(self._close)
        if fault.status is not None:
            response = _error(fault.status, f"a fault that was ordered: {fault.status}")
        else:
            try:
                response = _response(self._answer(operation, request, raw, fault.unknown_fields))
            except SandboxError as error:
                response = await _on_sandbox_error(request, error)
        if fault.cut == "after":
            return _Cut(self._close)
        if fault.body == "html":
            page_of_proxy = b"<!DOCTYPE html><title>Proxy</title><h1>Something went wrong</h1>"
            response = Response(page_of_proxy, response.status_code, media_type="text/html")
        elif fault.body == "truncated":
            response = _Truncated(response, self._close)
        if fault.retry_after is not None:
            response.headers["Retry-After"] = str(fault.retry_after)
        return response

    def _answer(
        self, operation: Operation, request: Request, raw: bytes, unknown_fields: bool = False
    ) -> Answer:
        state, path = self._state, _path_of(request)
        with state.lock:
            state.clock.settle()
            credential = _authenticate(state, request.headers.get("authorization", ""))
            request.scope[REMAINING] = 0
            limit = state.settings.rate_limit
            request.scope[REMAINING] = state.requests.take(credential.id, limit, state.clock.now())
            _authorize(state, credential, operation, path, request.headers.get("origin"))
        body = self._contract.read_body(operation, request.headers.get("content-type", ""), raw)
        if body is not None and "session" in path:
            # One page of the reference wants it in the body too, another does not.
            body.setdefault("session", path["session"])
        query = request.query_params
        self._contract.check(operation, path, query.multi_items(), body)
        with state.lock:
            state.clock.settle()
            call = Call(state, operation, path, query, body)
            if "session" in path:
                state.session(path["session"])
            if operation.is_command:
                state.connected_session(call.session.name)
            if operation.is_command and _wants_async(request.headers.getlist("prefer")):
                answer = _later(call)
            else:
                answer = HANDLERS[operation.id](call)
            if isinstance(credential, ClientToken):
                client_tokens.count(state, credential, operation)
            if operation.method != "get":
                state.version += 1
        return answer._replace(data=_of_tomorrow(answer.data)) if unknown_fields else answer


def _of_tomorrow(data: Any) -> Any:
    if isinstance(data, list):
        return [_of_tomorrow(one) for one in data]
    return {**data, "aFieldOfTomorrow": {"nobody": ["knows", 1, None]}} if isinstance(data, dict) else data


def _authenticate(state: State, authorization: str) -> Credential:
    scheme, _, secret = authorization.strip().partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret:
        raise SandboxError(401, "missing API key: send Authorization: Bearer <key>", CHALLENGE)
    if secret.startswith(client_tokens.PREFIX):
        return client_tokens.read(state, secret)
    key = next((key for key in state.keys.values() if key.key == secret), None)
    if key is None:
        raise SandboxError(401, "invalid API key", CHALLENGE)
    if not key.is_active:
        raise SandboxError(401, "API key is deactivated", CHALLENGE)
    if key.expires_at is not None and key.expires_at <= state.clock.now():
        raise SandboxError(401, "API key has expired", CHALLENGE)
    return key


def _authorize(
    state: State,
    credential: Credential,
    operation: Operation,
    path: Mapping[str, str],
    origin: Optional[str],
) -> None:
    if isinstance(credential, ClientToken):
        client_tokens.authorize(state, credential, operation, path.get("session"), origin)
    elif operation.scopes and not {"*", *operation.scopes} & {*credential.scopes}:
        raise SandboxError(403, f"missing scope: {' or '.join(operation.scopes)}")


def _wants_async(prefer: List[str]) -> bool:
    return any(one.strip().lower() == "respond-async" for line in prefer for one in line.split(","))


def _later(call: Call) -> Answer:
    state, session = call.state, call.session
    correlation_id = f"cmd-{secrets.token_hex(6)}"

    def run() -> None:
        if not state.knows(session):
            return
        try:
            state.connected_session(session.name)
            answer = HANDLERS[call.operation.id](call)
        except SandboxError as error:
            emit_result(state, session, correlation_id, False, {"error": error.message})
        else:
            emit_result(state, session, correlation_id, True, answer.data)

    state.clock.later(_ASYNC_SECONDS, run)
    return Answer({"correlationId": correlation_id}, 202)


def _control_endpoint(calls: Control, route: control.Route) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        raw = await request.body()
        data = control.run(calls, route, _path_of(request), parse_object(raw) if raw else {})
        return _response(Answer({"success": True} if data is None else data))

    return endpoint


def _path_of(request: Request) -> Dict[str, str]:
    params: Mapping[str, Any] = request.path_params
    return {name: unquote(value) for name, value in params.items()}


def _response(answer: Answer) -> Response:
    return Response(answer.body(), answer.status, headers=answer.headers, media_type=answer.media_type)


class _Cut(Response):
    """No answer at all: the connection is closed."""

    def __init__(self, close: Callable[[Scope, bool], None]) -> None:
        super().__init__()
        self._close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._close(scope, True)
        # The server makes an answer of its own until it has noticed.
        await receive()


class _Truncated(Response):
    """The first half of an answer, and then the end of the connection."""

    def __init__(self, whole: Response, close: Callable[[Scope, bool], None]) -> None:
        super().__init__(whole.body, whole.status_code, media_type=whole.media_type)
        self._close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        self._close(scope, False)
        await receive()


def _error(status: int, message: str, headers: Optional[Mapping[str, str]] = None) -> Response:
    body = encode({"error": message, "docs": _DOCS})
    return Response(body, status, headers=headers, media_type="application/json")


async def _on_sandbox_error(_request: Request, error: Exception) -> Response:
    refusal = cast(SandboxError, error)
    return _error(refusal.status, refusal.message, refusal.headers)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    refusal = cast(HTTPException, error)
    message = refusal.detail
    if refusal.status_code == 404:
        message = f"no such route: {request.method} {request.url.path}"
    elif refusal.status_code == 405:
        message = f"method not allowed: {request.method}"
    return _error(refusal.status_code, message, refusal.headers)


async def _on_disconnect(_request: Request, _error_: Exception) -> Response:
    return Response(status_code=400)


async def _on_exception(_request: Request, _error_: Exception) -> Response:
    return _error(500, "internal server error")
