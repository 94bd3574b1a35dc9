"""Feeds whose XML is damaged: what is left of those that break off, and of those beyond repair."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from scribe_dagster.drivers.sources.raw_entry import RawEntry, RawFeed

BREAKS_OFF = "It breaks off before its end; the entry in which it does was left out."
_BEYOND_REPAIR = "Its XML is damaged: something may have been missed."

_ENTRY = re.compile(r"<(?:\w+:)?(?:item|entry)\b", re.IGNORECASE)
_END_OF_ENTRY = re.compile(r"</(?:\w+:)?(?:item|entry)\s*>", re.IGNORECASE)
_END_OF_FEED = re.compile(r"</(?:\w+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
_TAIL = 2_000
"""Characters in which its end is looked for; caches and hosts write comments behind it."""


def before_the_break(text: str) -> str | None:
    """Return the whole entries of a feed that ends too early; None: it does not.

    Half an article would be taken for the whole, and never be looked at again.
    """
    if _END_OF_FEED.search(text, max(0, len(text) - _TAIL)):
        return None
    last = max((entry.start() for entry in _ENTRY.finditer(text)), default=None)
    if last is None:
        return None
    return text if _END_OF_ENTRY.search(text, last) else text[:last]


def read_damaged_feed(text: str) -> RawFeed | None:
    """Read what the most forgiving parser can make of it; None when that is nothing."""
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
        damage=_BEYOND_REPAIR,
    )


def _moment(value: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if value else None
    except ValueError:
        return None
    return moment and (moment if moment.tzinfo else moment.replace(tzinfo=UTC))
