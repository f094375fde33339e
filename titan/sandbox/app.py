"""The ASGI app: the way of a request from the socket to its handler, and the shape of every answer."""

from __future__ import annotations

import ipaddress
import secrets
from typing import Any, Awaitable, Callable, Dict, List, Mapping, Optional, cast
from urllib.parse import unquote, urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import account_keys, client_tokens, control, messages, pairing, sessions
from .calls import Answer, Call, Credential, Handler, Handlers, encode, result
from .contract import Contract, Operation, parse_object
from .errors import SandboxError
from .state import AccountKey, State

_DOCS = "https://docs.usetitan.app/"
_REMAINING = "titan.remaining"
"""Key in the ASGI scope: what the rate limit leaves to this request's credential."""

HANDLERS: Handlers = {
    **sessions.HANDLERS,
    **pairing.HANDLERS,
    **messages.HANDLERS,
    **account_keys.HANDLERS,
    **client_tokens.HANDLERS,
}
"""Operations with behaviour; every other one answers from the spec's examples."""

Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(state: State, *, loopback_only: bool) -> ASGIApp:
    """Build the app.

    Args:
        state: What it works on.
        loopback_only: Refuse requests that name another host than this machine.

    Returns:
        An ASGI app.
    """
    contract = Contract()
    by_path: Dict[str, Dict[str, Operation]] = {}
    for operation in contract.operations:
        by_path.setdefault(operation.path, {})[operation.method.upper()] = operation
    # `/groups/join` before `/groups/{groupId}`, as the specification of OpenAPI asks.
    paths = sorted(by_path, key=lambda path: [segment.startswith("{") for segment in path.split("/")])
    routes = [
        Route(path, _operations_endpoint(state, contract, by_path[path]), methods=list(by_path[path]))
        for path in paths
    ]
    routes += [
        Route(path, _control_endpoint(state, action), methods=[method])
        for (method, path), action in control.ROUTES.items()
    ]
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
    return _Gate(app, state, loopback_only)


class _Gate:
    """Stands before the app: refuses foreign hosts, keeps `%2F` inside its segment, adds the rate limit."""

    def __init__(self, app: ASGIApp, state: State, loopback_only: bool) -> None:
        self._app = app
        self._state = state
        self._loopback_only = loopback_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = self._state.rate_limit.limit
        scope[_REMAINING] = limit
        scope["path"] = scope["raw_path"].decode("latin-1")

        async def send_with_rate_limit(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    (b"x-ratelimit-limit", str(limit).encode()),
                    (b"x-ratelimit-remaining", str(scope[_REMAINING]).encode()),
                ]
            await send(message)

        app = self._app
        if self._loopback_only and _is_foreign(dict(scope["headers"])):
            app = _error(403, "this sandbox answers only to requests for this machine")
        await app(scope, receive, send_with_rate_limit)


def _is_foreign(headers: Mapping[bytes, bytes]) -> bool:
    # A page in a browser reaches 127.0.0.1 under a name of its own (DNS rebinding), or by a form it
    # posts there: the first shows in Host, the second in Origin.
    if not _names_loopback(f"//{headers.get(b'host', b'').decode('latin-1')}"):
        return True
    origin = headers.get(b"origin")
    return origin is not None and not _names_loopback(origin.decode("latin-1"))


def _names_loopback(url: str) -> bool:
    try:
        return is_loopback(urlsplit(url).hostname or "")
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine and nothing else can reach it."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _operations_endpoint(state: State, contract: Contract, by_method: Mapping[str, Operation]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        # Read to its end even when it will be refused: a client that is still sending when the
        # connection closes never sees the answer.
        raw = await request.body()
        method = "GET" if request.method == "HEAD" else request.method
        return _response(_answer(state, contract, by_method[method], request, raw))

    return endpoint


def _answer(state: State, contract: Contract, operation: Operation, request: Request, raw: bytes) -> Answer:
    path = _path_of(request)
    with state.lock:
        state.settle()
        credential = _authenticate(state, request.headers.get("authorization", ""))
        request.scope[_REMAINING] = 0
        request.scope[_REMAINING] = state.rate_limit.take(credential.id, state.now())
        _authorize(credential, operation, path)
    body = contract.read_body(operation, request.headers.get("content-type", ""), raw)
    query = request.query_params
    contract.check(operation, path, query.multi_items(), request.headers.items(), body)
    with state.lock:
        if "session" in path:
            state.session(path["session"])
        handler: Handler = HANDLERS.get(operation.id, _from_example)
        answer = handler(Call(state, operation, credential, path, query, body))
    if operation.can_be_async and _wants_async(request.headers.getlist("prefer")):
        return result({"correlationId": f"cmd-{secrets.token_hex(6)}"}, 202)
    return answer


def _authenticate(state: State, authorization: str) -> Credential:
    scheme, _, secret = authorization.strip().partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret:
        raise _unauthorized("missing API key: send Authorization: Bearer <key>")
    credential: Optional[Credential] = state.keys.get(secret) or state.tokens.get(secret)
    if credential is None:
        raise _unauthorized("invalid API key")
    if isinstance(credential, AccountKey) and not credential.is_active:
        raise _unauthorized("API key is deactivated")
    if credential.expires_at is not None and credential.expires_at <= state.now():
        raise _unauthorized("API key has expired")
    return credential


def _unauthorized(message: str) -> SandboxError:
    return SandboxError(401, message, {"WWW-Authenticate": "Bearer"})


def _authorize(credential: Credential, operation: Operation, path: Mapping[str, str]) -> None:
    if isinstance(credential, AccountKey):
        return
    if "clientToken" not in operation.schemes:
        raise SandboxError(403, "a client token cannot do this")
    if path.get("session") != credential.session:
        raise SandboxError(403, "the client token is for another session")


def _wants_async(prefer: List[str]) -> bool:
    return any(one.strip().lower() == "respond-async" for line in prefer for one in line.split(","))


def _from_example(call: Call) -> Answer:
    status, media_type, value = call.operation.example
    if value is None:
        return Answer(status, b"A file from the sandbox.\n", media_type)
    return Answer(status, encode(value), media_type)


def _control_endpoint(state: State, action: control.Control) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        raw = await request.body()
        body = parse_object(raw) if raw else {}
        with state.lock:
            state.settle()
            return _response(action(state, _path_of(request), body))

    return endpoint


def _path_of(request: Request) -> Dict[str, str]:
    params: Mapping[str, Any] = request.path_params
    return {name: unquote(value) for name, value in params.items()}


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, media_type=answer.media_type)


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
