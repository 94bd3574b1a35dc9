"""What a page says of itself: in its head, in JSON-LD, in its headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from scribe_dagster.domain.redaction import without_credentials
from scribe_dagster.domain.text import one_line, storable
from scribe_dagster.drivers.sources.language import primary_language
from scribe_dagster.drivers.sources.titles import choose_title

_MOST_TAGS = 20
_LONGEST_TAG = 60
_MOST_HEADINGS = 20
_LONGEST_NAME = 500
_FIRST_WEB_PAGE = datetime(1990, 1, 1, tzinfo=UTC)

_IMAGE = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src")
_PUBLISHED = ("article:published_time", "og:article:published_time", "datePublished")
_JSON_LD_PUBLISHED = re.compile(r'"datePublished"\s*:\s*"([^"]{4,40})"')


@dataclass(frozen=True, slots=True)
class PageMetadata:
    """What was found; None where the page does not say. URLs are absolute http(s) ones."""

    title: str | None
    author: str | None
    published_at: datetime | None
    language: str | None
    description: str | None
    site_name: str | None
    canonical_url: str | None
    image_url: str | None
    tags: tuple[str, ...]


def read_metadata(tree: Any, *, url: str | None) -> PageMetadata:
    """Read the metadata of a parsed page that came from ``url``."""
    import trafilatura

    # The extensive date search takes any date in the text, and the copyright year, for the
    # article's: no date is better than a wrong one.
    found = trafilatura.extract_metadata(tree, url, extensive=False)
    site_name = _line(_first(tree, "og:site_name") or found.sitename, limit=200)
    base = base_url(tree, url)
    canonical = next(
        (href for href in tree.xpath("//link[@rel='canonical']/@href") if href.strip()), None
    )
    return PageMetadata(
        title=_line(_title(tree, found.title, site_name, url), limit=300),
        author=_line((found.author or "").replace("; ", ", "), limit=200),
        published_at=_published_at(tree, found.date),
        language=primary_language(next(iter(tree.xpath("/html/@lang | /html/@xml:lang")), None)),
        description=_line(_first(tree, "og:description") or found.description, limit=1_000),
        site_name=site_name,
        canonical_url=absolute_url(base, canonical or _first(tree, "og:url")),
        image_url=absolute_url(base, _first(tree, *_IMAGE) or found.image),
        tags=_tags(found.tags or []),
    )


def base_url(tree: Any, url: str | None) -> str | None:
    """Return the URL that the page's relative links start from.

    A link within the page leads to the page's own URL, which may hold a credential: none is in it.
    """
    named = next(iter(tree.xpath("//base/@href")), "")
    base = absolute_url(url, named or url)
    return base and without_credentials(base)


def absolute_url(base: str | None, url: str | None) -> str | None:
    """Resolve a link and drop its fragment; None unless an http(s) URL comes of it."""
    if not url or not url.strip():
        return None
    try:
        absolute = urldefrag(urljoin(base or "", storable(url).strip())).url
        parts = urlsplit(absolute)
        return absolute if parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


def _title(tree: Any, reported: str | None, site_name: str | None, url: str | None) -> str | None:
    host = (urlsplit(url or "").hostname or "").removeprefix("www.")
    return choose_title(
        headings=[
            _squeezed(heading.text_content()[:_LONGEST_NAME])
            for heading in islice(tree.iter("h1"), _MOST_HEADINGS)
        ],
        names=[
            _squeezed((name or "")[:_LONGEST_NAME])
            for name in (
                _first(tree, "og:title", "twitter:title"),
                tree.findtext(".//title"),
                reported,
            )
        ],
        site_names=[site_name or "", host, host.partition(".")[0]],
    )


def _published_at(tree: Any, day: str | None) -> datetime | None:
    latest = datetime.now(UTC) + timedelta(days=1)
    for stamp in (*_all(tree, *_PUBLISHED), *_json_ld_dates(tree), day or ""):
        try:
            moment = datetime.fromisoformat(stamp.strip())
        except ValueError:
            continue
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        if _FIRST_WEB_PAGE <= moment <= latest:
            return moment.astimezone(UTC)
    return None


def _json_ld_dates(tree: Any) -> Iterator[str]:
    for script in tree.xpath("//script[@type='application/ld+json']"):
        yield from _JSON_LD_PUBLISHED.findall(script.text or "")


def _tags(found: list[str]) -> tuple[str, ...]:
    tags: dict[str, str] = {}
    for tag in (_squeezed(part) for entry in found for part in entry.split(",")):
        if 1 < len(tag) <= _LONGEST_TAG:
            tags.setdefault(tag.casefold(), tag)
    return tuple(tags.values())[:_MOST_TAGS]


def _all(tree: Any, *names: str) -> Iterator[str]:
    for name in names:
        query = "//meta[@property=$name or @name=$name or @itemprop=$name]/@content"
        yield from (content for content in tree.xpath(query, name=name) if content.strip())


def _first(tree: Any, *names: str) -> str | None:
    return next((line for text in _all(tree, *names) if (line := _squeezed(text))), None)


def _squeezed(text: str) -> str:
    return " ".join(storable(text).split())


def _line(text: str | None, *, limit: int) -> str | None:
    return one_line(text, limit=limit) or None if text else None
