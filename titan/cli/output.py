"""What is written: results to stdout, everything else to stderr; no control characters but our own."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import threading
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Callable, Dict, Generator, List, Mapping, Optional, Sequence, TextIO

import click

if TYPE_CHECKING:
    from rich.console import Console


def prepare_streams() -> None:
    """Have all three streams, and let a character that a terminal does not have become a question mark."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # Who started the program has closed it. Its descriptor is the lowest that is free: left so, a
            # connection would get it.
            nowhere = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, open(nowhere, mode, closefd=False, encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def flush_streams() -> None:
    """Write what is held back, so that Python has nothing to complain of as it exits."""
    for stream in (sys.stdout, sys.stderr):
        _flush(stream)


def printable(text: object) -> str:
    """A text on one line, without what a terminal would obey.

    Args:
        text: What somebody else wrote, such as the name of a chat; None is an empty text.
    """
    if text is None:
        return ""
    return "".join(char if char.isprintable() else " " for char in str(text))


def local_time(moment: object, form: str) -> str:
    """A time that a server sent, on the clock of this machine.

    Args:
        moment: The time; where it is of another form, it is shown as it came.
        form: How to write it, for `strftime`.

    Returns:
        The text; nothing for the first year, by which Go says that there is no time.
    """
    if not isinstance(moment, datetime):
        return printable(moment)
    if moment.year == 1:
        return ""
    try:
        return moment.astimezone().strftime(form)
    except (OverflowError, ValueError, OSError):
        # So near to the ends of the calendar that it has no time here.
        return printable(moment)


def show(line: str) -> None:
    """Write a line of the result.

    Raises:
        click.exceptions.Exit: Nobody reads it any more, as behind `| head`, which is no failure.
    """
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        _discard(sys.stdout)
        raise click.exceptions.Exit(0) from None


def say(line: str) -> None:
    """Write a line that is not part of the result."""
    with suppress(OSError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def show_json(value: Any, *, indent: Optional[int] = 2) -> None:
    """Write a result as JSON, in ASCII: what a text holds can then change nothing on a terminal."""
    show(json.dumps(value, indent=indent))


def show_items(
    items: Sequence[Any], columns: Mapping[str, Callable[[Any], object]], *, as_json: bool
) -> None:
    """Write a list of models, as a table or as what `to_dict()` gives of each.

    Args:
        items: The models; what a server sends may be of another form, and is then written as it came.
        columns: The columns of the table.
        as_json: Whether to write JSON.
    """
    if as_json:
        show_json([item.to_dict() if hasattr(item, "to_dict") else item for item in items])
        return
    show_table(list(columns), [[_cell(item, cell) for cell in columns.values()] for item in items])


def show_table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write a table; where no terminal reads it, each row a line, with tabs and without headings."""
    cells = [[printable(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in cells:
            show("\t".join(row))
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        # Folded, not cut: what stands in a table is there to be copied.
        table.add_column(heading, overflow="fold")
    for row in cells:
        table.add_row(*map(Text, row))
    console(sys.stdout).print(table)


def show_heading(text: str) -> None:
    """Write what stands over a table, on a terminal."""
    from rich.text import Text

    console(sys.stdout).print(Text(printable(text), style="bold"))


def _cell(item: Any, cell: Callable[[Any], object]) -> object:
    try:
        return cell(item)
    except AttributeError:
        return None


def console(stream: TextIO) -> Console:
    """A console of rich that writes text as it is, and colours and moves the cursor on terminals only."""
    from rich.console import Console

    return Console(
        file=stream,
        force_terminal=stream.isatty(),
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=False,
    )


@contextmanager
def uninterrupted() -> Generator[None, None, None]:
    """Let Ctrl-C, and what else ends the program, wait until something is written whole.

    rich would write once more what it was interrupted at, and leave it on the screen.
    """
    held: List[int] = []
    before: Dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and callable(signal.getsignal(number)):
                before[number] = signal.signal(number, lambda came, _frame: held.append(came))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for number in held[:1]:
            signal.raise_signal(number)


def is_screen(stream: TextIO) -> bool:
    """Whether lines that were written can be written over."""
    return stream.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")


def join_words(words: Sequence[str]) -> str:
    """`a, b and c`."""
    parts: List[str] = list(words)
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _flush(stream: TextIO) -> None:
    try:
        stream.flush()
    except (OSError, ValueError):
        _discard(stream)


def _discard(stream: TextIO) -> None:
    """Let what is still written to a stream that is gone go nowhere."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
