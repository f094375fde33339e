"""The stores of examples/, on a real Redis, SQLite and PostgreSQL, in this process and in others."""

from __future__ import annotations

import contextlib
import os
import runpy
from pathlib import Path
from typing import Any, Callable, ContextManager, Dict, Iterator, NamedTuple

import redis

from tests.support.examples import EXAMPLES
from tests.support.postgres import running_postgres
from tests.support.project import ROOT
from tests.support.redis import running_redis


class SharedStore(NamedTuple):
    """A database, and the store of an example on it.

    Attributes:
        example: The example that has the store.
        expression: A new store, with names of the example; `lease` is its lease in seconds.
        variables: Where the database is, for the program of the example.
        connect: A line before it, in this process.
        connect_in_programs: A line before it, in programs.
    """

    example: str
    expression: str
    variables: Dict[str, str]
    connect: str = ""
    connect_in_programs: str = ""

    def new(self, lease: float = 60) -> Any:
        """A store of this process."""
        names = {**runpy.run_path(str(EXAMPLES / f"{self.example}.py")), "lease": lease}
        exec(self.connect, names)
        return eval(self.expression, names)

    def code(self, lease: float) -> str:
        """The lines that make `store`, in a program that runs with `environment()`."""
        setup = f"from {self.example} import *\n{self.connect_in_programs}\nlease = {lease}"
        return f"{setup}\nstore = {self.expression}"


def environment() -> Dict[str, str]:
    """The variables of a program that uses the examples as modules."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(EXAMPLES), str(ROOT)])}


@contextlib.contextmanager
def on_redis(folder: Path) -> Iterator[Callable[[], SharedStore]]:
    """Run a Redis; what it gives empties it."""
    with running_redis("examples/seen_redis.py", folder) as url:

        def emptied() -> SharedStore:
            with redis.Redis.from_url(url) as database:
                database.flushall()
            return SharedStore(
                "seen_redis", f"RedisEvents(redis.from_url({url!r}), lease=lease)", {"REDIS_URL": url}
            )

        yield emptied


@contextlib.contextmanager
def on_sqlite(folder: Path) -> Iterator[Callable[[], SharedStore]]:
    """What it gives deletes the file."""
    file = folder / "titan-events.db"

    def emptied() -> SharedStore:
        with contextlib.suppress(FileNotFoundError):
            file.unlink()
        store = SharedStore(
            "seen_database", f"DatabaseEvents(lambda: sqlite({str(file)!r}), lease=lease)", {}
        )
        store.new().create_table()
        return store

    yield emptied


@contextlib.contextmanager
def on_postgresql(folder: Path) -> Iterator[Callable[[], SharedStore]]:
    """Run a PostgreSQL; what it gives drops the table."""
    import psycopg

    with running_postgres("examples/seen_database.py on PostgreSQL") as server:

        def emptied() -> SharedStore:
            with psycopg.connect(server.url) as connection:
                connection.execute("DROP TABLE IF EXISTS titan_events")
            pool = f"psycopg_pool.NullConnectionPool({server.url!r}, max_size=4, open=True)"
            store = SharedStore(
                "seen_database",
                "DatabaseEvents(connect, POSTGRESQL, lease=lease)",
                {"DATABASE_URL": server.url},
                connect=f"import psycopg; connect = lambda: psycopg.connect({server.url!r})",
                connect_in_programs=f"import psycopg_pool; connect = {pool}.connection",
            )
            store.new().create_table()
            return store

        yield emptied


DATABASES: Dict[str, Callable[[Path], ContextManager[Callable[[], SharedStore]]]] = {
    "Redis": on_redis,
    "SQLite": on_sqlite,
    "PostgreSQL": on_postgresql,
}
