"""From what a feed says of its entries to entries that can be told apart and processed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import islice

from scribe_dagster.domain.feed_entry import Feed, FeedEntry
from scribe_dagster.domain.redaction import without_credentials
from scribe_dagster.domain.sanitise import visible_text
from scribe_dagster.domain.text import one_line, storable
from scribe_dagster.drivers.sources.extraction import simple_html
from scribe_dagster.drivers.sources.language import primary_language
from scribe_dagster.drivers.sources.page_metadata import absolute_url
from scribe_dagster.drivers.sources.plain_text import text_of
from scribe_dagster.drivers.sources.raw_entry import RawEntry, RawFeed

MOST_ENTRIES = 1_000
"""Entries kept of one feed, the newest. Those of most feeds have 10 to 50."""

_LONGEST_ID = 255
_LONGEST_URL = 2_048
_LONGEST_TITLE = 500
_LONGEST_SUMMARY = 2_000
_MOST_TAGS = 50

# A description may be a teaser or the whole text. Teasers are shorter.
_SHORTEST_WHOLE_TEXT = 150  # words
_SHORTEST_ARTICLE = 50  # letters and digits
_IS_CUT = re.compile(
    r"(…|\.\.\.|\[\+\d+ chars\]|\b(read|continue) (more|on|reading)\b[^.!?]{0,120})"
    r"[\s\])»→>]*\Z",
    re.IGNORECASE,
)
_LOOKS_LIKE_URL = re.compile(r"https?://\S+\Z", re.IGNORECASE)


def entries_of(raw: RawFeed, *, url: str) -> Feed:
    """Make a feed of what was read: newest first, each entry once, its HTML sanitised.

    Feeds have no order by definition, and the newest first by custom: dates decide where every
    entry has one, else the order stays. An id that several different entries bear (it happens)
    tells nothing, they are told apart by their links; nor does a link without an id that several
    bear, they are told apart by what they say.

    Args:
        raw: What the feed says.
        url: Where it is; links start there.
    """
    newest_first = _newest_first(raw.entries)[:MOST_ENTRIES]
    pairs = {(_id(entry) or _says(entry), _link(entry, url)) for entry in newest_first}
    bearers = Counter(entry_id for entry_id, _ in pairs)
    shared = {link for link, count in Counter(link for _, link in pairs).items() if count > 1}
    entries: dict[str, FeedEntry] = {}
    for entry in newest_first:
        link = _link(entry, url)
        own_id = _id(entry)
        if own_id is None:
            own_id = link if link and link not in shared else _says(entry)
        elif bearers[own_id] > 1:
            own_id = link or _says(entry)
        entry_id = own_id if len(own_id) <= _LONGEST_ID else f"sha256:{_digest(own_id)}"
        if entry_id not in entries:
            # A page with all entries on it, each at a place of its own, is not the address of one.
            address = _address_within(url, entry_id) if link is None or link in shared else link
            entries[entry_id] = _made(entry, raw, entry_id, link, address, url)
    return Feed(
        url=url,
        title=_plain(raw.title, _LONGEST_TITLE),
        entries=tuple(entries.values()),
        damage=raw.damage,
    )


def _newest_first(entries: Iterable[RawEntry]) -> list[RawEntry]:
    entries = list(entries)
    dated = [(entry.published_at, entry) for entry in entries if entry.published_at]
    if len(dated) < len(entries):
        return entries
    return [entry for _, entry in sorted(dated, key=lambda pair: pair[0], reverse=True)]


def _made(
    entry: RawEntry, feed: RawFeed, entry_id: str, link: str | None, address: str, url: str
) -> FeedEntry:
    base = without_credentials(entry.base or link or url)
    content = entry.content and simple_html(entry.content, base=base)
    summary = entry.summary and simple_html(entry.summary, base=base)
    whole = next(
        (
            html
            for html, is_content in ((content, True), (summary, False))
            if html and _is_whole(html, is_content=is_content, has_link=link is not None)
        ),
        None,
    )
    return FeedEntry(
        id=entry_id,
        source_url=address,
        url=link,
        title=_plain(entry.title, _LONGEST_TITLE),
        author=_plain(entry.author, _LONGEST_TITLE),
        published_at=entry.published_at,
        language=primary_language(entry.language or feed.language),
        site_name=_plain(feed.title, _LONGEST_TITLE),
        html=whole,
        # With a space between paragraphs, which are simple HTML by now.
        summary=_line(text_of(summary or content or ""), _LONGEST_SUMMARY),
        image_url=absolute_url(link or url, entry.image_url) if entry.image_url else None,
        tags=tuple(_told(entry.tags)),
    )


def _is_whole(html: str, *, is_content: bool, has_link: bool) -> bool:
    text = text_of(html)
    if sum(char.isalnum() for char in text) < _SHORTEST_ARTICLE:
        return False
    if not has_link:
        return True
    is_long = len(text.split()) >= _SHORTEST_WHOLE_TEXT
    is_cut = _IS_CUT.search(text) is not None
    # A long text may end in three dots of its own; a short one that does goes on elsewhere.
    return (is_long or not is_cut) if is_content else (is_long and not is_cut)


def _id(entry: RawEntry) -> str | None:
    return storable(entry.id or "").strip() or None


def _link(entry: RawEntry, url: str) -> str | None:
    own_id = _id(entry) or ""
    permalink = own_id if _LOOKS_LIKE_URL.match(own_id) else None
    link = absolute_url(url, entry.url) or absolute_url(url, permalink)
    # Bytes, not characters: some databases cannot index a longer one.
    return link if link and len(link.encode()) <= _LONGEST_URL else None


def _address_within(url: str, entry_id: str) -> str:
    """An entry without a link still lies somewhere: in its feed."""
    address = f"feed:{url}#{'-'.join(entry_id.split())}"
    return address if len(address.encode()) <= _LONGEST_URL else f"feed:sha256:{_digest(address)}"


def _says(entry: RawEntry) -> str:
    """What tells an entry from others where it has neither an id nor a link of its own."""
    said = "\n".join((entry.title or "", entry.content or entry.summary or ""))
    return f"sha256:{_digest(said)}"


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(html: str | None, limit: int) -> str | None:
    return _line(visible_text(storable(html)), limit) if html else None


def _line(text: str, limit: int) -> str | None:
    return one_line(text, limit=limit) or None


def _told(tags: Iterable[str]) -> Iterator[str]:
    return (tag for each in islice(tags, _MOST_TAGS) if (tag := one_line(each, limit=100)))
