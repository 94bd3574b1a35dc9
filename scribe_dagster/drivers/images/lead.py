"""The page's own lead image, where one may use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self
from urllib.parse import urlsplit

from scribe_dagster.config import Settings
from scribe_dagster.drivers.images.encoded_image import inspect_image
from scribe_dagster.drivers.images.protocol import GeneratedImage, ImageRequest
from scribe_dagster.drivers.web.download import Downloader
from scribe_dagster.drivers.web.robots import robots
from scribe_dagster.errors import DownloadError, ImageError

_MOST_BYTES = 25_000_000
_MOST_SECONDS = 60.0

# Narrower ones are logos, or counters of readers.
_NARROWEST = 300

_WAY_OUT = "AI_IMAGE_FALLBACKS=local draws one instead."


@dataclass(frozen=True, slots=True)
class LeadImageModel:
    """Takes the picture that a page names as its own, and draws none.

    Its address is a stranger's, so it is fetched as the page itself is: from the public internet,
    and where its site lets programs read it.
    """

    name: ClassVar[str] = "lead"
    is_free: ClassVar[bool] = True

    downloader: Downloader
    respect_robots: bool = True

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make it; nothing is connected to yet."""
        downloader = Downloader.from_settings(
            settings, most_bytes=_MOST_BYTES, most_seconds=_MOST_SECONDS
        )
        return cls(downloader, respect_robots=settings.scribe_respect_robots)

    def generate(self, request: ImageRequest) -> GeneratedImage:
        """Fetch the picture. The prompt is not used.

        Raises:
            ImageError: The page names none, it cannot be fetched, or it is too small for a cover.
        """
        url = request.lead_url
        if url is None:
            raise ImageError(f"The page names no lead image. {_WAY_OUT}")

        def permit(hop: str) -> None:
            if self.respect_robots:
                robots.check(hop, self.downloader)

        try:
            data = self.downloader.get(url, accept="image/*", permit=permit).body
        except DownloadError as error:
            raise ImageError(
                f"The page's lead image cannot be fetched: {error.reason}. {_WAY_OUT}",
                kind=error.kind,
                resume_after=error.resume_after,
            ) from error
        header = inspect_image(data)
        if header.width < _NARROWEST:
            raise ImageError(
                f"The page's lead image is only {header.width} pixels wide. {_WAY_OUT}"
            )
        host = urlsplit(url).hostname or "the page"
        return GeneratedImage(data=data, made_by=f"lead image from {host}")
