"""What the Dagster daemon does for failed runs: resume them when somebody asked, or when due."""

from datetime import UTC, datetime, timedelta
from functools import partial

from dagster import (
    DagsterInstance,
    DagsterRun,
    DagsterRunStatus,
    DefaultSensorStatus,
    JobDefinition,
    RunRequest,
    RunsFilter,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from scribe_dagster.config import Settings
from scribe_dagster.db.due_runs import DueRun
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.domain.backoff import Backoff
from scribe_dagster.domain.redaction import redact
from scribe_dagster.resources.dagster_failure import why_it_failed
from scribe_dagster.resources.launch import AUTOMATIC_TAG, PIPELINE_RUN_TAG
from scribe_dagster.resources.launches import (
    DUE_TAG,
    POSTPONED_TAG,
    CallOff,
    LeaveToDagster,
    Postpone,
    TakeUp,
    Wait,
    last_word,
    next_step,
)
from scribe_dagster.resources.lineage import lineage_tags
from scribe_dagster.sensors.tracking_off import TRACKING_OFF

_AT_ONCE = 20
"""Runs launched by one tick, and runs that may wait in Dagster's queue for this sensor."""

_UNTIL_THE_NEXT_LAUNCH = Backoff(first=timedelta(minutes=1), longest=timedelta(hours=1))
"""After one whose worker could not start: a bad image or a broken import may last for long."""

_MOMENT = "%Y%m%dT%H%M%S%f"


def build_resume_sensor(job: JobDefinition, *, name: str = "resume_sensor") -> SensorDefinition:
    """Build the sensor that resumes runs of a job's stages: those asked for, and those due.

    A run is due when ``scribe-dagster resume --detach`` asked for it, or when a transient failure
    (or the loss of its worker) is so long past as PIPELINE_AUTO_RESUME_DELAY and a Retry-After
    say; a permanent failure waits for somebody to ask. What is due is read from the database, and
    what was launched for it from Dagster, so a restart of the daemon forgets nothing and nothing
    is launched twice. A launch whose worker cannot start postpones the run; one that somebody
    cancels calls it off.

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
            return TRACKING_OFF
        store = RunStore.from_settings(settings)
        due = store.due(job.name, stages, limit=_AT_ONCE)
        if not due:
            return SkipReason("No pipeline run is due.")
        launches = context.instance.get_run_records(
            RunsFilter(tags={PIPELINE_RUN_TAG: [str(run.id) for run in due]})
        )
        requests, told = [], []
        heard = partial(last_word, context.instance)
        for run in due:
            match next_step(run, launches, now=datetime.now(UTC), heard=heard):
                case TakeUp():
                    requests.append(_request(context.instance, run))
                case Wait(launch):
                    told.append(f"#{run.id} waits for Dagster run {launch.run_id}.")
                case LeaveToDagster(failed):
                    # Not at the head of the queue: others are due as well.
                    store.postpone(run, _UNTIL_THE_NEXT_LAUNCH.wait(0))
                    told.append(f"#{run.id} is left to Dagster, which retries {failed.run_id}.")
                case Postpone(launch, before):
                    why = _why_not_taken_up(context.instance, launch, settings)
                    due_at = store.postpone(run, _UNTIL_THE_NEXT_LAUNCH.wait(before), why=why)
                    if due_at is not None:
                        tag = {POSTPONED_TAG: due_at.isoformat()}
                        context.instance.add_run_tags(launch.run_id, tag)
                    told.append(f"#{run.id} is postponed: {why}")
                case CallOff(launch):
                    why = f"Dagster run {launch.run_id}, which was to do it, was cancelled."
                    store.call_off(run, why=why)
                    told.append(f"#{run.id} is left to people: {why}")
        for line in told:
            context.log.info(f"Pipeline run {line}")
        return SensorResult(
            run_requests=requests,
            skip_reason=None if requests else SkipReason(" ".join(told)),
        )

    return resume


def _why_not_taken_up(instance: DagsterInstance, launch: DagsterRun, settings: Settings) -> str:
    if launch.is_finished:
        why = why_it_failed(instance, launch.run_id, settings.secrets)
        return f"Dagster run {launch.run_id} ended before it could take the run up: {why}"
    if launch.status is DagsterRunStatus.NOT_STARTED:
        return f"Dagster could not submit run {launch.run_id}; the log of its daemon says why."
    return f"Dagster run {launch.run_id} began, fell silent, and has not taken the run up."


def _request(instance: DagsterInstance, run: DueRun) -> RunRequest:
    tags = lineage_tags(instance, run, after=run.dagster_run_id)
    tags[DUE_TAG] = run.due_at.isoformat()
    if run.automatic:
        tags[AUTOMATIC_TAG] = "true"
    return RunRequest(
        # Of the runs of one key Dagster launches one, whether or not it has been created before.
        # The moment of creation tells a run from one of the same id in a database that has been
        # emptied since.
        run_key=f"{run.id}/{run.created_at:{_MOMENT}}/{run.attempt}/{run.due_at:{_MOMENT}}",
        run_config={"source_url": redact(run.source_url)},
        tags=tags,
    )
