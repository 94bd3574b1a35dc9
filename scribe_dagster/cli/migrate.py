"""``scribe-dagster migrate``: create or update the tables."""

from __future__ import annotations

import typer


def migrate() -> None:
    """Create or update the tables in the database of SCRIBE_DATABASE_URL.

    Only the articles' tables where PIPELINE_TRACK_RUNS is false. Safe to run by several processes
    at once, and to run again. The embedded SQLite database needs no migrating by hand.
    """
    from scribe_dagster.config import Settings
    from scribe_dagster.db import schema
    from scribe_dagster.db.database import Database

    settings = Settings.load()
    database = Database.from_settings(settings)
    before, after = schema.migrate(database, tracking=settings.pipeline_track_runs)
    now = ", ".join(sorted(after))
    if before == after:
        typer.echo(f"✓ {database.address} is up to date ({now}).")
    else:
        then = ", ".join(sorted(before)) or "empty"
        typer.echo(f"✓ {database.address}: {then} → {now}.")
