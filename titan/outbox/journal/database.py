"""The database under the journal: transactions, its clock, and the process that it is used in."""

from __future__ import annotations

import contextlib
import functools
import itertools
import math
import os
import sqlite3
import time
import weakref
from typing import Any, Callable, Generator, List, Optional, TypeVar, Union

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Pool,
    cast,
    create_engine,
    event,
    extract,
    func,
    insert,
    inspect,
    make_url,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.types import Double

from ..._clock import now as monotonic
from ..._init_lock import ProcessLock
from . import schema

T = TypeVar("T")

_OLDEST_SQLITE = (3, 35)
_SECONDS_FOR_A_LOCK = 30.0
_SECONDS_OF_TROUBLE = 60.0
# Of the lock under which tables are made: any number that nobody else uses.
_LOCK = 7_148_260_711
_PSYCOPG = "postgresql+psycopg"
_NO_JOURNAL = "there is no journal of an outbox at this address"


class Database:
    """A database that holds a journal.

    Threads can share it; a forked process gets connections of its own.

    Args:
        url: SQLAlchemy's address of it: `sqlite:///outbox.db`, `postgresql://…`.
        create: Whether the tables are made where there are none.
        patience: For how many seconds a database that cannot be used is tried again. Default: a minute, so
            that programs outlive its restart; where it is given, connections and locks are waited for no
            longer either.

    Raises:
        ValueError: It is neither SQLite in a file nor PostgreSQL, SQLite is too old, the journal is that of
            another version, or there is none.
        ImportError: The driver of PostgreSQL is not installed.
    """

    def __init__(
        self, url: Union[str, URL], *, create: bool = True, patience: Optional[float] = None
    ) -> None:
        address = _read(url)
        self.is_sqlite: bool = address.get_backend_name() == "sqlite"
        # To connect to a file that is not there would make it.
        if self.is_sqlite and not create and not os.path.exists(str(address.database)):
            raise ValueError(_NO_JOURNAL)
        self._engine = _create_engine(address, self.is_sqlite, create, patience)
        self._patience = _SECONDS_OF_TROUBLE if patience is None else patience
        self._process = [os.getpid()]
        self._lock, self._writing = ProcessLock(), ProcessLock()
        # Of the process that this one was forked from: closing them would end its connections.
        self._abandoned: List[Pool] = []
        weakref.finalize(self, _dispose, self._engine, self._process)
        try:
            self._open_tables(create)
        except BaseException:
            self._engine.dispose()
            raise

    def close(self) -> None:
        """Close the connections of this process; the next use opens new ones."""
        self._open().dispose()

    @contextlib.contextmanager
    def reading(self) -> Generator[Connection, None, None]:
        """A connection that only looks."""
        with self._open().connect() as connection:
            yield connection.execution_options(titan_reads=True)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Do something in a transaction; again, where the database lost it or gave up waiting.

        Args:
            work: It. It may be called several times, and must leave nothing behind but in the database.

        Returns:
            What it returned.

        Raises:
            OperationalError: The database cannot be used, for as long as there is patience.
        """
        deadline, pause = monotonic() + self._patience, 0.05
        while True:
            try:
                # SQLite lets those that wait for each other sleep; a lock wakes the next thread at once.
                with (
                    self._writing() if self.is_sqlite else contextlib.nullcontext(),
                    self._open().begin() as connection,
                ):
                    return work(connection)
            except DBAPIError as error:
                if not (isinstance(error, OperationalError) or error.connection_invalidated):
                    raise
                if monotonic() + pause >= deadline:
                    raise
            time.sleep(pause)
            pause = min(2 * pause, 5.0)

    def write_knowingly(self, work: Callable[[Connection, bool], T]) -> T:
        """Like `write`, for what has to find out whether its last attempt was committed all the same.

        Args:
            work: It; the second argument says whether it was begun before.

        Returns:
            What it returned.
        """
        attempts = itertools.count()
        return self.write(lambda connection: work(connection, next(attempts) > 0))

    def now(self, connection: Connection) -> float:
        """The time by the clock of the database, in Unix seconds."""
        return float(connection.execute(select(self.clock())).scalar_one())

    def clock(self) -> Any:
        """The time by the clock of the database, as an expression."""
        offset = select(schema.state.c.clock_offset).scalar_subquery()
        return _UNIX_TIME_OF_SQLITE + offset if self.is_sqlite else _UNIX_TIME_OF_POSTGRESQL + offset

    def insert(self, table: Any) -> Any:
        """An INSERT that can say what happens where the key is there already."""
        return insert_on(self.is_sqlite, table)

    def move_clock(self, seconds: float) -> None:
        """Move the clock of this journal, for all who use it: for tests, which need not wait then."""

        def move(connection: Connection) -> None:
            moved = schema.state.c.clock_offset + seconds
            connection.execute(update(schema.state).values(clock_offset=moved))

        self.write(move)

    def _open(self) -> Engine:
        process = os.getpid()
        if process != self._process[0]:
            with self._lock():
                if process != self._process[0]:
                    self._abandoned.append(self._engine.pool)
                    self._engine.dispose(close=False)
                    self._process[0] = process
        return self._engine

    def _open_tables(self, create: bool) -> None:
        version = self.write(functools.partial(self._find_version, create))
        if version != schema.VERSION:
            raise ValueError(
                f"this journal is of version {version}, and this SDK writes version {schema.VERSION}"
            )

    def _find_version(self, create: bool, connection: Connection) -> int:
        table = schema.state
        if not inspect(connection).has_table(table.name):
            if not create:
                raise ValueError(_NO_JOURNAL)
            if not self.is_sqlite:
                # Two processes that make the tables at the same time would get in each other's way.
                connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            schema.metadata.create_all(connection)
            found: Optional[int] = connection.execute(select(table.c.version)).scalar()
            if found is None:
                connection.execute(insert(table).values(id=1, version=schema.VERSION, clock_offset=0.0))
        return int(connection.execute(select(table.c.version)).scalar_one())


_UNIX_TIME_OF_SQLITE: Any = (func.julianday("now") - 2440587.5) * 86400.0
_UNIX_TIME_OF_POSTGRESQL: Any = cast(extract("epoch", func.clock_timestamp()), Double)


def insert_on(is_sqlite: bool, table: Any) -> Any:
    """`Database.insert`, for statements that are made once for all databases of a kind."""
    return (sqlite.insert if is_sqlite else postgresql.insert)(table)


def _dispose(engine: Engine, process: List[int]) -> None:
    """Close connections that nobody uses any more, if they are those of this process."""
    if process[0] == os.getpid():
        engine.dispose()


def _read(url: Union[str, URL]) -> URL:
    try:
        address = make_url(url)
        backend = address.get_backend_name()
    except Exception:
        address, backend = None, ""
    # Not inside `except`: the error there may quote the password.
    if address is None:
        raise ValueError("the journal's address must look like sqlite:///outbox.db or postgresql://…")
    if backend in ("postgres", "postgresql"):
        is_bare = "+" not in address.drivername
        if "@" in f"{address.host}{address.password and address.database}":
            # What stands before it is a part of the password, which errors of the driver would show.
            raise ValueError("write an @ in the password of the journal's address as %40")
        return address.set(drivername=_PSYCOPG) if is_bare else address
    if backend != "sqlite":
        raise ValueError("the journal must be on SQLite or PostgreSQL")
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise ValueError(
            f"the journal needs SQLite 3.35 or later, and this Python has {sqlite3.sqlite_version}: "
            "take PostgreSQL, or another Python"
        )
    if address.database in (None, "", ":memory:"):
        raise ValueError("a journal in memory is lost with its process: name a file, sqlite:///outbox.db")
    return address


def _create_engine(address: URL, is_sqlite: bool, create: bool, patience: Optional[float]) -> Engine:
    if is_sqlite:
        wait = _SECONDS_FOR_A_LOCK if patience is None else min(patience, _SECONDS_FOR_A_LOCK)
        engine = create_engine(address, hide_parameters=True, connect_args={"timeout": wait})
        event.listen(engine, "connect", functools.partial(_prepare_sqlite, create))
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if patience is None:
        return create_engine(address, hide_parameters=True, pool_pre_ping=True)
    options = {}
    if address.drivername == _PSYCOPG and "connect_timeout" not in address.query:
        options["connect_timeout"] = math.ceil(patience)
    engine = create_engine(address, hide_parameters=True, pool_pre_ping=True, connect_args=options)
    event.listen(engine, "begin", functools.partial(_bound_locks, patience))
    return engine


def _prepare_sqlite(create: bool, connection: Any, _record: Any) -> None:
    # They are begun below: the driver would begin them as readers, which cannot always become writers.
    connection.isolation_level = None
    cursor = connection.cursor()
    if create:
        # It stays so, and where no journal is to be made, the file may be one of another program.
        cursor.execute("PRAGMA journal_mode=WAL")
    # Each claim must survive a power failure, or its message would be sent again.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get("titan_reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _bound_locks(patience: float, connection: Connection) -> None:
    # Of the transaction, not of the connection: a pooler may give that to others.
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {math.ceil(patience * 1000)}")
