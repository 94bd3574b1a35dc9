"""The source ``web``: a page at an http or https URL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from scribe_dagster.config import Settings
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.drivers.sources.document import read_document
from scribe_dagster.drivers.sources.download import download


@dataclass(frozen=True, slots=True)
class WebSource:
    """Fetches ``payload.source_url`` and extracts the article on it.

    Args:
        timeout: Seconds for the whole exchange, redirects included.
        user_agent: How it introduces itself.
    """

    name: ClassVar[str] = "web"

    timeout: float
    user_agent: str

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make the source; nothing is connected."""
        return cls(timeout=settings.web_scraper_timeout, user_agent=settings.web_scraper_user_agent)

    def read(self, payload: ContentPayload) -> ScrapedContent:
        """Fetch the page and read it.

        Raises:
            SourceError: The page cannot be fetched, or holds no article.
        """
        page = download(payload.source_url, timeout=self.timeout, user_agent=self.user_agent)
        return read_document(
            page.body,
            source=payload.source_url,
            url=page.url,
            media_type=page.media_type,
            charset=page.charset,
        )
