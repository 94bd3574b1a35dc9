"""What the Dagster daemon does by the clock: throw away, every night, what retention allows."""

from collections.abc import Iterator

from dagster import (
    DefaultScheduleStatus,
    OpExecutionContext,
    Output,
    RunRequest,
    ScheduleEvaluationContext,
    SkipReason,
    in_process_executor,
    job,
    op,
    schedule,
)

from scribe_dagster.config import Settings
from scribe_dagster.db.retention import Retention
from scribe_dagster.errors import ConfigurationError


@op(description="Drops the texts of runs that ended RUN_RETENTION_DAYS ago.")
def drop_texts(context: OpExecutionContext) -> Iterator[Output[int]]:
    """Do as ``scribe-dagster prune`` does."""
    settings = Settings.load()
    if settings.retain_since is None:
        raise ConfigurationError("RUN_RETENTION_DAYS is not set: everything is kept for ever.")
    pruned = Retention.from_settings(settings).prune(settings.retain_since)
    context.log.info(f"Dropped the texts of {pruned.runs:,} runs.")
    yield Output(
        pruned.runs, metadata={"runs": pruned.runs, "staged_contents": pruned.staged_contents}
    )


@job(
    name="prune",
    executor_def=in_process_executor,
    description="Throws away what RUN_RETENTION_DAYS allows. Articles and images stay.",
)
def prune_job() -> None:
    """One op, which may be run by hand as well."""
    drop_texts()


@schedule(
    name="prune_daily",
    job=prune_job,
    cron_schedule="17 3 * * *",
    default_status=DefaultScheduleStatus.RUNNING,
    description="Prunes every night, if RUN_RETENTION_DAYS is set.",
)
def prune_daily(context: ScheduleEvaluationContext) -> RunRequest | SkipReason:
    """Launch the pruning if there is anything to prune."""
    settings = Settings.load()
    if settings.retain_since is None:
        return SkipReason("RUN_RETENTION_DAYS is not set: everything is kept for ever.")
    if not settings.pipeline_track_runs:
        return SkipReason("Tracking is off (PIPELINE_TRACK_RUNS=false), so no run is stored.")
    if not Retention.from_settings(settings).plan(settings.retain_since):
        return SkipReason("Nothing is old enough.")
    return RunRequest()
