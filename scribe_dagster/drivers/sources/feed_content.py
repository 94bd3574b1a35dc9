"""The content of a feed's entry: its own text, or that of the page it links to."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from scribe_dagster.domain.feed_entry import Feed, FeedEntry
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.drivers.sources.language import detect_language
from scribe_dagster.drivers.sources.plain_text import text_of
from scribe_dagster.errors import SourceError


def content_of(entry: FeedEntry, *, read_page: Callable[[str], ScrapedContent]) -> ScrapedContent:
    """Make content of an entry.

    Args:
        entry: Used as it is where it has its whole text; one with a summary only is followed.
        read_page: Reads the page at a URL.

    Raises:
        SourceError: It has neither text nor link, or the page cannot be read.
    """
    if entry.html is not None:
        return _own_content(entry, entry.html)
    if entry.url is None:
        raise SourceError(
            f"The entry {entry.source_url} has neither a text nor a link. Process another one."
        )
    page = read_page(entry.url)
    return page.evolve(
        title=page.title or entry.title,
        author=page.author or entry.author,
        published_at=page.published_at or entry.published_at,
        site_name=page.site_name or entry.site_name,
        image_url=page.image_url or entry.image_url,
        tags=page.tags or entry.tags,
    )


def newest_of(feed: Feed, *, read_page: Callable[[str], ScrapedContent]) -> ScrapedContent:
    """Make content of a feed's newest entry, and say which one that is.

    Args:
        feed: What the feed holds.
        read_page: Reads the page at a URL.

    Raises:
        SourceError: The feed has no entries, or the newest one cannot be read.
    """
    entry = entry_number(1, feed)
    return content_of(entry, read_page=read_page).evolve(entry_url=entry.source_url)


def entry_number(number: int, feed: Feed) -> FeedEntry:
    """Return an entry by its place, 1 for the newest.

    Raises:
        SourceError: The feed has not so many.
    """
    count = len(feed.entries)
    if not count:
        raise SourceError(f"The feed {feed.url} has no entries. Try again when it has one.")
    if not 1 <= number <= count:
        raise SourceError(
            f"The feed {feed.url} has {count} entries, 1 being the newest: there is no {number}."
        )
    return feed.entries[number - 1]


def _own_content(entry: FeedEntry, html: str) -> ScrapedContent:
    text = text_of(html)
    # Text that stands in no element is a paragraph all the same.
    body = (
        html
        if "<p" in html
        else "\n".join(f"<p>{escape(each, quote=False)}</p>" for each in text.split("\n\n"))
    )
    return ScrapedContent(
        text=text,
        html=body,
        title=entry.title,
        author=entry.author,
        published_at=entry.published_at,
        language=entry.language or detect_language(text),
        description=entry.summary,
        site_name=entry.site_name,
        canonical_url=entry.url,
        image_url=entry.image_url,
        tags=entry.tags,
    )
