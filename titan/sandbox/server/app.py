"""The ASGI app, put together from routes and middleware."""

from __future__ import annotations

from typing import Awaitable, Callable, List, Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from ..api.request import ApiResponse
from ..base.encoding import parse_object
from ..control import routes as control_routes
from ..control.control import Control
from ..page.routes import create_routes
from ..spec.contract import Contract
from ..spec.faults import Faults
from ..spec.operations import Operation, load_operations
from ..state import State
from .api_routes import ApiRoutes
from .fault_injection import FaultInjector
from .limits.body_size import BodySizeMiddleware
from .middleware.cors import CorsMiddleware
from .middleware.local_only import LocalOnlyMiddleware
from .middleware.response_headers import ResponseHeadersMiddleware
from .pipeline import Pipeline, read_path
from .responses import EXCEPTION_HANDLERS, CloseConnection, create_response

Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(
    state: State,
    control: Control,
    faults: Faults,
    *,
    host: str,
    allowed_hosts: Sequence[str],
    close: CloseConnection,
    is_stopping: Callable[[], bool],
) -> ASGIApp:
    """Put the app together.

    Args:
        state: What it works on.
        control: The control calls.
        faults: What is to go wrong.
        host: Address that the server listens on.
        allowed_hosts: Names beside this machine's own that requests may use for it.
        close: Closes the connection of a request.
        is_stopping: Tells whether the server wants to end.

    Returns:
        An ASGI app.
    """
    pipeline = Pipeline(state, Contract())
    others = Starlette(
        routes=[*_create_control_routes(control), *create_routes(state, is_stopping)],
        exception_handlers={**EXCEPTION_HANDLERS},
    )
    others.router.redirect_slashes = False
    injector = FaultInjector(state, pipeline, close, is_stopping)
    respond = _create_responder(state, faults, pipeline, injector)
    app = ApiRoutes(others, load_operations().values(), respond)
    guarded = LocalOnlyMiddleware(CorsMiddleware(BodySizeMiddleware(app, state)), host, allowed_hosts)
    return ResponseHeadersMiddleware(guarded, state)


def _create_responder(
    state: State, faults: Faults, pipeline: Pipeline, injector: FaultInjector
) -> Callable[[Operation, Request], Awaitable[Response]]:
    async def respond(operation: Operation, request: Request) -> Response:
        # Read to its end even when it will be refused: a client that is still sending when the connection
        # closes never sees the response.
        raw = await request.body()
        with state.reading():
            fault = faults.take(operation)
        if fault is None:
            return create_response(pipeline.process(operation, request, raw))
        return await injector.respond(fault, operation, request, raw)

    return respond


def _create_control_routes(control: Control) -> List[Route]:
    def create_endpoint(route: control_routes.Route) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            raw = await request.body()
            body = parse_object(raw) if raw else {}
            data = control_routes.run(control, route, read_path(request), body)
            return create_response(ApiResponse({"success": True} if data is None else data))

        return endpoint

    return [Route(one.path, create_endpoint(one), methods=[one.method]) for one in control_routes.ROUTES]
