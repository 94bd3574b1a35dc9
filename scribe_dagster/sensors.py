"""What the Dagster daemon does for runs: resume them when they are due, free them when lost.

Each is on from the start; the UI's Automation page turns it off.
"""

import json
from collections.abc import Sequence
from time import time

from dagster import (
    DagsterInstance,
    DagsterRun,
    DefaultSensorStatus,
    JobDefinition,
    RunFailureSensorContext,
    RunRequest,
    RunsFilter,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    run_failure_sensor,
    sensor,
)

from scribe_dagster.config import Settings
from scribe_dagster.db.due_runs import DueRun
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.resources.launch import ATTEMPT_TAG, AUTOMATIC_TAG, PIPELINE_RUN_TAG
from scribe_dagster.resources.lineage import lineage_tags
from scribe_dagster.resources.reaper import Reaper

_AT_ONCE = 20
"""Runs launched by one tick, and runs that may wait in Dagster's queue for this sensor."""

_MOST_LAUNCHES = 3
"""Times to launch a Dagster run that ends without ever claiming its pipeline run."""

_WILL_RETRY_TAG = "dagster/will_retry"

_OFF = SkipReason("Tracking is off (PIPELINE_TRACK_RUNS=false), so there is nothing to look for.")


def build_resume_sensor(job: JobDefinition, *, name: str = "resume_sensor") -> SensorDefinition:
    """Build the sensor that resumes runs of a job's stages: those asked for, and those due.

    A run is due when ``scribe-dagster resume --detach`` asked for it, or when a transient failure
    (or the loss of its worker) is so long past as PIPELINE_AUTO_RESUME_DELAY and a Retry-After
    say; a permanent failure waits for somebody to ask. What is due is read from the database, and
    what was launched for it from Dagster, so a restart of the daemon forgets nothing and nothing
    is launched twice.

    Args:
        job: A job made by :func:`~scribe_dagster.jobs.build_content_job`.
        name: The sensor's name.
    """
    stages = [node.name for node in job.nodes_in_topological_order]

    @sensor(
        name=name,
        job=job,
        minimum_interval_seconds=15,
        default_status=DefaultSensorStatus.RUNNING,
        description="Resumes pipeline runs that were asked for, or failed for a time only.",
    )
    def resume(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        settings = Settings.load()
        if not settings.pipeline_track_runs:
            return _OFF
        store = RunStore.from_settings(settings)
        due = store.due(job.name, stages, limit=_AT_ONCE)
        if not due:
            return SkipReason("No pipeline run is due.")
        launched = _launched_for(context.instance, due)
        requests = []
        for run in due:
            earlier = launched[run.id]
            if any(not other.is_finished or _dagster_retries(other) for other in earlier):
                continue
            unclaimed = [other for other in earlier if other.run_id != run.dagster_run_id]
            if len(unclaimed) >= _MOST_LAUNCHES:
                store.call_off(run)
                context.log.warning(
                    f"Pipeline run #{run.id} was launched {len(unclaimed)} times and never taken "
                    f"up; see Dagster run {unclaimed[0].run_id}. It is left to people now."
                )
                continue
            requests.append(_request(context.instance, run, number=len(unclaimed)))
        return SensorResult(
            run_requests=requests,
            skip_reason=None if requests else SkipReason("What is due has been launched already."),
        )

    return resume


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
        return _OFF
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


def _launched_for(instance: DagsterInstance, due: Sequence[DueRun]) -> dict[int, list[DagsterRun]]:
    """Return, for each run, the Dagster runs that executed or were to take up its attempt."""
    wanted = {str(run.id): run for run in due}
    found: dict[int, list[DagsterRun]] = {run.id: [] for run in due}
    for other in instance.get_runs(RunsFilter(tags={PIPELINE_RUN_TAG: list(wanted)})):
        run = wanted[other.tags[PIPELINE_RUN_TAG]]
        if other.tags.get(ATTEMPT_TAG) == str(run.attempt):
            found[run.id].append(other)
    return found


def _dagster_retries(run: DagsterRun) -> bool:
    """Whether Dagster's own retries, where they are configured, will take it up."""
    return run.tags.get(_WILL_RETRY_TAG) == "true"


def _request(instance: DagsterInstance, run: DueRun, *, number: int) -> RunRequest:
    tags = lineage_tags(instance, run, after=run.dagster_run_id)
    if run.automatic:
        tags[AUTOMATIC_TAG] = "true"
    return RunRequest(
        # Dagster launches a key once, for ever. The moment of creation tells a run from one of
        # the same id in a database that has been emptied since.
        run_key=f"{run.id}/{run.created_at:%Y%m%dT%H%M%S%f}/{run.attempt}/{number}",
        run_config={"source_url": run.source_url},
        tags=tags,
    )
