"""``scribe-dagster sources``: the feeds that are polled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from scribe_dagster.cli.every import parse_every, shown_interval
from scribe_dagster.domain.redaction import redact

if TYPE_CHECKING:
    from rich.table import Table

    from scribe_dagster.db.content_sources import ContentSources
    from scribe_dagster.domain.content_source import ContentSource

app = typer.Typer(
    help="Add, list, pause, resume and remove the feeds that are polled.", no_args_is_help=True
)

SourceId = Annotated[
    int,
    typer.Argument(
        metavar="ID", min=1, max=2**31 - 1, help="The source; `sources list` lists them."
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object a source, and nothing else.")
]


@app.command("add")
def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="Address of a feed, or its file.")],
    every: Annotated[
        timedelta,
        typer.Option(
            parser=parse_every,
            metavar="INTERVAL",
            help="How often to poll it: 30m, 6h, 1d.",
            show_default="30m",
        ),
    ] = timedelta(minutes=30),
    categories: Annotated[
        str, typer.Option(metavar="ID:NAME,...", help='Choices, such as "1:Tech,2:Health".')
    ] = "",
    language: Annotated[
        str | None, typer.Option(help="Language to write in. Default: AI_OUTPUT_LANGUAGE.")
    ] = None,
    check: Annotated[bool, typer.Option(help="Read the feed once, to see that it is one.")] = True,
    as_json: AsJson = False,
) -> None:
    """Add a feed, to be polled by the Dagster daemon's `feed_sensor`.

    ```
    scribe-dagster sources add https://example.com/feed.xml --every 30m
    ```

    When it is polled for the first time, only its newest entries are processed
    (FEED_NEWEST_AT_FIRST); afterwards every new one is, once.
    """
    from scribe_dagster.cli.feed_damage import warn_of_damage
    from scribe_dagster.config import Settings
    from scribe_dagster.drivers.sources.feed_download import load_feed
    from scribe_dagster.drivers.sources.request import make_request

    settings = Settings.load()
    asked = make_request(url, driver="feed", categories=categories, language=language)
    feed = load_feed(asked.source_url, settings) if check else None
    added = _store().add(
        asked.source_url,
        interval=every,
        title=feed.title if feed else None,
        categories=categories,
        language=language,
    )
    if feed:
        warn_of_damage(feed)
    if as_json:
        _print_json([added])
        return
    found = ""
    if feed:
        found = f", {len(feed.entries)} {'entry' if len(feed.entries) == 1 else 'entries'} now"
    typer.echo(f"✓ Source #{added.id}: {added.title or redact(added.url)}{found}")
    typer.echo(f"  It is polled every {shown_interval(added.interval)} by the Dagster daemon.")


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """List the feeds that are polled, and how that goes."""
    from scribe_dagster.cli.terminal import Terminal

    found = _store().all()
    if as_json:
        _print_json(found)
    elif found:
        Terminal().print(_table(found))
    else:
        typer.echo("No sources. Add one: scribe-dagster sources add https://example.com/feed.xml")


@app.command("pause")
def pause(source_id: SourceId, as_json: AsJson = False) -> None:
    """Leave a feed alone, and begin no more runs of it, until it is resumed."""
    _print_one(_store().pause(source_id), "is paused", as_json=as_json)


@app.command("resume")
def resume(source_id: SourceId, as_json: AsJson = False) -> None:
    """Poll a feed again, now and at its interval, whatever went wrong before."""
    _print_one(_store().resume(source_id), "is polled again", as_json=as_json)


@app.command("remove")
def remove(source_id: SourceId, as_json: AsJson = False) -> None:
    """Forget a feed. Its runs and articles stay."""
    _print_one(_store().remove(source_id), "is removed", as_json=as_json)


def _store() -> ContentSources:
    from scribe_dagster.config import Settings
    from scribe_dagster.db.content_sources import ContentSources

    return ContentSources.from_settings(Settings.load())


def _print_one(source: ContentSource, what: str, *, as_json: bool) -> None:
    if as_json:
        _print_json([source])
    else:
        typer.echo(f"✓ Source #{source.id} {what}: {source.title or redact(source.url)}")


def _print_json(sources: Sequence[ContentSource]) -> None:
    from scribe_dagster.cli.run_json import dumps

    for source in sources:
        shown = source.model_dump(mode="json", exclude={"interval", "validators"})
        shown["url"] = redact(source.url)
        every = int(source.interval.total_seconds())
        typer.echo(dumps(shown | {"status": _status(source), "interval_seconds": every}))


def _table(sources: Sequence[ContentSource]) -> Table:
    from rich.markup import escape
    from rich.table import Table

    from scribe_dagster.cli.run_table import age

    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("ID", "STATUS", "EVERY", "POLLED", "NEXT"):
        table.add_column(column, no_wrap=True, justify="right" if column == "ID" else "left")
    table.add_column("FEED", overflow="fold", min_width=16)
    table.add_column("LAST ERROR", overflow="fold")
    colours = {"active": "green", "paused": "dim", "failing": "red"}
    for source in sources:
        status = _status(source)
        table.add_row(
            str(source.id),
            f"[{colours[status]}]{status}[/]",
            shown_interval(source.interval),
            f"{age(source.polled_at)} ago" if source.polled_at else "never",
            _next_poll(source),
            escape(" ".join(filter(None, (source.title, redact(source.url))))),
            escape(_trouble(source)),
        )
    return table


def _status(source: ContentSource) -> str:
    if source.is_paused:
        return "paused"
    return "failing" if source.failures else "active"


def _trouble(source: ContentSource) -> str:
    """Return why polls fail, or what is wrong with what they find."""
    times = f"{source.failures}×: " if source.failures else ""
    return f"{times}{source.last_error}" if source.last_error else ""


def _next_poll(source: ContentSource) -> str:
    if source.is_paused:
        return ""
    seconds = int((source.next_poll_at - datetime.now(UTC)).total_seconds())
    return f"in {max(1, seconds // 60)}m" if seconds > 0 else "now"
