"""One run, told as a timeline."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from rich.markup import escape

from scribe_dagster.cli.run_table import STATUS_COLOURS, age
from scribe_dagster.db.savings import saved_by_resumes
from scribe_dagster.domain.known_jobs import (
    CUSTOM_JOB_NAME,
    JOB_NAME,
    how_to_resume,
    is_of_the_command_line,
)
from scribe_dagster.domain.redaction import redact
from scribe_dagster.domain.status import StageOutcome
from scribe_dagster.domain.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from scribe_dagster.db.models import PipelineRun, PipelineRunStage

_MARKS = {
    StageOutcome.RUNNING: ("cyan", "…"),
    StageOutcome.COMPLETED: ("green", "✓"),
    StageOutcome.SKIPPED: ("yellow", "⊘"),
    StageOutcome.FAILED: ("red", "✗"),
    StageOutcome.REJECTED: ("yellow", "✗"),
}


def print_timeline(console: Console, run: PipelineRun, *, stages: Sequence[str]) -> None:
    """Print a run's state, then every attempt at every stage in the order it happened.

    Args:
        console: Where to.
        run: The run, with its history.
        stages: Those that the pipeline has now, which may be others than the run's.
    """
    line = partial(_line, console)
    line(f"[bold]Pipeline Run #{run.id}[/]  [{STATUS_COLOURS[run.status]}]{run.status}[/]")
    line(f"  URL:          {escape(redact(run.source_url))}")
    line(f"  Created:      {run.created_at:%Y-%m-%d %H:%M:%S} UTC ({age(run.created_at)} ago)")
    line(f"  Attempt:      {run.attempt}")
    if run.article_id is not None:
        line(f"  Article:      #{run.article_id}")
    if run.dagster_run_id:
        line(f"  Dagster run:  {run.dagster_run_id}")
    if run.forked_from_id is not None:
        line(f"  Forked from:  #{run.forked_from_id}{_edits(run)}")
    if run.input_tokens or run.output_tokens:
        line(f"  Used:         {_used(run)}")
    saved = saved_by_resumes(run.stage_attempts)
    if saved:
        line(f"  Saved:        {saved}, by resuming")
    if run.is_pruned:
        line("  Texts:        no longer kept, so it cannot be forked")
    line("")
    attempt_shown = 1
    for stage in run.stage_attempts:
        if stage.attempt != attempt_shown:
            attempt_shown = stage.attempt
            line(f"  [dim]── attempt {attempt_shown}: resumed at {escape(stage.stage_name)} ──[/]")
        _print_stage(console, stage, total=len(run.stages))
    for name in run.stages[_stages_begun(run) :]:
        line(f"  [dim]· {escape(name)}[/]")
    _print_end(console, run, stages)


def _print_stage(console: Console, stage: PipelineRunStage, *, total: int) -> None:
    colour, mark = _MARKS[stage.outcome]
    took = "" if stage.duration is None else f"{stage.duration:.2f} s"
    used = f"  [dim]{_used(stage)}[/]" if stage.model else ""
    _line(
        console,
        f"  [{colour}]{mark}[/] [dim]\\[{stage.stage_index + 1}/{total}][/] "
        f"{escape(stage.stage_name):<14} {took:>9}  {escape(stage.message or 'running')}{used}",
    )


def _print_end(console: Console, run: PipelineRun, stages: Sequence[str]) -> None:
    line = partial(_line, console)
    line("")
    if run.is_resumable():
        kind = f" ({run.error_kind})" if run.error_kind else ""
        error = escape(run.error_message or "").replace("\n", "\n  ")
        if run.error_stage is not None:
            line(f"  [red]Failed at {escape(run.error_stage)}[/]{kind}: {error}")
        elif error:
            line(f"  {error}")
        if run.resume_after is not None:
            line(f"  Not before:   {run.resume_after:%Y-%m-%d %H:%M:%S} UTC")
        line(f"  Resume it:    [bold]{escape(how_to_resume(run.id, run.job_name))}[/]")
    elif run.rejection_reason:
        line(f"  [yellow]Rejected[/]: {escape(run.rejection_reason)}")
    elif run.lease_expires_at is not None and run.heartbeat_at is not None:
        line(f"  Last sign of life of its worker: {age(run.heartbeat_at)} ago")
        line("  Should that be long ago: [bold]scribe-dagster reap[/]")
    if run.resume_at is not None:
        line(f"  Due:          {run.resume_at:%Y-%m-%d %H:%M:%S} UTC, {_by_whom(run, stages)}")


def _by_whom(run: PipelineRun, stages: Sequence[str]) -> str:
    """Tell who resumes a run when it is due: a sensor, if there is one that looks for such runs."""
    if run.job_name == CUSTOM_JOB_NAME:
        return "but no sensor serves a pipeline that only Python knows"
    if not is_of_the_command_line(run.job_name):
        return f"by the resume sensor of {escape(str(run.job_name))}, if its code location has one"
    if run.stages != list(stages):
        return f"but {JOB_NAME} has other stages by now, so its sensor leaves the run to you"
    return "by the resume sensor of `scribe-dagster dev`"


def _edits(run: PipelineRun) -> str:
    if not run.edits:
        return ""
    changed = (f"{path} = {json.dumps(to, ensure_ascii=False)}" for path, to in run.edits.items())
    return f", with {escape(one_line(', '.join(changed), limit=200))}"


def _line(console: Console, markup: str) -> None:
    console.print(markup, highlight=False, soft_wrap=True, emoji=False)


def _stages_begun(run: PipelineRun) -> int:
    return max((stage.stage_index + 1 for stage in run.stage_attempts), default=0)


def _used(spent: PipelineRun | PipelineRunStage) -> str:
    tokens = f"{spent.input_tokens:,} + {spent.output_tokens:,} tokens"
    return f"{tokens}, ${spent.cost_usd:.4f}" if spent.cost_usd else tokens
