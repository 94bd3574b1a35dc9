"""What resuming would do: which stages are reused, which run again, what they have cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from scribe_dagster.domain.redaction import redact
from scribe_dagster.domain.spending import Spending
from scribe_dagster.domain.text import one_line

if TYPE_CHECKING:
    from scribe_dagster.db.models import PipelineRun


def plan_table(runs: Sequence[PipelineRun]) -> Table:
    """Return the plan for people, one line a run and one for the sum."""
    table = Table(box=None, pad_edge=False, header_style="dim", show_footer=len(runs) > 1)
    total = sum((run.spent for run in runs), start=Spending())
    table.add_column("ID", justify="right", no_wrap=True)
    table.add_column("RUNS AGAIN", overflow="fold", footer=f"{len(runs)} runs")
    table.add_column("REUSED", overflow="fold")
    table.add_column("SPENT SO FAR", overflow="fold", footer=str(total))
    table.add_column("FAILED WITH", overflow="fold")
    table.add_column("URL", overflow="ellipsis", no_wrap=True, min_width=16)
    for run in runs:
        again, reused = _stages(run)
        table.add_row(
            str(run.id),
            escape(" > ".join(again)),
            escape(", ".join(reused) or "nothing"),
            str(run.spent),
            escape(f"{run.error_kind}: {one_line(run.error_message or '', limit=80)}"),
            escape(redact(run.source_url)),
        )
    return table


def plan_object(run: PipelineRun) -> dict[str, Any]:
    """Return the plan of one run, for scripts; its attempts' prices must have been loaded."""
    again, reused = _stages(run)
    return {
        "id": run.id,
        "source_url": run.source_url,
        "attempt": run.attempt,
        "runs_again": again,
        "reused": reused,
        "input_tokens": run.input_tokens,
        "output_tokens": run.output_tokens,
        "cost_usd": run.known_cost_usd,
        "error_stage": run.error_stage,
        "error_kind": run.error_kind,
        "error_message": run.error_message,
        "resume_after": run.resume_after,
    }


def _stages(run: PipelineRun) -> tuple[list[str], list[str]]:
    index = run.current_stage_index
    return run.stages[index:], run.stages[:index]
