"""What the caller's own signal handlers raise while we wait: theirs, not a failure of the network."""

from __future__ import annotations

import signal
from types import CodeType
from typing import Iterator, Optional, Set


def raise_if_interrupted(error: BaseException) -> None:
    """Raise what a signal handler raised, where that is behind an error.

    A handler that raises TimeoutError during a read looks like a timeout of the network to all below us, and
    the request would be sent again.

    Args:
        error: What came, possibly made of what the handler raised.

    Raises:
        BaseException: What the handler raised, as it was.
    """
    interruption = _interruption(error)
    if interruption is not None:
        raise interruption


def _interruption(error: BaseException) -> Optional[BaseException]:
    handlers = _handlers()
    if not handlers:
        return None
    for one in _chain(error):
        traceback = one.__traceback__
        while traceback is not None:
            if traceback.tb_frame.f_code in handlers:
                return one
            traceback = traceback.tb_next
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The first error first: an error, and what it was made of."""
    found = [error]
    while True:
        before = found[-1].__cause__ or found[-1].__context__
        if before is None or before in found:
            return reversed(found)
        found.append(before)


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
