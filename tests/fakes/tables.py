"""What a database holds, to show that nothing was written."""

from __future__ import annotations

from sqlalchemy import delete, select

from scribe_dagster.db.database import Database
from scribe_dagster.db.models import Base


def contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table of ours."""
    with database.read() as connection:
        return {
            table.name: [
                tuple(row)
                for row in connection.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in Base.metadata.sorted_tables
        }


def empty(database: Database) -> None:
    """Delete every row of every table of ours."""
    with database.write() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(delete(table))
