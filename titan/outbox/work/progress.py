"""The progress bar of a run."""

from __future__ import annotations

import contextlib
import sys
from typing import Callable, Dict, Generator, Tuple

from ..._clock import now

_SECONDS_BETWEEN_COUNTS = 1.0


@contextlib.contextmanager
def showing(count: Callable[[], Dict[str, int]]) -> Generator[Callable[[], None], None, None]:
    """Show how many messages are done, on standard error, while the context lasts.

    Args:
        count: Counts the messages of the journal by status.

    Yields:
        What to call now and then.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    def read() -> Tuple[int, int, str]:
        found = count()
        left = found["queued"] + found["sending"]
        problems = ", ".join(f"{found[name]} {name}" for name in ("failed", "unclear") if found[name])
        return sum(found.values()), left, problems

    everything, left_at_first, problems = read()
    done_before = everything - left_at_first
    columns = (
        TextColumn("sending"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(file=sys.stderr)) as bar:
        task = bar.add_task(problems, total=left_at_first)
        looked_at = now()

        def show() -> None:
            everything, left, problems = read()
            total = everything - done_before
            bar.update(task, total=total, completed=max(total - left, 0), description=problems)

        def show_now_and_then() -> None:
            nonlocal looked_at
            if now() >= looked_at + _SECONDS_BETWEEN_COUNTS:
                looked_at = now()
                show()

        try:
            yield show_now_and_then
        finally:
            show()
