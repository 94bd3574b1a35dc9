"""What a database tells of the way in which it will answer."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import event

from scribe_dagster.db.database import Database


def plan_of(database: Database, ask: Callable[[], object]) -> str:
    """How a database goes about the last statement of a question."""
    asked: list[tuple[str, object]] = []

    def note(_c: object, _k: object, statement: str, parameters: object, *_rest: object) -> None:
        asked.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    ask()
    event.remove(database.engine, "before_cursor_execute", note)
    # On SQLite a BEGIN comes first.
    statement, parameters = asked[-1]
    explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    with database.engine.connect() as connection:
        # The parameters are those of the driver.
        told = connection.exec_driver_sql(f"{explain} {statement}", parameters)  # type: ignore[arg-type]
        return "\n".join(str(row[-1]) for row in told)
