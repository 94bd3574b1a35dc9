"""One database, opened for reading or for writing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DBAPIError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from scribe_dagster.config import Settings
from scribe_dagster.errors import ConfigurationError, DatabaseUnreachable, NotMigrated
from scribe_dagster.home import keep_private, make_home

_WRITES = "scribe_writes"

# SQLSTATEs of PostgreSQL while it fails over: a standby answers already, a primary no longer.
_READ_ONLY = "25006"
_SHUTTING_DOWN = "57P"
# Undefined table, undefined column.
_MISSING = ("42P01", "42703")
_MISSING_ON_SQLITE = ("no such table", "no such column")

# How long a writer waits for another one on SQLite, in milliseconds.
_SQLITE_BUSY_TIMEOUT = 30_000

# A server that vanishes without a word is noticed in seconds, not when the kernel gives up.
_POSTGRES = {
    "connect_timeout": 10,  # seconds
    "keepalives_idle": 30,  # seconds
    "tcp_user_timeout": 15_000,  # milliseconds
}
"""What we ask of a connection, unless the URL says otherwise."""


class Database:
    """A pool of connections to the shared database.

    :meth:`write` is one transaction. On SQLite it takes the write lock at once: a transaction
    that reads first and asks for the lock later is refused when another writer got in between.
    """

    def __init__(self, url: str) -> None:
        self._engine = _make_engine(url)
        self._writer = self._engine.execution_options(**{_WRITES: True})
        # Two queries of one reader must not tell of two moments. On SQLite they never do.
        self._reader = (
            self._engine
            if self.is_sqlite
            else self._engine.execution_options(isolation_level="REPEATABLE READ")
        )

    @classmethod
    def from_settings(cls, settings: Settings) -> Database:
        """Return the database of these settings, one pool a process; nothing is connected yet.

        Raises:
            ConfigurationError: The URL cannot be understood, or SCRIBE_HOME cannot be made.
        """
        if settings.database_is_embedded:
            # The files SQLite puts beside it take after it.
            keep_private(make_home(settings) / "scribe.db")
        return _shared(settings.database_url)

    @property
    def engine(self) -> Engine:
        """The SQLAlchemy engine, for queries of your own."""
        return self._engine

    @property
    def is_sqlite(self) -> bool:
        """Whether this is an SQLite file."""
        return self._engine.dialect.name == "sqlite"

    @property
    def address(self) -> str:
        """The URL without its password, fit to be shown."""
        # A password may stand in the query as well.
        return self._engine.url.set(query={}).render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Connect for reading: what is read is the state of one moment.

        Raises:
            DatabaseUnreachable: It cannot be reached, or went away.
            NotMigrated: It has other tables than this version.
        """
        with self._connected(self._reader) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Connect and write in one transaction, committed on leaving, undone by an exception.

        Raises:
            DatabaseUnreachable: It cannot be reached, or went away.
            NotMigrated: It has other tables than this version.
        """
        with self._connected(self._writer) as connection, connection.begin():
            yield connection

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open an ORM session for reading; what it loads stays readable after it closes.

        Raises:
            DatabaseUnreachable: It cannot be reached, or went away.
            NotMigrated: It has other tables than this version.
        """
        with self.read() as connection, Session(connection, expire_on_commit=False) as session:
            yield session

    def close(self) -> None:
        """Close the pooled connections."""
        self._engine.dispose()

    @contextmanager
    def _connected(self, engine: Engine) -> Iterator[Connection]:
        try:
            with engine.connect() as connection:
                yield connection
        except (DBAPIError, PoolTimeout) as error:
            told = str(getattr(error, "orig", None) or error).strip()
            reason = told.splitlines()[0] if told else "no reason given"
            if _lacks_something(error):
                raise NotMigrated(
                    f"The tables in {self.address} are not those of this version: {reason}. "
                    "Run `scribe-dagster migrate`; if they are up to date, somebody has changed "
                    "them by hand."
                ) from None
            if not _is_an_outage(error):
                raise
            if self.is_sqlite:
                raise DatabaseUnreachable(
                    f"The database {self.address} cannot be used: {reason}. See that its disk has "
                    "room, that the file is yours to write, and that it is a database of ours."
                ) from None
            raise DatabaseUnreachable(
                f"The database {self.address} does not answer as it should: {reason}. "
                "Check SCRIBE_DATABASE_URL, then run `scribe-dagster doctor`."
            ) from None


def _lacks_something(error: DBAPIError | PoolTimeout) -> bool:
    """Whether a table or column is missing, for which waiting is in vain."""
    if isinstance(error, PoolTimeout):
        return False
    if isinstance(error.orig, sqlite3.Error):
        # SQLite has no code of its own for it.
        return str(error.orig).startswith(_MISSING_ON_SQLITE)
    return getattr(error.orig, "pgcode", None) in _MISSING


def _is_an_outage(error: DBAPIError | PoolTimeout) -> bool:
    """Whether waiting may help: nobody there, no connection free, or a standby that takes over."""
    if isinstance(error, PoolTimeout | OperationalError | InterfaceError):
        return True
    if type(error) is DatabaseError:
        # SQLite's word for a file that is none of its own, or damaged.
        return True
    state = getattr(error.orig, "pgcode", None) or ""
    return error.connection_invalidated or state == _READ_ONLY or state.startswith(_SHUTTING_DOWN)


@cache
def _shared(url: str) -> Database:
    return Database(url)


def _make_engine(address: str) -> Engine:
    try:
        url = make_url(address)
        if url.get_backend_name() == "sqlite":
            engine = create_engine(url)
            event.listen(engine, "connect", _configure_sqlite)
            event.listen(engine, "begin", _begin_on_sqlite)
            return engine
        connect_args = (
            {key: value for key, value in _POSTGRES.items() if key not in url.query}
            if url.get_backend_name() == "postgresql"
            else {}
        )
        return create_engine(
            url,
            pool_pre_ping=True,
            # What the claim counts on, whatever the server's default may be.
            isolation_level="READ COMMITTED",
            connect_args=connect_args,
        )
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        # The message of an ArgumentError repeats the URL, and with it the password.
        reason = "it is not a URL" if isinstance(error, ArgumentError) else str(error)
        raise ConfigurationError(
            f"SCRIBE_DATABASE_URL cannot be used: {reason}. Write it like "
            "postgresql+psycopg2://user:password@host/database or sqlite:////path/to/file.db."
        ) from None


def _configure_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transaction handling begins too late; _begin_on_sqlite does it instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_SQLITE_BUSY_TIMEOUT}")
    cursor.execute("PRAGMA foreign_keys = ON")
    # A checkpoint records money spent: it must outlive a power cut, not only a crash.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _begin_on_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
