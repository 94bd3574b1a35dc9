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
    when it has given no sign of life for PIPELINE_LEASE_SECONDS. The Dagster daemon's sensors do
    the same all the time; this is for those who run no daemon. `resume ID` looks by itself.
    """
    from scribe_dagster.cli.run_json import dumps
    from scribe_dagster.config import Settings
    from scribe_dagster.db.run_store import RunStore
    from scribe_dagster.errors import ConfigurationError
    from scribe_dagster.worker_lock import dead_workers

    settings = Settings.load()
    if not settings.pipeline_track_runs:
        raise ConfigurationError("Tracking is off (PIPELINE_TRACK_RUNS=false): no run is tracked.")
    store = RunStore.from_settings(settings)
    if not store.active() and not dead_workers(settings):
        if not as_json:
            typer.echo("No run is being executed.")
        return

    # Dagster is slow to import: not before there is something to look at.
    from scribe_dagster.instance import open_instance
    from scribe_dagster.resources.reaper import Reaper

    lost = Reaper(store, open_instance(settings), settings).reap()
    for run in lost:
        if as_json:
            typer.echo(dumps({"id": run.id, "stage": run.stage, "why": run.why}))
        else:
            typer.echo(f"Freed run #{run.id} at {run.stage}: {run.why}")
            typer.echo(f"  Resume it: scribe-dagster resume {run.id}")
    left = store.active()
    if left and not as_json:
        shown = ", ".join(f"#{run.id}" for run in left)
        typer.echo(f"Still being executed: {shown}")
