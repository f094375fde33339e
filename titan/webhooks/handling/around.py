"""What is entered before the handlers of a delivery, and left after them, such as a transaction."""

from __future__ import annotations

import inspect
from contextlib import nullcontext
from typing import Any, Callable, ContextManager, Union

from ..._privacy import Secret
from ..events_gen import Event
from .functions import SINGLE_USE, runs_later

Around = Union[ContextManager[Any], Callable[[], ContextManager[Any]], Callable[[Event], ContextManager[Any]]]
"""A context manager that can be entered again and again, or a function that makes one for each delivery."""

Enter = Callable[[Secret[Event]], ContextManager[Any]]
"""Makes the context manager for a delivery."""

_FORM = (
    "around must be a function that returns a context manager, such as one with @contextmanager or Django's "
    "transaction.atomic, or a context manager that can be entered for each delivery"
)


def read_around(around: Any) -> Enter:
    """Make one function of the forms that `around` may have.

    Raises:
        TypeError: It has none of them.
    """
    if around is None:
        return lambda event: nullcontext()
    if type(around) is SINGLE_USE:
        raise TypeError(
            f"{_FORM}. This is what a @contextmanager function returned, which can be entered once only: "
            "pass the function itself, without calling it"
        )
    if not isinstance(around, type) and _is_context_manager(around):
        return lambda event: around
    _check_function(around)
    if _wants_event(around):
        return lambda event: _made(around(event.reveal()))
    return lambda event: _made(around())


def _is_context_manager(value: Any) -> bool:
    return hasattr(type(value), "__enter__") and hasattr(type(value), "__exit__")


def _check_function(around: Any) -> None:
    if hasattr(type(around), "__aenter__") or (callable(around) and _is_async_context(around)):
        raise TypeError(
            f"{_FORM}; not an async one: handlers are plain functions, and so is what surrounds them"
        )
    if not callable(around) or (isinstance(around, type) and not hasattr(around, "__enter__")):
        raise TypeError(f"{_FORM}, not {getattr(around, '__name__', type(around).__name__)}")
    if runs_later(around):
        raise TypeError(f"{_FORM}. This is a generator function: decorate it with @contextlib.contextmanager")


def _is_async_context(function: Any) -> bool:
    if inspect.isclass(function):
        return hasattr(function, "__aenter__") and not hasattr(function, "__enter__")
    inner = inspect.unwrap(function)
    return any(
        inspect.iscoroutinefunction(one) or inspect.isasyncgenfunction(one) for one in (function, inner)
    )


def _wants_event(function: Any) -> bool:
    try:
        parameters = inspect.signature(function).parameters.values()
    except Exception:  # functions in C have none, and annotations may fail while they are read
        return False
    required = [
        one
        for one in parameters
        if one.default is one.empty and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
    ]
    if len(required) > 1 or any(one.kind is one.KEYWORD_ONLY for one in required):
        names = ", ".join(one.name for one in required)
        raise TypeError(f"{_FORM}. It is called without arguments, or with the event; this one needs {names}")
    return bool(required)


def _made(manager: Any) -> ContextManager[Any]:
    if not _is_context_manager(manager):
        raise TypeError(f"{_FORM}; it returned {type(manager).__name__}")
    return manager  # type: ignore[no-any-return]
