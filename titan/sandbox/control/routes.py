"""Makes each control call a route below `/sandbox`, whose body has the same names in camelCase.

The routes ask for no key.
"""

from __future__ import annotations

import inspect
from functools import lru_cache, wraps
from typing import Any, Callable, List, Mapping, NamedTuple, TypeVar

from pydantic import Field, ValidationError, validate_call
from pydantic.alias_generators import to_camel
from typing_extensions import Annotated, Concatenate, ParamSpec

from ..base.encoding import Json
from ..base.errors import SandboxError
from ..base.settings import explain
from ..delivery.dispatcher import Dispatcher
from ..spec.faults import Faults
from ..state import Session, State

Seconds = Annotated[float, Field(strict=True, ge=0, le=10**9)]
"""Seconds of the sandbox's clock."""


class ControlBase:
    """What all control calls need.

    Args:
        state: What they work on.
        faults: The faults that are to happen.
        dispatcher: Delivers to webhooks.
    """

    def __init__(self, state: State, faults: Faults, dispatcher: Dispatcher) -> None:
        self._state = state
        self._faults = faults
        self._dispatcher = dispatcher

    def _find_paired_session(self, name: str) -> Session:
        """Find a session that has an account, whether it is connected or not.

        Raises:
            SandboxError: 404, or 409 when it is not paired.
        """
        session = self._state.find_session(name)
        if not session.account.jid:
            raise SandboxError(409, f"session is not paired: {name}")
        return session


C = TypeVar("C", bound=ControlBase)
P = ParamSpec("P")
R = TypeVar("R")


class Route(NamedTuple):
    """A control call over HTTP."""

    method: str
    path: str
    call: Callable[..., Any]


ROUTES: List[Route] = []


def route(
    method: str, path: str, *, checks_itself: bool = False
) -> Callable[[Callable[Concatenate[C, P], R]], Callable[Concatenate[C, P], R]]:
    """Make a method a route, with checked arguments, that runs while nobody else has the state.

    Args:
        method: HTTP method; with GET, it only reads.
        path: Path of the route.
        checks_itself: Whether the method checks its arguments by itself.

    Returns:
        A decorator.
    """

    def decorate(function: Callable[Concatenate[C, P], R]) -> Callable[Concatenate[C, P], R]:
        signature = inspect.signature(function)

        @lru_cache(maxsize=1)
        def checked() -> Callable[..., R]:
            return validate_call(function)

        @wraps(function)
        def call(self: C, /, *args: P.args, **kwargs: P.kwargs) -> R:
            state = self._state
            with state.reading() if method == "GET" else state.changing():
                if checks_itself:
                    return function(self, *args, **kwargs)
                # All by name, so that an error can name what it is about.
                arguments = signature.bind(self, *args, **kwargs).arguments
                # Except `self`, which pydantic 2.13 takes for its own.
                del arguments["self"]
                try:
                    return checked()(self, **arguments)
                except ValidationError as error:
                    raise SandboxError(400, explain(error, to_camel)) from None

        ROUTES.append(Route(method, path, call))
        return call

    return decorate


def run(control: ControlBase, route: Route, path: Mapping[str, str], body: Json) -> Any:
    """Make a control call that came over HTTP.

    Raises:
        SandboxError: Whatever it refuses; 400 when fields are missing or unknown.
    """
    known = inspect.signature(route.call).parameters
    if any(one.kind is one.VAR_KEYWORD for one in known.values()):
        return route.call(control, **body, **path)
    names = {to_camel(name): name for name in known if name != "self" and name not in path}
    for field in body:
        if field not in names:
            known_fields = ", ".join(names) or "none"
            raise SandboxError(400, f"unknown field: {field} (known: {known_fields})")
    for field, name in names.items():
        if field not in body and known[name].default is inspect.Parameter.empty:
            raise SandboxError(400, f"missing required field: {field}")
    return route.call(control, **{names[field]: value for field, value in body.items()}, **path)
