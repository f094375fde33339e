"""Leases: what becomes of messages whose processes did not say what came of them."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from . import settling
from .database import Database
from .schema import messages, sending
from .sessions import lock


def sweep(connection: Connection, database: Database) -> int:
    """End leases, and forget events that nothing came to fit.

    Returns:
        How many messages became unclear.
    """
    now = database.now(connection)
    settling.forget(connection, now)
    return expire(connection, now)


def expire(connection: Connection, now: float) -> int:
    """Make unclear what was claimed by processes that did not say in time what came of it.

    Returns:
        How many messages that were.
    """
    is_over = sending, messages.c.lease_ends <= now
    names = set(connection.execute(select(messages.c.session).where(*is_over).distinct()).scalars())
    if not names:
        return 0
    lock(connection, names)
    expired = connection.execute(
        update(messages)
        .where(*is_over, messages.c.session.in_(sorted(names)))
        .values(
            status="unclear",
            reason="the process that sent it ended, or did not say in time what came of it",
            updated_at=now,
        )
        .returning(messages.c.session, messages.c.text_hash)
    ).all()
    settling.match_kept(connection, {(row.session, row.text_hash) for row in expired if row.text_hash}, now)
    return len(expired)
