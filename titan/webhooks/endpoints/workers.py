"""The threads that handle deliveries for an ASGI server."""

from __future__ import annotations

import asyncio
import contextvars
import os
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Callable, Optional, TypeVar

from ..._init_lock import ProcessLock

T = TypeVar("T")

MOST_WAITING = 1000
"""How many deliveries may wait for a thread; each holds its event in memory."""


class BusyError(Exception):
    """Too many wait already, or Python is exiting."""


class Workers:
    """A bounded number of threads, made at their first use, for each process its own.

    Not the event loop's own executor: handlers that take long would hold up all else that is run there, such
    as name resolution.

    Args:
        most: How many threads there are at most.

    Raises:
        ValueError: The number is not positive.
        TypeError: It is not an integer.
    """

    def __init__(self, most: int) -> None:
        if not isinstance(most, int) or isinstance(most, bool):
            raise TypeError(f"workers must be an integer, not {type(most).__name__}")
        if most < 1:
            raise ValueError("workers must be positive: nothing would be handled")
        self._most = most
        self._pool: Optional[ThreadPoolExecutor] = None
        self._process = 0
        self._unfinished = 0
        self._lock = ProcessLock()

    async def run(self, function: Callable[[], T]) -> T:
        """Call a function in one of the threads, in the context variables of the caller.

        Raises:
            BusyError: Too many wait already.
        """
        loop = asyncio.get_running_loop()  # before anything is done: on trio there is none
        context = contextvars.copy_context()
        return await asyncio.wrap_future(self._submit(lambda: context.run(function)), loop=loop)

    def end(self) -> None:
        """Let the threads end when they have done what was given to them; the next use makes new ones."""
        with self._lock():
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False)

    def _submit(self, function: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()
        with self._lock():
            if self._process != os.getpid():
                # Of those that a fork copied, no thread came along.
                self._pool, self._process, self._unfinished = None, os.getpid(), 0
            if self._unfinished >= self._most + MOST_WAITING:
                raise BusyError
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._most, thread_name_prefix="titan-webhooks")
            self._unfinished += 1
            try:
                self._pool.submit(self._work, future, function)
            except RuntimeError:
                # Python is exiting, and it was not taken; or the system has no more threads, and it waits for
                # one all the same.
                if future.cancel():
                    self._unfinished -= 1
                    raise BusyError from None
        return future

    def _work(self, future: Future[T], function: Callable[[], T]) -> None:
        try:
            if future.set_running_or_notify_cancel():
                future.set_result(function())
        except BaseException as error:
            future.set_exception(error)
        finally:
            # What was cancelled counts until here: until now it took its place among those that wait.
            with self._lock():
                self._unfinished -= 1
