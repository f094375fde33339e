"""Events: what they tell, into the journal."""

from __future__ import annotations

import functools
from typing import Any

from sqlalchemy import Connection

from .._privacy import Secret
from .facts import Facts, read_facts
from .journal import chats, rows, sessions, settling
from .journal.database import Database

# That a session lives is written down so often, at most.
_SECONDS_BETWEEN_SIGNS = 30.0


class Recorder:
    """Takes note of events.

    Args:
        database: Where the journal is.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, event: Secret[Any]) -> None:
        """Take note of an event; see `Outbox.record`."""
        found = read_facts(event.reveal())
        if found is None:
            return
        facts, found = Secret(found), None
        if self._is_wanted(facts):
            self._database.write(functools.partial(self._write, facts))

    def _is_wanted(self, facts: Secret[Facts]) -> bool:
        """Whether an event can change anything; seen without a lock on the journal."""
        session = facts.reveal().session
        with self._database.reading() as connection:
            row = rows.find_session(connection, session)
            if row is None:
                return False
            if facts.reveal().seen is not None or facts.reveal().status is not None:
                return True
            latest = self._database.now(connection) - _SECONDS_BETWEEN_SIGNS
            is_quiet = row.heard_at is None or row.heard_at < latest or row.pending_since is not None
            if facts.reveal().is_alive and (is_quiet or row.paused == sessions.SILENT):
                return True
            known = chats.find(connection, [(session, name) for name in facts.reveal().people])
            if any(not chat.known for chat in known.values()) or len(known) < len(facts.reveal().people):
                return True
            return chats.is_pair_new(connection, session, facts.reveal().pairs)

    def _write(self, facts: Secret[Facts], connection: Connection) -> None:
        found = facts.reveal
        row = sessions.lock(connection, [found().session]).get(found().session)
        if row is None:
            return
        now = self._database.now(connection)
        if found().is_alive:
            sessions.note_sign(connection, row, now)
        status = found().status
        if status is not None:
            sessions.note_status(connection, row, status, found().happened_at, now)
        for one in found().pairs:
            chats.pair(connection, found().session, *one)
        if found().people:
            chats.know_person(self._database, connection, found().session, found().people)
        if found().seen is not None:
            settling.note(connection, Secret(found().seen), now)
