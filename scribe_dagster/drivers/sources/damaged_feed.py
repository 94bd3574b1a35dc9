"""A feed whose XML is so damaged that the usual parser finds no entry in it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from scribe_dagster.drivers.sources.raw_entry import RawEntry, RawFeed

_ENTRY = re.compile(r"<(?:\w+:)?(?:item|entry)\b", re.IGNORECASE)


def read_damaged_feed(text: str) -> RawFeed | None:
    """Read what a forgiving parser can make of it; None when that is nothing."""
    if not _ENTRY.search(text):
        return None
    import fastfeedparser

    try:
        # Bytes: it would fetch a string that begins like a URL.
        parsed = fastfeedparser.parse(text.encode())
    except ValueError:
        return None
    return RawFeed(
        title=parsed.feed.get("title"),
        language=parsed.feed.get("language"),
        entries=tuple(
            RawEntry(
                id=entry.get("id"),
                url=entry.get("link"),
                title=entry.get("title"),
                author=entry.get("author"),
                published_at=_moment(entry.get("published") or entry.get("updated")),
                content=next((part.get("value") for part in entry.get("content", ())), None),
                summary=entry.get("description"),
            )
            for entry in parsed.entries
        ),
    )


def _moment(value: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if value else None
    except ValueError:
        return None
    return moment and (moment if moment.tzinfo else moment.replace(tzinfo=UTC))
