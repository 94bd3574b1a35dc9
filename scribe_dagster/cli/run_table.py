"""Runs as a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from scribe_dagster.domain.redaction import redact
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.domain.text import one_line

if TYPE_CHECKING:
    from scribe_dagster.db.models import PipelineRun

STATUS_COLOURS = {
    PipelineRunStatus.PENDING: "dim",
    PipelineRunStatus.RUNNING: "cyan",
    PipelineRunStatus.COMPLETED: "green",
    PipelineRunStatus.FAILED: "red",
    PipelineRunStatus.REJECTED: "yellow",
}


def run_table(runs: Sequence[PipelineRun]) -> Table:
    """Return a table of runs, one line each where the terminal is wide enough."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("ID", justify="right", no_wrap=True, min_width=3)
    table.add_column("STATUS", no_wrap=True, min_width=9)
    table.add_column("STAGE", no_wrap=True)
    table.add_column("AGE", no_wrap=True)
    table.add_column("URL", overflow="ellipsis", no_wrap=True, min_width=16)
    table.add_column("RESULT", overflow="fold", min_width=11)
    for run in runs:
        table.add_row(
            str(run.id),
            f"[{STATUS_COLOURS[run.status]}]{run.status}[/]",
            f"{run.current_stage_index + 1}/{len(run.stages)} {escape(run.current_stage_name)}",
            age(run.created_at),
            escape(redact(run.source_url)),
            escape(_result(run)),
        )
    return table


def age(moment: datetime) -> str:
    """Return how long ago a moment was, in its largest unit."""
    seconds = max(0, int((datetime.now(UTC) - moment).total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _result(run: PipelineRun) -> str:
    if run.status is PipelineRunStatus.COMPLETED and run.article_id is not None:
        return f"article #{run.article_id}"
    if run.status is PipelineRunStatus.FAILED:
        return f"{run.error_kind}: {one_line(run.error_message or '', limit=90)}"
    return one_line(run.rejection_reason or "", limit=90)
