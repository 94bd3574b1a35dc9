"""Which article is on which channel, written down before and after each call."""

from __future__ import annotations

from typing import Self

from sqlalchemy import Connection, insert, select, update

from scribe_dagster.db.database import Database
from scribe_dagster.db.fence import write_under_claim
from scribe_dagster.db.models import PublishLogRow
from scribe_dagster.domain.publication import Publication, PublicationStatus, Receipt
from scribe_dagster.domain.redaction import redact
from scribe_dagster.domain.run_scope import RunScope
from scribe_dagster.domain.text import storable


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

    def entry(self, article_id: int, channel: str) -> Publication | None:
        """Return what is known of an article on a channel; None when it was never sent."""
        with self._database.read() as connection:
            row = connection.execute(
                select(PublishLogRow.status, PublishLogRow.url, PublishLogRow.external_id).where(
                    PublishLogRow.article_id == article_id, PublishLogRow.channel == channel
                )
            ).one_or_none()
        if row is None:
            return None
        return Publication(
            channel=channel, status=row.status, url=row.url, external_id=row.external_id
        )

    def sending(self, article_id: int, channel: str) -> None:
        """Note that a call is about to be made: should it break off, its outcome is unknown.

        Raises:
            Fenced: Another worker has claimed the run; do not make the call.
        """
        with self._database.write() as connection:
            self._hold_the_claim(connection)
            again = connection.execute(
                update(PublishLogRow)
                .where(PublishLogRow.article_id == article_id, PublishLogRow.channel == channel)
                .values(
                    status=PublicationStatus.SENDING,
                    attempts=PublishLogRow.attempts + 1,
                    error_message=None,
                )
            )
            if again.rowcount == 0:
                connection.execute(
                    insert(PublishLogRow).values(
                        article_id=article_id, channel=channel, status=PublicationStatus.SENDING
                    )
                )

    def sent(self, article_id: int, channel: str, receipt: Receipt) -> Publication:
        """Note that the channel has the article.

        No claim is asked for: it is a fact even when another worker has claimed the run, and that
        one had better know.
        """
        with self._database.write() as connection:
            connection.execute(
                update(PublishLogRow)
                .where(PublishLogRow.article_id == article_id, PublishLogRow.channel == channel)
                .values(
                    status=PublicationStatus.SUCCESS,
                    url=receipt.url,
                    external_id=receipt.external_id,
                    error_message=None,
                )
            )
        return Publication(
            channel=channel,
            status=PublicationStatus.SUCCESS,
            url=receipt.url,
            external_id=receipt.external_id,
        )

    def not_sent(
        self, article_id: int, channel: str, error_message: str, *, outcome_known: bool
    ) -> Publication:
        """Note that the call failed: for certain, or with nobody knowing whether it arrived.

        Raises:
            Fenced: Another worker has claimed the run; what it knows of the channel stands.
        """
        status = PublicationStatus.FAILURE if outcome_known else PublicationStatus.UNKNOWN
        with self._database.write() as connection:
            self._hold_the_claim(connection)
            connection.execute(
                update(PublishLogRow)
                .where(
                    PublishLogRow.article_id == article_id,
                    PublishLogRow.channel == channel,
                    # What has arrived once, under whatever attempt, stays arrived.
                    PublishLogRow.status != PublicationStatus.SUCCESS,
                )
                .values(status=status, error_message=redact(storable(error_message), self._secrets))
            )
        return Publication(channel=channel, status=status)

    def _hold_the_claim(self, connection: Connection) -> None:
        if self._scope is not None:
            write_under_claim(connection, self._scope)
