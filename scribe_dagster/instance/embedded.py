"""Dagster's SQLite storages, with one engine kept instead of one made for each event.

The files are those of the stock classes, so the webserver and the daemon read them as they are.
Stock storages make an engine, connect, commit and close for each of some forty events a run, and
closing the last connection folds the write-ahead log back into the file: most of a run's time.
These keep their connections, which only a process that runs jobs itself has reason to do.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Self

from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage
from dagster._core.storage.runs import SqliteRunStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event


class KeptEventLogStorage(ConsolidatedSqliteEventLogStorage):
    """The events of all runs in one file, over kept connections."""

    @cached_property
    def _engine(self) -> Engine:
        return _keeping_engine(self._conn_string)

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            yield connection

    def dispose(self) -> None:
        """Close the connections."""
        self._engine.dispose()
        super().dispose()  # type: ignore[no-untyped-call]


class KeptRunStorage(SqliteRunStorage):
    """Runs, over kept connections."""

    @cached_property
    def _engine(self) -> Engine:
        return _keeping_engine(self._conn_string)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> Self:
        """Make the storage as Dagster's configuration says."""
        return cls.from_local(inst_data=inst_data, **config_value)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Open a transaction on a kept connection."""
        with self._engine.begin() as connection:
            yield connection

    def dispose(self) -> None:
        """Close the connections."""
        self._engine.dispose()


def _keeping_engine(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})
    event.listen(engine, "connect", _sync_less)
    return engine


def _sync_less(connection: Any, _record: object) -> None:
    # Dagster's events are history. What must outlive a power cut is in our own tables.
    connection.execute("PRAGMA synchronous = NORMAL").close()
