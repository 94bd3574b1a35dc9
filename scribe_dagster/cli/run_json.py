"""A pipeline run as one JSON object, for scripts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

from scribe_dagster.domain.redaction import redact_urls

if TYPE_CHECKING:
    from scribe_dagster.db.models import PipelineRun, PipelineRunStage
    from scribe_dagster.execution.result import PipelineResult

_RUN_FIELDS = (
    "id",
    "source_url",
    "staged_content_id",
    "article_id",
    "status",
    "stages",
    "current_stage_index",
    "current_stage_name",
    "error_stage",
    "error_message",
    "error_kind",
    "resume_after",
    "resume_at",
    "rejection_reason",
    "started_at",
    "completed_at",
    "failed_at",
    "attempt",
    "dagster_run_id",
    "heartbeat_at",
    "forked_from_id",
    "edits",
    "input_tokens",
    "output_tokens",
    "cost_usd",
    "payload_snapshot",
)

_STAGE_FIELDS = (
    "attempt",
    "stage_index",
    "stage_name",
    "outcome",
    "message",
    "error_kind",
    "started_at",
    "finished_at",
    "duration",
    "model",
    "input_tokens",
    "output_tokens",
    "cost_usd",
    "dagster_run_id",
)


def run_object(run: PipelineRun) -> dict[str, Any]:
    """Return a run's columns; the snapshot and the attempts' prices must have been loaded."""
    columns = {field: getattr(run, field) for field in _RUN_FIELDS}
    return {**columns, "cost_usd": run.known_cost_usd}


def savings_object(history: Sequence[PipelineRunStage]) -> dict[str, Any]:
    """Return what resuming has saved, as ``runs show`` tells it."""
    from scribe_dagster.db.savings import saved_by_resumes

    saved = saved_by_resumes(history)
    return {"saved_tokens": saved.tokens, "saved_usd": saved.cost_usd}


def stage_object(stage: PipelineRunStage) -> dict[str, Any]:
    """Return the columns of one attempt at a stage."""
    return {field: getattr(stage, field) for field in _STAGE_FIELDS}


def untracked_object(result: PipelineResult) -> dict[str, Any]:
    """Return what is known of a run that was not tracked, under the names of a tracked one."""
    from scribe_dagster.domain.snapshot import dump_snapshot

    known: dict[str, Any] = {
        "source_url": result.payload.source_url,
        "staged_content_id": result.payload.staged_content_id,
        "article_id": result.article_id,
        "status": result.status,
        "error_stage": result.error_stage,
        "error_message": result.error_message,
        "error_kind": result.error_kind,
        "rejection_reason": "; ".join(result.rejection_reasons) or None,
        "payload_snapshot": dump_snapshot(result.payload),
    }
    return {field: known.get(field) for field in _RUN_FIELDS}


def dumps(value: object) -> str:
    """Write JSON on one line: moments in ISO 8601, money as a number."""
    return json.dumps(redact_urls(value), default=_plain, ensure_ascii=False)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"{type(value).__name__} has no JSON form")
