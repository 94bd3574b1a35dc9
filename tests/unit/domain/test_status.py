from __future__ import annotations

import pytest

from scribe_dagster.domain.status import PipelineRunStatus, StageOutcome

Status = PipelineRunStatus


def test_a_run_is_in_one_of_five_statuses_under_their_stored_names() -> None:
    assert list(Status) == ["pending", "running", "completed", "failed", "rejected"]


@pytest.mark.parametrize("status", Status)
def test_only_a_failed_run_can_be_resumed(status: PipelineRunStatus) -> None:
    assert status.is_resumable == (status is Status.FAILED)


@pytest.mark.parametrize("status", Status)
def test_nobody_is_at_work_on_a_run_that_is_over(status: PipelineRunStatus) -> None:
    assert status.is_terminal == (status not in (Status.PENDING, Status.RUNNING))


def test_a_stage_runs_or_has_ended_in_one_of_four_ways() -> None:
    assert set(StageOutcome) == {"running", "completed", "skipped", "failed", "rejected"}
