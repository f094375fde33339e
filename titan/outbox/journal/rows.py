"""Rows of messages: adding them, looking at them, and what a person decides about them."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple

from sqlalchemy import Connection, func, insert, select, update

from . import chats, settling
from .database import Database
from .schema import messages, queued, sessions, unclear
from .sessions import enrol, lock

_PAGE = 500


def add(database: Database, connection: Connection, rows: Sequence[Dict[str, Any]], now: float) -> int:
    """Add messages that are not there yet.

    Args:
        database: Where the journal is.
        connection: In a transaction.
        rows: Values of the columns that say what the messages are, with their keys; `person` says whether it
            is the chat of one.
        now: The time.

    Returns:
        How many were new.

    Raises:
        ValueError: The journal has one of the keys with another content; nothing is added.
    """
    enrol(database, connection, {row["session"] for row in rows})
    places = [(row["session"], row["chat_id"]) for row in rows if row["person"]]
    known = {place for place, chat in chats.find(connection, places).items() if chat.known}
    values = [
        {
            **{name: value for name, value in row.items() if name != "person"},
            "stranger": int(row["person"] and (row["session"], row["chat_id"]) not in known),
            "status": "queued",
            "due": now,
            "attempts": 0,
            "created_at": now,
            "updated_at": now,
        }
        for row in rows
    ]
    new = database.insert(messages).on_conflict_do_nothing(index_elements=["key"]).returning(messages.c.id)
    added = len(connection.execute(new, values).all())
    if added < len(rows):
        _check_same(connection, rows)
    return added


def _check_same(connection: Connection, rows: Sequence[Dict[str, Any]]) -> None:
    is_one = messages.c.key.in_([row["key"] for row in rows])
    found = {row.key: row.digest for row in connection.execute(select(messages).where(is_one))}
    for place, row in enumerate(rows, 1):
        if found[row["key"]] != row["digest"]:
            which = f" (number {place} of those that were added together)" if len(rows) > 1 else ""
            raise ValueError(f"the journal has another message with this key{which}; nothing was added")


def watch(
    connection: Connection, database: Database, key: str, session: str, message_id: str, shown: Dict[str, Any]
) -> str:
    """Add a message that was sent otherwise, with what events told of it already.

    Args:
        connection: In a transaction.
        database: Where the journal is.
        key: Its key.
        session: Its session.
        message_id: Its id.
        shown: `chat_id`, `type` and `status` of it, where they are known.

    Returns:
        Its key, or the one under which it is there already.

    Raises:
        ValueError: The key is that of another message.
    """
    enrol(database, connection, [session])
    lock(connection, [session])
    now = database.now(connection)
    is_it = messages.c.session == session, messages.c.message_id == message_id
    there: Optional[str] = connection.execute(select(messages.c.key).where(*is_it)).scalar()
    if there is not None:
        return there
    if find(connection, key) is not None:
        raise ValueError("the journal has another message with this key")
    kept = settling.take_kept(connection, [(session, message_id)]).get((session, message_id))
    status = shown["status"] if shown["status"] in settling.RANKS else None
    connection.execute(
        insert(messages).values(
            key=key,
            session=session,
            chat_id=shown["chat_id"],
            sent_to=shown["chat_id"],
            type=shown["type"],
            is_number=0,
            payload="{}",
            digest="",
            status=settling.further("sent", settling.further(status, kept)),
            stranger=0,
            due=now,
            attempts=0,
            message_id=message_id,
            settled_by="answer",
            created_at=now,
            updated_at=now,
        )
    )
    return key


def find(connection: Connection, key: str) -> Optional[Any]:
    """The row with a key."""
    return connection.execute(select(messages).where(messages.c.key == key)).first()


def find_session(connection: Connection, session: str) -> Optional[Any]:
    """The row of a session that messages were added for."""
    return connection.execute(select(sessions).where(sessions.c.session == session)).first()


def find_all(database: Database, session: Optional[str], statuses: Optional[Sequence[str]]) -> Iterable[Any]:
    """Rows in the order in which they were added, a page at a time."""
    last = 0
    conditions = [] if session is None else [messages.c.session == session]
    if statuses is not None:
        conditions.append(messages.c.status.in_(list(statuses)))
    while True:
        page = select(messages).where(messages.c.id > last, *conditions).order_by(messages.c.id).limit(_PAGE)
        with database.reading() as connection:
            rows = connection.execute(page).all()
        yield from rows
        if len(rows) < _PAGE:
            return
        last = rows[-1].id


def count(connection: Connection, session: Optional[str]) -> Dict[str, int]:
    """How many messages there are of each status."""
    conditions = [] if session is None else [messages.c.session == session]
    counted = select(messages.c.status, func.count()).where(*conditions).group_by(messages.c.status)
    return {row[0]: row[1] for row in connection.execute(counted)}


def paused(connection: Connection) -> List[Tuple[str, str]]:
    """The sessions that are paused, with the reasons."""
    statement = select(sessions.c.session, sessions.c.paused).where(sessions.c.paused.is_not(None))
    return [(row.session, row.paused) for row in connection.execute(statement.order_by(sessions.c.session))]


def decide(
    connection: Connection, database: Database, key: str, *, sent: bool, message_id: Optional[str]
) -> bool:
    """Note what a person knows of an unclear message.

    Returns:
        Whether it was unclear; otherwise nothing changed.

    Raises:
        ValueError: Another message has this id.
    """
    row = find(connection, key)
    if row is None:
        return False
    lock(connection, [row.session])
    row, now = find(connection, key), database.now(connection)
    if row is None or row.status != "unclear":
        return False
    if not sent:
        # The claim stays: should its owner say after all that it was sent, that counts.
        again = {"status": "queued", "reason": None, "due": now, "updated_at": now}
        connection.execute(update(messages).where(messages.c.id == row.id, unclear).values(**again))
        return True
    place = (row.session, message_id or "")
    if message_id is not None and settling.free_ids(connection, {place: row.id}, now):
        raise ValueError("another message of the journal has this id")
    kept = settling.take_kept(connection, [place]).get(place)
    settling.settle(connection, row.id, "person", message_id, kept, now)
    return True


def cancel(connection: Connection, database: Database, key: str) -> bool:
    """Let a queued message fail before it is sent.

    Returns:
        Whether it was queued.
    """
    row = find(connection, key)
    if row is None:
        return False
    lock(connection, [row.session])
    values = {"status": "failed", "reason": "it was cancelled", "updated_at": database.now(connection)}
    return bool(
        connection.execute(update(messages).where(messages.c.id == row.id, queued).values(**values)).rowcount
    )
