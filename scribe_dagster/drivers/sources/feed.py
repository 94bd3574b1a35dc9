"""The source ``feed``: RSS, Atom or JSON Feed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from pydantic import ValidationError

from scribe_dagster.config import Settings
from scribe_dagster.domain.feed_entry import FeedEntry
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.drivers.sources.feed_content import content_of, newest_of
from scribe_dagster.drivers.sources.feed_download import load_feed
from scribe_dagster.drivers.sources.web import WebSource
from scribe_dagster.errors import SourceError


@dataclass(frozen=True, slots=True)
class FeedSource:
    """Reads the newest entry of the feed at ``payload.source_url``.

    A payload with an entry in ``source_text``, as
    :func:`~scribe_dagster.drivers.sources.feed_request.entry_request` makes it, is read from that.
    """

    name: ClassVar[str] = "feed"

    settings: Settings

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make the source; nothing is connected."""
        return cls(settings)

    def read(self, payload: ContentPayload) -> ScrapedContent:
        """Read the entry that the payload holds, or else the newest of the feed it names.

        Raises:
            SourceError: The feed or the entry's page cannot be read, or there is no entry.
        """
        read_page = WebSource.from_settings(self.settings).read_page
        if payload.source_text is not None:
            return content_of(_entry_in(payload), read_page=read_page)
        return newest_of(load_feed(payload.source_url, self.settings), read_page=read_page)


def _entry_in(payload: ContentPayload) -> FeedEntry:
    try:
        return FeedEntry.model_validate_json(payload.source_text or "")
    except ValidationError:
        raise SourceError(
            f"The text handed in for {payload.source_url} is not an entry of a feed. "
            "Give the address of a feed, or leave out --source feed."
        ) from None
