"""One run of the program: its streams, signals and warnings, and its exit status."""

from __future__ import annotations

import signal
import threading
import warnings
from contextlib import contextmanager
from types import FrameType
from typing import Any, Dict, Generator, Optional, Sequence

import click

from .._privacy import mask
from ..errors import TitanWarning
from .app import titan
from .failures import INTERRUPTED, Terminated, lines_for, status_of
from .output import flush_streams, prepare_streams, printable, say


def run(argv: Optional[Sequence[str]]) -> int:
    """Run one command.

    Args:
        argv: Arguments; those of the process when left out.

    Returns:
        The exit status.
    """
    prepare_streams()
    try:
        with _ended_by_signals(), _plain_warnings():
            return _run(argv)
    finally:
        flush_streams()


def _run(argv: Optional[Sequence[str]]) -> int:
    try:
        status = titan.main(argv, prog_name="titan", standalone_mode=False)
    except click.Abort:
        return INTERRUPTED
    except ModuleNotFoundError:
        raise
    except Exception as error:
        for line in lines_for(error):
            say(line)
        return status_of(error)
    return status if isinstance(status, int) else 0


@contextmanager
def _ended_by_signals() -> Generator[None, None, None]:
    """Let the end of the terminal, and SIGTERM, end the program as an exception: the cursor comes back."""
    before: Dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, _terminate)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _terminate(number: int, _frame: Optional[FrameType]) -> None:
    raise Terminated(128 + number)


@contextmanager
def _plain_warnings() -> Generator[None, None, None]:
    """Show a warning as one line, without the line of code that it comes from."""
    with warnings.catch_warnings():
        warnings.simplefilter("default", TitanWarning)
        warnings.showwarning = _show_warning
        yield


def _show_warning(message: Any, *_where: Any, **_more: Any) -> None:
    say(f"titan: warning: {printable(mask(str(message)))}")
