"""Makes methods of the sandbox into routes below `/sandbox`, and checks what they are given."""

from __future__ import annotations

import base64
import binascii
import inspect
from functools import lru_cache, wraps
from typing import Any, Callable, List, Mapping, NamedTuple, TypeVar

from pydantic import BeforeValidator, Field, ValidationError, validate_call
from pydantic.alias_generators import to_camel
from typing_extensions import Annotated, Concatenate, ParamSpec

from ..base.errors import SandboxError
from ..base.settings import sentence
from ..delivery.dispatcher import Dispatcher
from ..spec.faults import Faults
from ..state import Json, State

P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C", bound="ControlBase")

SOMEBODY = "+5511988887777"
"""Who writes where a test does not say it."""


def _decode(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("must be base64") from None


Base64 = Annotated[bytes, BeforeValidator(_decode)]
Seconds = Annotated[float, Field(strict=True, ge=0, le=10**9)]


class ControlBase:
    """What all control calls work on.

    Args:
        state: The state of the sandbox.
        faults: The faults that are to happen.
        dispatcher: Posts events to webhooks.
    """

    def __init__(self, state: State, faults: Faults, dispatcher: Dispatcher) -> None:
        self._state = state
        self._faults = faults
        self._dispatcher = dispatcher


class ControlRoute(NamedTuple):
    """A control call over HTTP."""

    method: str
    path: str
    call: Callable[..., Any]


ROUTES: List[ControlRoute] = []


def control_route(
    method: str, path: str, *, checks_itself: bool = False
) -> Callable[[Callable[Concatenate[C, P], R]], Callable[Concatenate[C, P], R]]:
    """Make a method a route, have its arguments checked, and have it run with the state to itself."""

    def decorate(function: Callable[Concatenate[C, P], R]) -> Callable[Concatenate[C, P], R]:
        signature = inspect.signature(function)

        @lru_cache(maxsize=1)
        def checked() -> Callable[..., R]:
            return validate_call(function)

        @wraps(function)
        def alone(self: C, /, *args: P.args, **kwargs: P.kwargs) -> R:
            with self._state.reading() if method == "GET" else self._state.changing():
                if checks_itself:
                    return function(self, *args, **kwargs)
                # All by name, so that an error can name what it is about.
                arguments = signature.bind(self, *args, **kwargs).arguments
                # Except `self`, which pydantic 2.13 takes for its own.
                del arguments["self"]
                try:
                    return checked()(self, **arguments)
                except ValidationError as error:
                    raise SandboxError(400, sentence(error, to_camel)) from None

        ROUTES.append(ControlRoute(method, path, alone))
        return alone

    return decorate


def run(control: ControlBase, route: ControlRoute, path: Mapping[str, str], body: Json) -> Any:
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
            raise SandboxError(400, f"unknown field: {field}")
    for field, name in names.items():
        if field not in body and known[name].default is inspect.Parameter.empty:
            raise SandboxError(400, f"missing required field: {field}")
    return route.call(control, **{names[field]: value for field, value in body.items()}, **path)
