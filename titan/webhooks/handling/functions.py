"""Functions that users give us: refused where calling them would not run them."""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
from collections.abc import Coroutine
from types import WrapperDescriptorType
from typing import Any, AsyncGenerator, Generator, Iterator, Optional

WHY_NOT_ASYNC = (
    "the client blocks, so an async handler would hold up every other task of its event loop; asgi_app() "
    "calls handlers in threads of their own, where they may block"
)


@contextlib.contextmanager
def _nothing() -> Generator[None, None, None]:
    yield


@contextlib.asynccontextmanager
async def _nothing_async() -> AsyncGenerator[None, None]:
    yield


SINGLE_USE = type(_nothing())
"""What functions under `@contextmanager` return: it runs when it is entered."""
_SINGLE_USE_ASYNC = type(_nothing_async())


def check_handler(handler: object) -> None:
    """Refuse a handler that could be added, but not called.

    Raises:
        TypeError: It is not a function that takes the event, or it is async or a generator function.
    """
    if not callable(handler) or runs_later(handler):
        raise TypeError(
            "a handler must be a function that takes the event, and not async nor a generator function: "
            "write `def`, not `async def`, and no `yield`. Nothing would await it or iterate over it, since "
            f"{WHY_NOT_ASYNC}"
        )
    problem = why_it_cannot_take(handler, 1)
    if problem is not None:
        raise TypeError(
            "a handler must be a function that takes the event, and is called with that alone; this one "
            f"cannot be: {problem}"
        )


def runs_later(function: object) -> bool:
    """Whether calling this only makes something that has yet to be awaited or iterated over.

    Of an object that stands for a function and gives itself out as one, such as a decorator of wrapt makes,
    nobody can tell: what it returns does.
    """
    return not _is_stand_in(function) and any(
        inspect.iscoroutinefunction(layer)
        or inspect.isasyncgenfunction(layer)
        or inspect.isgeneratorfunction(layer)
        or _is_marked(layer)
        for layer in _layers(function)
    )


def _is_stand_in(function: object) -> bool:
    return type(function) is not function.__class__


def _layers(function: Any) -> Iterator[Any]:
    """A callable and what is called inside it, as far as Python itself does that."""
    while not (function is None or isinstance(function, WrapperDescriptorType)):
        yield function
        if isinstance(function, functools.partial):
            function = function.func
        elif inspect.ismethod(function):
            function = function.__func__
        elif inspect.isclass(function):
            return
        else:
            # Python looks for it at the class; that of functions is one in C, where this ends.
            function = getattr(type(function), "__call__", None)  # noqa: B004 - it is used


def _is_marked(function: Any) -> bool:
    """Whether this is no async function, but was marked as one; `inspect` knows these from Python 3.12 on."""
    asyncio = sys.modules.get("asyncio") if sys.version_info < (3, 12) else None
    return asyncio is not None and asyncio.iscoroutinefunction(function)


def why_it_cannot_take(function: Any, count: int) -> Optional[str]:
    """Why a callable cannot take that many positional arguments; None where it can, or nobody knows."""
    try:
        # Not that of a function inside of it: the wrapper may be the one that adds the missing arguments.
        signature = inspect.signature(function, follow_wrapped=False)
    except Exception:  # functions in C have none, and annotations may fail while they are read
        return None
    try:
        signature.bind(*[None] * count)
    except TypeError as error:
        # Wrappers that are objects show the signature of what is inside, and pass on what they like.
        is_wrapper = hasattr(function, "__wrapped__") and hasattr(function, "__signature__")
        return None if is_wrapper or _is_stand_in(function) else str(error)
    return None


def check_ran(result: object, what: str) -> None:
    """Refuse what a call returned where its work has yet to run.

    Args:
        result: What it returned.
        what: Who was called, for people, such as `a handler`.

    Raises:
        TypeError: It is a coroutine, another awaitable, or a generator.
    """
    parts = [result]
    if isinstance(result, (list, tuple, set, frozenset)):
        parts = [*result]
    elif isinstance(result, dict):
        parts = [*result.values()]
    undone = [part for part in parts if _is_undone(part)]
    if undone:
        raise TypeError(
            f"{what} returned a {type(undone[0]).__name__}, which nobody awaits or iterates over, so its "
            f"work did not run. It must do its work before it returns, and not be async: {WHY_NOT_ASYNC}"
        )


def _is_undone(result: Any) -> bool:
    # By its type: objects that stand for others look them up when they are asked for their class.
    kind = type(result)
    if issubclass(kind, (Coroutine, Generator)):
        # Where it is left open, Python warns that it was never awaited, somewhere and some time later.
        with contextlib.suppress(Exception):
            result.close()
        return True
    if issubclass(kind, (AsyncGenerator, map, filter, SINGLE_USE, _SINGLE_USE_ASYNC)):
        return True
    return hasattr(kind, "__await__") and not _is_stand_in(result)
