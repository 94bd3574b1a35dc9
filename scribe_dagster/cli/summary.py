"""The last words on a run: what came of it, where to look, what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer
from rich.markup import escape

from scribe_dagster.domain.publication import PublicationStatus
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.errors import ErrorKind

if TYPE_CHECKING:
    from rich.console import Console

    from scribe_dagster.config import Settings
    from scribe_dagster.execution.result import PipelineResult


def print_summary(
    console: Console, settings: Settings, result: PipelineResult, *, seconds: float
) -> None:
    """Print how a run ended, or that there was one already."""
    if result.existed:
        lines = _existing(result)
    else:
        lines = {
            PipelineRunStatus.COMPLETED: _completed,
            PipelineRunStatus.FAILED: _failed,
            PipelineRunStatus.REJECTED: _rejected,
        }[result.status](settings, result, seconds)
    if result.saved:
        lines.append(f"  Saved by resuming: {result.saved}")
    console.print()
    for line in lines:
        console.print(line, highlight=False, soft_wrap=True)
    console.print()


def print_json(settings: Settings, result: PipelineResult) -> None:
    """Print the run as one JSON object."""
    from scribe_dagster.cli.run_json import dumps, run_object, untracked_object
    from scribe_dagster.db.database import Database
    from scribe_dagster.db.run_queries import load_run

    if result.run_id is None:
        typer.echo(dumps(untracked_object(result)))
    else:
        typer.echo(dumps(run_object(load_run(Database.from_settings(settings), result.run_id))))


def _existing(result: PipelineResult) -> list[str]:
    what = {
        PipelineRunStatus.COMPLETED: "[green]✓ Nothing to do[/]: it was processed before",
        PipelineRunStatus.FAILED: "[red]✗ Left alone[/]: it was processed before, and failed",
        PipelineRunStatus.REJECTED: "[yellow]✗ Left alone[/]: it was rejected before",
    }.get(result.status, "[cyan]… Left alone[/]: it is being processed")
    article = "" if result.article_id is None else f", article #{result.article_id}"
    lines = [f"{what} (run #{result.run_id}{article})"]
    if result.status.is_resumable:
        lines.append(f"  Resume it: [bold]scribe-dagster resume {result.run_id}[/]")
    return lines


def _completed(settings: Settings, result: PipelineResult, seconds: float) -> list[str]:
    article = "" if result.article_id is None else f" — article #{result.article_id}"
    lines = [f"[green]✓ Completed[/]{article} in {seconds:.1f} s"]
    for publication in result.payload.publications:
        if publication.status is PublicationStatus.SUCCESS and publication.url:
            lines.append(f"  {escape(publication.channel)}: {escape(publication.url)}")
    if any(publication.channel == "site" for publication in result.payload.publications):
        lines.append(f"  All articles: {(settings.site_dir / 'index.html').as_uri()}")
        if settings.site_url:
            lines.append(f"  On the web: {escape(settings.site_url)}/")
    return lines


def _failed(settings: Settings, result: PipelineResult, seconds: float) -> list[str]:
    lines = [
        f"[red]✗ Failed[/] at {result.error_stage} after {seconds:.1f} s: "
        f"{escape(result.error_message or '')}"
    ]
    if result.run_id is None:
        lines.append("  Tracking is off, so the run cannot be resumed; process it again.")
    else:
        when = {
            ErrorKind.PERMANENT: "Once the cause is gone, resume it",
            ErrorKind.QUOTA: "Once there is credit, resume it",
        }.get(result.error_kind or ErrorKind.TRANSIENT, "Resume it")
        if result.resume_after is not None:
            when += f" after {result.resume_after:%Y-%m-%d %H:%M} UTC"
        lines.append(f"  {when}: [bold]scribe-dagster resume {result.run_id}[/]")
    return lines


def _rejected(settings: Settings, result: PipelineResult, seconds: float) -> list[str]:
    return [f"[yellow]✗ Rejected[/] — {escape('; '.join(result.rejection_reasons))}"]
