"""The ASGI app: which route leads where, and the middleware before all of them."""

from __future__ import annotations

import re
from typing import Callable, Dict, Sequence
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from ..api.request import ApiResponse
from ..control.control import Control
from ..control.routes import ROUTES, ControlRoute, run
from ..page.routes import routes as page_routes
from ..spec.contract import Contract, Operation, operations, parse_object
from ..spec.faults import Faults
from ..state import State
from .errors import HANDLERS as EXCEPTION_HANDLERS
from .errors import error_response
from .faulty_responses import CloseConnection
from .local_only import LocalOnlyMiddleware
from .pipeline import Endpoint, Pipeline, to_response


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
    """Build the app.

    Args:
        state: What it works on.
        control: The control calls.
        faults: What is to go wrong.
        host: Address that the server listens on.
        allowed_hosts: Names beside this machine's own that requests may use for it.
        close: Closes the connection of a request, at once or when all was sent.
        is_stopping: Tells whether the server wants to end.

    Returns:
        An ASGI app.
    """
    pipeline = Pipeline(state, Contract(), faults, close, is_stopping)
    by_path: Dict[str, Dict[str, Operation]] = {}
    for operation in operations().values():
        by_path.setdefault(operation.path, {})[operation.method.upper()] = operation
    # `/groups/join` before `/groups/{groupId}`, as the specification of OpenAPI asks.
    paths = sorted(by_path, key=lambda path: [segment.startswith("{") for segment in path.split("/")])
    routes = [
        Route(_route_path(path), pipeline.endpoint(by_path[path]), methods=list(by_path[path]))
        for path in paths
    ]
    routes += [Route(one.path, _control_endpoint(control, one), methods=[one.method]) for one in ROUTES]
    routes += page_routes(state, is_stopping)
    app = Starlette(
        routes=routes,
        exception_handlers=EXCEPTION_HANDLERS,
    )
    app.router.redirect_slashes = False
    refusal = error_response(403, "this sandbox answers only to requests for this machine")
    return LocalOnlyMiddleware(app, refusal, state, host, allowed_hosts)


def _route_path(path: str) -> str:
    """A path of the contract with names of placeholders that Starlette takes."""
    return re.sub(r"\{([^}]*)\}", lambda found: "{" + re.sub(r"\W|^(?=\d)", "_", found[1]) + "}", path)


def _control_endpoint(control: Control, route: ControlRoute) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        raw = await request.body()
        data = run(
            control,
            route,
            {name: unquote(value) for name, value in request.path_params.items()},
            parse_object(raw) if raw else {},
        )
        return to_response(ApiResponse({"success": True} if data is None else data))

    return endpoint
