"""``scribe-dagster process``: take sources through the stages."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scribe_dagster.domain.if_exists import IfExists
from scribe_dagster.domain.redaction import redact

if TYPE_CHECKING:
    from rich.console import Console

    from scribe_dagster.config import Settings
    from scribe_dagster.domain.payload import ContentPayload
    from scribe_dagster.execution.result import PipelineResult
    from scribe_dagster.pipeline import ContentPipeline

STDIN = "-"


def process(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SOURCE]...",
            help="URLs, paths of HTML or text files, or - for text on standard input.",
            show_default=False,
        ),
    ] = None,
    text: Annotated[
        str | None, typer.Option("--text", help="Raw text to process, instead of a source.")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--source",
            metavar="web|file|text|feed|...",
            help="Force the kind of source; `scribe-dagster plugins` lists all. Default: told by "
            "each SOURCE.",
        ),
    ] = None,
    entry: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="Of a feed, this entry; 1 is the newest, and the default."
        ),
    ] = None,
    all_entries: Annotated[
        bool, typer.Option("--all", help="Of a feed, every entry, the oldest first: a run each.")
    ] = False,
    categories: Annotated[
        str, typer.Option(metavar="ID:NAME,...", help='Choices, such as "1:Tech,2:Health".')
    ] = "",
    language: Annotated[
        str | None, typer.Option(help="Language to write in. Default: AI_OUTPUT_LANGUAGE.")
    ] = None,
    if_exists: Annotated[
        IfExists,
        typer.Option(
            help="If there is a run of the same canonical URL: run it again (a new run, a new "
            "article), skip it, or reuse it (a failed run is resumed).",
        ),
    ] = IfExists.RUN,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a run, and nothing else.")
    ] = False,
) -> None:
    """Process URLs, files, feeds or text into published articles.

    ```
    scribe-dagster process https://example.com/article
    scribe-dagster process page.html --categories "1:Tech,2:Health"
    pbpaste | scribe-dagster process -
    scribe-dagster process https://example.com/article --if-exists reuse
    scribe-dagster process https://example.com/feed.xml --all --if-exists skip
    ```

    Several sources are processed one after the other; one that fails does not stop the next.
    """
    from scribe_dagster.cli.exit_codes import exit_code_of
    from scribe_dagster.cli.summary import print_json
    from scribe_dagster.cli.terminal import Terminal
    from scribe_dagster.config import Settings

    settings = Settings.load()
    _tell_of_misspelt_settings(settings)
    requests = _requests(settings, sources or [], text, source, categories, language)
    if entry is not None or all_entries:
        requests = _entries(settings, requests, entry, all_entries=all_entries)
    # Dagster is slow to import: not before the request has been understood.
    from scribe_dagster.pipeline import ContentPipeline

    console = Terminal()
    pipeline = ContentPipeline(settings=settings)
    results = []
    for request in requests:
        if if_exists is IfExists.RUN:
            _tell_of_an_earlier_run(pipeline, request)
        if as_json:
            result = pipeline.process(request, if_exists=if_exists)
            print_json(settings, result)
        else:
            result = _process_visibly(console, settings, pipeline, request, if_exists)
        results.append(result)
    raise typer.Exit(exit_code_of(result.status for result in results))


def _requests(
    settings: Settings,
    sources: list[str],
    text: str | None,
    driver: str | None,
    categories: str,
    language: str | None,
) -> list[ContentPayload]:
    """Understand every source before the first is processed."""
    from scribe_dagster.drivers.sources.request import make_request

    if text is not None and sources:
        raise typer.BadParameter("Give either SOURCE or --text, not both.")
    if text is None and not sources:
        if driver != "text":
            raise typer.BadParameter(
                "Give a URL, a file, or --text. `scribe-dagster process --help` shows examples."
            )
        sources = [STDIN]
    shared: dict[str, Any] = {
        "driver": driver,
        "categories": categories,
        "language": language or settings.ai_output_language,
    }
    if text is not None:
        return [make_request(text=text, **shared)]
    return [
        make_request(text=_read_stdin(), **shared)
        if source == STDIN
        else make_request(source, **shared)
        for source in sources
    ]


def _entries(
    settings: Settings, feeds: list[ContentPayload], number: int | None, *, all_entries: bool
) -> list[ContentPayload]:
    """Read every feed before the first entry is processed."""
    from scribe_dagster.cli.feed_damage import warn_of_damage
    from scribe_dagster.drivers.sources.feed_download import load_feed
    from scribe_dagster.drivers.sources.feed_request import entry_requests

    if number is not None and all_entries:
        raise typer.BadParameter("Give either --entry or --all, not both.")
    if any(feed.source_text is not None for feed in feeds):
        raise typer.BadParameter("--entry and --all are for feeds: give the address of one.")
    entries = []
    for request in feeds:
        feed = load_feed(request.source_url, settings)
        warn_of_damage(feed)
        entries += entry_requests(feed, request, number=number)
    return entries


def _tell_of_misspelt_settings(settings: Settings) -> None:
    for name, meant in settings.misspelt().items():
        told = f"! {name} is not a setting, and was not read. Did you mean {meant}?"
        typer.secho(told, fg=typer.colors.YELLOW, err=True)


def _tell_of_an_earlier_run(pipeline: ContentPipeline, request: ContentPayload) -> None:
    """Say that what follows has been paid for once: it may not have been meant."""
    if earlier := pipeline.earlier_run(request.source_url):
        run_id, status = earlier
        typer.secho(
            f"! This source has been processed before: run #{run_id} is {status}. This is a new "
            "run, and a new article; --if-exists skip or reuse would not make one.",
            fg=typer.colors.YELLOW,
            err=True,
        )


def _read_stdin() -> str:
    return sys.stdin.buffer.read().decode("utf-8", errors="replace")


def _process_visibly(
    console: Console,
    settings: Settings,
    pipeline: ContentPipeline,
    request: ContentPayload,
    if_exists: IfExists,
) -> PipelineResult:
    from time import perf_counter

    from scribe_dagster.cli.progress import ProgressPrinter
    from scribe_dagster.cli.summary import print_summary

    shown = redact(request.source_url)
    console.print(f"Processing {shown}", highlight=False, markup=False, soft_wrap=True)
    began = perf_counter()
    result = pipeline.on_progress(ProgressPrinter(console)).process(request, if_exists=if_exists)
    print_summary(console, settings, result, seconds=perf_counter() - began)
    return result
