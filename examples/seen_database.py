"""Remember handled events in a database: for several processes that share one and have no Redis.

    TITAN_WEBHOOK_SECRET=... python examples/seen_database.py

This is SQLite, for the processes of one machine. For PostgreSQL, use `psycopg.connect(...)`, write `%s` for
`?`, and create the table beforehand. In both, delete rows that are older than a week now and then.
"""

import os
import sqlite3
from contextlib import closing
from wsgiref.simple_server import make_server

from titan import WebhookRouter


class DatabaseEvents:
    def __init__(self, path):
        self._path = path
        at = "at TIMESTAMP DEFAULT CURRENT_TIMESTAMP"
        self._execute(f"CREATE TABLE IF NOT EXISTS titan_events (id TEXT PRIMARY KEY, {at})")

    def claim(self, event_id):
        return self._execute("INSERT INTO titan_events (id) VALUES (?) ON CONFLICT DO NOTHING", event_id) == 1

    def release(self, event_id):
        self._execute("DELETE FROM titan_events WHERE id = ?", event_id)

    def _execute(self, statement, *values):
        with closing(sqlite3.connect(self._path, timeout=30)) as connection, connection:
            return connection.execute(statement, values).rowcount


if __name__ == "__main__":
    router = WebhookRouter(os.environ["TITAN_WEBHOOK_SECRET"], seen=DatabaseEvents("titan-events.db"))
    router.on("*")(print)  # your handlers
    make_server("127.0.0.1", int(os.environ.get("PORT", "8000")), router.wsgi_app()).serve_forever()
