"""Which article is on which channel, written down before and after each call.

Two numbers fence a call. That of the run's claim stops a worker whose run was taken over; that of
the call itself stops whoever was overtaken at this very entry, by a run or by a command.
"""

from __future__ import annotations

from typing import Self

from sqlalchemy import ColumnElement, Connection, and_, select, update

from scribe_dagster.db.database import Database
from scribe_dagster.db.database_clock import database_time
from scribe_dagster.db.fence import write_under_claim
from scribe_dagster.db.insert_if_absent import insert_if_absent
from scribe_dagster.db.models import PublishLogRow
from scribe_dagster.db.outage import outlasting_an_outage
from scribe_dagster.domain.publication import (
    ChannelCall,
    LedgerEntry,
    Publication,
    PublicationStatus,
    Receipt,
    first_web_address,
)
from scribe_dagster.domain.redaction import redact
from scribe_dagster.domain.run_scope import RunScope
from scribe_dagster.domain.text import storable
from scribe_dagster.errors import ErrorKind, NotInDoubt, PublishError

_IN_DOUBT = (PublicationStatus.SENDING, PublicationStatus.UNKNOWN)


class PublicationLedger:
    """One entry for each article and channel, in ``publish_logs``."""

    def __init__(
        self,
        database: Database,
        scope: RunScope | None = None,
        *,
        secrets: tuple[str, ...] = (),
    ) -> None:
        self._database = database
        self._scope = scope
        self._secrets = secrets

    def for_run(self, scope: RunScope) -> Self:
        """Return this ledger, writing on behalf of a pipeline run."""
        return type(self)(self._database, scope, secrets=self._secrets)

    @property
    def _sender(self) -> int | None:
        return None if self._scope is None else self._scope.pipeline_run_id

    def entry(self, article_id: int, channel: str) -> LedgerEntry | None:
        """Return what is known of an article on a channel; None when it was never sent."""
        with self._database.read() as connection:
            row = connection.execute(
                select(
                    PublishLogRow.status,
                    PublishLogRow.url,
                    PublishLogRow.external_id,
                    PublishLogRow.attempts,
                    PublishLogRow.pipeline_run_id,
                    PublishLogRow.updated_at,
                    database_time().label("now"),
                ).where(_is(article_id, channel))
            ).one_or_none()
        if row is None:
            return None
        publication = Publication(
            channel=channel, status=row.status, url=row.url, external_id=row.external_id
        )
        # Whoever holds the claim of a run knows that its former worker is dead. Of a command, or
        # of another run of the same article, a claim says nothing.
        its_worker_is_dead = self._sender is not None and row.pipeline_run_id == self._sender
        return LedgerEntry(publication, row.attempts, row.now - row.updated_at, its_worker_is_dead)

    def link(self, article_id: int, *, beside: str) -> str | None:
        """Return where readers find an article: on the first channel that has put it on the web.

        Args:
            article_id: The article.
            beside: A channel that is not meant.
        """
        with self._database.read() as connection:
            urls = connection.scalars(
                select(PublishLogRow.url)
                .where(
                    PublishLogRow.article_id == article_id,
                    PublishLogRow.channel != beside,
                    PublishLogRow.status == PublicationStatus.SUCCESS,
                )
                .order_by(PublishLogRow.id)
            )
            return first_web_address(urls)

    def in_doubt(self, article_id: int) -> list[str]:
        """Return the channels of which nobody knows whether they have an article."""
        with self._database.read() as connection:
            names = connection.scalars(
                select(PublishLogRow.channel)
                .where(
                    PublishLogRow.article_id == article_id,
                    PublishLogRow.status.in_(_IN_DOUBT),
                )
                .order_by(PublishLogRow.id)
            )
            return list(names)

    def sending(self, article_id: int, channel: str, after: LedgerEntry | None) -> ChannelCall:
        """Note that a call is about to be made: should it break off, its outcome is unknown.

        Args:
            article_id: What is sent.
            channel: Where to.
            after: The entry on which the caller decided to send it. Of several who decided on
                the same one, one may go on.

        Raises:
            Fenced: Another worker has claimed the run; do not make the call.
            PublishError: Somebody else has begun to send it since; do not make the call.
        """
        with self._database.write() as connection:
            self._hold_the_claim(connection)
            if after is None:
                call = ChannelCall(article_id, channel, 1)
                first = insert_if_absent(
                    connection,
                    PublishLogRow,
                    {
                        "article_id": article_id,
                        "channel": channel,
                        "status": PublicationStatus.SENDING,
                        "pipeline_run_id": self._sender,
                        "updated_at": database_time(),
                    },
                    key=["article_id", "channel"],
                )
                won = first is not None
            else:
                call = ChannelCall(article_id, channel, after.calls + 1)
                again = connection.execute(
                    update(PublishLogRow)
                    .where(
                        _is(article_id, channel),
                        PublishLogRow.attempts == after.calls,
                        PublishLogRow.status == after.publication.status,
                    )
                    .values(
                        status=PublicationStatus.SENDING,
                        attempts=call.number,
                        pipeline_run_id=self._sender,
                        error_message=None,
                        updated_at=database_time(),
                    )
                )
                won = again.rowcount == 1
        if not won:
            raise _overtaken(call)
        return call

    def confirm(self, call: ChannelCall) -> None:
        """Ask, right before a call is made, whether it still is this worker's to make.

        A worker may fall asleep between any two of its steps, and wake when another one has
        published the article.

        Raises:
            Fenced: Another worker has claimed the run; do not make the call.
            PublishError: Somebody else has begun to send it since; do not make the call.
        """
        with self._database.write() as connection:
            self._hold_the_claim(connection)
            # The time a call may be under way begins now: what went before may have taken long.
            ours = connection.execute(
                update(PublishLogRow)
                .where(
                    _is(call.article_id, call.channel),
                    PublishLogRow.attempts == call.number,
                    PublishLogRow.status == PublicationStatus.SENDING,
                )
                .values(updated_at=database_time())
            )
        if ours.rowcount == 0:
            raise _overtaken(call)

    @outlasting_an_outage
    def sent(self, article_id: int, channel: str, receipt: Receipt) -> Publication:
        """Note that the channel has the article, as soon as the database can be written to.

        No claim is asked for: it is a fact even when another worker has claimed the run, and that
        one had better know.
        """
        publication = Publication(
            channel=channel,
            status=PublicationStatus.SUCCESS,
            url=receipt.url,
            external_id=receipt.external_id,
        )
        with self._database.write() as connection:
            connection.execute(
                update(PublishLogRow)
                .where(_is(article_id, channel))
                .values(**publication.model_dump(exclude={"channel"}), error_message=None)
            )
        return publication

    def arrived(self, article_id: int, channel: str) -> Publication:
        """Note that somebody has seen an article on a channel, where its answer was lost.

        Raises:
            NotInDoubt: It was never sent there, or it is known what came of it.
        """
        with self._database.write() as connection:
            seen = connection.execute(
                update(PublishLogRow)
                .where(_is(article_id, channel), PublishLogRow.status.in_(_IN_DOUBT))
                .values(status=PublicationStatus.SUCCESS, error_message=None)
            )
        if seen.rowcount == 0:
            known = self.entry(article_id, channel)
            status = known.publication.status if known else None
            raise NotInDoubt.because(article_id, channel, status)
        return Publication(channel=channel, status=PublicationStatus.SUCCESS)

    @outlasting_an_outage
    def not_sent(
        self, call: ChannelCall, error_message: str, *, outcome_known: bool
    ) -> Publication:
        """Note that a call failed: for certain, or with nobody knowing whether it arrived.

        Raises:
            Fenced: Another worker has claimed the run; what it knows of the channel stands.
        """
        status = PublicationStatus.FAILURE if outcome_known else PublicationStatus.UNKNOWN
        with self._database.write() as connection:
            self._hold_the_claim(connection)
            connection.execute(
                update(PublishLogRow)
                .where(
                    _is(call.article_id, call.channel),
                    # Whoever made a later call knows better.
                    PublishLogRow.attempts == call.number,
                    # What has arrived once, under whatever attempt, stays arrived.
                    PublishLogRow.status != PublicationStatus.SUCCESS,
                )
                .values(status=status, error_message=redact(storable(error_message), self._secrets))
            )
        return Publication(channel=call.channel, status=status)

    def _hold_the_claim(self, connection: Connection) -> None:
        if self._scope is not None:
            write_under_claim(connection, self._scope)


def _is(article_id: int, channel: str) -> ColumnElement[bool]:
    return and_(PublishLogRow.article_id == article_id, PublishLogRow.channel == channel)


def _overtaken(call: ChannelCall) -> PublishError:
    return PublishError(
        f"Somebody else has begun to send article #{call.article_id} to {call.channel}, so it is "
        "not sent from here. Resume the run later: it will find out what came of that.",
        kind=ErrorKind.TRANSIENT,
    )
