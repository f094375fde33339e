"""Settling: what events tell of messages, by their id, and by their content where that is beyond doubt."""

from __future__ import annotations

import math
from typing import Any, Collection, Dict, List, NamedTuple, Optional, Set, Tuple

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, or_, select, tuple_, update

from ..._privacy import Secret
from . import chats
from .schema import events, messages, sending, unclear

RANKS: Dict[Optional[str], int] = {None: 0, "sent": 1, "delivered": 2, "read": 3}
"""How far a message has come; other statuses are none of these."""

# Events can come long before the process that sent is found to be dead: until then nothing fits them.
_SECONDS_KEPT = 7 * 24 * 3600.0
# Where nothing is under way, nor unclear, only `watch` can still want them.
_SECONDS_KEPT_OTHERWISE = 600.0

Text = Tuple[str, str]
"""A session, and the hash of a text."""


class Seen(NamedTuple):
    """What one event tells of a message that the account wrote. It holds chat ids: keep it out of sight."""

    session: str
    message_id: str
    status: Optional[str]
    """`sent`, `delivered` or `read`."""
    chat_id: Optional[str] = None
    lid: Optional[str] = None
    text_hash: Optional[str] = None
    """Of its text, where it is a text message."""
    written_at: Optional[float] = None
    """In Unix seconds, by the clock of WhatsApp."""


def further(one: Optional[str], other: Optional[str]) -> Optional[str]:
    """The status that is further on its way."""
    return one if RANKS[one] >= RANKS[other] else other


def note(connection: Connection, event: Secret[Any], now: float) -> None:
    """Take note of an event, in a transaction that has locked the row of its session.

    Args:
        connection: In that transaction.
        event: What it tells, a `Seen`.
        now: The time.
    """
    seen: Seen = event.reveal()
    is_it = messages.c.session == seen.session, messages.c.message_id == seen.message_id
    row = connection.execute(select(messages.c.id, messages.c.status).where(*is_it)).first()
    if row is not None:
        if RANKS.get(row.status, 0) < RANKS[seen.status]:
            moved = update(messages).where(messages.c.id == row.id)
            connection.execute(moved.values(status=seen.status, updated_at=now))
        return
    _keep(connection, seen, now)
    if seen.text_hash is not None:
        match_kept(connection, {(seen.session, seen.text_hash)}, now)


# Statements that each cycle needs are made once: making one costs more than running it.
_SESSIONS_WITH_KEPT = (
    select(events.c.session).where(events.c.session.in_(bindparam("names", expanding=True))).distinct()
)
_ARE_KEPT = tuple_(events.c.session, events.c.message_id).in_(bindparam("ids", expanding=True))
_KEPT = select(events.c.session, events.c.message_id, events.c.status).where(_ARE_KEPT)
_KEPT_TEXTS = (
    select(events)
    .where(tuple_(events.c.session, events.c.text_hash).in_(bindparam("texts", expanding=True)))
    .order_by(events.c.written_at, events.c.message_id)
)
_OWNERS = select(messages.c.id, messages.c.session, messages.c.message_id, messages.c.settled_by).where(
    tuple_(messages.c.session, messages.c.message_id).in_(bindparam("ids", expanding=True))
)


def with_kept(connection: Connection, names: Collection[str]) -> Set[str]:
    """Those of some sessions for which events are kept."""
    return set(connection.execute(_SESSIONS_WITH_KEPT, {"names": sorted(names)}).scalars())


def take_kept(
    connection: Connection, ids: Collection[Tuple[str, str]]
) -> Dict[Tuple[str, str], Optional[str]]:
    """What events told already of messages whose ids are known only now; they are kept no longer.

    Args:
        connection: In a transaction that has locked the rows of their sessions.
        ids: Session and message id of each.

    Returns:
        How far each has come.
    """
    if not ids:
        return {}
    found = connection.execute(_KEPT, {"ids": sorted(ids)}).all()
    if found:
        connection.execute(delete(events).where(_ARE_KEPT), {"ids": sorted(ids)})
    return {(row.session, row.message_id): row.status for row in found}


def match_kept(connection: Connection, texts: Collection[Text], now: float) -> int:
    """Settle unclear messages by the content of events that no row owns.

    Args:
        connection: In a transaction that has locked the rows of their sessions.
        texts: The texts that something became known of.
        now: The time.

    Returns:
        How many were settled.
    """
    if not texts:
        return 0
    oldest_first = connection.execute(_KEPT_TEXTS, {"texts": sorted(texts)}).all()
    return sum(_match(connection, event, now) for event in oldest_first)


def _match(connection: Connection, event: Any, now: float) -> bool:
    names = chats.names_of(connection, event.session, {name for name in (event.chat_id, event.lid) if name})
    equal = connection.execute(
        select(messages.c.id, messages.c.status, messages.c.claimed_at)
        .where(
            messages.c.session == event.session,
            messages.c.text_hash == event.text_hash,
            or_(sending, unclear),
            messages.c.chat_id.in_(sorted(names)),
        )
        # The latest claim that is not later than the event: so the others fit more of the events to come.
        .order_by(messages.c.claimed_at.desc(), messages.c.id.desc())
    ).all()
    if any(row.status == "sending" for row in equal) or event.written_at is None:
        return False
    # The times of events are in whole seconds.
    fitting = [row for row in equal if math.floor(row.claimed_at) <= event.written_at]
    if not fitting:
        return False
    settle(connection, fitting[0].id, "match", event.message_id, event.status, now)
    is_event = events.c.session == event.session, events.c.message_id == event.message_id
    connection.execute(delete(events).where(*is_event))
    return True


def settle(
    connection: Connection,
    row_id: int,
    settled_by: str,
    message_id: Optional[str],
    status: Optional[str],
    now: float,
) -> None:
    """Note that a message was sent after all."""
    connection.execute(
        update(messages)
        .where(messages.c.id == row_id)
        .values(
            status=further("sent", status),
            settled_by=settled_by,
            message_id=message_id,
            reason=None,
            updated_at=now,
        )
    )


def free_ids(connection: Connection, ids: Dict[Tuple[str, str], int], now: float) -> List[Tuple[str, str]]:
    """Take ids from rows that had them by a match, and that turn out to be those of others.

    Args:
        connection: In a transaction that has locked the rows of their sessions.
        ids: Whose id each is: session and message id, and the number of the row.
        now: The time.

    Returns:
        The ids that stay with another row, since its answer said so.
    """
    if not ids:
        return []
    kept = []
    for row in connection.execute(_OWNERS, {"ids": sorted(ids)}).all():
        place = (row.session, row.message_id)
        if row.id == ids[place]:
            continue
        if row.settled_by != "match":
            kept.append(place)
            continue
        values = {"status": "unclear", "settled_by": None, "message_id": None, "updated_at": now}
        connection.execute(update(messages).where(messages.c.id == row.id).values(values))
    return kept


def forget(connection: Connection, now: float) -> None:
    """Forget events that nothing came to fit."""
    connection.execute(delete(events).where(events.c.forget_at <= now))


def _keep(connection: Connection, seen: Seen, now: float) -> None:
    is_it = events.c.session == seen.session, events.c.message_id == seen.message_id
    row = connection.execute(select(events).where(*is_it)).first()
    is_under_way = exists().where(messages.c.session == seen.session, or_(sending, unclear))
    seconds = _SECONDS_KEPT if connection.execute(select(is_under_way)).scalar() else _SECONDS_KEPT_OTHERWISE
    if row is None:
        connection.execute(insert(events).values(**seen._asdict(), forget_at=now + seconds))
        return
    columns = events.c
    connection.execute(
        update(events)
        .where(*is_it)
        .values(
            status=further(row.status, seen.status),
            chat_id=func.coalesce(columns.chat_id, seen.chat_id),
            lid=func.coalesce(columns.lid, seen.lid),
            text_hash=func.coalesce(columns.text_hash, seen.text_hash),
            written_at=func.coalesce(columns.written_at, seen.written_at),
        )
    )
