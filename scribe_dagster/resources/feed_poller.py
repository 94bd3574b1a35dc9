"""Polls the feeds whose time has come, and stages what is new in them."""

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Self

from scribe_dagster.config import Settings
from scribe_dagster.db.content_sources import ContentSources
from scribe_dagster.db.staged_contents import StagedContents
from scribe_dagster.domain.content_source import ContentSource, back_off
from scribe_dagster.domain.redaction import redact
from scribe_dagster.domain.text import one_line
from scribe_dagster.drivers.sources.feed_download import PolledFeed, poll_feed, reason_of
from scribe_dagster.errors import ContentSourceNotFound, DatabaseUnreachable, SourceError

_AT_ONCE = 6
"""Feeds fetched together."""
_LONGEST_WAIT = 15.0
"""Seconds for one feed: a slow one must not use up the time of the others."""
_LONGEST_ERROR = 300


@dataclass(frozen=True, slots=True)
class Poll:
    """What came of polling one feed."""

    source: ContentSource
    staged: int = 0
    """Entries that wait for their runs now and were not known before."""
    error: str | None = None
    damage: str | None = None
    """What is wrong with how the feed is written, although it could be read."""


@dataclass(frozen=True, slots=True)
class FeedPoller:
    """Polls feeds, each at its own interval; a broken one does not stop the others."""

    sources: ContentSources
    staged: StagedContents
    settings: Settings

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Open the stores of the configured database.

        Raises:
            NotMigrated: A shared database lacks the tables.
            DatabaseUnreachable: It cannot be reached.
        """
        sources = ContentSources.from_settings(settings)
        return cls(sources, StagedContents.from_settings(settings), settings)

    def poll_due(self, seconds: float) -> list[Poll]:
        """Poll what is due, a few at a time; begin no more of them once the time is up.

        Raises:
            DatabaseUnreachable: It cannot tell what is due.
        """
        polls: list[Poll] = []
        fetching: dict[Future[PolledFeed | Exception], ContentSource] = {}
        end = monotonic() + seconds
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            while True:
                # As places become free: what is slow keeps nothing else waiting.
                for source in self._due(end, places=_AT_ONCE - len(fetching)):
                    fetching[pool.submit(self._fetch, source)] = source
                if not fetching:
                    return polls
                for found in wait(fetching, return_when=FIRST_COMPLETED).done:
                    polls.append(self._record(fetching.pop(found), found.result()))

    def _due(self, end: float, *, places: int) -> Sequence[ContentSource]:
        if monotonic() >= end:
            return ()
        try:
            return self.sources.take_due(places)
        except DatabaseUnreachable:
            # What is being fetched may find it back again.
            if places < _AT_ONCE:
                return ()
            raise

    def _fetch(self, source: ContentSource) -> PolledFeed | Exception:
        try:
            timeout = min(self.settings.web_scraper_timeout, _LONGEST_WAIT)
            in_time = self.settings.model_copy(update={"web_scraper_timeout": timeout})
            return poll_feed(source.url, in_time, since=source.validators)
        except Exception as error:  # noqa: BLE001  -- the other feeds must be polled all the same
            return error

    def _record(self, source: ContentSource, found: PolledFeed | Exception) -> Poll:
        try:
            if isinstance(found, Exception):
                return self._record_failure(source, found)
            return self._record_success(source, found)
        except ContentSourceNotFound:
            # It was removed while it was polled.
            return Poll(source)
        except DatabaseUnreachable as error:
            # What it would have staged is still there at the next poll: the validators are those
            # of the last one that was written down.
            return Poll(source, error=str(error))

    def _record_success(self, source: ContentSource, found: PolledFeed) -> Poll:
        try:
            staged = self.staged.record_poll(
                source,
                found.feed,
                found.validators,
                newest_at_first=self.settings.feed_newest_at_first,
            )
        except (ContentSourceNotFound, DatabaseUnreachable):
            raise
        except Exception as error:  # noqa: BLE001  -- as when it is fetched
            return self._record_failure(source, error)
        return Poll(source, staged, damage=found.feed.damage if found.feed else None)

    def _record_failure(self, source: ContentSource, error: Exception) -> Poll:
        delay = back_off(source.interval, source.failures + 1)
        if isinstance(error, SourceError):
            reason = reason_of(error)
            if error.resume_after is not None:
                delay = max(delay, error.resume_after - datetime.now(UTC))
        else:
            reason = f"{type(error).__name__}: {error}"
        told = one_line(redact(reason, self.settings.secrets), limit=_LONGEST_ERROR)
        self.sources.record_failure(source, told, delay)
        return Poll(source, error=told)
