"""``scribe-dagster resume``: go on where runs failed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from scribe_dagster.cli.since import parse_since
from scribe_dagster.domain.redaction import redact
from scribe_dagster.errors import ErrorKind

if TYPE_CHECKING:
    from rich.console import Console

    from scribe_dagster.config import Settings
    from scribe_dagster.db.models import PipelineRun
    from scribe_dagster.db.run_store import RunStore


def resume(
    run_id: Annotated[
        int | None,
        typer.Argument(
            metavar="[ID]",
            min=1,
            max=2**63 - 1,
            help="The pipeline run; `scribe-dagster runs` lists them.",
            show_default=False,
        ),
    ] = None,
    all_failed: Annotated[
        bool,
        typer.Option(
            "--all-failed",
            help="Every failed run of content_pipeline that the options below name.",
        ),
    ] = False,
    stage: Annotated[
        str | None, typer.Option(help="Of those: only runs that failed at this stage.")
    ] = None,
    error_like: Annotated[
        str | None, typer.Option(help="Of those: only runs whose error contains this text.")
    ] = None,
    kind: Annotated[
        ErrorKind | None,
        typer.Option(
            help="Of those: only runs that failed like this. Trying again helps a transient "
            "failure and a lost_worker; a permanent one fails again until its cause is gone."
        ),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            parser=parse_since,
            metavar="WHEN",
            help="Of those: only runs that failed since: 90m, 2h, 3d, or a date.",
        ),
    ] = None,
    limit: Annotated[
        int, typer.Option(help="At most this many, the oldest first.", min=1, max=100_000)
    ] = 1_000,
    concurrency: Annotated[
        int, typer.Option(help="How many at a time, each in a process of its own.", min=1, max=64)
    ] = 1,
    plan: Annotated[
        bool,
        typer.Option(
            "--plan",
            help="Only show which stages would be reused, which would run again, "
            "and what it has cost so far.",
        ),
    ] = False,
    detach: Annotated[
        bool, typer.Option("--detach", help="Leave it to the Dagster daemon, and return at once.")
    ] = False,
    accept_changed_stages: Annotated[
        bool,
        typer.Option(
            "--accept-changed-stages",
            help="Go on though the pipeline's stages are no longer those of the run.",
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a run, and nothing else.")
    ] = False,
) -> None:
    """Resume failed runs from the stage that failed.

    The payload is restored from the last snapshot. Stages that were completed are not run again,
    and what they cost is not paid again. A run whose worker is dead counts as failed.

    ```
    scribe-dagster resume 42
    scribe-dagster resume 42 --plan
    scribe-dagster resume --all-failed --kind transient --since 2h --concurrency 4
    ```
    """
    from scribe_dagster.config import Settings
    from scribe_dagster.db.run_store import RunStore
    from scribe_dagster.errors import ConfigurationError

    if (run_id is None) is not all_failed:
        raise typer.BadParameter("Give either the ID of a run or --all-failed.")
    if run_id is not None and (stage or error_like or kind or since):
        raise typer.BadParameter("--stage, --error-like, --kind and --since go with --all-failed.")
    if accept_changed_stages and (detach or all_failed):
        raise typer.BadParameter("--accept-changed-stages is for one run at a time, here and now.")
    settings = Settings.load()
    if not settings.pipeline_track_runs:
        raise ConfigurationError(
            "Tracking is off, so no run can be resumed. Set PIPELINE_TRACK_RUNS=true."
        )
    store = RunStore.from_settings(settings)
    if run_id is None:
        _free_the_lost(settings, store)
        runs = _failed_runs(
            settings, stage, error_like, kind, since, limit, with_prices=plan and as_json
        )
    else:
        runs = [_resumable(settings, store, run_id, with_history=plan)]
        if not (plan or detach):
            _require_its_job(runs[0])
    if plan:
        _print_plan(runs, as_json=as_json)
    elif detach:
        _request(settings, runs, as_json=as_json)
    elif run_id is None:
        raise typer.Exit(_resume_all(runs, concurrency, as_json=as_json))
    else:
        raise typer.Exit(_resume_one(settings, runs[0], accept_changed_stages, as_json=as_json))


def _free_the_lost(settings: Settings, store: RunStore) -> None:
    """A run whose worker is dead counts as failed, also where no daemon has said so yet."""
    if store.active():
        from scribe_dagster.cli.reap import wait_aloud
        from scribe_dagster.instance.open import open_instance
        from scribe_dagster.resources.reaper import Reaper

        Reaper(store, open_instance(settings), settings).reap(wait=wait_aloud)


def _failed_runs(
    settings: Settings,
    stage: str | None,
    error_like: str | None,
    kind: ErrorKind | None,
    since: datetime | None,
    limit: int,
    *,
    with_prices: bool,
) -> Sequence[PipelineRun]:
    from scribe_dagster.db.database import Database
    from scribe_dagster.db.run_queries import RunFilter, list_runs
    from scribe_dagster.domain.known_jobs import JOB_NAME
    from scribe_dagster.domain.status import PipelineRunStatus

    wanted = RunFilter(
        job=JOB_NAME,
        pipeline=settings.pipeline_stages,
        status=PipelineRunStatus.FAILED,
        stage=stage,
        error=error_like,
        error_kind=kind,
        failed_since=since,
        oldest_first=True,
        limit=limit,
    )
    return list_runs(Database.from_settings(settings), wanted, with_prices=with_prices)


def _resumable(
    settings: Settings, store: RunStore, run_id: int, *, with_history: bool
) -> PipelineRun:
    def free(run_id: int) -> None:
        # Dagster, which is slow to import, may know that its worker is dead.
        from scribe_dagster.instance.open import open_instance
        from scribe_dagster.resources.reaper import Reaper

        Reaper(store, open_instance(settings), settings).reap(run_id)

    run = store.resumable(run_id, free=free)
    if not with_history:
        return run
    # A plan tells what it has cost.
    from scribe_dagster.db.database import Database
    from scribe_dagster.db.run_queries import load_run

    return load_run(Database.from_settings(settings), run_id)


def _require_its_job(run: PipelineRun) -> None:
    from scribe_dagster.domain.known_jobs import how_to_resume, is_of_the_command_line
    from scribe_dagster.errors import NotResumable

    if not is_of_the_command_line(run.job_name):
        raise NotResumable(
            f"Pipeline run #{run.id} is not of the pipeline that the command line has: with other "
            f"stages or channels it would go on as something else. Resume it "
            f"{how_to_resume(run.id, run.job_name)}."
        )


def _print_plan(runs: Sequence[PipelineRun], *, as_json: bool) -> None:
    from scribe_dagster.cli.resume_plan import plan_object, plan_table
    from scribe_dagster.cli.run_json import dumps
    from scribe_dagster.cli.terminal import Terminal

    if as_json:
        for run in runs:
            typer.echo(dumps(plan_object(run)))
    elif runs:
        Terminal().print(plan_table(runs))
    else:
        typer.echo("No such runs: nothing would be resumed.")


def _request(settings: Settings, runs: Sequence[PipelineRun], *, as_json: bool) -> None:
    from scribe_dagster.cli.daemon import say_who_will_do_it
    from scribe_dagster.cli.exit_codes import ExitCode
    from scribe_dagster.errors import NotResumable
    from scribe_dagster.pipeline import ContentPipeline

    if not runs and not as_json:
        typer.echo("No such runs: nothing to resume.")
    pipeline = ContentPipeline(settings=settings)
    requested = []
    for run in runs:
        try:
            pipeline.request_resume(run)
            requested.append(run.id)
        except NotResumable as why:
            typer.secho(f"✗ {why}", fg=typer.colors.RED, err=True)
    if requested:
        say_who_will_do_it(settings, requested, as_json=as_json)
    if len(requested) < len(runs):
        raise typer.Exit(ExitCode.NOT_RESUMABLE)


def _resume_all(runs: Sequence[PipelineRun], concurrency: int, *, as_json: bool) -> int:
    from scribe_dagster.cli.resume_many import exit_code_of_many, resume_many
    from scribe_dagster.cli.run_json import dumps

    if not runs and not as_json:
        typer.echo("No such runs: nothing to resume.")
    elif not as_json:
        _print_plan(runs, as_json=False)
        typer.echo("")
    ended = []
    for resumed in resume_many([run.id for run in runs], concurrency=concurrency):
        ended.append(resumed)
        if not as_json:
            typer.echo(resumed.line)
        elif resumed.run is not None:
            typer.echo(dumps(resumed.run))
        else:
            typer.secho(resumed.line, fg=typer.colors.RED, err=True)
    return exit_code_of_many(ended)


def _resume_one(
    settings: Settings, run: PipelineRun, accept_changed_stages: bool, *, as_json: bool
) -> int:
    from time import perf_counter

    from scribe_dagster.cli.exit_codes import exit_code_of
    from scribe_dagster.cli.progress import ProgressPrinter
    from scribe_dagster.cli.summary import print_json, print_summary
    from scribe_dagster.cli.terminal import Terminal

    # Dagster is slow to import: not before there is something to resume.
    from scribe_dagster.pipeline import ContentPipeline

    pipeline = ContentPipeline(settings=settings)
    if as_json:
        result = pipeline.resume(run, accept_changed_stages=accept_changed_stages)
        print_json(settings, result)
    else:
        console = Terminal()
        _print_header(console, run)
        began = perf_counter()
        resuming = pipeline.on_progress(ProgressPrinter(console, announce_run=False))
        result = resuming.resume(run, accept_changed_stages=accept_changed_stages)
        print_summary(console, settings, result, seconds=perf_counter() - began)
    return exit_code_of([result.status])


def _print_header(console: Console, run: PipelineRun) -> None:
    failed = (f"  Failed at:    {run.error_stage}", f"  Error:        {run.error_message}")
    header = (
        f"Resuming Pipeline Run #{run.id}",
        f"  URL:          {redact(run.source_url)}",
        *(failed if run.error_stage else ()),
        f"  Resuming from: stage {run.current_stage_index}",
        "",
    )
    for line in header:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
