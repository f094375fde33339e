"""Results: what workers found out, into the journal, before anything else happens."""

from __future__ import annotations

from typing import List, Tuple

from sqlalchemy import Connection

from ..journal import chats, outcomes, sessions
from ..journal.claims import Claims
from ..journal.database import Database
from .sending import Result

_SECONDS_RESTRICTED = 3600.0


class Notes:
    """Writes results into the journal.

    Args:
        database: Where the journal is.
        claims: Knows its clock.
        key: Id of the API key with which the requests were made.
    """

    def __init__(self, database: Database, claims: Claims, key: str) -> None:
        self._database, self._claims, self._key = database, claims, key

    def write(self, connection: Connection, results: List[Result]) -> Tuple[float, float]:
        """Write what was found out; what is told twice changes nothing the second time.

        Args:
            connection: In a transaction.
            results: What was found out.

        Returns:
            The time, and until when no request is made with the key.
        """
        now, paused_until, refusals = self._claims.look_at_the_clock(connection)
        self._write(connection, results, now)
        if any(one.is_limited for one in results):
            _, paused_until, _ = self._claims.look_at_the_clock(connection)
        elif refusals and any(one.outcome is not None and one.outcome.kind == "sent" for one in results):
            sessions.end_refusals(connection, self._key)
        return now, paused_until

    def _write(self, connection: Connection, results: List[Result], now: float) -> None:
        for result in results:
            if result.message is None:
                sessions.note_check(connection, result.session, result.pause, now)
        outcomes.free(connection, [one.message for one in results if one.message and one.message.is_check])
        ended = [result.outcome for result in results if result.outcome is not None]
        outcomes.write(self._database, connection, ended, now)
        for result in results:
            self._write_consequences(connection, result, now)

    def _write_consequences(self, connection: Connection, result: Result, now: float) -> None:
        message = result.message
        if message is None:
            return
        place = (message.session, message.chat_id)
        if result.sent_to is not None or result.is_absent:
            chats.note_resolved(self._database, connection, place, result.sent_to, now)
        if result.pair is not None:
            chats.pair(connection, message.session, *result.pair)
        if result.pause is not None:
            sessions.pause(connection, message.session, result.pause, now)
        if result.is_limited:
            sessions.pause_key(self._database, connection, self._key, result.retry_after, now)
        if result.is_restricted:
            sessions.restrict(connection, message.session, now + _SECONDS_RESTRICTED, now)
