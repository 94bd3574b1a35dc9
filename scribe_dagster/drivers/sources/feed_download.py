"""A feed, from the web or from a file."""

from __future__ import annotations

from dataclasses import dataclass

from scribe_dagster.config import Settings
from scribe_dagster.domain.feed_entry import Feed
from scribe_dagster.domain.validators import Validators
from scribe_dagster.drivers.sources.download import PageDownloader
from scribe_dagster.drivers.sources.feed_document import read_feed
from scribe_dagster.drivers.sources.file import read_file
from scribe_dagster.drivers.sources.file_uri import path_of
from scribe_dagster.errors import SourceError

_FEEDS = (
    "application/feed+json, application/atom+xml, application/rss+xml, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)


@dataclass(frozen=True, slots=True)
class PolledFeed:
    """What came of asking for a feed."""

    feed: Feed | None
    """None: it has not changed since the validators were given."""
    validators: Validators
    """To be sent along next time."""


def poll_feed(
    url: str,
    settings: Settings,
    *,
    since: Validators | None = None,
) -> PolledFeed:
    """Fetch a feed, unless it is still what it was.

    Args:
        url: An http(s) URL, or the ``file://`` URI of a feed on this machine.
        settings: The limits are those that pages have.
        since: The validators of the last answer.

    Raises:
        SourceError: It cannot be fetched, or is no feed.
    """
    if url.startswith("file:"):
        return PolledFeed(read_feed(read_file(path_of(url)), source=url), Validators())
    pages = PageDownloader.from_settings(settings)
    page = pages.get(url, accept=_FEEDS, since=since, refuse=_take_whatever_it_is_called)
    if page.not_modified:
        return PolledFeed(None, since or Validators())
    feed = read_feed(page.body, source=url, url=page.url, charset=page.charset)
    return PolledFeed(feed, page.validators)


def load_feed(url: str, settings: Settings) -> Feed:
    """Fetch a feed with the limits that pages have.

    Raises:
        SourceError: It cannot be fetched, or is no feed.
    """
    polled = poll_feed(url, settings)
    assert polled.feed is not None
    return polled.feed


def _take_whatever_it_is_called(media_type: str, *, source: str) -> None:
    """Feeds are served as all sorts of things; what it is, its first bytes tell."""


def reason_of(error: SourceError) -> str:
    """Return what happened, without what somebody at a keyboard might do next."""
    return str(error).partition(". ")[0].rstrip(".")
