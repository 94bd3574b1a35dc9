"""What a feed's format says of an entry, before anything is made of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RawEntry:
    """An entry as the feed has it: foreign, unsanitised, and perhaps without anything."""

    id: str | None = None
    url: str | None = None
    title: str | None = None
    author: str | None = None
    published_at: datetime | None = None
    language: str | None = None
    content: str | None = None
    """HTML that the feed calls the entry's content."""
    summary: str | None = None
    """HTML that may be a summary, a teaser, or all there is: formats leave it open."""
    base: str | None = None
    """Where relative links in the HTML start; None: the format does not say."""
    image_url: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RawFeed:
    """A feed as it is written."""

    title: str | None = None
    language: str | None = None
    entries: tuple[RawEntry, ...] = ()
    damage: str | None = None
    """What is wrong with how it is written, for which entries may be missing; a sentence."""
