"""The rows of a run, compared with a model of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from fakes.run_model import ACTIVE, Due, Lease, RunModel
from sqlalchemy import select
from sqlalchemy.orm import undefer

from scribe_dagster.db.database import Database
from scribe_dagster.db.models import ArticleRow, PipelineRun, PipelineRunStage, PublishLogRow
from scribe_dagster.db.stored_state import state_before
from scribe_dagster.domain.snapshot import dump_snapshot
from scribe_dagster.domain.status import PipelineRunStatus as Status
from scribe_dagster.domain.status import StageOutcome
from scribe_dagster.errors import NotResumable


@dataclass
class Rows:
    """Everything that is stored of one run."""

    run: PipelineRun
    history: list[PipelineRunStage] = field(default_factory=list)
    article_ids: list[int] = field(default_factory=list)
    calls: list[PublishLogRow] = field(default_factory=list)


def rows_by_run(database: Database) -> dict[int, Rows]:
    """Read every run, with all that belongs to it."""
    runs = select(PipelineRun).options(undefer(PipelineRun.payload_snapshot))
    with database.session() as session:
        found = {run.id: Rows(run) for run in session.scalars(runs.order_by(PipelineRun.id))}
        for stage in session.scalars(select(PipelineRunStage).order_by(PipelineRunStage.id)):
            found[stage.pipeline_run_id].history.append(stage)
        makers: dict[int, int] = {}
        for article_id, run_id in session.execute(
            select(ArticleRow.id, ArticleRow.pipeline_run_id)
        ):
            found[run_id].article_ids.append(article_id)
            makers[article_id] = run_id
        for call in session.scalars(select(PublishLogRow)):
            found[makers[call.article_id]].calls.append(call)
    return found


def check_rows(rows: Rows, run: RunModel) -> None:
    """Compare every column that means something with the model."""
    _check_position(rows.run, run)
    _check_claim(rows.run, run)
    _check_ending(rows, run)
    _check_history(rows, run)


def _check_position(row: PipelineRun, run: RunModel) -> None:
    assert (row.status, row.stages) == (run.status, list(run.stages))
    assert (row.current_stage_index, row.current_stage_name) == (run.index, run.stages[run.index])
    assert row.payload_snapshot == dump_snapshot(run.snapshot)
    assert (row.started_at is not None) == bool(run.history)


def _check_claim(row: PipelineRun, run: RunModel) -> None:
    assert (row.attempt, row.dagster_run_id) == (run.attempt, run.dagster_run_id)
    # A lease while somebody holds it, a time to resume while nobody does.
    assert (row.lease_expires_at is not None) == (run.lease is not Lease.NONE)
    assert row.lease_expires_at is None or row.status in ACTIVE
    assert (row.resume_at is not None) == (run.due is not Due.NEVER)
    assert row.resume_at is None or row.status is Status.FAILED or row.attempt == 0
    assert row.automatic_resumes == run.automatic_resumes


def _check_ending(rows: Rows, run: RunModel) -> None:
    row, failure = rows.run, run.failure
    assert (row.error_stage, row.failed_at is not None) == (run.failed_stage, failure is not None)
    assert (row.error_kind, row.resume_after) == (
        (failure.kind, failure.resume_after) if failure else (None, None)
    )
    told = [failure.message] if failure else []
    if run.not_resumed is not None:
        told.append(f"Not resumed: {run.not_resumed}")
    assert (row.error_message or "") == "\n".join(told)
    assert row.rejection_reason == run.rejection
    assert (row.completed_at is not None) == (row.status in (Status.COMPLETED, Status.REJECTED))
    is_complete = row.status is Status.COMPLETED
    assert row.article_id == (run.snapshot.article_id if is_complete else None)
    assert rows.article_ids == ([] if run.article_id is None else [run.article_id])
    assert {call.channel: (call.status, call.attempts) for call in rows.calls} == run.channels


def _check_history(rows: Rows, run: RunModel) -> None:
    assert [
        (stage.attempt, stage.stage_index, stage.stage_name, stage.dagster_run_id)
        for stage in rows.history
    ] == [(entry.attempt, entry.index, entry.stage, entry.dagster_run_id) for entry in run.history]
    assert [(stage.outcome, stage.error_kind) for stage in rows.history] == [
        (entry.outcome, entry.kind) for entry in run.history
    ]
    at_work = [stage for stage in rows.history if stage.outcome is StageOutcome.RUNNING]
    assert len(at_work) <= (rows.run.status is Status.RUNNING)
    tokens = sum(stage.input_tokens for stage in rows.history)
    assert rows.run.input_tokens == tokens == run.tokens
    cost = sum(stage.cost_micro_usd or 0 for stage in rows.history)
    assert rows.run.cost_micro_usd == cost


def check_states(database: Database, run: RunModel) -> None:
    """Compare the payload before every stage that was reached with what it was given."""
    with database.read() as connection:
        for index in range(run.stages_done + 1):
            assert state_before(connection, run.id, index) == run.state_before(index), index
        with pytest.raises(NotResumable):
            state_before(connection, run.id, run.stages_done + 1)
