"""The source ``web``: a page at an http or https URL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from scribe_dagster.config import Settings
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.drivers.sources.document import read_document, refuse_media_type
from scribe_dagster.drivers.sources.download import Page, PageDownloader
from scribe_dagster.drivers.sources.feed_content import newest_of
from scribe_dagster.drivers.sources.feed_document import is_feed_document, read_feed
from scribe_dagster.drivers.sources.sniffing import is_feed_media_type


@dataclass(frozen=True, slots=True)
class WebSource:
    """Fetches ``payload.source_url`` and extracts the article on it; of a feed, the newest entry.

    Args:
        pages: Fetches it.
    """

    name: ClassVar[str] = "web"

    pages: PageDownloader

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make the source; nothing is connected."""
        return cls(PageDownloader.from_settings(settings))

    def read(self, payload: ContentPayload) -> ScrapedContent:
        """Fetch the page and read it.

        Raises:
            SourceError: The page cannot be fetched, or holds no article.
        """
        page = self._download(payload.source_url)
        # What says that it is a feed is read as one, however strangely it may begin.
        if is_feed_media_type(page.media_type) or is_feed_document(page.body, charset=page.charset):
            feed = read_feed(
                page.body, source=payload.source_url, url=page.url, charset=page.charset
            )
            return newest_of(feed, read_page=self.read_page)
        return _article_on(page, payload.source_url)

    def read_page(self, url: str) -> ScrapedContent:
        """Fetch a page that is an article, and no feed.

        Raises:
            SourceError: The page cannot be fetched, or holds no article.
        """
        return _article_on(self._download(url), url)

    def _download(self, url: str) -> Page:
        return self.pages.get(url, refuse=_refuse)


def _refuse(media_type: str, *, source: str) -> None:
    if not is_feed_media_type(media_type):
        refuse_media_type(media_type, source=source)


def _article_on(page: Page, asked: str) -> ScrapedContent:
    return read_document(
        page.body,
        source=asked,
        url=page.url,
        media_type=page.media_type,
        charset=page.charset,
    )
