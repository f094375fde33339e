"""Claims: which message goes next, who may send it, and what becomes of it when that process dies."""

from __future__ import annotations

from typing import Any, Collection, Dict, List, Optional, Protocol, Sequence, Set, Tuple

from sqlalchemy import Connection, Double, Integer, bindparam, case, exists, func, or_, select, update

from . import chats as known_chats
from .database import Database
from .schema import keys, messages, queued, sending, sessions

_DAY = 24 * 3600.0
# A session in which nothing may go just now is looked at again after this time.
_SECONDS_TO_NEXT_LOOK = 1.0
# How long what WhatsApp said of a number counts where nobody is there.
_SECONDS_ABSENT = _DAY
_PERSON = "@s.whatsapp.net"
LONGEST_TURN = 30.0
"""Seconds that a session waits for a process that died while it sent."""
# How long a session waits for the task that was given its turn, until another one is.
_SECONDS_OF_A_TASK = 60.0


class PaceRule(Protocol):
    """How fast sessions send; `titan.outbox.Pace`."""

    new_chats_per_day: Optional[int]

    @property
    def _gap(self) -> float: ...

    def _quiet_until(self, now: float) -> float: ...


class Claimed:
    """A message that one process has claimed, and alone may send.

    With `is_check` it is queued still, and only the number that it goes to is looked up first: a process that
    dies at that leaves nothing unclear.

    Its `repr` shows only the number of its row: error trackers report local variables.
    """

    __slots__ = (
        *("attempts", "chat_id", "claim", "claimed_at", "file_path", "file_sha256", "file_size", "id"),
        *(
            "is_absent",
            "is_check",
            "is_known",
            "is_number",
            "payload",
            "sent_to",
            "session",
            "stranger",
            "text_hash",
        ),
    )

    def __init__(self, row: Any, chat: Any, now: float) -> None:
        self.id: int = row.id
        self.claim: str = row.claim
        self.claimed_at: float = row.claimed_at
        self.attempts: int = row.attempts
        self.session: str = row.session
        self.chat_id: str = row.chat_id
        self.is_number: bool = bool(row.is_number)
        self.stranger: bool = bool(row.stranger)
        self.payload: str = row.payload
        self.text_hash: Optional[str] = row.text_hash
        self.file_path: Optional[str] = row.file_path
        self.file_size: Optional[int] = row.file_size
        self.file_sha256: Optional[str] = row.file_sha256
        self.is_known: bool = chat is not None and bool(chat.known)
        self.sent_to: Optional[str] = None if chat is None else chat.sent_to
        absent_at = None if chat is None else chat.absent_at
        self.is_check = False
        self.is_absent = absent_at is not None and absent_at > now - _SECONDS_ABSENT

    def __repr__(self) -> str:
        return f"<message {self.id} of the outbox>"


class Claims:
    """Claims messages for one process.

    Args:
        database: Where the journal is.
        key: Id of the API key that it sends with.
        pace: How fast.
        lease: Seconds after which a claim is over.
        resolve: Whether numbers are looked up before the first message to them.
    """

    def __init__(
        self, database: Database, key: str, pace: PaceRule, lease: float, *, resolve: bool = False
    ) -> None:
        self._resolve = resolve
        self._database, self._key, self._pace, self._lease = database, key, pace, lease
        self._turn, self._task_turn = min(LONGEST_TURN, lease / 10), min(_SECONDS_OF_A_TASK, lease)

        key_row = select(keys.c.paused_until).where(keys.c.id == key).scalar_subquery()
        refusals = select(keys.c.refusals).where(keys.c.id == key).scalar_subquery()
        self._look = select(database.clock(), key_row, refusals)

    def look_at_the_clock(self, connection: Connection) -> Tuple[float, float, int]:
        """The time, until when the key is paused, and how often in a row it was refused."""
        now, until, refusals = connection.execute(self._look).one()
        return float(now), float(until or 0.0), int(refusals or 0)

    def claim(
        self, connection: Connection, token: str, limit: int, busy: Collection[str], now: float
    ) -> List[Claimed]:
        """Claim messages, one of each session at most.

        Sessions are locked first, those that others have locked are skipped: so the pace of each is decided
        in this transaction.

        Args:
            connection: In a transaction.
            token: Names the claim; no other one has it.
            limit: How many, at most.
            busy: Sessions with which this process sends just now.
            now: The time.
        """
        if self._pace._quiet_until(now) > now:
            return []
        picked = connection.execute(_PICK, {"now": now, "most": limit, "busy": sorted(busy)}).all()
        return self._claim_next(connection, token, picked, now)

    def claim_of(self, connection: Connection, token: str, session: str, now: float) -> Optional[Claimed]:
        """Claim the next message of one session, if one of it can go.

        Args:
            connection: In a transaction that has locked the session.
            token: Names the claim; no other one has it.
            session: The session.
            now: The time.
        """
        if self._pace._quiet_until(now) > now:
            return None
        picked = connection.execute(_PICK_ONE, {"now": now, "session": session}).all()
        return next(iter(self._claim_next(connection, token, picked, now)), None)

    def give_turns(self, connection: Connection, prefix: str, limit: int, now: float) -> List[str]:
        """Give sessions of which a message can go their turn, to be taken with `take_turn`.

        Args:
            connection: In a transaction.
            prefix: How the names of the turns begin; no others do.
            limit: How many, at most.
            now: The time.

        Returns:
            The names of the turns.
        """
        if self._pace._quiet_until(now) > now:
            return []
        picked = connection.execute(_PICK, {"now": now, "most": limit, "busy": []}).all()
        if not picked:
            return []
        names = self._names(connection, picked, now)
        found = connection.execute(_READY, {"now": now, **names})
        ready = sorted(row.session for row in found if row.id is not None)
        turns = [
            {"of_session": session, "turn": f"{prefix}.{number}", "now": now, "until": now + self._task_turn}
            for number, session in enumerate(ready)
        ]
        if turns:
            connection.execute(_GIVE_TURN, turns)
        self._look_later(connection, set(names["names"]) - set(ready), now)
        return [str(one["turn"]) for one in turns]

    def _names(self, connection: Connection, picked: Sequence[Any], now: float) -> Dict[str, List[str]]:
        """The sessions that were picked, and those of them that may write to strangers, for a statement."""
        open_to_strangers = [
            row.session
            for row in picked
            if row.strangers_at <= now and self._strangers_from(connection, row.session, now) <= now
        ]
        return {"names": [row.session for row in picked], "open": open_to_strangers}

    def _claim_next(
        self, connection: Connection, token: str, picked: Sequence[Any], now: float
    ) -> List[Claimed]:
        if not picked:
            return []
        values = {"now": now, "new_claim": token, "ends": now + self._lease}
        names = self._names(connection, picked, now)
        rows = connection.execute(_CLAIM, {**values, **names}).all()
        claimed = self._describe(connection, rows, now)
        self._put_back_to_check(connection, claimed)
        sent = [one for one in claimed if not one.is_check]
        first = [(one.session, one.chat_id) for one in sent if one.stranger and not one.is_known]
        known_chats.note_first(self._database, connection, first, now)
        self._note_turns(connection, claimed, set(names["names"]), token, now)
        return claimed

    def _put_back_to_check(self, connection: Connection, claimed: List[Claimed]) -> None:
        """Take back the claims of messages whose numbers are to be looked up first."""
        for one in claimed:
            is_new = one.sent_to is None and not one.is_known and not one.is_absent
            one.is_check = self._resolve and is_new and one.chat_id.endswith(_PERSON)
        ids = [one.id for one in claimed if one.is_check]
        if ids:
            connection.execute(_PUT_BACK, {"ids": ids})

    def _describe(self, connection: Connection, rows: Sequence[Any], now: float) -> List[Claimed]:
        chats = known_chats.find(connection, [(row.session, row.chat_id) for row in rows])
        return [Claimed(row, chats.get((row.session, row.chat_id)), now) for row in rows]

    def _note_turns(
        self, connection: Connection, claimed: List[Claimed], looked_at: Set[str], token: str, now: float
    ) -> None:
        turn = {"now": now, "until": now + self._turn, "new_claim": token}
        # A look at a number is no message, which the pace would count.
        for is_check, gap in ((False, self._pace._gap), (True, 0.0)):
            names = sorted(one.session for one in claimed if one.is_check == is_check)
            if names:
                connection.execute(_TAKE_TURN, {"names": names, "next": now + gap, **turn})
        self._look_later(connection, looked_at - {one.session for one in claimed}, now)

    def _look_later(self, connection: Connection, names: Set[str], now: float) -> None:
        if names:
            next_look = now + _SECONDS_TO_NEXT_LOOK
            connection.execute(_LOOK_LATER, {"names": sorted(names), "now": now, "next": next_look})

    def _strangers_from(self, connection: Connection, session: str, now: float) -> float:
        """From when the pace lets a session write to somebody new."""
        most = self._pace.new_chats_per_day
        if most is None:
            return now
        firsts = known_chats.count_firsts(connection, session, now - _DAY)
        return now if len(firsts) < most else firsts[int(most) - 1] + _DAY

    def next_time(self, connection: Connection, now: float, key_paused_until: float) -> Optional[float]:
        """When a queued message can go, in Unix seconds; None where none can.

        Args:
            connection: To look with.
            now: The time.
            key_paused_until: Until when no request is made at all.
        """
        times = []
        for row in connection.execute(_NEXT).all():
            ready = max(now, key_paused_until, row.free_at, row.busy_until)
            if row.due is not None:
                times.append(max(ready, row.due))
            if row.first_due is not None:
                allowed = self._strangers_from(connection, row.session, now)
                times.append(max(ready, row.first_due, row.strangers_at, allowed))
        return min(map(self._pace._quiet_until, times), default=None)

    def find_claimed(self, connection: Connection, token: str, now: float) -> List[Claimed]:
        """What a claim got that was committed although the database lost the connection at that."""
        is_own = messages.c.claim == token, or_(sending, queued)
        rows = connection.execute(select(messages).where(*is_own)).all()
        claimed = self._describe(connection, rows, now)
        to_check = {row.id for row in rows if row.status == "queued"}
        for one in claimed:
            one.is_check = one.id in to_check
        return claimed


def _next_message() -> Any:
    """The id of the message of a session that is next; null where none can go."""
    # An alias, since the statement around it may be about the same table.
    one = messages.alias("candidate")
    is_next = one.c.session == sessions.c.session, one.c.status == _QUEUED, one.c.due <= _now

    def next_of(*further: Any) -> Any:
        found = select(one.c.id).where(*is_next, *further).order_by(one.c.due, one.c.id).limit(1)
        return found.correlate(sessions).scalar_subquery()

    is_open = sessions.c.session.in_(bindparam("open", expanding=True))
    return case((is_open, next_of()), else_=next_of(one.c.stranger == 0))


def _make_claim() -> Any:
    """The one statement that claims: the next message of each session becomes `sending`, and is returned."""
    ids = select(_next_message()).where(_are_named)
    return (
        update(messages)
        .where(messages.c.id.in_(ids), queued)
        .values(
            status="sending",
            claim=bindparam("new_claim"),
            claimed_at=_now,
            lease_ends=bindparam("ends"),
            attempts=messages.c.attempts + 1,
            reason=None,
            updated_at=_now,
        )
        .returning(messages)
    )


# Statements that each cycle needs are made once: making one costs more than running it.
_QUEUED: Any = queued.right
_now = bindparam("now", type_=Double)
_are_named = sessions.c.session.in_(bindparam("names", expanding=True))
_CLAIM = _make_claim()
_READY = select(sessions.c.session, _next_message().label("id")).where(_are_named)
_CAN_GO = select(sessions.c.session, sessions.c.strangers_at).where(
    sessions.c.paused.is_(None),
    sessions.c.free_at <= _now,
    sessions.c.busy_until <= _now,
    exists().where(messages.c.session == sessions.c.session, queued, messages.c.due <= _now),
)
_PICK_ONE = _CAN_GO.where(sessions.c.session == bindparam("session"))
_PICK = (
    _CAN_GO.where(sessions.c.session.notin_(bindparam("busy", expanding=True)))
    .order_by(sessions.c.looked_at)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(of=sessions, skip_locked=True)
)
_PUT_BACK = (
    update(messages)
    .where(messages.c.id.in_(bindparam("ids", expanding=True)))
    # Its claim stays: who has it may put the message off.
    .values(status="queued", attempts=messages.c.attempts - 1, claimed_at=None, lease_ends=None)
)
_LOOK_LATER = update(sessions).where(_are_named).values(looked_at=_now, free_at=bindparam("next"))
_TAKE_TURN = _LOOK_LATER.values(busy_until=bindparam("until"), busy_by=bindparam("new_claim"))
_GIVE_TURN = (
    update(sessions)
    .where(sessions.c.session == bindparam("of_session"))
    .values(looked_at=_now, busy_until=bindparam("until"), busy_by=bindparam("turn"))
)


def _due(stranger: int) -> Any:
    is_one = messages.c.session == sessions.c.session, queued, messages.c.stranger == stranger
    return select(func.min(messages.c.due)).where(*is_one).scalar_subquery()


_NEXT = select(sessions, _due(0).label("due"), _due(1).label("first_due")).where(sessions.c.paused.is_(None))
