"""The outbox: many messages, through crashes and restarts, none sent twice. Needs the extra `outbox`.

For example::

    from titan.outbox import Outbox, Pace

    outbox = Outbox(client, "sqlite:///outbox.db", pace=Pace(per_minute=20, new_chats_per_day=50))
    outbox.add("invoice-4711", "default", {"chatId": "…", "type": "text", "text": "Your invoice"})
    outbox.run(progress=True)
    router.on("*")(outbox.record)

A message is `queued`, then `sending` once a process has claimed it, and then what came of it::

    queued  -> sending                     a claim, in the transaction that decides the pace
    sending -> sent                        the server answered
            -> queued                      it surely was not sent, and can be later
            -> failed                      it surely was not sent, and never can be
            -> unclear                     nobody knows; also where the lease of the claim is over
    unclear -> sent                        by the late answer of the claim's owner, an event, or a person
            -> queued                      by a person alone
            -> failed                      by the late answer that it was not sent
    sent    -> delivered -> read           by events, only forward

Each change of a session's messages is made in a transaction that has locked the session's row, so that
claims, answers and events of one session never see each other half-done; rows are locked in the order of
their names. What is claimed by others is skipped. Only the owner of a claim may write its answer.

`journal` holds the tables and what may be done to them. `work` sends: `running` is the loop of a run, `turns`
what tasks of a queue take, and both hand messages to `sending`, and what came of them to `noting`. `content`
reads messages that are added, `facts` reads events. `outbox` is what programs call, `opened` the part of it
that needs no client, and `celery` makes the tasks. All of it imports the client and what that imports,
SQLAlchemy, for its bar rich, and in `celery` alone Celery.
"""

from .._distribution import install_hint

try:
    import rich  # noqa: F401 # pyright: ignore[reportUnusedImport]
    import sqlalchemy  # noqa: F401 # pyright: ignore[reportUnusedImport]
except ImportError as _error:
    raise ImportError(f"titan.outbox needs {_error.name}: {install_hint('outbox')}") from None

from .message import STATUSES, OutboxMessage, SettledBy, Status
from .outbox import Outbox
from .pace import Pace

__all__ = ["STATUSES", "Outbox", "OutboxMessage", "Pace", "SettledBy", "Status"]
