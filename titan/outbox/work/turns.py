"""Turns of sessions, for the tasks of a queue: each sends the next message of one session.

A turn is a name that nobody can guess, in the row of its session. A task brings one, and finds it gone where
it was delivered twice or too late: so nothing is sent twice, however often the queue delivers. Nothing stays
behind either: the turn of a task that was lost is given anew.
"""

from __future__ import annotations

import uuid
from typing import List, NamedTuple, Optional

from sqlalchemy import Connection

from ..journal import sessions, turns
from ..journal.claims import Claimed, Claims
from ..journal.database import Database
from ..private import keeps_private
from .noting import Notes
from .sending import Result, Sender
from .trouble import Trouble

_MOST_AT_ONCE = 1000
_MOST_AFTER_A_MESSAGE = 8
_MOST_TO_ASK_FOR = 5
# The key or the address does not serve: whoever mends that need not read of it every second.
_SECONDS_AFTER_A_REFUSAL = 60.0


class Step(NamedTuple):
    """What one transaction brought."""

    message: Optional[Claimed]
    """What to do next."""
    turns: List[str]
    """Turns that were given meanwhile."""


class Turns:
    """Gives turns, and takes them.

    Args:
        database: Where the journal is.
        claims: Claims messages.
        sender: Sends them.
        key: Id of the API key.
    """

    def __init__(self, database: Database, claims: Claims, sender: Sender, key: str) -> None:
        self._database, self._claims, self._sender = database, claims, sender
        self._notes, self._trouble = Notes(database, claims, key), Trouble()

    @keeps_private
    def give(self) -> List[str]:
        """Give their turns to all sessions of which a message can go."""
        if self._trouble.seconds_left() > 0:
            return []
        prefix = uuid.uuid4().hex

        def give(connection: Connection, is_repeated: bool) -> List[str]:
            if is_repeated:
                given = turns.find_turns(connection, prefix)
                if given:
                    return given
            now, paused_until, _ = self._claims.look_at_the_clock(connection)
            return (
                [] if paused_until > now else self._claims.give_turns(connection, prefix, _MOST_AT_ONCE, now)
            )

        return self._database.write_knowingly(give)

    @keeps_private
    def give_back(self, names: List[str]) -> None:
        """End turns of which no task could be made."""
        self._database.write(lambda connection: turns.give_back(connection, names))

    @keeps_private
    def take(self, turn: str) -> List[str]:
        """Take a turn: send the message that is next, and note what came of it.

        Args:
            turn: Its name. One that was taken already, or that was given anew meanwhile, does nothing.

        Returns:
            Turns that were given meanwhile: a task is to be made of each.

        Raises:
            TitanError: Titan refuses the key, or the address is wrong; the message is queued again.
        """
        step = self._step(turn=turn)
        while step.message is not None:
            result = self._sender.handle(step.message)
            self._trouble.note(result)
            if result.error is not None:
                self._trouble.hold(_SECONDS_AFTER_A_REFUSAL)
            step = self._step(result=result)
            if result.error is not None:
                raise result.error
        return step.turns

    @keeps_private
    def ask(self) -> None:
        """Ask Titan for paused sessions of which it is time."""
        for session in self._database.write(self._take_checks):
            result = self._sender.ask(session)
            self._step(result=result)
            if result.error is not None:
                raise result.error

    def _take_checks(self, connection: Connection) -> List[str]:
        now = self._database.now(connection)
        return sessions.take_checks(connection, now, all_of_them=False, most=_MOST_TO_ASK_FOR)

    def _step(self, *, turn: Optional[str] = None, result: Optional[Result] = None) -> Step:
        """Note what came of a message, and decide what is next, in one transaction."""
        prefix = uuid.uuid4().hex

        def step(connection: Connection, is_repeated: bool) -> Step:
            now, paused_until = self._notes.write(connection, [result] if result is not None else [])
            if is_repeated:
                # The transaction before may have been committed all the same.
                claimed = self._claims.find_claimed(connection, prefix, now)
                given = turns.find_turns(connection, prefix)
                if claimed or given:
                    return Step(claimed[0] if claimed else None, given)
            session = _session_of(connection, turn, result)
            if paused_until > now or self._trouble.seconds_left() > 0:
                return Step(None, [])
            if session is not None:
                message = self._claims.claim_of(connection, prefix, session, now)
                if message is not None:
                    return Step(message, [])
            if result is None or result.message is None:
                return Step(None, [])
            return Step(None, self._claims.give_turns(connection, prefix, _MOST_AFTER_A_MESSAGE, now))

        return self._database.write_knowingly(step)


def _session_of(connection: Connection, turn: Optional[str], result: Optional[Result]) -> Optional[str]:
    """The session whose next message this task sends: it has the turn, or a number was looked up for it."""
    if turn is not None:
        return turns.take_turn(connection, turn)
    if result is None or result.message is None or not result.message.is_check or result.error is not None:
        return None
    return result.session
