"""Which runs the resume sensor finds, and when."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from fakes.leases import let_it_be_due
from fakes.payloads import URL, a_request
from fakes.query_plan import plan_of
from fakes.runs import RATE_LIMITED, STAGES, a_failed_run, a_run_that_is, fail
from fakes.tables import contents
from sqlalchemy import insert

from scribe_dagster.db.database import Database
from scribe_dagster.db.due_runs import DueRun
from scribe_dagster.db.models import PipelineRun
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.domain.claim_terms import ClaimTerms
from scribe_dagster.domain.failure import Failure
from scribe_dagster.domain.resume_policy import ResumePolicy
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.errors import ErrorKind, NotResumable, RunNotFound

NOT_FAILED = [status for status in PipelineRunStatus if status is not PipelineRunStatus.FAILED]
BROKEN = Failure("the page is gone", ErrorKind.PERMANENT)
MINUTE = timedelta(minutes=1)
A_MOMENT = timedelta(seconds=30)
"""More than what comes between two statements of a test, on the slowest machine."""


def due(store: RunStore, stages: Sequence[str] = STAGES, limit: int = 20) -> Sequence[DueRun]:
    return store.due("any", stages, limit=limit)


def due_at(store: RunStore, run_id: int) -> datetime:
    moment = store.get(run_id).resume_at
    assert moment is not None
    return moment


def ids(runs: Sequence[DueRun]) -> list[int]:
    return [run.id for run in runs]


# -- By themselves. --


def test_a_run_that_failed_for_a_time_is_due_when_the_time_has_come(
    database: Database, store: RunStore
) -> None:
    failed = a_failed_run(store, dagster_run_id="d1")
    assert due(store) == []

    let_it_be_due(database, failed.run_id)

    [found] = due(store)
    stored = store.get(failed.run_id)
    assert found == DueRun(
        id=failed.run_id,
        attempt=1,
        source_url=URL,
        dagster_run_id="d1",
        created_at=stored.created_at,
        due_at=due_at(store, failed.run_id),
        automatic=True,
    )


def test_a_run_that_failed_for_good_is_never_due(store: RunStore) -> None:
    run = a_run_that_is(store, PipelineRunStatus.RUNNING)

    run.fail(0, BROKEN)

    assert store.get(run.run_id).resume_at is None


def test_a_run_waits_for_as_long_as_the_other_side_said(store: RunStore) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    run = a_run_that_is(store, PipelineRunStatus.RUNNING)

    run.fail(0, Failure("wait", ErrorKind.TRANSIENT, resume_after=tomorrow))

    assert store.get(run.run_id).resume_after == tomorrow
    assert abs(due_at(store, run.run_id) - tomorrow) < A_MOMENT
    assert due(store) == []


@pytest.mark.parametrize("away", [timedelta(days=-400), timedelta(days=400)])
@pytest.mark.parametrize("asked_to_wait", [False, True])
def test_a_worker_whose_clock_is_wrong_makes_its_run_due_when_any_other_would(
    store: RunStore, away: timedelta, asked_to_wait: bool
) -> None:
    hour = timedelta(hours=1)
    now = datetime.now(UTC)
    with time_machine.travel(now + away, tick=False):
        run = a_run_that_is(store, PipelineRunStatus.RUNNING)
        after = datetime.now(UTC) + hour if asked_to_wait else None
        run.fail(0, Failure("429", ErrorKind.TRANSIENT, resume_after=after))

    wait = due_at(store, run.run_id) - now
    assert timedelta(seconds=30) <= wait <= (hour if asked_to_wait else MINUTE) + A_MOMENT
    assert not asked_to_wait or wait >= hour


def test_a_run_that_keeps_failing_is_left_to_people_until_one_of_them_resumes_it(
    database: Database,
) -> None:
    store = RunStore(database, ClaimTerms(resumes=ResumePolicy(limit=2)))
    run = a_failed_run(store)
    scheduled = []
    for automatic in (True, True, False):
        scheduled.append(store.get(run.run_id).resume_at is not None)
        fail(store.claim(run.run_id, STAGES, automatic=automatic), 1)
    scheduled.append(store.get(run.run_id).resume_at is not None)

    assert scheduled == [True, True, False, True]
    assert store.get(run.run_id).automatic_resumes == 1


def test_a_run_that_somebody_has_taken_up_is_due_no_more(
    database: Database, store: RunStore
) -> None:
    failed = a_failed_run(store)
    let_it_be_due(database, failed.run_id)

    store.claim(failed.run_id, STAGES)

    assert due(store) == []
    assert store.get(failed.run_id).resume_at is None


# -- Because somebody asked. --


def test_a_run_is_due_as_soon_as_somebody_asks(store: RunStore) -> None:
    run = a_run_that_is(store, PipelineRunStatus.RUNNING)
    run.fail(0, BROKEN)

    store.request_resume(run.run_id)

    [found] = due(store)
    assert (found.id, found.attempt, found.automatic) == (run.run_id, 1, False)


def test_to_ask_is_to_grant_it_all_its_automatic_resumes_again(
    database: Database, store: RunStore
) -> None:
    failed = a_failed_run(store)
    fail(store.claim(failed.run_id, STAGES, automatic=True), 1)
    assert store.get(failed.run_id).automatic_resumes == 2

    store.request_resume(failed.run_id)

    assert store.get(failed.run_id).automatic_resumes == 0


@pytest.mark.parametrize("status", NOT_FAILED)
def test_a_run_that_is_not_failed_cannot_be_asked_for(
    database: Database, store: RunStore, status: PipelineRunStatus
) -> None:
    run = a_run_that_is(store, status)
    before = contents(database)

    with pytest.raises(NotResumable, match=f"run #{run.run_id} cannot be resumed"):
        store.request_resume(run.run_id)

    assert contents(database) == before


def test_a_run_that_does_not_exist_cannot_be_asked_for(store: RunStore) -> None:
    with pytest.raises(RunNotFound, match="no pipeline run #4711"):
        store.request_resume(4711)


# -- A fork that waits. --


def test_a_fork_is_due_at_the_time_it_was_made_for(database: Database, store: RunStore) -> None:
    parent = a_failed_run(store, at=2)
    fork = store.fork(parent.run_id, STAGES, 2, resume_in=timedelta(days=1))
    assert due(store) == []

    let_it_be_due(database, fork)

    [found] = due(store)
    assert (found.id, found.attempt, found.automatic) == (fork, 0, False)
    assert store.claim(fork, STAGES, expected_attempt=0).current_index == 2
    assert due(store) == []


def test_a_fork_that_its_maker_executes_is_not_the_sensors(store: RunStore) -> None:
    store.fork(a_failed_run(store, at=2).run_id, STAGES, 2)

    assert due(store) == []


# -- Which of them. --


def test_only_runs_of_exactly_these_stages_are_found(store: RunStore) -> None:
    run = a_failed_run(store)
    store.request_resume(run.run_id)

    assert ids(due(store, list(STAGES))) == [run.run_id]
    for others in (STAGES[:-1], (*STAGES, "Announce"), STAGES[::-1], ()):
        assert due(store, others) == []


def test_stage_names_of_any_script_are_told_apart(store: RunStore) -> None:
    names = ("Übersetzen", "翻译", 'a"b\\c')
    run = store.start(a_request(), names)
    fail(run, 0)
    store.request_resume(run.run_id)

    assert ids(due(store, names)) == [run.run_id]
    assert due(store, ("Ubersetzen", *names[1:])) == []


def test_the_longest_due_come_first_and_no_more_than_asked_for(
    database: Database, store: RunStore
) -> None:
    runs = [a_failed_run(store).run_id for _ in range(4)]
    for run in (runs[2], runs[0], runs[3]):
        store.request_resume(run)
        # SQLite counts milliseconds.
        time.sleep(0.01)
    let_it_be_due(database, runs[3])

    assert ids(due(store)) == [runs[3], runs[2], runs[0]]
    assert ids(due(store, limit=2)) == [runs[3], runs[2]]


def test_of_however_many_wait_for_later_only_those_that_are_due_are_looked_at(
    database: Database, store: RunStore
) -> None:
    parent = store.get(a_failed_run(store, at=2).run_id)
    columns = {
        "source_url": URL,
        "status": PipelineRunStatus.FAILED,
        "stages": list(STAGES),
        "current_stage_name": STAGES[0],
        "resume_at": datetime.now(UTC) + timedelta(days=1),
        "initial_snapshot": {},
        "payload_snapshot": {},
    }
    with database.write() as connection:
        connection.execute(insert(PipelineRun), [columns] * 2_000)
        connection.exec_driver_sql("ANALYZE pipeline_runs")
    store.request_resume(parent.id)

    plan = plan_of(database, lambda: due(store))

    # Each database in its own words: the index is searched for the moment, not read through.
    searched = "(resume_at<?)" if database.is_sqlite else "Index Cond: (resume_at <= "
    assert searched in plan


# -- Later, or no more. --


def test_a_run_that_is_postponed_is_due_when_the_wait_is_over(
    database: Database, store: RunStore
) -> None:
    run_id = a_failed_run(store).run_id
    store.request_resume(run_id)
    [seen] = due(store)

    later = store.postpone(seen, timedelta(hours=1))

    assert later is not None
    assert later == due_at(store, run_id)
    assert abs(later - seen.due_at - timedelta(hours=1)) < A_MOMENT
    assert due(store) == []
    let_it_be_due(database, run_id)
    assert ids(due(store)) == [run_id]


def test_people_can_read_what_keeps_a_run_waiting_and_what_it_failed_with(store: RunStore) -> None:
    run_id = a_failed_run(store).run_id
    store.request_resume(run_id)
    for why in ("no such image", "no room on any node"):
        store.postpone(due(store)[0], timedelta(0), why=why)

    message = store.get(run_id).error_message

    # Of what kept it waiting, the latest.
    assert message == f"{RATE_LIMITED.message}\nNot resumed: no room on any node"
    store.postpone(due(store)[0], timedelta(0))
    assert store.get(run_id).error_message == message


def test_a_run_that_was_called_off_is_due_no_more_until_somebody_asks_again(
    store: RunStore,
) -> None:
    run_id = a_failed_run(store).run_id
    store.request_resume(run_id)

    store.call_off(due(store)[0], why="somebody said no")

    assert due(store) == []
    assert store.get(run_id).is_resumable()
    assert str(store.get(run_id).error_message).endswith("Not resumed: somebody said no")
    store.request_resume(run_id)
    assert ids(due(store)) == [run_id]


def test_a_fork_that_nobody_could_begin_says_why_as_well(store: RunStore) -> None:
    parent = a_failed_run(store, at=2)
    fork = store.fork(parent.run_id, STAGES, 2, resume_in=timedelta(0))

    store.postpone(due(store)[0], timedelta(hours=1), why="no such image")

    assert store.get(fork).error_message == "Not resumed: no such image"
    assert store.claim(fork, STAGES).current_index == 2


def take_it_up(database: Database, store: RunStore, run_id: int) -> None:
    fail(store.claim(run_id, STAGES), 1, RATE_LIMITED)
    let_it_be_due(database, run_id)


def ask_for_it_again(database: Database, store: RunStore, run_id: int) -> None:
    # SQLite counts milliseconds.
    time.sleep(0.01)
    store.request_resume(run_id)


@pytest.mark.parametrize("meanwhile", [take_it_up, ask_for_it_again])
def test_a_run_that_has_moved_on_since_it_was_seen_is_neither_postponed_nor_called_off(
    database: Database, store: RunStore, meanwhile: Callable[[Database, RunStore, int], None]
) -> None:
    run_id = a_failed_run(store).run_id
    store.request_resume(run_id)
    [seen] = due(store)
    meanwhile(database, store, run_id)
    before = contents(database)

    assert store.postpone(seen, timedelta(hours=1), why="no such image") is None
    store.call_off(seen, why="somebody said no")

    assert contents(database) == before
    assert ids(due(store)) == [run_id]
