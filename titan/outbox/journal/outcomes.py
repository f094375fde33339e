"""Outcomes: what came of claimed messages, written before anything else happens."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence, Set, Tuple

from sqlalchemy import Connection, Double, Text, bindparam, case, func, or_, update
from typing_extensions import Literal

from . import chats, settling
from .claims import Claimed
from .database import Database
from .schema import messages, queued, sending, sessions, unclear
from .sessions import lock, note_answers

Kind = Literal["sent", "unclear", "failed", "queued"]

_TOO_LATE = "it surely was not sent, but that came out only after its lease was over"


class Outcome:
    """What came of one claimed message.

    Args:
        message: The message.
        kind: What it is now: `queued` where it surely was not sent, and can be later.
        reason: Why it is not `sent`.
        message_id: Its id on WhatsApp.
        status: How far it has come; `pending` where WhatsApp has not got it yet.
        sent_to: Where it went.
        delay: Seconds until it may be claimed again.
    """

    __slots__ = ("delay", "kind", "message", "message_id", "reason", "sent_to", "status")

    def __init__(
        self,
        message: Claimed,
        kind: Kind,
        reason: Optional[str] = None,
        *,
        message_id: Optional[str] = None,
        status: Optional[str] = None,
        sent_to: Optional[str] = None,
        delay: float = 0.0,
    ) -> None:
        self.message: Claimed = message
        self.kind: Kind = kind
        self.reason: Optional[str] = reason
        self.message_id: Optional[str] = message_id
        self.status: Optional[str] = status
        self.sent_to: Optional[str] = sent_to
        self.delay: float = delay

    def __repr__(self) -> str:
        return f"<{self.message!r} is {self.kind}>"


# Statements that each cycle needs are made once: making one costs more than running it. Each changes a row
# only for the owner of its claim.
_is_own = messages.c.id == bindparam("of_id"), messages.c.claim == bindparam("of_claim")
_is_late = messages.c.status == "unclear"
_new_due = bindparam("new_due", type_=Double)
_CHANGES: Dict[str, Any] = {
    "sent": update(messages)
    .where(*_is_own, or_(sending, unclear, queued, messages.c.settled_by == "match"))
    .values(
        status=bindparam("new_status"),
        message_id=bindparam("new_message_id", type_=Text),
        sent_to=bindparam("new_sent_to", type_=Text),
        settled_by="answer",
        reason=None,
        updated_at=bindparam("now"),
    ),
    "unclear": update(messages)
    .where(*_is_own, sending)
    .values(status="unclear", reason=bindparam("new_reason", type_=Text), updated_at=bindparam("now")),
    "failed": update(messages)
    .where(*_is_own, or_(sending, unclear, queued))
    .values(status="failed", reason=bindparam("new_reason", type_=Text), updated_at=bindparam("now")),
    # Where it is unclear by now, it is never sent again by itself.
    "queued": update(messages)
    .where(*_is_own, or_(sending, unclear, queued))
    .values(
        status=case((_is_late, "failed"), else_="queued"),
        reason=case((_is_late, _TOO_LATE), else_=bindparam("new_reason", type_=Text)),
        due=func.coalesce(_new_due, messages.c.due),
        updated_at=bindparam("now"),
    ),
}
_FREE = (
    update(sessions)
    .where(sessions.c.session == bindparam("of_session"), sessions.c.busy_by == bindparam("of_claim"))
    .values(busy_until=0.0, busy_by=None)
)


def write(database: Database, connection: Connection, outcomes: Sequence[Outcome], now: float) -> None:
    """Write what came of messages; what is told twice changes nothing the second time.

    Args:
        database: Where the journal is.
        connection: In a transaction.
        outcomes: What came of them.
        now: The time.
    """
    if not outcomes:
        return
    locked = lock(connection, {one.message.session for one in outcomes})
    with_kept = settling.with_kept(connection, locked)
    by_kind: Dict[str, List[Outcome]] = {}
    for one in outcomes:
        by_kind.setdefault(one.kind, []).append(one)
    sent = by_kind.pop("sent", [])
    if sent:
        _write_sent(database, connection, sent, locked, with_kept, now)
    for kind, others in by_kind.items():
        connection.execute(_CHANGES[kind], [_values(one, kind, now) for one in others])
        for one in others:
            if one.message.stranger and kind != "unclear" and not one.message.is_check:
                place = (one.message.session, one.message.chat_id)
                chats.forget_first(connection, place, one.message.claimed_at)
    free(connection, [one.message for one in outcomes])
    texts = {(one.message.session, one.message.text_hash) for one in outcomes if one.message.text_hash}
    settling.match_kept(connection, {text for text in texts if text[0] in with_kept}, now)


def free(connection: Connection, ended: Sequence[Claimed]) -> None:
    """End the turns that sessions had given to claims."""
    owners = sorted({(one.session, one.claim) for one in ended})
    if owners:
        connection.execute(_FREE, [{"of_session": one, "of_claim": claim} for one, claim in owners])


def _write_sent(
    database: Database,
    connection: Connection,
    sent: List[Outcome],
    locked: Dict[str, Any],
    with_kept: Set[str],
    now: float,
) -> None:
    ids = {
        (one.message.session, one.message_id): one.message.id for one in sent if one.message_id is not None
    }
    taken = settling.free_ids(connection, ids, now)
    wanted = [place for place in ids if place[0] in with_kept and place not in taken]
    kept = settling.take_kept(connection, wanted)
    connection.execute(_CHANGES["sent"], [_sent_values(one, taken, kept, now) for one in sent])
    # Whom the account has written to now is no stranger, whatever form of the number it was.
    places = {
        (one.message.session, name)
        for one in sent
        if one.message.stranger
        for name in (one.message.chat_id, one.sent_to or one.message.chat_id)
    }
    chats.know(database, connection, places)
    pending = {one.message.session for one in sent if one.status == "pending"}
    lively = {one.message.session for one in sent if one.status in settling.RANKS and one.status} - pending
    were_pending = {name for name in lively if locked[name].pending_since is not None}
    note_answers(connection, pending, were_pending, now)


def _values(one: Outcome, kind: str, now: float) -> Dict[str, Any]:
    values = {"of_id": one.message.id, "of_claim": one.message.claim, "new_reason": one.reason, "now": now}
    if kind == "queued":
        values["new_due"] = now + one.delay if one.delay else None
    return values


def _sent_values(
    one: Outcome, taken: List[Tuple[str, str]], kept: Dict[Tuple[str, str], Optional[str]], now: float
) -> Dict[str, Any]:
    place = (one.message.session, one.message_id or "")
    answered = one.status if one.status in settling.RANKS else None
    return {
        "of_id": one.message.id,
        "of_claim": one.message.claim,
        "new_status": settling.further("sent", settling.further(answered, kept.get(place))),
        "new_message_id": None if place in taken else one.message_id,
        "new_sent_to": one.sent_to,
        "now": now,
    }
