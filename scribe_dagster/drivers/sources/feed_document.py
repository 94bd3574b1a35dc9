"""A document that is said to be a feed, or turns out to be one."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

from scribe_dagster.domain.feed_entry import Feed
from scribe_dagster.drivers.sources.charset import decode
from scribe_dagster.drivers.sources.damaged_feed import (
    BREAKS_OFF,
    before_the_break,
    read_damaged_feed,
)
from scribe_dagster.drivers.sources.feed_entries import entries_of
from scribe_dagster.drivers.sources.json_feed import read_json_feed
from scribe_dagster.drivers.sources.overgrown import is_overgrown
from scribe_dagster.drivers.sources.page_metadata import absolute_url
from scribe_dagster.drivers.sources.raw_entry import RawFeed
from scribe_dagster.drivers.sources.sniffing import is_feed, is_html
from scribe_dagster.drivers.sources.xml_feed import read_xml_feed
from scribe_dagster.errors import SourceError

_BEGINNING = 8_192
_HEAD = 65_536
_MOST_ADVERTISED = 5
_LINK = re.compile(r"<link\b[^>]{0,500}>", re.IGNORECASE)
_FEED_TYPE = re.compile(r"type\s*=\s*[\"']?application/(rss|atom|feed)\+(xml|json)", re.IGNORECASE)
_HREF = re.compile(r"href\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+))", re.IGNORECASE)


def read_feed(
    data: bytes, *, source: str, url: str | None = None, charset: str | None = None
) -> Feed:
    """Read a feed by its content, whatever it is served as. It may have no entries yet.

    Args:
        data: The document.
        source: What messages call it.
        url: Where it came from in the end; relative links start there. Default: ``source``.
        charset: The charset named by the HTTP response.

    Raises:
        SourceError: It is no feed. Of a web page the message names the feeds it links to.
    """
    if not data.strip():
        raise SourceError(f"There is nothing at {source}: it is empty. Give the address of a feed.")
    text = decode(data, transport_charset=charset)
    url = url or source
    if not is_feed(text) and is_html(text):
        raise _a_page(text, source=source, url=url)
    if is_overgrown(text):
        raise SourceError(
            f"The feed at {source} has more markup than a feed needs, and was not read. "
            "Process its articles by their own addresses."
        )
    try:
        raw = _raw_feed(text, url)
        feed = entries_of(raw, url=url) if raw else None
    except Exception as error:
        # The feed is a stranger's, and so are the parsers it is put through.
        raise SourceError(
            f"The feed at {source} cannot be parsed ({type(error).__name__}). "
            "Process its articles by their own addresses."
        ) from error
    if feed is None and is_feed(text):
        raise SourceError(
            f"{source} begins like a feed, and is too damaged to be read. Try again later."
        )
    if feed is None:
        raise SourceError(
            f"{source} is not a feed: neither RSS, nor Atom, nor JSON Feed. Check the address."
        )
    return feed


def _raw_feed(text: str, url: str) -> RawFeed | None:
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        return read_json_feed(text)
    whole_entries = before_the_break(text)
    if whole_entries is not None:
        text = whole_entries
    raw = read_xml_feed(text, url=url)
    if raw is None or not raw.entries:
        raw = read_damaged_feed(text) or raw
    if raw is not None and whole_entries is not None:
        return replace(raw, damage=BREAKS_OFF)
    return raw


def is_feed_document(data: bytes, *, charset: str | None = None) -> bool:
    """Whether a document begins as a feed does, whatever it is served as."""
    return is_feed(decode(data[:_BEGINNING], transport_charset=charset))


def _a_page(text: str, *, source: str, url: str) -> SourceError:
    match _advertised(text[:_HEAD], url)[:_MOST_ADVERTISED]:
        case []:
            step = "It names no feed of its own, so it can be processed as a page only."
        case [feed]:
            step = f"Its feed is {feed}. Give that address."
        case feeds:
            step = f"Its feeds are {', '.join(feeds)}. Give one of these."
    return SourceError(f"{source} is a web page, not a feed. {step}")


def _advertised(html: str, url: str) -> list[str]:
    """Return the feeds that a page names as its own."""
    hrefs = (_HREF.search(link) for link in _LINK.findall(html) if _FEED_TYPE.search(link))
    named = (unescape(next(filter(None, href.groups()), "")) for href in hrefs if href)
    return list(dict.fromkeys(feed for each in named if (feed := absolute_url(url, each))))
