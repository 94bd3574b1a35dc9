"""A feed, and the entries in it, whatever format it came in."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from scribe_dagster.domain.text import StorableText
from scribe_dagster.domain.value import Value


class FeedEntry(Value):
    """One entry of a feed: an article, or the address of one.

    It holds all that is needed to process it, because a feed drops its older entries.
    """

    id: StorableText = Field(min_length=1, max_length=255, description="The same at every poll.")
    source_url: StorableText = Field(
        min_length=1, max_length=2048, description="Its link; an address in the feed if it has none"
    )
    url: StorableText | None = Field(None, description="Its link, absolute.")
    title: StorableText | None = None
    author: StorableText | None = None
    published_at: datetime | None = None
    language: StorableText | None = Field(None, description="ISO 639-1 code, such as en.")
    site_name: StorableText | None = Field(None, description="Title of the feed.")
    html: StorableText | None = Field(
        None, description="The whole article, sanitised; None if the feed has only a summary."
    )
    summary: StorableText | None = Field(None, description="Plain text.")
    image_url: StorableText | None = None
    tags: tuple[StorableText, ...] = ()


class Feed(Value):
    """What a feed holds, the newest entry first."""

    url: StorableText
    title: StorableText | None = None
    entries: tuple[FeedEntry, ...] = ()
    damage: StorableText | None = Field(
        None, description="What is wrong with how it is written, so that something may be missing."
    )
