"""A database that is known to have its tables."""

from __future__ import annotations

from scribe_dagster.config import Settings
from scribe_dagster.db import schema
from scribe_dagster.db.database import Database


def ready_database(settings: Settings, *, tracking: bool | None = None) -> Database:
    """Open the database and make sure, now, that the tables are there.

    The embedded database is ours to migrate; a shared one is never migrated silently.

    Args:
        settings: Which database.
        tracking: Whether the tables of tracking are needed. Default: PIPELINE_TRACK_RUNS.

    Raises:
        NotMigrated: A shared database lacks the tables.
        DatabaseUnreachable: It cannot be reached.
        ConfigurationError: Its URL cannot be understood, or SCRIBE_HOME cannot be made.
    """
    tracking = settings.pipeline_track_runs if tracking is None else tracking
    database = Database.from_settings(settings)
    if settings.database_is_embedded:
        schema.migrate(database, tracking=tracking)
    else:
        schema.check(database, tracking=tracking)
    return database
