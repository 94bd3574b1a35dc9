"""``scribe-dagster prune``: throw away what retention allows."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from scribe_dagster.cli.since import parse_since


def prune(
    older_than: Annotated[
        datetime | None,
        typer.Option(
            parser=parse_since,
            metavar="WHEN",
            help="Of this age, such as 90d, or before this date. Default: RUN_RETENTION_DAYS.",
            show_default=False,
        ),
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Only show how much it would be.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object, and nothing else.")
    ] = False,
) -> None:
    """Drop the stored texts of runs that ended long ago, and entries of feeds that got no run.

    A run stays in the list with its timeline and its costs, but can no longer be forked. Runs that
    failed, articles and images are never touched. With RUN_RETENTION_DAYS the Dagster daemon does
    the same every night.

    ```
    scribe-dagster prune --older-than 90d --plan
    ```
    """
    from dataclasses import asdict

    from scribe_dagster.cli.run_json import dumps
    from scribe_dagster.config import Settings
    from scribe_dagster.db.retention import Retention
    from scribe_dagster.errors import ConfigurationError

    settings = Settings.load()
    before = older_than or settings.retain_since
    if before is None:
        raise ConfigurationError(
            "Nothing is pruned: everything is kept for ever. Set RUN_RETENTION_DAYS, or name an "
            "age: scribe-dagster prune --older-than 90d"
        )
    if not settings.pipeline_track_runs:
        raise ConfigurationError("Tracking is off (PIPELINE_TRACK_RUNS=false): no run is stored.")
    retention = Retention.from_settings(settings)
    done = retention.plan(before) if plan else retention.prune(before)
    if as_json:
        typer.echo(dumps({**asdict(done), "before": before, "pruned": not plan}))
        return
    verb = "Would drop" if plan else "✓ Dropped"
    typer.echo(
        f"{verb} the texts of {_counted(done.runs, 'run', 'runs')} that ended before "
        f"{before:%Y-%m-%d %H:%M} UTC, and "
        f"{_counted(done.staged_contents, 'entry', 'entries')} of feeds."
    )


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
