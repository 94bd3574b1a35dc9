"""Payloads of a feed's entries, each a source of its own."""

from __future__ import annotations

from scribe_dagster.domain.feed_entry import Feed, FeedEntry
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.drivers.sources.feed_content import entry_number


def entry_requests(
    feed: Feed, request: ContentPayload, *, number: int | None = None
) -> list[ContentPayload]:
    """Turn the request of a feed into those of its entries.

    Args:
        feed: What the feed holds.
        request: A payload that names it; its other fields hold for every entry.
        number: Which entry, 1 for the newest. Default: all, the oldest first.

    Raises:
        SourceError: It has no such entry.
    """
    chosen = entry_number(number or 1, feed)
    entries = [chosen] if number else reversed(feed.entries)
    return [entry_request(entry, request) for entry in entries]


def entry_request(entry: FeedEntry, feed: ContentPayload | None = None) -> ContentPayload:
    """Make the payload of one entry, which is known by its own address.

    The entry travels along, so that it can be read when the feed no longer has it.

    Args:
        entry: What to process.
        feed: Where categories and language are taken from.
    """
    return ContentPayload(
        source_url=entry.source_url,
        source="feed",
        source_text=entry.model_dump_json(exclude_none=True),
        categories=feed.categories if feed else (),
        language=feed.language if feed else None,
    )
