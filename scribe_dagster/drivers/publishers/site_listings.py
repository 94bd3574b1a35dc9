"""The site's lists, in pages of a fixed size: of all articles, and of those on each topic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from scribe_dagster.domain.topic_slug import topic_slug
from scribe_dagster.drivers.publishers.site_entry import SiteEntry

PAGE_SIZE = 24
"""Articles on a page. A list's first page has up to twice as many."""

FRONT_PAGE = "index.html"

_LONGEST_NAME = 50
"""Letters; of four bytes each they still name a file, which takes 255."""
_DIGITS_OF_HASH = 8


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list. Paths are those of the site."""

    path: str
    entries: Sequence[SiteEntry]
    topic: str | None
    count: int
    """Articles on all pages of the list."""
    newer: str | None = None
    older: str | None = None


def listings(entries: Sequence[SiteEntry]) -> Iterator[Listing]:
    """Make every page that lists articles.

    Pages are filled from the oldest article on, and only the first one is not full: a new article
    changes that one, and once in a while the next, however many there are.

    Args:
        entries: Those of the whole site, newest first.
    """
    topics: dict[str, tuple[str, list[SiteEntry]]] = {}
    for entry in entries:
        for path, topic in {topic_page(topic): topic for topic in entry.topics}.items():
            if path:
                topics.setdefault(path, (topic, []))[1].append(entry)
    for path, (topic, on_topic) in topics.items():
        yield from _pages(on_topic, topic, path, path.removesuffix(".html") + ".{}.html")
    yield from _pages(entries, None, FRONT_PAGE, "pages/{}.html")


def topic_page(topic: str) -> str | None:
    """Return the path of a category's or a tag's first page; None where no name can be made."""
    slug = topic_slug(topic)
    if len(slug) > _LONGEST_NAME:
        # Others may begin with the same letters.
        digest = sha256(slug.encode()).hexdigest()[:_DIGITS_OF_HASH]
        slug = f"{slug[: _LONGEST_NAME - _DIGITS_OF_HASH - 1].rstrip('-')}-{digest}"
    return f"topics/{slug}.html" if slug else None


def _pages(
    entries: Sequence[SiteEntry], topic: str | None, first: str, further: str
) -> Iterator[Listing]:
    full = max(len(entries) // PAGE_SIZE - 1, 0)
    paths = [first, *(further.format(number) for number in range(full, 0, -1))]
    end = 0
    for position, path in enumerate(paths):
        start, end = end, len(entries) - (full - position) * PAGE_SIZE
        yield Listing(
            path,
            entries[start:end],
            topic,
            len(entries),
            newer=paths[position - 1] if position else None,
            older=paths[position + 1] if position < full else None,
        )
