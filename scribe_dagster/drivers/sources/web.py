"""The source ``web``: a page at an http or https URL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from scribe_dagster.config import Settings
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.drivers.sources.document import read_document
from scribe_dagster.drivers.sources.download import PageDownloader


@dataclass(frozen=True, slots=True)
class WebSource:
    """Fetches ``payload.source_url`` and extracts the article on it.

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
        page = self.pages.get(payload.source_url)
        return read_document(
            page.body,
            source=payload.source_url,
            url=page.url,
            media_type=page.media_type,
            charset=page.charset,
        )
