"""Remember handled events in a database: for several processes that receive webhooks and have no Redis.

    TITAN_WEBHOOK_SECRET=... python examples/seen_database.py

This is SQLite, for the processes of one machine; with DATABASE_URL=postgresql://... it is PostgreSQL, which
needs `python -m pip install . "psycopg[binary,pool]"` in a clone.
"""

import os
import random
import sqlite3
from contextlib import closing, contextmanager
from typing import Any, Callable, ContextManager, Generator, Literal
from wsgiref.simple_server import make_server

from titan import WebhookRouter

TABLE = """CREATE TABLE IF NOT EXISTS titan_events
(id TEXT PRIMARY KEY, owner TEXT NOT NULL, handled BOOLEAN NOT NULL, until DOUBLE PRECISION NOT NULL)"""
CLAIM = """INSERT INTO titan_events (id, owner, handled, until) VALUES (?, ?, FALSE, NOW + ?)
ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, until = excluded.until
WHERE NOT titan_events.handled AND (titan_events.owner = excluded.owner OR titan_events.until < NOW)"""
FINISH = """INSERT INTO titan_events (id, owner, handled, until) VALUES (?, ?, TRUE, NOW)
ON CONFLICT (id) DO UPDATE SET handled = TRUE
WHERE titan_events.owner = excluded.owner OR titan_events.until < NOW"""
# What the statements above say, by the clock of the database: those of several machines differ.
SQLITE = {"?": "?", "NOW": "(julianday('now') - 2440587.5) * 86400"}
POSTGRESQL = {"?": "%s", "NOW": "extract(epoch FROM clock_timestamp())"}


class DatabaseEvents:
    """An event may be handled again where its handler takes longer than `lease` seconds."""

    def __init__(
        self, connect: Callable[[], ContextManager[Any]], dialect: Any = SQLITE, lease: float = 60
    ) -> None:
        self._connect, self._dialect, self._lease = connect, dialect, lease

    def create_table(self) -> None:
        self._execute(TABLE)

    def claim(self, event_id: str, owner: str) -> Literal["new", "running", "handled"]:
        if random.random() < 0.001:  # now and then
            self._execute("DELETE FROM titan_events WHERE until < NOW - 24 * 3600")
        if self._execute(CLAIM, event_id, owner, self._lease) == 1:
            return "new"
        row = self._execute("SELECT handled FROM titan_events WHERE id = ?", event_id)
        return "handled" if row and row[0] else "running"

    def finish(self, event_id: str, owner: str) -> None:
        self._execute(FINISH, event_id, owner)

    def release(self, event_id: str, owner: str) -> None:
        self._execute("DELETE FROM titan_events WHERE id = ? AND owner = ? AND NOT handled", event_id, owner)

    def _execute(self, statement: str, *values: object) -> Any:
        for word, meaning in self._dialect.items():
            statement = statement.replace(word, meaning)
        with self._connect() as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchone() if cursor.description else cursor.rowcount


@contextmanager
def sqlite(path: str = "titan-events.db") -> Generator[sqlite3.Connection, None, None]:
    with closing(sqlite3.connect(path, timeout=30)) as connection, connection:
        yield connection


if __name__ == "__main__":
    if "DATABASE_URL" in os.environ:
        from psycopg_pool import NullConnectionPool

        # It keeps no idle connection, which PostgreSQL might drop: for a claim, or at its end.
        pool = NullConnectionPool(os.environ["DATABASE_URL"], max_size=4, open=True)
        seen = DatabaseEvents(pool.connection, POSTGRESQL)
    else:
        seen = DatabaseEvents(sqlite)
    seen.create_table()  # once, as a migration: PostgreSQL does not like several at the same time
    router = WebhookRouter(os.environ["TITAN_WEBHOOK_SECRET"], seen=seen)
    router.on("*")(print)  # your handlers
    make_server("127.0.0.1", int(os.environ.get("PORT", "8000")), router.wsgi_app()).serve_forever()
