"""Entries of feeds, set aside until their runs begin: each once, and none forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import Connection, exists, func, or_, select, update

from scribe_dagster.config import Settings
from scribe_dagster.db.content_sources import record_success
from scribe_dagster.db.database import Database
from scribe_dagster.db.insert_if_absent import insert_if_absent
from scribe_dagster.db.models import ContentSourceRow, PipelineRun, StagedContentRow
from scribe_dagster.db.models.base import utc_now
from scribe_dagster.db.ready import ready_database
from scribe_dagster.domain.canonical_url import canonical_url
from scribe_dagster.domain.content_source import ContentSource
from scribe_dagster.domain.feed_entry import Feed, FeedEntry
from scribe_dagster.domain.staged_status import StagedStatus
from scribe_dagster.domain.validators import Validators
from scribe_dagster.errors import InvalidSource

_STAGING_LOCK = 0x5C21BF
"""Any constant will do, as long as nobody else locks on it."""


@dataclass(frozen=True, slots=True)
class WaitingContent:
    """Staged content whose run is to be launched."""

    id: int
    source_url: str
    created_at: datetime
    categories: str
    language: str | None


class StagedContents:
    """Where entries are staged, and found again when their runs begin."""

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

    def record_poll(
        self,
        source: ContentSource,
        feed: Feed | None,
        validators: Validators,
        *,
        newest_at_first: int,
    ) -> int:
        """Stage what a poll has found, and write down that it succeeded: both, or neither.

        An entry is staged once, by what its feed calls it and by its canonical URL. One whose URL
        has a run already is passed over, and so are the older ones of a feed that is read for the
        first time.

        Args:
            source: What was polled.
            feed: What it holds; None if it has not changed.
            validators: To be sent along next time.
            newest_at_first: How many entries to stage when the feed is read for the first time.

        Returns:
            How many entries wait for their runs that were not known before.

        Raises:
            ContentSourceNotFound: It was removed meanwhile; nothing is staged.
        """
        now = utc_now()
        with self._database.write() as connection:
            _one_at_a_time(connection)
            record_success(
                connection,
                source,
                validators,
                title=feed.title if feed else None,
                read_at=now if feed else None,
                damage=feed.damage if feed else None,
            )
            if feed is None:
                return 0
            new = _unknown_of(connection, source.id, feed.entries, now)
            processed = _processed(connection, new)
            is_first = source.read_at is None
            staged = 0
            # In the order in which they were published, so that their articles are as well.
            for place, (entry, canonical) in reversed(list(enumerate(new))):
                reason = processed.get(canonical)
                if reason is None and is_first and place >= newest_at_first:
                    reason = "it was there before its source was added"
                if _insert(connection, source.id, entry, canonical, reason, now):
                    staged += reason is None
            return staged

    def waiting(self, limit: int) -> Sequence[WaitingContent]:
        """List what has no run yet and is to get one, the longest waiting first.

        Of a source that is paused nothing is listed.
        """
        with self._database.write() as connection:
            connection.execute(
                update(StagedContentRow)
                .where(
                    StagedContentRow.status == StagedStatus.WAITING,
                    exists().where(PipelineRun.staged_content_id == StagedContentRow.id),
                )
                .values(status=StagedStatus.TAKEN)
            )
            connection.execute(
                update(StagedContentRow)
                .where(
                    StagedContentRow.status == StagedStatus.WAITING,
                    exists().where(
                        PipelineRun.canonical_url == StagedContentRow.canonical_url,
                        # Its own run may have begun since the statement before this one.
                        PipelineRun.staged_content_id.is_distinct_from(StagedContentRow.id),
                    ),
                )
                .values(
                    status=StagedStatus.PASSED_OVER,
                    reason="it was processed by hand while it waited",
                )
            )
            rows = connection.execute(
                select(
                    StagedContentRow.id,
                    StagedContentRow.source_url,
                    StagedContentRow.created_at,
                    ContentSourceRow.categories,
                    ContentSourceRow.language,
                )
                .join(ContentSourceRow, ContentSourceRow.id == StagedContentRow.content_source_id)
                .where(
                    StagedContentRow.status == StagedStatus.WAITING,
                    ContentSourceRow.paused_at.is_(None),
                )
                .order_by(StagedContentRow.id)
                .limit(limit)
            ).all()
        return [WaitingContent(*row) for row in rows]

    def give_up(self, staged_content_id: int, reason: str) -> None:
        """Launch nothing more for it."""
        with self._database.write() as connection:
            connection.execute(
                update(StagedContentRow)
                .where(
                    StagedContentRow.id == staged_content_id,
                    StagedContentRow.status == StagedStatus.WAITING,
                )
                .values(status=StagedStatus.GIVEN_UP, reason=reason)
            )

    def entry(self, staged_content_id: int) -> FeedEntry:
        """Return the entry that was staged.

        Raises:
            InvalidSource: There is none.
        """
        wanted = select(StagedContentRow.entry).where(StagedContentRow.id == staged_content_id)
        with self._database.read() as connection:
            entry = connection.scalar(wanted)
        if entry is None:
            raise InvalidSource(f"There is no staged content #{staged_content_id} to process.")
        return FeedEntry.model_validate(entry)


def _one_at_a_time(connection: Connection) -> None:
    """Let two polls that find the same articles wait for each other, in whatever order they do."""
    if connection.dialect.name == "postgresql":
        # On SQLite the write transaction itself keeps everybody else out.
        connection.execute(select(func.pg_advisory_xact_lock(_STAGING_LOCK)))


def _unknown_of(
    connection: Connection, source_id: int, entries: Iterable[FeedEntry], now: datetime
) -> list[tuple[FeedEntry, str]]:
    """Return the entries that were never staged, with their canonical URLs; mark the others."""
    addressed = [(entry, canonical_url(entry.source_url)) for entry in entries]
    known = or_(
        StagedContentRow.canonical_url.in_([canonical for _, canonical in addressed]),
        (StagedContentRow.content_source_id == source_id)
        & StagedContentRow.entry_id.in_([entry.id for entry, _ in addressed]),
    )
    connection.execute(update(StagedContentRow).where(known).values(seen_at=now))
    rows = connection.execute(
        select(
            StagedContentRow.canonical_url,
            StagedContentRow.entry_id,
            StagedContentRow.content_source_id,
        ).where(known)
    ).all()
    urls = {row.canonical_url for row in rows}
    ids = {row.entry_id for row in rows if row.content_source_id == source_id}
    return [
        (entry, canonical)
        for entry, canonical in addressed
        if entry.id not in ids and canonical not in urls
    ]


def _processed(connection: Connection, entries: Iterable[tuple[FeedEntry, str]]) -> dict[str, str]:
    """Return, for those that have a run already, which."""
    runs = connection.execute(
        select(PipelineRun.canonical_url, PipelineRun.id)
        .where(PipelineRun.canonical_url.in_([canonical for _, canonical in entries]))
        .order_by(PipelineRun.id)
    )
    return {row.canonical_url: f"run #{row.id} has processed it" for row in runs}


def _insert(
    connection: Connection,
    source_id: int,
    entry: FeedEntry,
    canonical: str,
    reason: str | None,
    now: datetime,
) -> bool:
    values: dict[str, Any] = {
        "source_url": entry.source_url,
        "canonical_url": canonical,
        "title": entry.title,
        "content_source_id": source_id,
        "entry_id": entry.id,
        "status": StagedStatus.PASSED_OVER if reason else StagedStatus.WAITING,
        "reason": reason,
        "published_at": entry.published_at,
        "seen_at": now,
        "created_at": now,
        # What gets no run need not be kept.
        "entry": None if reason else entry.model_dump(mode="json", exclude_none=True),
    }
    return insert_if_absent(connection, StagedContentRow, values) is not None
