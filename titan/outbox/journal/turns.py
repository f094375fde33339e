"""Turns that sessions were given, for tasks of a queue to take: each but once."""

from __future__ import annotations

from typing import Collection, List, Optional

from sqlalchemy import Connection, select, update

from .schema import sessions


def find_turns(connection: Connection, prefix: str) -> List[str]:
    """The turns that were given under names that begin so."""
    begins = sessions.c.busy_by.startswith(f"{prefix}.", autoescape=True)
    return list(connection.execute(select(sessions.c.busy_by).where(begins)).scalars())


def take_turn(connection: Connection, turn: str) -> Optional[str]:
    """Take a turn, if the session still waits for it: nobody else gets it then.

    Args:
        connection: In a transaction.
        turn: The name of the turn.

    Returns:
        The session; None where the turn was taken, or another one given.
    """
    found = select(sessions.c.session).where(sessions.c.busy_by == turn).with_for_update()
    session: Optional[str] = connection.execute(found).scalar()
    if session is not None:
        give_back(connection, [turn])
    return session


def give_back(connection: Connection, turns: Collection[str]) -> None:
    """End turns that nobody takes any more."""
    are_given = sessions.c.busy_by.in_(sorted(turns))
    connection.execute(update(sessions).where(are_given).values(busy_until=0.0, busy_by=None))
