"""Which migrations a database has, needs, and gets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from sqlite3 import DatabaseError

from filelock import FileLock
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from scribe_dagster.db.database import Database
from scribe_dagster.errors import ConfigurationError, NotMigrated

VERSION_TABLE = "scribe_alembic_version"
"""Our own: the database may also hold Dagster's tables, with their own ``alembic_version``."""

CONTENT_HEAD = "content_0002"
"""Latest revision of the articles' tables."""
TRACKING_HEAD = "tracking_0003"
"""Latest revision of the runs' tables; not needed when tracking is off."""

# Any constant will do, as long as nobody else locks on it.
_ADVISORY_LOCK = 0x5C21BE

_LONGEST_WAIT_FOR_A_TABLE = 5_000
"""Milliseconds; well below the time in which a worker must give a sign of life."""

_LOCK_NOT_AVAILABLE = "55P03"
"""PostgreSQL's code for a lock that was waited for in vain."""


def heads(*, tracking: bool) -> frozenset[str]:
    """Return the revisions a database must be at."""
    return frozenset({CONTENT_HEAD, TRACKING_HEAD} if tracking else {CONTENT_HEAD})


def applied(database: Database) -> frozenset[str]:
    """Return the revisions the database is at; empty when it was never migrated.

    Raises:
        DatabaseUnreachable: No connection could be made.
    """
    with database.read() as connection:
        return _applied(connection)


def check(database: Database, *, tracking: bool) -> None:
    """Make sure that the tables are there.

    Raises:
        NotMigrated: They are not, or of another version. The message names the command to run.
        DatabaseUnreachable: No connection could be made.
    """
    found = applied(database)
    if heads(tracking=tracking) <= found:
        return
    state = f"is at {', '.join(sorted(found))}" if found else "has no scribe-dagster tables"
    raise NotMigrated(
        f"The database {database.address} {state}; this version needs "
        f"{', '.join(sorted(heads(tracking=tracking)))}. Run `scribe-dagster migrate`."
    )


def migrate(database: Database, *, tracking: bool = True) -> tuple[frozenset[str], frozenset[str]]:
    """Bring the database to this version. Safe to run by several processes at once.

    Args:
        database: Where to create or change tables.
        tracking: Also the tables that runs are tracked in.

    Returns:
        The revisions before and after.

    Raises:
        ConfigurationError: A newer scribe-dagster has migrated the database, the database user
            may not create tables, or somebody keeps them locked.
        DatabaseUnreachable: No connection could be made.
    """
    before = applied(database)
    if heads(tracking=tracking) <= before:
        return before, before
    # Alembic is slow to import, and most processes find nothing to migrate.
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", "scribe_dagster.db:migrations")
    try:
        with _one_migration_at_a_time(database) as connection:
            before = _applied(connection)
            if heads(tracking=tracking) <= before:
                return before, before
            config.attributes["connection"] = connection
            command.upgrade(config, "content@head")
            if tracking:
                command.upgrade(config, "tracking@head")
            return before, _applied(connection)
    except CommandError as error:
        raise ConfigurationError(
            f"The database {database.address} cannot be migrated: {error}. "
            "If a newer scribe-dagster migrated it, upgrade this one."
        ) from None
    except ProgrammingError as error:
        raise ConfigurationError(
            f"The database {database.address} refused the migration: "
            f"{str(error.orig).splitlines()[0]}. Nothing was changed."
        ) from None


def _applied(connection: Connection) -> frozenset[str]:
    if not connection.dialect.has_table(connection, VERSION_TABLE):
        return frozenset()
    return frozenset(connection.scalars(text(f"SELECT version_num FROM {VERSION_TABLE}")))  # noqa: S608


@contextmanager
def _one_migration_at_a_time(database: Database) -> Iterator[Connection]:
    if not database.is_sqlite:
        with database.write() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(
                    text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK}
                )
                with _without_holding_others_up(database, connection):
                    yield connection
            else:
                yield connection
        return

    file = database.engine.url.database
    if not file or file == ":memory:":
        with database.write() as connection:
            yield connection
        return
    # SQLite refuses, without waiting, to change the journal mode while anybody else has the file
    # open; so the first process to arrive does it, and the others wait for it here.
    with FileLock(f"{Path(file)}.migrate.lock"):
        _use_write_ahead_log(database)
        with database.write() as connection:
            yield connection


@contextmanager
def _without_holding_others_up(database: Database, connection: Connection) -> Iterator[None]:
    """Wait for the tables, but not for long.

    Whoever waits to change a table makes everybody else wait behind it, readers included: a report
    that somebody left open would keep the workers from their checkpoints for as long.
    """
    connection.execute(text(f"SET LOCAL lock_timeout = {_LONGEST_WAIT_FOR_A_TABLE}"))
    try:
        yield
    except OperationalError as error:
        if getattr(error.orig, "pgcode", None) != _LOCK_NOT_AVAILABLE:
            raise
        raise ConfigurationError(
            f"The database {database.address} was not migrated: somebody is in the middle of a "
            "long transaction on its tables. Nothing was changed. Run `scribe-dagster migrate` "
            "once that is over."
        ) from None


def _use_write_ahead_log(database: Database) -> None:
    """Let readers and a writer work at once; the file remembers it."""
    with database.read() as connection:
        if connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal":
            return
    # The mode cannot change inside a transaction, which every other connection here is in.
    raw = database.engine.raw_connection()
    try:
        # Refused while somebody reads the file: it then works without, only slower, and the next
        # migration tries again.
        with suppress(DatabaseError):
            raw.cursor().execute("PRAGMA journal_mode = WAL").close()
    finally:
        raw.close()
