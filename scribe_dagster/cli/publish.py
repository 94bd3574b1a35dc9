"""``scribe-dagster publish``: send a stored article to channels that do not have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scribe_dagster.config import Settings
    from scribe_dagster.db.publication_ledger import PublicationLedger
    from scribe_dagster.domain.publication import Publication
    from scribe_dagster.drivers.publishers.protocol import Channel, Post
    from scribe_dagster.errors import StageError


def publish(
    article_id: Annotated[
        int,
        typer.Argument(
            metavar="ARTICLE_ID",
            min=1,
            max=2**63 - 1,
            help="The article; the last line of a run names it.",
        ),
    ],
    channels: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="Where to, in this order. Default: PUBLISHER_CHANNELS."),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Send it to channels that have it as well.")
    ] = False,
    arrived: Annotated[
        bool,
        typer.Option(
            "--arrived",
            help="Send nothing: note that --channels have it, where an answer was lost.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be sent, and call nobody.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a channel, and nothing else.")
    ] = False,
) -> None:
    """Publish an article that is stored: to more channels, or to those that failed.

    A channel that has the article already is left alone, unless you say --again: then `site`,
    `wordpress` and their like bring it up to date, and others post it a second time. Exits with 1
    when a channel failed; publishing once more calls only that one.

    ```
    scribe-dagster publish 15
    scribe-dagster publish 15 --channels wordpress,telegram
    scribe-dagster publish 15 --channels telegram --dry-run
    scribe-dagster publish 15 --channels telegram --arrived
    ```
    """
    from scribe_dagster.cli.exit_codes import ExitCode
    from scribe_dagster.config import Settings
    from scribe_dagster.db.article_store import ArticleStore
    from scribe_dagster.db.publication_ledger import PublicationLedger
    from scribe_dagster.db.ready import ready_database
    from scribe_dagster.drivers.images.store import ImageStore
    from scribe_dagster.ops.publish import post_of, send_to_each

    settings = Settings.load()
    if arrived:
        if channels is None or again or dry_run:
            raise typer.BadParameter("--arrived goes with --channels, and with nothing else.")
        _note_as_arrived(settings, article_id, channels, as_json=as_json)
        return
    wanted = _channels(settings, channels)
    database = ready_database(settings, tracking=False)
    article = ArticleStore(database).get(article_id)
    post = post_of(article, ImageStore.from_settings(settings))
    ledger = PublicationLedger(database, secrets=settings.secrets)
    if dry_run or settings.publisher_dry_run:
        _show(post, wanted, ledger, as_json=as_json)
        return
    report = _Report(settings, again=again, as_json=as_json)
    sent = send_to_each(post, wanted, ledger, report.publish_to)
    if sent.failures:
        raise typer.Exit(ExitCode.FAILED)


def _note_as_arrived(settings: Settings, article_id: int, names: str, *, as_json: bool) -> None:
    """Write down what somebody has seen on channels that cannot be asked."""
    from scribe_dagster.db.article_store import ArticleStore
    from scribe_dagster.db.publication_ledger import PublicationLedger
    from scribe_dagster.db.ready import ready_database

    database = ready_database(settings, tracking=False)
    ArticleStore(database).get(article_id)
    ledger = PublicationLedger(database, secrets=settings.secrets)
    report = _Report(settings, again=False, as_json=as_json)
    for channel in filter(None, map(str.strip, names.split(","))):
        report.tell(article_id, ledger.arrived(article_id, channel), "noted as published")


def _channels(settings: Settings, names: str | None) -> Sequence[Channel]:
    from scribe_dagster.drivers.registry import PluginGroup, make
    from scribe_dagster.errors import ConfigurationError

    given = settings.publisher_channels if names is None else names.split(",")
    wanted = [name.strip() for name in given if name.strip()]
    if not wanted:
        raise ConfigurationError("No channel is named. Give --channels, or set PUBLISHER_CHANNELS.")
    return [make(PluginGroup.CHANNELS, name, settings) for name in dict.fromkeys(wanted)]


def _show(
    post: Post, channels: Sequence[Channel], ledger: PublicationLedger, *, as_json: bool
) -> None:
    import json

    from scribe_dagster.cli.run_json import dumps

    for channel in channels:
        link = ledger.link(post.article.id, beside=channel.name)
        content = dict(channel.dry_run(post.linking_to(link)))
        if as_json:
            shown = {"article_id": post.article.id, "channel": channel.name, "dry_run": content}
            typer.echo(dumps(shown))
        else:
            typer.secho(f"{channel.name} would be sent:", bold=True)
            typer.echo(json.dumps(content, ensure_ascii=False, indent=2) + "\n")


class _Report:
    """Publishes to one channel after the other, and says how each went."""

    def __init__(self, settings: Settings, *, again: bool, as_json: bool) -> None:
        self._settings = settings
        self._again = again
        self._as_json = as_json

    def publish_to(self, post: Post, channel: Channel, ledger: PublicationLedger) -> Publication:
        from scribe_dagster.domain.publication import PublicationStatus
        from scribe_dagster.errors import StageError
        from scribe_dagster.ops.publish_once import publish_again, publish_once

        article_id = post.article.id
        known = ledger.entry(article_id, channel.name)
        was_there = known is not None and known.publication.status is PublicationStatus.SUCCESS
        try:
            publication = (publish_again if self._again else publish_once)(post, channel, ledger)
        except StageError as error:
            now = ledger.entry(article_id, channel.name)
            self._tell_failure(article_id, channel.name, error, now.publication if now else None)
            raise
        nothing_to_do = was_there and not self._again
        self.tell(article_id, publication, "had it already" if nothing_to_do else "published")
        return publication

    def tell(self, article_id: int, publication: Publication, what: str) -> None:
        """Print how a channel stands, and what has come of it."""
        if self._as_json:
            self._print(article_id, publication)
            return
        where = f": {publication.url}" if publication.url else ""
        mark = typer.style("✓", fg=typer.colors.GREEN)
        typer.echo(f"{mark} {publication.channel} — {what}{where}")

    def _tell_failure(
        self, article_id: int, channel: str, error: StageError, known: Publication | None
    ) -> None:
        from scribe_dagster.domain.publication import Publication, PublicationStatus
        from scribe_dagster.domain.redaction import redact
        from scribe_dagster.errors import InDoubt

        told = redact(str(error), self._settings.secrets)
        if self._as_json:
            told = told.removeprefix(f"{channel}: ")
            self._print(
                article_id,
                known or Publication(channel=channel, status=PublicationStatus.FAILURE),
                error_message=told,
                error_kind=error.kind,
                resume_after=error.resume_after,
            )
            return
        typer.secho(f"✗ {told}", fg=typer.colors.RED, err=True)
        if isinstance(error, InDoubt):
            # It names the two commands that there are.
            return
        when = f", after {error.resume_after:%Y-%m-%d %H:%M:%S} UTC" if error.resume_after else ""
        again = f"scribe-dagster publish {article_id} --channels {channel}"
        typer.echo(f"  To send it once more{when}: {again}", err=True)

    def _print(self, article_id: int, publication: Publication, **error: Any) -> None:
        from scribe_dagster.cli.run_json import dumps

        nothing = {"error_message": None, "error_kind": None, "resume_after": None}
        told = {"article_id": article_id, **publication.model_dump(mode="json")}
        typer.echo(dumps({**told, **nothing, **error}))
