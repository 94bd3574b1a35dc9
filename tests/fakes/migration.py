"""One process that migrates, together with others."""

from __future__ import annotations

from multiprocessing.synchronize import Barrier

from scribe_dagster.db import schema
from scribe_dagster.db.database import Database


def migrate_with_others(url: str, start: Barrier) -> None:
    """Wait until every process has come this far, then migrate."""
    database = Database(url)
    start.wait()
    schema.migrate(database)
    database.close()
