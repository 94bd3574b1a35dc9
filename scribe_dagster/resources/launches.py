"""What became of the Dagster runs that were to take up a pipeline run, and what follows from it.

Whenever a run is due, it is due at a moment of its own: that at which somebody asked, at which a
wait was over, or to which a launch that came to nothing was postponed. A launch carries the moment
it was made for. So one moment has one launch, and a moment that comes later owes nothing to what
was launched before.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, RunRecord

from scribe_dagster.db.due_runs import DueRun
from scribe_dagster.resources.launch import ATTEMPT_TAG, CREATED_TAG, PIPELINE_RUN_TAG

DUE_TAG = ".dagster/scribe_due_at"
"""On a launch of the resume sensor: the moment at which the run was due."""
POSTPONED_TAG = ".dagster/scribe_postponed_to"
"""On one that came to nothing: the moment at which the run is due instead."""

_SUBMITTED_WITHIN = timedelta(minutes=10)
"""What Dagster has created but could not submit for so long, it will never submit."""

LONGEST_SILENCE = timedelta(minutes=10)
"""A worker claims its run, or begins it, as the first thing it does; one that waits for a place in
a pool says so in Dagster's log every five minutes. What is silent for longer died on the way."""

_DAGSTER_RETRIES_WITHIN = timedelta(minutes=5)
"""Dagster's daemon re-executes a failed run, if it means to, within seconds of its failure."""


@dataclass(frozen=True, slots=True)
class TakeUp:
    """Launch it: nothing was, for this moment, or Dagster died before it had submitted that."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A Dagster run that is to take it up is in the queue, or has begun."""

    launch: DagsterRun


@dataclass(frozen=True, slots=True)
class LeaveToDagster:
    """Dagster's own retries, where they are configured, are about to take it up."""

    failed: DagsterRun


@dataclass(frozen=True, slots=True)
class Postpone:
    """The launch came to nothing: it ended, or was never submitted, and has not claimed its run."""

    launch: DagsterRun
    before: int
    """Launches before this one that came to nothing, each postponed to the next."""


@dataclass(frozen=True, slots=True)
class CallOff:
    """Somebody cancelled the launch before it claimed its run."""

    launch: DagsterRun


NextStep = TakeUp | Wait | LeaveToDagster | Postpone | CallOff


def last_word(instance: DagsterInstance, record: RunRecord) -> datetime:
    """Return when a Dagster run last wrote anything into Dagster's log."""
    said = instance.get_records_for_run(record.dagster_run.run_id, limit=1, ascending=False)
    for event in said.records:
        return datetime.fromtimestamp(event.timestamp, UTC)
    return record.create_timestamp


def next_step(
    run: DueRun,
    records: Sequence[RunRecord],
    *,
    now: datetime,
    heard: Callable[[RunRecord], datetime],
) -> NextStep:
    """Tell what to do for a run that is due.

    Args:
        run: The run.
        records: All Dagster runs that name a pipeline run of its number.
        now: The present moment, by Dagster's clock.
        heard: Tells when a Dagster run gave its last sign of life: :func:`last_word`.
    """
    records = [record for record in records if _is_for(record.dagster_run, run)]
    launches = [record.dagster_run for record in records]
    for record in records:
        if _is_under_way(record, now, heard):
            return Wait(record.dagster_run)
    due_at = run.due_at.isoformat()
    launched = [record for record in records if record.dagster_run.tags.get(DUE_TAG) == due_at]
    for record in launched:
        if record.dagster_run.status is DagsterRunStatus.CANCELED:
            return CallOff(record.dagster_run)
    for record in launched:
        if record.dagster_run.is_finished or now - record.create_timestamp > _SUBMITTED_WITHIN:
            return Postpone(record.dagster_run, before=_postponements(launches, until=due_at))
    # What somebody has asked for waits for nobody's second thoughts.
    for record in records if run.automatic else ():
        if _dagster_retries(record, now):
            return LeaveToDagster(record.dagster_run)
    return TakeUp()


def _is_for(launch: DagsterRun, run: DueRun) -> bool:
    """Whether it executed or was to take up this very attempt, not one of an emptied database."""
    return (
        launch.tags.get(PIPELINE_RUN_TAG),
        launch.tags.get(CREATED_TAG),
        launch.tags.get(ATTEMPT_TAG),
    ) == (str(run.id), run.created_at.isoformat(), str(run.attempt))


def _is_under_way(record: RunRecord, now: datetime, heard: Callable[[RunRecord], datetime]) -> bool:
    """Whether it will come to something: what was created, but never submitted, will not.

    Nor will what has begun, claimed nothing, and fallen silent.
    """
    launch = record.dagster_run
    if launch.is_finished or launch.status is DagsterRunStatus.NOT_STARTED:
        return False
    if launch.status is DagsterRunStatus.QUEUED:
        return True
    return now - heard(record) < LONGEST_SILENCE


def _postponements(launches: Sequence[DagsterRun], *, until: str) -> int:
    """Count the launches by which a moment was reached, one postponed to the next."""
    moments = {
        launch.tags[POSTPONED_TAG]: launch.tags.get(DUE_TAG)
        for launch in launches
        if POSTPONED_TAG in launch.tags
    }
    count = 0
    moment: str | None = until
    while moment in moments:
        moment = moments.pop(moment)
        count += 1
    return count


def _dagster_retries(record: RunRecord, now: datetime) -> bool:
    if record.end_time is None or not record.dagster_run.is_complete_and_waiting_to_retry:
        return False
    return now.timestamp() - record.end_time < _DAGSTER_RETRIES_WITHIN.total_seconds()
