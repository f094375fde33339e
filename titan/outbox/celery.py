"""The outbox on Celery: a task for each message, made when it can go. Needs the extra `celery`.

For example, in `tasks.py`::

    app = Celery("tasks", broker="redis://localhost")
    outbox = Outbox(client, "postgresql://…", pace=Pace(per_minute=20))
    use_celery(outbox, app)

What any process adds with this `outbox`, the workers of `celery -A tasks worker --beat` send.

The journal decides, not the queue. A task names the turn of a session, by a name from which nobody learns
anything. Where it is delivered twice or too late, it finds that turn gone, and does nothing: after a late
acknowledgement, a visibility time-out or the loss of a worker nothing is sent again. A message whose task was
lost gets another one by `outbox.sweep()`, which a task of `celery beat` calls.
"""

from __future__ import annotations

import logging
from typing import Any, List, Optional

from .._distribution import install_hint
from .outbox import Outbox

try:
    from celery.exceptions import OperationalError
except ImportError as _error:
    raise ImportError(f"titan.outbox.celery needs {_error.name}: {install_hint('celery')}") from None

__all__ = ["use_celery"]

_SECONDS_THAT_A_SWEEP_WAITS = 10.0

_logger = logging.getLogger("titan")


def use_celery(
    outbox: Outbox, app: Any, *, queue: Optional[str] = None, name: str = "titan.outbox", every: float = 1.0
) -> None:
    """Let tasks of Celery send the messages of an outbox, instead of `run`.

    Call it in the module that defines the tasks of your program. The workers import that, and the processes
    that add messages should: what others add waits for the next sweep.

    Args:
        outbox: The outbox.
        app: Your `celery.Celery`.
        queue: Queue of the tasks. Default: that of the app.
        name: How the names of the two tasks begin: `titan.outbox.send`, `titan.outbox.sweep`. Outboxes on one
            app need different ones.
        every: Seconds between two sweeps, where `celery beat` runs. What had to wait, such as for its pace,
            goes with the next one.
    """
    turns = outbox._turns()
    options = {"ignore_result": True, "shared": False, "max_retries": 0}

    def make_tasks(given: List[str]) -> None:
        left = list(given)
        try:
            while left:
                send_task.apply_async((left[-1],), queue=queue, retry=False)
                left.pop()
        except OperationalError as error:
            turns.give_back(left)
            reason = type(error.__cause__ or error).__name__
            _logger.warning("the outbox cannot reach the broker of Celery; a sweep tries again: %s", reason)

    def send(task: Any, turn: str) -> None:
        given = [turn]
        while given:
            more = turns.take(given.pop())
            if not task.request.is_eager:
                make_tasks(more)
            else:
                # A task would run inside this one, and so on, as deep as there are messages.
                given += more

    def sweep() -> None:
        turns.ask()
        outbox.sweep()

    late = {"acks_late": True, "reject_on_worker_lost": True}
    send_task: Any = app.task(name=f"{name}.send", bind=True, **late, **options)(send)
    sweep_task: Any = app.task(name=f"{name}.sweep", **options)(sweep)
    outbox._make_tasks = lambda: make_tasks(turns.give())
    app.add_periodic_task(
        every, sweep_task.s(), name=f"{name}.sweep", queue=queue, expires=_SECONDS_THAT_A_SWEEP_WAITS
    )
