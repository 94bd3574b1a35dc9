"""RSS 2.0, RSS 1.0, Atom, and what calls itself so."""

from __future__ import annotations

import io
import re
import warnings
from calendar import timegm
from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from typing import Any
from xml.sax import SAXException

from scribe_dagster.drivers.sources.raw_entry import RawEntry, RawFeed

_DECLARATION = re.compile(r"\A\s*<\?xml\b[^>]*\?>", re.IGNORECASE)


def read_xml_feed(text: str, *, url: str) -> RawFeed | None:
    """Read a feed that is written in XML; None when there is none in it.

    Args:
        text: The document, decoded: what it declares of its charset no longer matters.
        url: Where it came from; relative links start there, or where ``xml:base`` says.
    """
    import feedparser

    with warnings.catch_warnings():
        # It warns of its own future, from within.
        warnings.simplefilter("ignore", DeprecationWarning)
        parsed = feedparser.parse(
            # A stream: it would take a string, or bytes, for the name of a file to open.
            io.BytesIO(_DECLARATION.sub("", text).lstrip().encode()),
            response_headers={
                "content-type": "application/xml; charset=utf-8",
                "content-location": url,
            },
            # What is left of the HTML is decided in one place, for every format.
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    if not parsed.version and not parsed.entries:
        return None
    feed: Mapping[str, Any] = parsed.feed
    return RawFeed(
        title=feed.get("title"),
        language=feed.get("language"),
        entries=tuple(_entry(entry, url) for entry in parsed.entries),
        damage=_damage(parsed.get("bozo_exception")),
    )


def _damage(error: Exception | None) -> str | None:
    """Tell what made the parser fall back to its forgiving half, if anything did."""
    if not isinstance(error, SAXException):
        return None
    return f"Its XML is not well-formed ({error.getMessage()}): something may have been missed."


def _entry(entry: Any, url: str) -> RawEntry:
    parts = [*entry.get("content", ()), *filter(None, [entry.get("summary_detail")])]
    content = next((html for part in entry.get("content", ()) if (html := _html(part))), None)
    summary = _html(entry.get("summary_detail")) or entry.get("summary")
    return RawEntry(
        id=entry.get("id"),
        url=entry.get("link"),
        title=_html(entry.get("title_detail")) or entry.get("title"),
        author=entry.get("author"),
        published_at=_moment(entry, "published_parsed") or _moment(entry, "updated_parsed"),
        language=next((part.language for part in entry.get("content", ()) if part.language), None),
        content=content,
        summary=None if summary == content else summary,
        # The address of the feed stands for "not said": links of an entry start at the entry.
        base=next((part.base for part in parts if part.base and part.base != url), None),
        image_url=_image(entry),
        tags=tuple(tag.term for tag in entry.get("tags", ()) if tag.get("term")),
    )


def _html(part: Mapping[str, Any] | None) -> str | None:
    value: str | None = part.get("value") if part else None
    if not value or not part:
        return None
    if part.get("type") == "text/plain":
        paragraphs = (escape(each, quote=False) for each in re.split(r"\n\s*\n", value))
        return "".join(f"<p>{each}</p>" for each in paragraphs)
    return value


def _moment(entry: Any, key: str) -> datetime | None:
    # Past its own lookup, which would answer the one with the other.
    parsed = dict.get(entry, key)
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, OSError):
        return None


def _image(entry: Any) -> str | None:
    named = [
        *(part for part in entry.get("media_content", ()) if _is_image(part)),
        *entry.get("media_thumbnail", ()),
    ]
    attached = [part for part in entry.get("enclosures", ()) if _is_image(part)]
    # Podcasts have a picture for each episode.
    attached.append(entry.get("image", {}))
    urls = [part.get("url") for part in named] + [part.get("href") for part in attached]
    return next(filter(None, urls), None)


def _is_image(part: Mapping[str, str]) -> bool:
    return part.get("medium") == "image" or part.get("type", "").startswith("image/")
