"""``scribe-dagster resume``: go on where a run failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from scribe_dagster.cli.run_id import RunId

if TYPE_CHECKING:
    from rich.console import Console

    from scribe_dagster.db.models import PipelineRun


def resume(
    run_id: RunId,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the run as one JSON object, and nothing else.")
    ] = False,
) -> None:
    """Resume a failed run from the stage that failed.

    The payload is restored from the last snapshot. Stages that were completed are not run again,
    and what they cost is not paid again.

    ```
    scribe-dagster runs --status failed
    scribe-dagster resume 42
    ```
    """
    from time import perf_counter

    from scribe_dagster.cli.exit_codes import exit_code_of
    from scribe_dagster.cli.progress import ProgressPrinter
    from scribe_dagster.cli.summary import print_json, print_summary
    from scribe_dagster.cli.terminal import Terminal
    from scribe_dagster.config import Settings
    from scribe_dagster.db.ready import ready_database
    from scribe_dagster.db.run_store import RunStore
    from scribe_dagster.errors import ConfigurationError, NotResumable

    settings = Settings.load()
    if not settings.pipeline_track_runs:
        raise ConfigurationError(
            "Tracking is off, so no run can be resumed. Set PIPELINE_TRACK_RUNS=true."
        )
    run = RunStore(ready_database(settings)).get(run_id)
    if not run.is_resumable():
        raise NotResumable.because(run.id, run.status)

    # Dagster is slow to import: not before there is something to resume.
    from scribe_dagster.pipeline import ContentPipeline

    pipeline = ContentPipeline(settings=settings)
    if as_json:
        result = pipeline.resume(run)
        print_json(settings, result)
    else:
        console = Terminal()
        _print_header(console, run)
        began = perf_counter()
        progress = ProgressPrinter(console, announce_run=False)
        result = pipeline.on_progress(progress).resume(run)
        print_summary(console, settings, result, seconds=perf_counter() - began)
    raise typer.Exit(exit_code_of([result.status]))


def _print_header(console: Console, run: PipelineRun) -> None:
    header = (
        f"Resuming Pipeline Run #{run.id}",
        f"  URL:          {run.source_url}",
        f"  Failed at:    {run.error_stage}",
        f"  Error:        {run.error_message}",
        f"  Resuming from: stage {run.current_stage_index}",
        "",
    )
    for line in header:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
