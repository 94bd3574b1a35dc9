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
from scribe_dagster.domain.payload_edits import Edit
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


# -- A pipeline whose stages have changed since. --


def resumed_with(store: RunStore, run: TrackedRun, *stages: str) -> TrackedRun:
    return store.claim(run.run_id, stages, accept_changed_stages=True)


def test_a_stage_that_was_added_and_passed_over_would_be_given_what_the_next_one_was(
    store: RunStore,
) -> None:
    first = store.start(REQUEST, STAGES)
    scraped = complete(first, 0, REQUEST, language="de")
    complete(first, 1, scraped, source_text="written")
    fail(first, 2)

    run = resumed_with(store, first, "Scrape", "Check", "AiRewrite", "Translate", "Publish")

    assert states(store, run, 3) == [REQUEST, scraped, scraped]


def test_what_a_removed_stage_has_done_stays_done(store: RunStore) -> None:
    first = store.start(REQUEST, STAGES)
    scraped = complete(first, 0, REQUEST, language="de")
    written = complete(first, 1, scraped, source_text="written")
    fail(first, 2)

    run = resumed_with(store, first, "AiRewrite", "Translate", "Publish")

    assert states(store, run, 2) == [scraped, written]


def test_a_stage_that_was_done_again_in_another_order_was_given_what_came_last(
    store: RunStore,
) -> None:
    first = store.start(REQUEST, STAGES)
    scraped = complete(first, 0, REQUEST, language="de")
    written = complete(first, 1, scraped, source_text="written")
    fail(first, 2)

    run = resumed_with(store, first, "Scrape", "Translate", "AiRewrite", "Publish")
    translated = complete(run, 1, written, language="fr")
    written_again = complete(run, 2, translated, source_text="written again")

    assert states(store, run, 4) == [REQUEST, written, translated, written_again]


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(("Scrape", "Check", *STAGES[1:]), id="one was added"),
        pytest.param(("Fetch", *STAGES[1:]), id="one was renamed"),
        pytest.param(STAGES[1:], id="one was removed"),
        pytest.param(STAGES[2:], id="all before it were removed"),
    ],
)
def test_a_fork_keeps_its_states_whatever_becomes_of_the_stages_before_it(
    store: RunStore, now: tuple[str, ...]
) -> None:
    parent = a_failed_run(store, at=3)
    known = dict(zip(STAGES, states(store, parent, 3), strict=False))
    fork = a_fork(store, parent, 2)
    end = complete(fork, 2, known["Translate"], language="fr")
    fail(fork, 3)

    resumed = resumed_with(store, fork, *now)

    found = dict(zip(now, states(store, resumed, len(now)), strict=True))
    assert found.pop("Publish") == end
    assert {stage: found[stage] for stage in known if stage in found} == {
        stage: known[stage] for stage in now if stage in known
    }
    assert store.get(fork.run_id).first_stage_index == now.index("Translate")


def test_a_fork_keeps_its_states_when_its_origin_goes_on_with_other_stages(
    store: RunStore,
) -> None:
    parent = a_failed_run(store, at=3)
    before = states(store, parent, 3)
    fork = a_fork(store, parent, 2)

    complete_up_to(resumed_with(store, parent, "Translate", "Publish"), 2)

    assert states(store, fork, 3) == before


def test_what_is_new_in_front_of_a_run_was_passed_over(store: RunStore) -> None:
    first = store.start(REQUEST, STAGES[1:])
    complete(first, 0, REQUEST, language="de")
    fail(first, 1)

    run = resumed_with(store, first, *STAGES)

    assert states(store, run, 2) == [REQUEST, REQUEST]
    assert store.get(run.run_id).first_stage_index == 0


def test_a_fork_from_the_beginning_has_no_states_of_its_origin(store: RunStore) -> None:
    parent = store.start(REQUEST, STAGES)
    fork = store.fork(parent.run_id, STAGES[1:], 0, edits=[Edit("language", "de")])
    complete(parent, 0, REQUEST, source_text="scraped by the origin, later")
    began_with = store.state_before(fork, 0)

    run = store.claim(fork, STAGES, accept_changed_stages=True)

    assert run.current_index == 1
    assert states(store, run, 2) == [began_with, began_with]


def test_a_stage_its_origin_had_done_is_passed_over_by_a_fork_that_gets_it_later(
    store: RunStore,
) -> None:
    parent = a_failed_run(store, at=3)
    without = ("Scrape", "AiRewrite", "Publish")
    fork = store.fork(parent.run_id, without, 2, edits=[Edit("language", "de")])
    began_with = store.state_before(fork, 2)

    run = store.claim(fork, STAGES, accept_changed_stages=True)

    assert states(store, run, 4)[2:] == [began_with, began_with]


def test_a_fork_of_a_fork_has_the_states_of_both(store: RunStore) -> None:
    parent = a_failed_run(store, at=3)
    first = a_fork(store, parent, 1)
    complete_up_to(first, 3)
    second = a_fork(store, first, 3)
    complete_up_to(second, 4)

    assert states(store, second, 4) == states(store, first, 4)
    assert store.state_before(second.run_id, 0) == store.state_before(parent.run_id, 0)
