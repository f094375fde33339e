"""Takes requests of the API to their operations."""

from __future__ import annotations

from functools import lru_cache
from typing import Awaitable, Callable, Dict, Iterable, List, Mapping, NamedTuple, Optional, Pattern

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from ..spec.operations import Operation
from .responses import find_handler, on_bug

_PATHS_REMEMBERED = 256


class _Route(NamedTuple):
    pattern: Pattern[str]
    operations: Mapping[str, Operation]
    """By their methods."""


class _Match(NamedTuple):
    route: _Route
    parameters: Mapping[str, str]


class ApiRoutes:
    """Answers the requests of the API, and passes all others on.

    Not by routes of starlette's: it tries one after the other, and puts several layers around each, which
    together cost as much as sending a message.

    Args:
        app: The app below.
        operations: The operations.
        respond: Responds to a request for an operation.
    """

    def __init__(
        self,
        app: ASGIApp,
        operations: Iterable[Operation],
        respond: Callable[[Operation, Request], Awaitable[Response]],
    ) -> None:
        self._app = app
        self._respond = respond
        self._routes = _create_routes(operations)
        self._find = lru_cache(_PATHS_REMEMBERED)(self._look_for)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        match = self._find(scope["path"])
        if match is None:
            await self._app(scope, receive, send)
            return
        scope["path_params"] = match.parameters
        request = Request(scope, receive)
        try:
            response = await self._respond(_choose(match.route, request), request)
        except Exception as error:
            handler = find_handler(error)
            response = await handler(request, error)
            if handler is on_bug:
                await response(scope, receive, send)
                raise
        await response(scope, receive, send)

    def _look_for(self, path: str) -> Optional[_Match]:
        for route in self._routes:
            found = route.pattern.match(path)
            if found is not None:
                return _Match(route, found.groupdict())
        return None


def _create_routes(operations: Iterable[Operation]) -> List[_Route]:
    by_path: Dict[str, Dict[str, Operation]] = {}
    for operation in operations:
        by_path.setdefault(operation.path, {})[operation.method.upper()] = operation
    # `/groups/join` before `/groups/{groupId}`, as the specification of OpenAPI asks.
    paths = sorted(by_path, key=lambda path: [segment.startswith("{") for segment in path.split("/")])
    return [_Route(compile_path(path)[0], by_path[path]) for path in paths]


def _choose(route: _Route, request: Request) -> Operation:
    operation = route.operations.get("GET" if request.method == "HEAD" else request.method)
    if operation is None:
        allowed = [*route.operations, *["HEAD"] * ("GET" in route.operations)]
        raise HTTPException(405, headers={"Allow": ", ".join(allowed)})
    return operation
