"""Who may take a run over, and that only one can."""

from __future__ import annotations

import pytest
from fakes.leases import let_the_lease_run_out
from fakes.moments import just_before
from fakes.payloads import a_request
from fakes.runs import STAGES, a_failed_run, a_run_that_is, complete_up_to, fail
from fakes.threads import all_at_once

from scribe_dagster.db.database import Database
from scribe_dagster.db.run_queries import load_run
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.db.tracked_run import TrackedRun
from scribe_dagster.domain.stage_result import StageResult
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.errors import Fenced, NotResumable, ResumeError, StagesChanged

NOT_FAILED = [status for status in PipelineRunStatus if status is not PipelineRunStatus.FAILED]


def test_a_failed_run_can_be_claimed_and_goes_on_at_its_failed_stage(store: RunStore) -> None:
    failed = a_failed_run(store, at=2, dagster_run_id="d1")

    claimed = store.claim(failed.run_id, STAGES, dagster_run_id="d2")

    assert (claimed.run_id, claimed.current_index, claimed.attempt) == (failed.run_id, 2, 2)
    run = store.get(failed.run_id)
    assert (run.status, run.attempt) == (PipelineRunStatus.RUNNING, 2)
    assert run.dagster_run_id == "d2"


def test_a_claimed_run_is_given_the_last_successful_snapshot(store: RunStore) -> None:
    failed = a_failed_run(store, at=2)
    stored = failed.state_before(2)

    claimed = store.claim(failed.run_id, STAGES)

    assert claimed.state_before(claimed.current_index) == stored


@pytest.mark.parametrize("status", NOT_FAILED)
def test_a_run_that_is_not_failed_cannot_be_claimed(
    store: RunStore, status: PipelineRunStatus
) -> None:
    run = a_run_that_is(store, status)

    with pytest.raises(NotResumable, match=f"run #{run.run_id} cannot be resumed"):
        store.claim(run.run_id, STAGES)

    assert (store.get(run.run_id).status, store.get(run.run_id).attempt) == (status, 1)


def test_a_run_that_failed_again_can_be_claimed_again(store: RunStore) -> None:
    failed = a_failed_run(store, at=1)
    fail(store.claim(failed.run_id, STAGES), 1)

    claimed = store.claim(failed.run_id, STAGES)

    assert (claimed.attempt, claimed.current_index) == (3, 1)


@pytest.mark.parametrize(
    "now",
    [
        pytest.param((*STAGES, "Announce"), id="one was added"),
        pytest.param(STAGES[:-1], id="one was removed"),
        pytest.param(("Fetch", *STAGES[1:]), id="one was renamed"),
        pytest.param(tuple(reversed(STAGES)), id="their order changed"),
    ],
)
def test_a_pipeline_with_other_stages_is_refused_and_both_lists_are_shown(
    store: RunStore, now: tuple[str, ...]
) -> None:
    failed = a_failed_run(store)

    with pytest.raises(StagesChanged) as refused:
        store.claim(failed.run_id, now)

    assert "then: Scrape > AiRewrite > Translate > Publish\n" in str(refused.value)
    assert f"now:  {' > '.join(now)}\n" in str(refused.value)
    assert store.get(failed.run_id).status is PipelineRunStatus.FAILED


def test_a_claim_for_the_attempt_the_run_is_at_is_granted(store: RunStore) -> None:
    failed = a_failed_run(store)

    assert store.claim(failed.run_id, STAGES, expected_attempt=1).attempt == 2


def test_a_claim_for_an_attempt_that_is_over_is_refused_even_if_the_run_failed_again(
    store: RunStore,
) -> None:
    failed = a_failed_run(store, at=1)
    fail(store.claim(failed.run_id, STAGES), 1)

    with pytest.raises(Fenced, match="is at attempt 2 by now"):
        store.claim(failed.run_id, STAGES, expected_attempt=1)

    assert store.get(failed.run_id).status is PipelineRunStatus.FAILED


@pytest.mark.parametrize("expected_attempt", [None, 1])
def test_of_many_who_claim_at_once_exactly_one_wins(
    store: RunStore, expected_attempt: int | None
) -> None:
    failed = a_failed_run(store)

    outcomes = all_at_once(
        8,
        lambda number: store.claim(
            failed.run_id, STAGES, dagster_run_id=f"d{number}", expected_attempt=expected_attempt
        ),
    )

    (winner,) = [outcome for outcome in outcomes if isinstance(outcome, TrackedRun)]
    losers = [outcome for outcome in outcomes if outcome is not winner]
    assert [type(loser) for loser in losers if not isinstance(loser, ResumeError)] == []
    assert store.get(failed.run_id).dagster_run_id == winner.dagster_run_id
    assert store.get(failed.run_id).attempt == winner.attempt == 2


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.postgres
def test_a_run_that_gets_on_while_it_is_being_claimed_stays_where_it_is(
    database: Database, store: RunStore
) -> None:
    """On SQLite nobody gets in between; on PostgreSQL a worker taken for dead may."""
    slow = store.start(a_request(), STAGES)
    slow.begin_stage(0)
    let_the_lease_run_out(database, slow.run_id)

    def get_on() -> None:
        done = StageResult.completed(a_request(language="de"), "done after all")
        slow.checkpoint(0, before=a_request(), result=done)
        fail(slow, 1)

    with (
        just_before(database, "UPDATE pipeline_runs", get_on),
        pytest.raises(Fenced, match="at this very moment"),
    ):
        store.claim(slow.run_id, STAGES)

    run = store.get(slow.run_id)
    assert (run.status, run.attempt, run.current_stage_index) == (PipelineRunStatus.FAILED, 1, 1)


def test_a_dagster_run_finds_the_pipeline_run_it_holds(store: RunStore) -> None:
    store.start(a_request(), STAGES, dagster_run_id="another")
    started = store.start(a_request(), STAGES, dagster_run_id="d1")
    complete_up_to(started, 2)

    held = store.held_by("d1")

    assert held is not None
    assert (held.run_id, held.attempt, held.current_index) == (started.run_id, 1, 2)
    assert (held.stages, held.dagster_run_id) == (STAGES, "d1")


def test_a_dagster_run_that_never_held_a_pipeline_run_finds_none(store: RunStore) -> None:
    a_failed_run(store, dagster_run_id="another")

    assert store.held_by("d1") is None
    assert store.executed_by("d1") is None


def test_a_dagster_run_whose_pipeline_run_was_taken_over_is_told_to_stop(store: RunStore) -> None:
    failed = a_failed_run(store, dagster_run_id="d1")
    store.claim(failed.run_id, STAGES, dagster_run_id="d2")

    with pytest.raises(Fenced, match=f"#{failed.run_id} was taken over"):
        store.held_by("d1")


def test_every_dagster_run_that_executed_stages_of_a_run_leads_to_it(store: RunStore) -> None:
    failed = a_failed_run(store, dagster_run_id="d1")
    store.claim(failed.run_id, STAGES, dagster_run_id="d2")

    assert store.executed_by("d1") == store.executed_by("d2") == failed.run_id


def test_a_fork_remembers_the_run_it_came_from_and_begins_where_it_was_told(
    database: Database, store: RunStore
) -> None:
    parent = a_failed_run(store, at=2)

    fork = store.fork(parent.run_id, STAGES, 2)

    run = load_run(database, fork)
    assert (run.forked_from_id, run.current_stage_index) == (parent.run_id, 2)
    assert run.current_stage_name == "Translate"
    assert store.get(parent.run_id).status is PipelineRunStatus.FAILED
