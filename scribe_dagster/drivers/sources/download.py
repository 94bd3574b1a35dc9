"""A download as sources make it: polite, and told of in their terms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from scribe_dagster.config import Settings
from scribe_dagster.domain.validators import Validators
from scribe_dagster.drivers.sources.document import LARGEST_DOCUMENT, refuse_media_type, too_large
from scribe_dagster.drivers.sources.sniffing import content_type
from scribe_dagster.drivers.web.download import Downloader
from scribe_dagster.drivers.web.robots import robots
from scribe_dagster.errors import DownloadError, DownloadFault, SourceError

PAGES = "text/html, application/xhtml+xml, text/plain;q=0.9, */*;q=0.1"
"""What is asked for where nothing else is said."""

_SAVE_IT = "save the page as a file and process that."
_NEXT_STEPS = {
    DownloadFault.TOO_SLOW: "Try again later, or raise WEB_SCRAPER_TIMEOUT.",
    DownloadFault.INSECURE: f"If you trust the site, {_SAVE_IT}",
    DownloadFault.UNREADABLE: _SAVE_IT.capitalize(),
}
_FOR_READERS_ONLY = (401, 402, 403, 451)


@dataclass(frozen=True, slots=True)
class Page:
    """What came back. ``url`` is that of the last redirect; ``body`` is decompressed."""

    url: str
    body: bytes
    media_type: str
    charset: str | None
    validators: Validators = field(default_factory=Validators)
    not_modified: bool = False
    """It is still what it was when the validators were given out; there is no body then."""


@dataclass(frozen=True, slots=True)
class PageDownloader:
    """Downloads what a source is to read.

    Args:
        downloader: Fetches it.
        respect_robots: Whether a site's robots.txt is heeded.
    """

    downloader: Downloader
    respect_robots: bool = True

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make one; nothing is connected."""
        downloader = Downloader.from_settings(
            settings, most_bytes=LARGEST_DOCUMENT, most_seconds=settings.web_scraper_timeout
        )
        return cls(downloader, respect_robots=settings.scribe_respect_robots)

    def get(
        self,
        url: str,
        *,
        accept: str = PAGES,
        since: Validators | None = None,
        refuse: Callable[..., None] = refuse_media_type,
    ) -> Page:
        """Fetch a page, or whatever ``accept`` names; redirects are followed.

        Args:
            url: An http(s) URL.
            accept: Value of the header of that name.
            since: Of an earlier page: ask only for what has changed since.
            refuse: Called with the media type, and the URL as ``source``, before the body is read.

        Raises:
            SourceError: It was not found, refused, too slow, too large, of the wrong kind, or not
                for programs to read.
        """

        def permit(hop: str) -> None:
            if self.respect_robots:
                robots.check(hop, self.downloader)

        def inspect(header: str) -> None:
            refuse(content_type(header)[0], source=url)

        try:
            found = self.downloader.get(
                url, accept=accept, since=since, permit=permit, inspect=inspect
            )
        except DownloadError as error:
            raise _in_our_terms(error, url) from error
        media_type, charset = content_type(found.content_type)
        return Page(
            found.url, found.body, media_type, charset, found.validators, found.not_modified
        )


def _in_our_terms(error: DownloadError, url: str) -> SourceError:
    if error.fault is DownloadFault.TOO_LARGE:
        return too_large(url)
    next_step = _NEXT_STEPS.get(error.fault, error.next_step)
    if error.status in _FOR_READERS_ONLY:
        next_step = f"If you may read it, {_SAVE_IT}"
    return SourceError(
        f"Could not read {url}: {error.reason}. {next_step}",
        kind=error.kind,
        resume_after=error.resume_after,
    )
