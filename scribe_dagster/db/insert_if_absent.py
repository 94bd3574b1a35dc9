"""An insert that leaves a row alone which somebody else has written first."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from scribe_dagster.db.models import Base


def insert_if_absent(
    connection: Connection,
    model: type[Base],
    values: dict[str, Any],
    *,
    key: list[str] | None = None,
) -> int | None:
    """Insert a row unless its key is taken, in one statement that two writers may race for.

    Args:
        connection: An open write transaction.
        model: The table.
        values: The row.
        key: The columns of a unique constraint. Default: any constraint will do.

    Returns:
        The new row's ``id``; None when the key was taken.
    """
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    row_id: int | None = connection.scalar(
        dialect.insert(model)
        .values(**values)
        .on_conflict_do_nothing(index_elements=key)
        .returning(model.__table__.c.id)
    )
    return row_id
