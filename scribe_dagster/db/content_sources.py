"""The feeds that are polled, in the shared database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import Connection, delete, select, update

from scribe_dagster.config import Settings
from scribe_dagster.db.database import Database
from scribe_dagster.db.database_clock import database_time
from scribe_dagster.db.insert_if_absent import insert_if_absent
from scribe_dagster.db.models import ContentSourceRow, StagedContentRow
from scribe_dagster.db.models.base import utc_now
from scribe_dagster.db.ready import ready_database
from scribe_dagster.domain.canonical_url import canonical_url
from scribe_dagster.domain.content_source import ContentSource
from scribe_dagster.domain.staged_status import StagedStatus
from scribe_dagster.domain.validators import Validators
from scribe_dagster.errors import ContentSourceNotFound, InvalidSource


class ContentSources:
    """Where feeds are added, listed, paused and removed, and found when they are due."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Open the store of the configured database.

        Raises:
            NotMigrated: A shared database lacks the tables.
            DatabaseUnreachable: It cannot be reached.
        """
        return cls(ready_database(settings))

    def add(
        self,
        url: str,
        *,
        interval: timedelta,
        title: str | None = None,
        categories: str = "",
        language: str | None = None,
    ) -> ContentSource:
        """Add a feed; it is due at once.

        Raises:
            InvalidSource: It is there already, in this spelling or another.
        """
        canonical = canonical_url(url)
        with self._database.write() as connection:
            values: dict[str, Any] = {
                "url": url,
                "canonical_url": canonical,
                "title": title,
                "interval_seconds": int(interval.total_seconds()),
                "categories": categories,
                "language": language,
                "next_poll_at": utc_now(),
                "failures": 0,
                "created_at": utc_now(),
                "updated_at": utc_now(),
            }
            added = insert_if_absent(connection, ContentSourceRow, values, key=["canonical_url"])
            if added is None:
                known = connection.scalar(
                    select(ContentSourceRow.id).where(ContentSourceRow.canonical_url == canonical)
                )
                raise InvalidSource(
                    f"{url} is there already, as source #{known}. `scribe-dagster sources list` "
                    "shows how it stands."
                )
        return self.get(added)

    def get(self, source_id: int) -> ContentSource:
        """Load a source.

        Raises:
            ContentSourceNotFound: There is no such source.
        """
        with self._database.session() as session:
            row = session.get(ContentSourceRow, source_id)
        if row is None:
            raise ContentSourceNotFound.numbered(source_id)
        return _as_value(row)

    def all(self) -> Sequence[ContentSource]:
        """List every source, in the order in which they were added."""
        with self._database.session() as session:
            rows = session.scalars(select(ContentSourceRow).order_by(ContentSourceRow.id)).all()
        return [_as_value(row) for row in rows]

    # -- What people decide ----------------------------------------------------------------------

    def pause(self, source_id: int) -> ContentSource:
        """Leave a source alone, and launch nothing more of it, until it is resumed.

        Raises:
            ContentSourceNotFound: There is no such source.
        """
        with self._database.write() as connection:
            _update(connection, source_id, paused_at=utc_now())
        return self.get(source_id)

    def resume(self, source_id: int) -> ContentSource:
        """Poll a source again, at once, whatever went wrong before.

        Raises:
            ContentSourceNotFound: There is no such source.
        """
        with self._database.write() as connection:
            _update(
                connection,
                source_id,
                paused_at=None,
                failures=0,
                last_error=None,
                next_poll_at=database_time(),
            )
        return self.get(source_id)

    def remove(self, source_id: int) -> ContentSource:
        """Forget a source. Its runs and articles stay; what still waits gets no run.

        Raises:
            ContentSourceNotFound: There is no such source.
        """
        source = self.get(source_id)
        with self._database.write() as connection:
            connection.execute(
                update(StagedContentRow)
                .where(
                    StagedContentRow.content_source_id == source_id,
                    StagedContentRow.status == StagedStatus.WAITING,
                )
                .values(status=StagedStatus.PASSED_OVER, reason="its source was removed")
            )
            connection.execute(delete(ContentSourceRow).where(ContentSourceRow.id == source_id))
        return source

    # -- Polling ---------------------------------------------------------------------------------

    def take_due(self, limit: int) -> Sequence[ContentSource]:
        """Take the sources whose time has come, the longest due first.

        They are not due again before their interval is over, whatever becomes of this poll: of
        two daemons, one polls, and a feed that would kill its daemon does not do so at every tick.
        """
        with self._database.write() as connection:
            due = connection.execute(
                select(ContentSourceRow.id, ContentSourceRow.interval_seconds)
                .where(
                    ContentSourceRow.next_poll_at <= database_time(),
                    ContentSourceRow.paused_at.is_(None),
                )
                .order_by(ContentSourceRow.next_poll_at, ContentSourceRow.id)
                .limit(limit)
                .with_for_update(skip_locked=True)
            ).all()
            for source_id, seconds in due:
                _update(connection, source_id, next_poll_at=database_time(float(seconds)))
        known = {source.id: source for source in self.all()} if due else {}
        return [known[source_id] for source_id, _ in due if source_id in known]

    def record_failure(self, source: ContentSource, message: str, delay: timedelta) -> None:
        """Write down that a poll failed, and when to try again."""
        with self._database.write() as connection:
            connection.execute(
                update(ContentSourceRow)
                .where(ContentSourceRow.id == source.id)
                .values(
                    failures=ContentSourceRow.failures + 1,
                    last_error=message,
                    next_poll_at=database_time(delay.total_seconds()),
                )
            )


def record_success(
    connection: Connection,
    source: ContentSource,
    validators: Validators,
    *,
    title: str | None,
    read_at: datetime | None,
    damage: str | None = None,
) -> None:
    """Write down that a poll succeeded, in the transaction that stages what it found.

    Apart from it, a validator might be kept for entries that were never staged. Of a damaged feed
    none is kept: it is read once more, in case it was damaged on its way.
    """
    kept = Validators() if damage else validators
    _update(
        connection,
        source.id,
        polled_at=utc_now(),
        read_at=read_at or source.read_at,
        etag=kept.etag,
        last_modified=kept.last_modified,
        title=title or source.title,
        failures=0,
        last_error=damage,
        next_poll_at=database_time(source.interval.total_seconds()),
    )


def _update(connection: Connection, source_id: int, **values: Any) -> None:
    changed = connection.execute(
        update(ContentSourceRow).where(ContentSourceRow.id == source_id).values(**values)
    )
    if changed.rowcount != 1:
        raise ContentSourceNotFound.numbered(source_id)


def _as_value(row: ContentSourceRow) -> ContentSource:
    return ContentSource(
        id=row.id,
        url=row.url,
        title=row.title,
        interval=timedelta(seconds=row.interval_seconds),
        categories=row.categories,
        language=row.language,
        paused_at=row.paused_at,
        next_poll_at=row.next_poll_at,
        polled_at=row.polled_at,
        read_at=row.read_at,
        validators=Validators(row.etag, row.last_modified),
        failures=row.failures,
        last_error=row.last_error,
        created_at=row.created_at,
    )
