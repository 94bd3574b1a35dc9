"""What a Dagster run means for its pipeline run, whatever door it came through."""

from __future__ import annotations

import pytest

from scribe_dagster.db.models import PipelineRun
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.errors import NotResumable, RunNotFound
from scribe_dagster.resources.launch import Fork, Launch, Resume, Start

STAGES = ("One", "Two", "Three")


def a_launch(*selected: str, **told: object) -> Launch:
    return Launch("d2", "content_pipeline", STAGES, frozenset(selected or STAGES), **told)  # type: ignore[arg-type]


def a_run(status: PipelineRunStatus, at: int) -> PipelineRun:
    return PipelineRun(id=42, status=status, current_stage_index=at)


FAILED_AT_TWO = a_run(PipelineRunStatus.FAILED, 1)
COMPLETED = a_run(PipelineRunStatus.COMPLETED, 2)


def test_a_launch_that_leads_back_to_nothing_starts_a_run() -> None:
    assert a_launch().means(None, 0) == Start()


def test_a_launch_that_names_a_run_resumes_it_at_the_attempt_it_was_decided_for() -> None:
    launch = a_launch(tagged_run=42, expected_attempt=3, automatic=True)

    assert launch.means(FAILED_AT_TWO, 0) == Resume(42, expected_attempt=3, automatic=True)


def test_a_re_execution_from_failure_resumes_whatever_its_inherited_tags_say() -> None:
    launch = a_launch("Two", "Three", ancestors=("d1",), is_from_failure=True, expected_attempt=1)

    assert launch.means(FAILED_AT_TWO, 1) == Resume(42)


def test_a_re_execution_from_failure_of_a_run_that_is_completed_is_for_the_claim_to_refuse() -> (
    None
):
    launch = a_launch("Two", "Three", ancestors=("d1",), is_from_failure=True)

    assert launch.means(COMPLETED, 1) == Resume(42)


def test_a_re_execution_of_all_stages_is_a_fork() -> None:
    assert a_launch(ancestors=("d1",)).means(FAILED_AT_TWO, 0) == Fork(42)


def test_selecting_the_failed_stage_and_all_that_follow_is_to_resume() -> None:
    launch = a_launch("Two", "Three", ancestors=("d1",))

    assert launch.means(FAILED_AT_TWO, 1) == Resume(42)


def test_selecting_them_in_a_finished_run_is_a_fork() -> None:
    assert a_launch("Three", ancestors=("d1",)).means(COMPLETED, 2) == Fork(42)


def test_a_re_execution_of_what_never_got_as_far_as_a_row_starts_one() -> None:
    launch = a_launch(ancestors=("d1",), is_from_failure=True)

    assert launch.means(None, 0) == Start()


def test_beginning_in_the_middle_of_nothing_is_refused() -> None:
    launch = a_launch("Two", "Three", ancestors=("d1",))

    with pytest.raises(RunNotFound, match="Launch the whole job instead"):
        launch.means(None, 1)


@pytest.mark.parametrize("selected", [("One",), ("One", "Two"), ("One", "Three")])
def test_a_selection_that_leaves_the_end_out_is_refused(selected: tuple[str, ...]) -> None:
    with pytest.raises(NotResumable, match=r"Select One and every stage after it \(One, Two"):
        a_launch(*selected).means(None, 0)


def test_a_launch_for_a_run_that_is_not_there_is_refused_and_starts_none() -> None:
    with pytest.raises(RunNotFound, match="no pipeline run #4711 in this database"):
        a_launch(tagged_run=4711, expected_attempt=3).means(None, 0)
