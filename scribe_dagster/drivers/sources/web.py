"""The source ``web``: a page at an http or https URL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from scribe_dagster.config import Settings
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.drivers.sources.document import (
    LARGEST_DOCUMENT,
    read_document,
    refuse_media_type,
    too_large,
)
from scribe_dagster.drivers.sources.sniffing import content_type
from scribe_dagster.drivers.web.download import Download, Downloader
from scribe_dagster.drivers.web.robots import robots
from scribe_dagster.errors import DownloadError, DownloadFault, SourceError

_ACCEPT = "text/html, application/xhtml+xml, text/plain;q=0.9, */*;q=0.1"
_SAVE_IT = "save the page as a file and process that."
_NEXT_STEPS = {
    DownloadFault.TOO_SLOW: "Resume the run later, or raise WEB_SCRAPER_TIMEOUT.",
    DownloadFault.INSECURE: f"If you trust the site, {_SAVE_IT}",
    DownloadFault.UNREADABLE: _SAVE_IT.capitalize(),
}
_FOR_READERS_ONLY = (401, 402, 403, 451)


@dataclass(frozen=True, slots=True)
class WebSource:
    """Fetches ``payload.source_url`` and extracts the article on it.

    Args:
        downloader: Fetches it.
        respect_robots: Whether a site's robots.txt is heeded.
    """

    name: ClassVar[str] = "web"

    downloader: Downloader
    respect_robots: bool = True

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make the source; nothing is connected."""
        downloader = Downloader.from_settings(
            settings, most_bytes=LARGEST_DOCUMENT, most_seconds=settings.web_scraper_timeout
        )
        return cls(downloader, respect_robots=settings.scribe_respect_robots)

    def read(self, payload: ContentPayload) -> ScrapedContent:
        """Fetch the page and read it.

        Raises:
            SourceError: The page cannot be fetched, or holds no article.
        """
        asked = payload.source_url
        page = self._fetch(asked)
        media_type, charset = content_type(page.content_type)
        return read_document(
            page.body, source=asked, url=page.url, media_type=media_type, charset=charset
        )

    def _fetch(self, url: str) -> Download:
        def inspect(header: str) -> None:
            refuse_media_type(content_type(header)[0], source=url)

        def permit(hop: str) -> None:
            if self.respect_robots:
                robots.check(hop, self.downloader)

        try:
            return self.downloader.get(url, accept=_ACCEPT, permit=permit, inspect=inspect)
        except DownloadError as error:
            if error.fault is DownloadFault.TOO_LARGE:
                raise too_large(url) from error
            next_step = _NEXT_STEPS.get(error.fault, error.next_step)
            if error.status in _FOR_READERS_ONLY:
                next_step = f"If you may read it, {_SAVE_IT}"
            raise SourceError(
                f"Could not read {url}: {error.reason}. {next_step}",
                kind=error.kind,
                resume_after=error.resume_after,
            ) from error
