"""Runs made out of the stored state of others, with and without changes by hand."""

from __future__ import annotations

import pytest
from fakes.payloads import a_draft, a_request
from fakes.runs import STAGES, a_failed_run, complete, complete_up_to, fail
from fakes.tables import contents
from fakes.threads import all_at_once

from scribe_dagster.db.database import Database
from scribe_dagster.db.run_queries import load_run
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.db.tracked_run import TrackedRun
from scribe_dagster.domain.payload_edits import Edit
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.errors import (
    InvalidEdit,
    NotResumable,
    ResumeError,
    RunNotFound,
    ScribeError,
    StagesChanged,
)


@pytest.fixture
def origin(store: RunStore) -> TrackedRun:
    """A run whose text is written, and that failed at its third stage."""
    run = store.start(a_request(), STAGES)
    complete(run, 0, a_request(), language="en")
    complete(run, 1, run.state_before(1), draft=a_draft("A dull title"))
    fail(run, 2)
    return run


def test_a_fork_waits_at_its_stage_with_the_state_of_its_origin(
    database: Database, store: RunStore, origin: TrackedRun
) -> None:
    fork = store.fork(origin.run_id, STAGES, 2)

    run = load_run(database, fork)
    assert (run.status, run.attempt) == (PipelineRunStatus.PENDING, 0)
    assert (run.forked_from_id, run.first_stage_index) == (origin.run_id, 2)
    assert (run.current_stage_index, run.current_stage_name) == (2, "Translate")
    assert (run.stage_attempts, run.edits, run.cost_micro_usd) == ([], None, 0)
    assert store.state_before(fork, 2) == store.state_before(origin.run_id, 2)


def test_a_fork_that_its_maker_executes_is_held_from_its_first_moment(
    store: RunStore, origin: TrackedRun
) -> None:
    held = store.start_fork(origin.run_id, STAGES, 2, dagster_run_id="its-maker")

    assert (held.attempt, held.current_index) == (1, 2)
    assert held.state_before(2) == store.state_before(origin.run_id, 2)
    assert store.executed_by("its-maker") == held.run_id
    assert not store.get(held.run_id).is_resumable()
    with pytest.raises(NotResumable):
        store.claim(held.run_id, STAGES)

    complete_up_to(held, len(STAGES))

    assert store.get(held.run_id).status is PipelineRunStatus.COMPLETED


def test_an_edit_changes_what_the_fork_begins_with_and_is_recorded(
    store: RunStore, origin: TrackedRun
) -> None:
    edits = [Edit("draft.title", "A better title"), Edit("extra.note", {"by": "Ida"})]

    fork = store.fork(origin.run_id, STAGES, 2, edits=edits)

    state = store.state_before(fork, 2)
    assert state.draft == a_draft("A better title")
    assert state.extra == {"note": {"by": "Ida"}}
    assert store.get(fork).edits == {"draft.title": "A better title", "extra.note": {"by": "Ida"}}


def test_an_edit_leaves_the_origin_and_the_earlier_states_as_they_were(
    database: Database, store: RunStore, origin: TrackedRun
) -> None:
    before = contents(database)["pipeline_runs"]
    earlier = [store.state_before(origin.run_id, index) for index in (0, 1)]

    fork = store.fork(origin.run_id, STAGES, 2, edits=[Edit("language", "de")])

    assert contents(database)["pipeline_runs"][:1] == before
    assert [store.state_before(fork, index) for index in (0, 1)] == earlier


def test_an_edited_fork_keeps_its_edits_when_it_fails_and_is_resumed(
    store: RunStore, origin: TrackedRun
) -> None:
    fork = store.fork(origin.run_id, STAGES, 2, edits=[Edit("language", "de")])
    fail(store.claim(fork, STAGES), 2)

    resumed = store.claim(fork, STAGES)
    complete_up_to(resumed, len(STAGES))

    assert store.state_before(fork, 2).language == "de"
    assert store.state_before(fork, 4).language == "de"
    assert store.get(fork).edits == {"language": "de"}


def test_a_fork_may_go_on_with_other_stages_than_its_origin(
    store: RunStore, origin: TrackedRun
) -> None:
    stages = (*STAGES[:2], "Illustrate", "Announce")

    fork = store.claim(store.fork(origin.run_id, stages, 2), stages)

    assert (fork.stages, fork.current_index) == (stages, 2)
    assert fork.state_before(2) == store.state_before(origin.run_id, 2)


@pytest.mark.parametrize(
    ("stages", "index", "refusal", "why"),
    [
        pytest.param(STAGES, 3, NotResumable, "has not come as far", id="not come so far"),
        pytest.param(
            ("Fetch", *STAGES[1:]), 2, StagesChanged, "then: Scrape", id="its first stages differ"
        ),
    ],
)
def test_a_fork_that_makes_no_sense_is_refused(
    database: Database,
    store: RunStore,
    origin: TrackedRun,
    stages: tuple[str, ...],
    index: int,
    refusal: type[ScribeError],
    why: str,
) -> None:
    before = contents(database)

    with pytest.raises(refusal, match=why):
        store.fork(origin.run_id, stages, index)

    assert contents(database) == before


@pytest.mark.parametrize(
    "edit", [Edit("source_url", "text:x"), Edit("draft.titel", "x"), Edit("draft.title", 7)]
)
def test_a_fork_with_an_edit_that_cannot_be_made_is_refused(
    database: Database, store: RunStore, origin: TrackedRun, edit: Edit
) -> None:
    before = contents(database)

    with pytest.raises(InvalidEdit):
        store.fork(origin.run_id, STAGES, 2, edits=[edit])

    assert contents(database) == before


def test_a_run_that_does_not_exist_cannot_be_forked(store: RunStore) -> None:
    with pytest.raises(RunNotFound, match="no pipeline run #4711"):
        store.fork(4711, STAGES, 0)


def test_a_run_in_any_status_can_be_forked_from_where_it_has_been(store: RunStore) -> None:
    completed = store.start(a_request(), STAGES)
    complete_up_to(completed, len(STAGES))
    running = store.start(a_request(), STAGES)
    complete_up_to(running, 2)

    for origin in (completed, running, a_failed_run(store, at=2)):
        fork = store.fork(origin.run_id, STAGES, 1)
        assert store.state_before(fork, 1) == store.state_before(origin.run_id, 1)


def test_of_many_who_claim_a_fork_at_once_exactly_one_wins(
    store: RunStore, origin: TrackedRun
) -> None:
    fork = store.fork(origin.run_id, STAGES, 2)

    outcomes = all_at_once(8, lambda _: store.claim(fork, STAGES, expected_attempt=0))

    assert sum(isinstance(outcome, TrackedRun) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, ResumeError) for outcome in outcomes) == 7
    assert store.get(fork).attempt == 1
