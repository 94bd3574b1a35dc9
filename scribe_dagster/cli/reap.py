"""``scribe-dagster reap``: free the runs of dead workers, where no daemon does it."""

from __future__ import annotations

from typing import Annotated

import typer


def reap(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object for each run that was freed.")
    ] = False,
) -> None:
    """Fail the runs whose worker is dead, so that they can be resumed.

    A worker is dead when its Dagster run is over, when its process on this machine is gone, or
    when it has given no sign of life for PIPELINE_LEASE_SECONDS, and gives none while this command
    waits for half that time. The Dagster daemon's sensors do the same all the time; this is for
    those who run no daemon. `resume ID` looks by itself.
    """
    from scribe_dagster.cli.exit_codes import ExitCode
    from scribe_dagster.cli.run_json import dumps
    from scribe_dagster.config import Settings
    from scribe_dagster.db.run_store import RunStore
    from scribe_dagster.errors import ConfigurationError
    from scribe_dagster.instance.open import open_instance
    from scribe_dagster.resources.reaper import Reaper

    settings = Settings.load()
    if not settings.pipeline_track_runs:
        raise ConfigurationError("Tracking is off (PIPELINE_TRACK_RUNS=false): no run is tracked.")
    store = RunStore.from_settings(settings)
    sweep = Reaper(store, open_instance(settings), settings).reap(wait=wait_aloud)
    for run in sweep.lost:
        if as_json:
            typer.echo(dumps({"id": run.id, "stage": run.stage, "why": run.why}))
        else:
            typer.echo(f"Freed run #{run.id} at {run.stage}: {run.why}")
            typer.echo(f"  Resume it: scribe-dagster resume {run.id}")
    if not as_json:
        for dagster_run_id in sweep.ended:
            typer.echo(f"Ended Dagster run {dagster_run_id}, which nobody executed any more.")
        left = ", ".join(f"#{run.id}" for run in store.active())
        typer.echo(f"Still being executed: {left}" if left else "No run is being executed.")
    for trouble in sweep.troubles:
        typer.secho(f"✗ {trouble}", fg=typer.colors.RED, err=True)
    if sweep.troubles:
        raise typer.Exit(ExitCode.FAILED)


def wait_aloud(seconds: float) -> None:
    """Wait for those who have been silent; a worker that has just woken takes a moment to speak."""
    from time import sleep

    typer.echo(f"Somebody gives no sign of life. Looking again in {seconds:.0f} s ...", err=True)
    sleep(seconds)
