"""Runs migrations on the connection that schema.migrate hands over."""

from __future__ import annotations

from alembic import context

from scribe_dagster.db.models import Base
from scribe_dagster.db.schema import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    # SQLite alters a table by copying it.
    render_as_batch=True,
)
# The connection is in the caller's transaction already, which holds the lock and undoes a
# migration that fails half-way.
with context.begin_transaction():
    context.run_migrations()
