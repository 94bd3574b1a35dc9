"""What the Dagster daemon does for runs whose worker died: free them, so that they can resume."""

import json
from time import time

from dagster import (
    DefaultSensorStatus,
    RunFailureSensorContext,
    SensorEvaluationContext,
    SkipReason,
    run_failure_sensor,
    sensor,
)

from scribe_dagster.config import Settings
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.resources.reaper import Reaper
from scribe_dagster.sensors.tracking_off import TRACKING_OFF


@run_failure_sensor(
    name="lost_worker_sensor",
    minimum_interval_seconds=5,
    default_status=DefaultSensorStatus.RUNNING,
    description="Frees the pipeline run of a Dagster run whose worker died, as soon as it ends.",
)
def lost_worker_sensor(context: RunFailureSensorContext) -> None:
    """Free what a failed Dagster run still holds; a stage that failed has freed it already."""
    settings = Settings.load()
    if not settings.pipeline_track_runs:
        return
    store = RunStore.from_settings(settings)
    run_id = store.executed_by(context.dagster_run.run_id)
    if run_id is not None:
        for trouble in Reaper(store, context.instance, settings).sweep(run_id=run_id).troubles:
            context.log.warning(trouble)


@sensor(
    name="reaper_sensor",
    minimum_interval_seconds=30,
    default_status=DefaultSensorStatus.RUNNING,
    description="Frees pipeline runs whose worker gives no more sign of life.",
)
def reaper_sensor(context: SensorEvaluationContext) -> SkipReason:
    """Free every run whose worker is known to be dead, wherever it ran.

    Who is only silent is remembered in the cursor, with the time since when, and looked at again
    by a later tick: a worker that has just woken gives a sign of life first.
    """
    settings = Settings.load()
    if not settings.pipeline_track_runs:
        return TRACKING_OFF
    reaper = Reaper(RunStore.from_settings(settings), context.instance, settings)
    now = time()
    silent_since = _silent_since(context.cursor)
    ripe = [one for one, since in silent_since.items() if now - since >= reaper.patience]
    sweep = reaper.sweep(ripe)
    context.update_cursor(json.dumps({one: silent_since.get(one, now) for one in sweep.suspects}))
    for trouble in sweep.troubles:
        context.log.warning(trouble)
    told = [f"Freed #{run.id} at {run.stage}: {run.why}" for run in sweep.lost]
    told += [f"Ended Dagster run {dagster_run_id}." for dagster_run_id in sweep.ended]
    if sweep.suspects:
        told.append(f"{len(sweep.suspects)} gave no sign of life, and will be looked at again.")
    return SkipReason(" ".join(told) or "No worker was lost.")


def _silent_since(cursor: str | None) -> dict[str, float]:
    """Read who was silent when the sensor last looked; nobody, if somebody has edited it."""
    try:
        return {str(one): float(since) for one, since in json.loads(cursor or "{}").items()}
    except (ValueError, AttributeError, TypeError):
        return {}
