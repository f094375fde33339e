"""Chats: whom a session has written to, and by which names WhatsApp knows them."""

from __future__ import annotations

import functools
from typing import Any, Collection, Dict, Iterable, List, Optional, Set, Tuple

from sqlalchemy import Connection, bindparam, func, or_, select, tuple_, update

from .database import Database, insert_on
from .schema import chats, messages, queued

Place = Tuple[str, str]
"""A session and a chat id."""


# Statements that each cycle needs are made once: making one costs more than running it.
_FIND = select(chats).where(tuple_(chats.c.session, chats.c.chat_id).in_(bindparam("places", expanding=True)))
_ARE_KNOWN = (
    update(messages)
    .where(messages.c.session == bindparam("of_session"), messages.c.chat_id == bindparam("of_chat"))
    .where(queued, messages.c.stranger == 1)
    .values(stranger=0)
)


def find(connection: Connection, places: Collection[Place]) -> Dict[Place, Any]:
    """The rows of chats that there are."""
    if not places:
        return {}
    rows = connection.execute(_FIND, {"places": sorted(set(places))})
    return {(row.session, row.chat_id): row for row in rows}


def know(database: Database, connection: Connection, places: Iterable[Place]) -> None:
    """Note that messages went to and fro in chats: nobody there is a stranger any more."""
    wanted = sorted(set(places))
    if not wanted:
        return
    rows = [{"session": session, "chat_id": chat_id, "known": 1} for session, chat_id in wanted]
    connection.execute(_upsert(database.is_sqlite, "known"), rows)
    connection.execute(_ARE_KNOWN, [{"of_session": one[0], "of_chat": one[1]} for one in wanted])


@functools.cache
def _upsert(is_sqlite: bool, *names: str) -> Any:
    """Insert a chat, or change some of its columns to what was to be inserted."""
    # By the kind of database: a database that was a key here would never be closed.
    statement = insert_on(is_sqlite, chats)
    values = {name: statement.excluded[name] for name in names}
    if names == ("first_at",):
        values = {"first_at": func.coalesce(chats.c.first_at, statement.excluded.first_at)}
    return statement.on_conflict_do_update(index_elements=["session", "chat_id"], set_=values)


def know_person(database: Database, connection: Connection, session: str, names: Collection[str]) -> None:
    """Note that somebody is no stranger, under each name that the journal has for the same person."""
    # A session that was never written to needs no row: the first message to it finds this one.
    know(database, connection, [(session, name) for name in names_of(connection, session, names)])


def names_of(connection: Connection, session: str, names: Collection[str]) -> Set[str]:
    """All names of the chats that some names belong to: forms of a number, and LIDs."""
    found = set(names)
    for row in _rows_of(connection, session, names):
        found.update(name for name in (row.chat_id, row.sent_to, row.lid) if name)
    return found


def pair(connection: Connection, session: str, number: str, lid: str) -> None:
    """Note that a number and a LID are those of one person, where the journal knows the number."""
    for row in _rows_of(connection, session, [number]):
        if row.lid != lid and number in (row.chat_id, row.sent_to):
            is_it = chats.c.session == session, chats.c.chat_id == row.chat_id
            connection.execute(update(chats).where(*is_it).values(lid=lid))


def is_pair_new(connection: Connection, session: str, pairs: Iterable[Tuple[str, str]]) -> bool:
    """Whether one of some pairs would tell the journal the LID of a number that it knows."""
    return any(
        row.lid != lid and number in (row.chat_id, row.sent_to)
        for number, lid in pairs
        for row in _rows_of(connection, session, [number])
    )


def note_first(database: Database, connection: Connection, places: Iterable[Place], now: float) -> None:
    """Count first messages to people."""
    rows: List[Dict[str, Any]] = [
        {"session": session, "chat_id": chat_id, "known": 0, "first_at": now}
        for session, chat_id in sorted(set(places))
    ]
    if rows:
        connection.execute(_upsert(database.is_sqlite, "first_at"), rows)


def forget_first(connection: Connection, place: Place, counted_at: float) -> None:
    """Take back what `note_first` counted at some time: the message surely was not sent."""
    is_it = chats.c.session == place[0], chats.c.chat_id == place[1]
    was_counted = chats.c.known == 0, chats.c.first_at == counted_at
    connection.execute(update(chats).where(*is_it, *was_counted).values(first_at=None))


def note_resolved(
    database: Database, connection: Connection, place: Place, sent_to: Optional[str], now: float
) -> None:
    """Keep what WhatsApp said of a number: the chat id of its account, or that there is none."""
    session, chat_id = place
    values = {"sent_to": sent_to, "absent_at": now if sent_to is None else None}
    row = {"session": session, "chat_id": chat_id, "known": 0, **values}
    connection.execute(_upsert(database.is_sqlite, "sent_to", "absent_at"), row)


def count_firsts(connection: Connection, session: str, since: float) -> List[float]:
    """When first messages to people were claimed, the newest first."""
    is_one = chats.c.session == session, chats.c.first_at > since
    newest = select(chats.c.first_at).where(*is_one).order_by(chats.c.first_at.desc())
    return list(connection.execute(newest).scalars())


def _rows_of(connection: Connection, session: str, names: Collection[str]) -> List[Any]:
    wanted = sorted(names)
    is_named = or_(chats.c.chat_id.in_(wanted), chats.c.sent_to.in_(wanted), chats.c.lid.in_(wanted))
    return list(connection.execute(select(chats).where(chats.c.session == session, is_named)))
