"""What the caller's own signal handlers raise while we wait: theirs, not a failure of the network."""

from __future__ import annotations

import signal
import sys
from types import CodeType, FrameType
from typing import Any, Iterator, NoReturn, Optional, Set


def raise_if_interrupted(error: BaseException) -> None:
    """Raise what a signal handler raised, where that is behind an error.

    A handler that raises TimeoutError during a read looks like a timeout of the network to all below us, and
    the request would be sent again.

    Args:
        error: What came, possibly made of what the handler raised.

    Raises:
        BaseException: What the handler raised, as it was.
    """
    interruption = find_interruption(error)
    if interruption is not None:
        raise_untouched(interruption)


def find_interruption(error: BaseException) -> Optional[BaseException]:
    """What a signal handler raised, where that is an error, or what the error was made of."""
    for one in _chain(error):
        for candidate in (one, *_inner_errors(one)):
            if _was_raised_by_handler(candidate):
                return candidate
    return None


def raise_untouched(error: BaseException) -> NoReturn:
    """Raise somebody else's error, without what is just being handled as its context.

    Raises:
        BaseException: The error.
    """
    context = error.__context__
    try:
        raise error
    finally:
        error.__context__ = context


# No signal handler of anybody's stands in these, and looking for them takes a while.
_BELOW_US = frozenset(
    [
        *("titan", "httpx", "httpcore", "httpx2", "httpcore2", "h11", "ssl", "socket", "contextlib"),
        *("json", "pydantic", "pydantic_core", "base64", "io", "tempfile", "urllib", "idna", "threading"),
    ]
)


def _was_raised_by_handler(error: BaseException) -> bool:
    handlers: Optional[Set[CodeType]] = None
    traceback = error.__traceback__
    outermost = None if traceback is None else traceback.tb_frame
    while traceback is not None:
        frame = traceback.tb_frame
        # Not the outermost: an error that the handler itself caught has not left it.
        if frame is not outermost and not _is_below_us(frame):
            if _was_given_what_it_interrupted(frame):
                return True
            handlers = _handlers() if handlers is None else handlers
            if frame.f_code in handlers:
                return True
        traceback = traceback.tb_next
    return False


def _is_below_us(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] in _BELOW_US


def _was_given_what_it_interrupted(frame: FrameType) -> bool:
    """Whether a function was given the frame that it interrupted, as only handlers are.

    One that has put another handler in its place is known by this alone.
    """
    interrupted, code = frame.f_back, frame.f_code
    names = code.co_varnames[: code.co_argcount]
    arguments = [frame.f_locals.get(name) for name in names]
    if code.co_flags & _TAKES_ANY:
        arguments += frame.f_locals.get(code.co_varnames[code.co_argcount + code.co_kwonlyargcount], ())
    # Not any variable: tracers keep the frame of their caller in one.
    return interrupted is not None and any(
        argument is interrupted and type(number) is int for number, argument in zip(arguments, arguments[1:])
    )


_TAKES_ANY = 0x04  # inspect.CO_VARARGS, without the import of inspect


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The first error first: an error, and what it was made of in this call.

    A caller may be handling an earlier error just now: it is the context of whatever is raised meanwhile.
    """
    found = [error]
    while True:
        before = found[-1].__cause__ or found[-1].__context__
        if before is None or before in found or _reached_our_caller(before):
            return reversed(found)
        found.append(before)


def _reached_our_caller(error: BaseException) -> bool:
    caught_in = None if error.__traceback__ is None else error.__traceback__.tb_frame
    if caught_in is None or _is_below_us(caught_in):
        return False
    frame: Optional[FrameType] = sys._getframe()
    while frame is not None and frame is not caught_in:
        frame = frame.f_back
    return frame is not None


def _inner_errors(error: Any) -> Iterator[BaseException]:
    """What validators raised, which pydantic keeps in an error of its own."""
    if type(error).__name__ == "ValidationError" and type(error).__module__.startswith("pydantic"):
        for item in error.errors(include_url=False, include_input=False):
            inner = item.get("ctx", {}).get("error")
            if isinstance(inner, BaseException):
                yield inner


def _handlers() -> Set[CodeType]:
    """The code of every signal handler in Python."""
    codes: Set[CodeType] = set()
    for number in signal.valid_signals():
        handler = signal.getsignal(number)
        called = getattr(type(handler), "__call__", None)  # noqa: B004 - the function is wanted itself
        for function in (handler, getattr(handler, "func", None), called):
            code = getattr(getattr(function, "__func__", function), "__code__", None)
            if isinstance(code, CodeType):
                codes.add(code)
    return codes
