"""Sessions: who may change them, and what pauses them."""

from __future__ import annotations

import logging
from typing import Any, Collection, Dict, List, Optional

from sqlalchemy import Connection, bindparam, exists, select, true, update

from ..._privacy import mask
from .database import Database
from .schema import keys, messages, queued, sessions

PERSON, SILENT, MISSING = "PERSON", "SILENT", "MISSING"
"""Reasons of a pause that are not a status of Titan's: a person wanted it; it is CONNECTED, but nothing goes
out; Titan has no such session."""

SECONDS_BETWEEN_CHECKS = 30.0
_SECONDS_OF_SILENCE = 60.0
_LONGEST_KEY_PAUSE = 60.0

_logger = logging.getLogger("titan")


def enrol(database: Database, connection: Connection, names: Collection[str]) -> None:
    """Make a row of each session that has none."""
    row = {"check_at": 0.0, "status_at": 0.0, "free_at": 0.0, "busy_until": 0.0, "looked_at": 0.0}
    rows = [{"session": name, **row, "strangers_at": 0.0} for name in sorted(names)]
    if rows:
        connection.execute(database.insert(sessions).on_conflict_do_nothing(), rows)


# Statements that each cycle needs are made once: making one costs more than running it.
_LOCK = (
    select(sessions)
    .where(sessions.c.session.in_(bindparam("names", expanding=True)))
    .order_by(sessions.c.session)
    .with_for_update()
)


def lock(connection: Connection, names: Collection[str]) -> Dict[str, Any]:
    """Lock the rows of sessions until the end of the transaction, always in the same order.

    Returns:
        The rows by the names of their sessions.
    """
    return {row.session: row for row in connection.execute(_LOCK, {"names": sorted(names)})}


def pause(connection: Connection, session: str, reason: str, now: float) -> None:
    """Pause a session; who finds it paused already changes the reason only, and says nothing.

    A pause that a person made stays one.
    """
    is_it = sessions.c.session == session
    values = {"paused": reason, "check_at": now + SECONDS_BETWEEN_CHECKS}
    begun = connection.execute(update(sessions).where(is_it, sessions.c.paused.is_(None)).values(values))
    if begun.rowcount:
        _logger.warning("the outbox pauses the session %s: %s", mask(session), mask(reason))
        return
    changed = sessions.c.paused.notin_([PERSON, reason])
    connection.execute(update(sessions).where(is_it, changed).values(paused=reason))


def resume(connection: Connection, session: str, *, by_person: bool = False) -> bool:
    """End the pause of a session; one that a person made, only a person ends.

    Returns:
        Whether there was one.
    """
    may_end = sessions.c.paused.is_not(None) if by_person else sessions.c.paused != PERSON
    ended = connection.execute(
        update(sessions).where(sessions.c.session == session, may_end).values(paused=None, pending_since=None)
    )
    if ended.rowcount:
        _logger.info("the outbox sends with the session %s again", mask(session))
    return bool(ended.rowcount)


def take_checks(
    connection: Connection, now: float, *, all_of_them: bool, most: Optional[int] = None
) -> List[str]:
    """The paused sessions of which it is time to ask Titan, for one process to do so.

    Args:
        connection: In a transaction.
        now: The time.
        all_of_them: Also those that were asked for a moment ago.
        most: How many, at most.
    """
    is_due = true() if all_of_them else sessions.c.check_at <= now
    is_wanted = exists().where(messages.c.session == sessions.c.session, queued)
    due = (
        select(sessions.c.session)
        .where(sessions.c.paused != PERSON, is_due, is_wanted)
        .order_by(sessions.c.check_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    names = list(connection.execute(due).scalars())
    if names:
        later = now + SECONDS_BETWEEN_CHECKS
        connection.execute(update(sessions).where(sessions.c.session.in_(names)).values(check_at=later))
    return names


def note_check(connection: Connection, session: str, status: Optional[str], now: float) -> None:
    """Take note of what Titan says of a paused session.

    Args:
        connection: In a transaction.
        session: The session.
        status: Its status, or the reason of it; `CONNECTED` ends the pause.
        now: The time.
    """
    row = lock(connection, [session]).get(session)
    if row is None or row.paused in (None, PERSON) or status is None:
        return
    # A silent one says that it is connected: only its events, or another connection, tell that it is back.
    if status == "CONNECTED" and row.paused != SILENT:
        resume(connection, session)
    elif status != "CONNECTED":
        pause(connection, session, status, now)


def note_sign(connection: Connection, row: Any, now: float) -> None:
    """Take note that something came over the connection of a session."""
    statement = update(sessions).where(sessions.c.session == row.session)
    connection.execute(statement.values(heard_at=now, pending_since=None))
    if row.paused == SILENT:
        resume(connection, row.session)


def note_status(
    connection: Connection, row: Any, status: str, happened_at: Optional[float], now: float
) -> None:
    """Take note of an event about the status of a session, unless there was a later one.

    Args:
        connection: In a transaction that has locked its row.
        row: That row.
        status: `CONNECTED`, or why it is not.
        happened_at: When that was, by the clock of whoever made the event.
        now: The time.
    """
    if happened_at is not None:
        if happened_at < row.status_at:
            return
        statement = update(sessions).where(sessions.c.session == row.session)
        connection.execute(statement.values(status_at=happened_at))
    if status == "CONNECTED":
        resume(connection, row.session)
    else:
        pause(connection, row.session, status, now)


def pause_silent(connection: Connection, now: float) -> None:
    """Pause the sessions whose messages stay pending, and of which nothing else is heard either."""
    silent = (
        select(sessions.c.session)
        .where(
            sessions.c.paused.is_(None),
            sessions.c.heard_at.is_not(None),
            sessions.c.pending_since <= now - _SECONDS_OF_SILENCE,
        )
        .with_for_update(skip_locked=True)
    )
    for session in list(connection.execute(silent).scalars()):
        pause(connection, session, SILENT, now)


def note_answers(
    connection: Connection, pending: Collection[str], lively: Collection[str], now: float
) -> None:
    """Take note of sessions whose messages were answered as pending, and of those where they went out."""
    if pending:
        since = update(sessions).where(sessions.c.session.in_(pending), sessions.c.pending_since.is_(None))
        connection.execute(since.values(pending_since=now))
    if lively:
        is_one = sessions.c.session.in_(lively), sessions.c.pending_since.is_not(None)
        connection.execute(update(sessions).where(*is_one).values(pending_since=None))


def pause_key(
    database: Database, connection: Connection, key: str, asked: Optional[float], now: float
) -> None:
    """Let no process make requests with a key for a while: Titan answered 429.

    Args:
        database: The database.
        connection: In a transaction.
        key: Id of the key.
        asked: Seconds that Titan asks to wait, where it does.
        now: The time.
    """
    row = connection.execute(select(keys).where(keys.c.id == key).with_for_update()).first()
    refusals = 0 if row is None else int(row.refusals)
    is_paused = row is not None and row.paused_until > now
    seconds = asked if asked else min(float(2 ** min(refusals, 10)), _LONGEST_KEY_PAUSE)
    until = max(now + seconds, 0.0 if row is None else row.paused_until)
    # Those that were under way when the first was refused say nothing new.
    counted = refusals if is_paused else refusals + 1
    values = {"paused_until": until, "refusals": counted}
    statement = database.insert(keys).values(id=key, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))
    if not is_paused:
        _logger.info("the outbox waits %.0f s: Titan's limit for this key is reached", until - now)


def end_refusals(connection: Connection, key: str) -> None:
    """Forget how often a key was refused: it is served again."""
    connection.execute(update(keys).where(keys.c.id == key, keys.c.refusals > 0).values(refusals=0))


def restrict(connection: Connection, session: str, until: float, now: float) -> None:
    """Let a session write to no strangers for a while: its account is restricted."""
    begun = connection.execute(
        update(sessions)
        .where(sessions.c.session == session, sessions.c.strangers_at <= now)
        .values(strangers_at=until)
    )
    if begun.rowcount:
        _logger.warning(
            "the account of the session %s is restricted: no first messages to anybody for %.0f minutes",
            mask(session),
            (until - now) / 60,
        )
