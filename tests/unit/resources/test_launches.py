"""What is done for a run that is due, by what became of the Dagster runs launched for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from dagster import DagsterRun, DagsterRunStatus, RunRecord
from fakes.payloads import URL

from scribe_dagster.db.due_runs import DueRun
from scribe_dagster.definitions import content_pipeline
from scribe_dagster.execution.code_location import origin_of
from scribe_dagster.resources.launch import ATTEMPT_TAG, CREATED_TAG, PIPELINE_RUN_TAG
from scribe_dagster.resources.launches import (
    DUE_TAG,
    POSTPONED_TAG,
    CallOff,
    LeaveToDagster,
    NextStep,
    Postpone,
    TakeUp,
    Wait,
    next_step,
)

NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

DUE = DueRun(
    id=42,
    attempt=2,
    source_url=URL,
    dagster_run_id="executed-it",
    created_at=NOON - timedelta(days=1),
    due_at=NOON,
    automatic=True,
)
ASKED_FOR = replace(DUE, automatic=False)

UNDER_WAY = [
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.CANCELING,
]


def a_launch(
    status: DagsterRunStatus,
    *,
    due_at: datetime = NOON,
    postponed_to: datetime | None = None,
    ended: datetime | None = None,
    **tags: str,
) -> RunRecord:
    """A Dagster run that the resume sensor launched for run 42 at attempt 2."""
    postponed = {POSTPONED_TAG: postponed_to.isoformat()} if postponed_to else {}
    named = {key.replace("__", "/"): value for key, value in tags.items()}
    run = DagsterRun(
        job_name=content_pipeline.name,
        # Dagster puts nothing into its queue that it could not find again.
        remote_job_origin=origin_of(content_pipeline),
        status=status,
        tags={
            PIPELINE_RUN_TAG: "42",
            CREATED_TAG: DUE.created_at.isoformat(),
            ATTEMPT_TAG: "2",
            DUE_TAG: due_at.isoformat(),
            **postponed,
            **named,
        },
    )
    return RunRecord(
        storage_id=1,
        dagster_run=run,
        create_timestamp=NOON,
        update_timestamp=NOON,
        end_time=ended.timestamp() if ended else None,
    )


def with_tag(record: RunRecord, tag: str, value: str) -> RunRecord:
    run = record.dagster_run
    return record._replace(dagster_run=run.with_tags({**run.tags, tag: value}))


def after(
    records: Sequence[RunRecord],
    run: DueRun = DUE,
    *,
    now: datetime = NOON + MINUTE,
    heard: datetime = NOON,
) -> NextStep:
    return next_step(run, records, now=now, heard=lambda _: heard)


def test_what_was_never_launched_is_launched() -> None:
    assert after([]) == TakeUp()


@pytest.mark.parametrize("status", UNDER_WAY)
@pytest.mark.parametrize("due_at", [NOON, NOON - MINUTE])
def test_what_is_under_way_is_waited_for_whenever_it_was_launched(
    status: DagsterRunStatus, due_at: datetime
) -> None:
    launch = a_launch(status, due_at=due_at)

    assert after([launch]) == Wait(launch.dagster_run)


def test_what_was_created_and_not_submitted_is_launched_again() -> None:
    assert after([a_launch(DagsterRunStatus.NOT_STARTED)]) == TakeUp()


def test_what_cannot_be_submitted_for_long_postpones_its_run() -> None:
    created = a_launch(DagsterRunStatus.NOT_STARTED)._replace(create_timestamp=NOON - 20 * MINUTE)

    assert after([created]) == Postpone(created.dagster_run, before=0)


@pytest.mark.parametrize("ended", [DagsterRunStatus.FAILURE, DagsterRunStatus.SUCCESS])
def test_what_ended_without_taking_the_run_up_postpones_it(ended: DagsterRunStatus) -> None:
    launch = a_launch(ended)

    assert after([launch]) == Postpone(launch.dagster_run, before=0)


def test_what_somebody_cancelled_calls_it_off() -> None:
    cancelled = a_launch(DagsterRunStatus.CANCELED)

    assert after([cancelled]) == CallOff(cancelled.dagster_run)


@pytest.mark.parametrize("ended", [DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED])
def test_what_was_launched_for_an_earlier_moment_no_longer_counts(ended: DagsterRunStatus) -> None:
    assert after([a_launch(ended, due_at=NOON - MINUTE)]) == TakeUp()


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        (PIPELINE_RUN_TAG, "43"),
        (CREATED_TAG, "2020-01-01T00:00:00+00:00"),
        (ATTEMPT_TAG, "1"),
    ],
    ids=["another run", "a run of a database that has been emptied since", "an earlier attempt"],
)
@pytest.mark.parametrize("status", [*UNDER_WAY, DagsterRunStatus.FAILURE])
def test_what_was_launched_for_something_else_does_not_count(
    tag: str, value: str, status: DagsterRunStatus
) -> None:
    assert after([with_tag(a_launch(status), tag, value)]) == TakeUp()


def test_launches_that_came_to_nothing_are_counted_as_far_as_one_led_to_the_next() -> None:
    long_ago = a_launch(DagsterRunStatus.FAILURE, due_at=NOON - 90 * MINUTE)
    first = a_launch(
        DagsterRunStatus.FAILURE, due_at=NOON - 9 * MINUTE, postponed_to=NOON - 5 * MINUTE
    )
    second = a_launch(DagsterRunStatus.FAILURE, due_at=NOON - 5 * MINUTE, postponed_to=NOON)
    third = a_launch(DagsterRunStatus.FAILURE)

    assert after([third, long_ago, first, second]) == Postpone(third.dagster_run, before=2)


def test_who_asks_again_begins_to_count_anew() -> None:
    postponed = a_launch(DagsterRunStatus.FAILURE, due_at=NOON - MINUTE, postponed_to=NOON + MINUTE)
    since = a_launch(DagsterRunStatus.FAILURE)

    assert after([postponed, since], ASKED_FOR) == Postpone(since.dagster_run, before=0)


# -- Dagster's own retries. --


def a_failure_that_dagster_retries(ended: datetime | None, **tags: str) -> RunRecord:
    return a_launch(
        DagsterRunStatus.FAILURE,
        due_at=NOON - MINUTE,
        ended=ended,
        dagster__will_retry="true",
        **tags,
    )


def test_a_run_that_dagster_itself_is_about_to_retry_is_left_to_it() -> None:
    failed = a_failure_that_dagster_retries(NOON)

    assert after([failed]) == LeaveToDagster(failed.dagster_run)


@pytest.mark.parametrize("ended", [NOON - timedelta(hours=1), None])
def test_a_promise_of_dagsters_that_was_not_kept_is_trusted_no_more(ended: datetime | None) -> None:
    assert after([a_failure_that_dagster_retries(ended)]) == TakeUp()


def test_a_promise_of_dagsters_that_was_kept_is_over() -> None:
    kept = a_failure_that_dagster_retries(NOON, dagster__auto_retry_run_id="that-one")

    assert after([kept]) == TakeUp()


def test_what_somebody_asked_for_does_not_wait_for_dagsters_promise() -> None:
    assert after([a_failure_that_dagster_retries(NOON)], ASKED_FOR) == TakeUp()


@pytest.mark.parametrize("status", [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED])
def test_a_worker_that_has_begun_and_fallen_silent_does_not_block_its_run_for_ever(
    status: DagsterRunStatus,
) -> None:
    launch = a_launch(status)

    assert isinstance(after([launch], now=NOON + 9 * MINUTE), Wait)
    assert isinstance(after([launch], now=NOON + 11 * MINUTE), Postpone)


def test_a_worker_that_says_that_it_waits_for_a_pool_is_waited_for() -> None:
    launch = a_launch(DagsterRunStatus.STARTED)

    now = NOON + 500 * MINUTE
    assert isinstance(after([launch], now=now, heard=now - 6 * MINUTE), Wait)


def test_once_postponed_such_a_worker_is_not_waited_for_again() -> None:
    dead = a_launch(DagsterRunStatus.STARTED)
    later = replace(DUE, due_at=NOON + 12 * MINUTE)

    assert after([dead], later, now=NOON + 12 * MINUTE) == TakeUp()


def test_what_waits_in_the_queue_of_dagster_may_wait_for_long() -> None:
    queued = a_launch(DagsterRunStatus.QUEUED)

    assert isinstance(after([queued], now=NOON + 500 * MINUTE), Wait)
