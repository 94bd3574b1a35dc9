"""The time by the database's clock: the one clock that all workers share.

A lease is written by one machine and judged by another, whose clocks may differ by more than the
lease is long.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from scribe_dagster.db.models.base import UtcDateTime


class database_time(FunctionElement[datetime]):  # noqa: N801  -- SQL functions are lower case
    """The present moment, or one that lies ``seconds`` in the future."""

    type = UtcDateTime()
    inherit_cache = True

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__(literal(seconds))


class statement_time(FunctionElement[datetime]):  # noqa: N801
    """The moment at which this statement began.

    For the condition of a query that waits for nobody: it is the same for every row, so that an
    index can be searched for it, which PostgreSQL refuses to do for :class:`database_time`.
    """

    type = UtcDateTime()
    inherit_cache = True


def _seconds(element: database_time, compiler: Any, **options: Any) -> str:
    [seconds] = element.clauses
    assert isinstance(seconds, ColumnElement)
    rendered: str = compiler.process(seconds, **options)
    return rendered


@compiles(database_time, "sqlite")
def _on_sqlite(element: database_time, compiler: Any, **options: Any) -> str:
    # In the form in which SQLAlchemy stores moments there, so that they compare as text.
    seconds = _seconds(element, compiler, **options)
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', {seconds} || ' seconds')"


@compiles(database_time, "postgresql")
def _on_postgresql(element: database_time, compiler: Any, **options: Any) -> str:
    # now() stands still while a transaction waits for a lock.
    seconds = _seconds(element, compiler, **options)
    return f"(clock_timestamp() + make_interval(secs => {seconds}))"


@compiles(statement_time, "sqlite")
def _began_on_sqlite(element: statement_time, compiler: Any, **options: Any) -> str:
    # 'now' is the same moment throughout one statement there.
    return "strftime('%Y-%m-%d %H:%M:%f000', 'now')"


@compiles(statement_time, "postgresql")
def _began_on_postgresql(element: statement_time, compiler: Any, **options: Any) -> str:
    return "statement_timestamp()"
