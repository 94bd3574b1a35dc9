"""The payload of before any stage, from what was stored."""

from __future__ import annotations

import pytest
from fakes.payloads import a_request
from fakes.runs import RATE_LIMITED, STAGES, a_failed_run, complete, complete_up_to, fail
from sqlalchemy import delete

from scribe_dagster.db.database import Database
from scribe_dagster.db.models import PipelineRun
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.db.tracked_run import TrackedRun
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.stage_result import StageResult
from scribe_dagster.errors import NotResumable

REQUEST = a_request(extra={"kept": True})


def states(store: RunStore, run: TrackedRun, count: int) -> list[ContentPayload]:
    return [store.state_before(run.run_id, index) for index in range(count)]


def test_the_state_before_every_stage_is_what_that_stage_was_given(store: RunStore) -> None:
    run = store.start(REQUEST, STAGES)
    given = [REQUEST]
    given.append(complete(run, 0, given[-1], language="de", source_text="one"))
    given.append(complete(run, 1, given[-1], source_text=None))
    given.append(complete(run, 2, given[-1], extra={"replaced": [1]}))
    given.append(complete(run, 3, given[-1], language="fr"))

    assert states(store, run, len(STAGES) + 1) == given


def test_a_failure_and_a_resume_change_nothing_in_the_states_of_before(store: RunStore) -> None:
    first = store.start(REQUEST, STAGES)
    given = [REQUEST]
    given.append(complete(first, 0, given[-1], language="de"))
    fail(first, 1)
    second = store.claim(first.run_id, STAGES)
    given.append(complete(second, 1, given[-1], source_text="two"))
    second.begin_stage(2)
    second.fail(2, RATE_LIMITED, will_retry=True)
    given.append(complete(second, 2, given[-1], language="fr"))

    assert states(store, first, 4) == given


def test_a_skipped_stage_hands_on_the_state_it_was_given(store: RunStore) -> None:
    run = store.start(REQUEST, STAGES)
    run.begin_stage(0)
    run.checkpoint(0, before=REQUEST, result=StageResult.skipped(REQUEST, "nothing to do"))
    after = complete(run, 1, REQUEST, language="de")

    assert states(store, run, 3) == [REQUEST, REQUEST, after]


def test_the_holder_of_a_run_is_given_the_same_states(store: RunStore) -> None:
    run = store.start(REQUEST, STAGES)
    complete_up_to(run, 3)

    assert [run.state_before(index) for index in range(4)] == states(store, run, 4)


@pytest.mark.parametrize("index", [2, 3, 4])
def test_the_state_before_a_stage_that_was_not_reached_is_refused(
    store: RunStore, index: int
) -> None:
    failed = a_failed_run(store, at=1)

    with pytest.raises(NotResumable, match=r"has not come as far as .*: it stands at AiRewrite"):
        store.state_before(failed.run_id, index)


def test_a_completed_run_has_a_state_at_its_end_and_none_beyond(store: RunStore) -> None:
    run = store.start(REQUEST, STAGES)
    end = complete_up_to(run, len(STAGES))

    assert store.state_before(run.run_id, len(STAGES)) == end
    with pytest.raises(NotResumable):
        store.state_before(run.run_id, len(STAGES) + 1)


def a_fork(store: RunStore, parent: TrackedRun, at: int) -> TrackedRun:
    return store.claim(store.fork(parent.run_id, STAGES, at), STAGES)


@pytest.mark.parametrize("has_begun", [False, True])
def test_a_fork_has_its_parents_states_up_to_where_it_began(
    store: RunStore, has_begun: bool
) -> None:
    parent = a_failed_run(store, at=3)
    fork = a_fork(store, parent, 2)
    if has_begun:
        complete_up_to(fork, 4)

    assert states(store, fork, 3) == states(store, parent, 3)


def test_a_fork_has_its_own_states_from_where_it_began(store: RunStore) -> None:
    parent = a_failed_run(store, at=3)
    fork = a_fork(store, parent, 2)
    own = complete(fork, 2, fork.state_before(2), language="de")
    end = complete(fork, 3, own, language="fr")

    assert [store.state_before(fork.run_id, index) for index in (3, 4)] == [own, end]


def test_a_fork_whose_parent_is_gone_has_only_its_own_states(
    database: Database, store: RunStore
) -> None:
    parent = a_failed_run(store, at=3)
    fork = a_fork(store, parent, 2)
    with database.write() as connection:
        connection.execute(delete(PipelineRun).where(PipelineRun.id == parent.run_id))

    assert store.state_before(fork.run_id, 2).source_url == REQUEST.source_url
    with pytest.raises(NotResumable, match="forked from is gone"):
        store.state_before(fork.run_id, 1)
