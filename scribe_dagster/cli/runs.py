"""``scribe-dagster runs``: what has been run, and how it went."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from scribe_dagster.cli.run_id import RunId
from scribe_dagster.cli.since import parse_since
from scribe_dagster.domain.status import PipelineRunStatus

if TYPE_CHECKING:
    from scribe_dagster.config import Settings
    from scribe_dagster.db.database import Database

app = typer.Typer(invoke_without_command=True)


@app.callback()
def list_command(
    context: typer.Context,
    status: Annotated[
        PipelineRunStatus | None, typer.Option(help="Only runs of this status.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="Only runs whose URL contains this.")] = None,
    stage: Annotated[
        str | None, typer.Option(help="Only runs at this stage, such as GenerateImage.")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            parser=parse_since,
            metavar="WHEN",
            help="Only runs created since: 90m, 2h, 3d, or a date such as 2026-11-23.",
        ),
    ] = None,
    limit: Annotated[int, typer.Option(help="List at most this many.", min=1, max=10_000)] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a run.")] = False,
) -> None:
    """List pipeline runs, newest first; or show one.

    ```
    scribe-dagster runs --status failed --since 2h
    scribe-dagster runs show 42
    ```
    """
    if context.invoked_subcommand is not None:
        return
    from scribe_dagster.cli.run_json import dumps, run_object
    from scribe_dagster.cli.run_table import run_table
    from scribe_dagster.cli.terminal import Terminal
    from scribe_dagster.config import Settings
    from scribe_dagster.db.run_queries import RunFilter, list_runs

    settings = Settings.load()
    database = _open_for_reading(settings)
    wanted = RunFilter(
        status=status,
        url=url,
        stage=stage,
        since=since,
        limit=limit,
        pipeline=settings.pipeline_stages,
    )
    found = (
        list_runs(database, wanted, with_snapshots=as_json, with_prices=as_json) if database else []
    )
    if as_json:
        for run in found:
            typer.echo(dumps(run_object(run)))
    elif found:
        Terminal().print(run_table(found))
    elif not settings.pipeline_track_runs:
        typer.echo("No runs: tracking is off (PIPELINE_TRACK_RUNS=false).")
    elif wanted == RunFilter(limit=limit):
        typer.echo("No runs yet. Start with: scribe-dagster process https://example.com/article")
    else:
        typer.echo("No such runs.")


@app.command("show")
def show(
    run_id: RunId,
    snapshot: Annotated[
        bool, typer.Option("--snapshot", help="Also print the stored payload, as JSON.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the run as one JSON object.")
    ] = False,
) -> None:
    """Show one run: a timeline of its stages, what each made, what failed."""
    from scribe_dagster.cli.exit_codes import ExitCode
    from scribe_dagster.cli.run_json import dumps, run_object, savings_object, stage_object
    from scribe_dagster.cli.run_timeline import print_timeline
    from scribe_dagster.cli.terminal import Terminal
    from scribe_dagster.config import Settings
    from scribe_dagster.db.run_queries import load_run
    from scribe_dagster.errors import RunNotFound

    settings = Settings.load()
    database = _open_for_reading(settings)
    try:
        if database is None:
            raise RunNotFound(f"There is no pipeline run #{run_id}: nothing has been run yet.")
        run = load_run(database, run_id)
    except RunNotFound as error:
        typer.secho(f"✗ {error}", fg=typer.colors.RED, err=True)
        raise typer.Exit(ExitCode.USAGE) from None
    if as_json:
        history = [stage_object(attempt) for attempt in run.stage_attempts]
        saved = savings_object(run.stage_attempts)
        typer.echo(dumps({**run_object(run), **saved, "history": history}))
        return
    print_timeline(Terminal(), run, stages=settings.pipeline_stages)
    if snapshot:
        typer.echo(dumps(run.payload_snapshot))


def _open_for_reading(settings: Settings) -> Database | None:
    """Open the database; None when it is the embedded one and nothing has ever been run."""
    from scribe_dagster.db.ready import ready_database

    if settings.database_is_embedded and not (settings.scribe_home / "scribe.db").exists():
        return None
    return ready_database(settings, tracking=True)
