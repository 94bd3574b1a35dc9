"""The source ``file``: an HTML or text file on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

from scribe_dagster.config import Settings
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.drivers.sources.document import LARGEST_DOCUMENT, read_document, too_large
from scribe_dagster.drivers.sources.feed_content import newest_of
from scribe_dagster.drivers.sources.feed_document import is_feed_document, read_feed
from scribe_dagster.drivers.sources.file_uri import path_of
from scribe_dagster.drivers.sources.web import WebSource
from scribe_dagster.errors import SourceError

# Not from the mimetypes module: what that knows differs from machine to machine.
_MEDIA_TYPES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
}


@dataclass(frozen=True, slots=True)
class FileSource:
    """Reads the file that ``payload.source_url`` names as a ``file://`` URI.

    Args:
        web: Where an entry of a feed may lead that is but a summary.
    """

    name: ClassVar[str] = "file"

    web: WebSource

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make the source; nothing is opened."""
        return cls(WebSource.from_settings(settings))

    def read(self, payload: ContentPayload) -> ScrapedContent:
        """Read the file, by its suffix as HTML or text, or else by its content; of a feed, the
        newest entry.

        Raises:
            SourceError: The file is missing, unreadable, too large, or of another kind.
        """
        try:
            path = path_of(payload.source_url)
        except ValueError as error:
            raise SourceError(
                f"The file {payload.source_url} cannot be read: {error}. "
                "Write file:///path/to/article.html."
            ) from None
        data = read_file(path)
        if is_feed_document(data):
            feed = read_feed(data, source=str(path), url=path.as_uri())
            return newest_of(feed, read_page=self.web.read_page)
        return read_document(
            data, source=str(path), media_type=_MEDIA_TYPES.get(path.suffix.lower(), "")
        )


def read_file(path: Path) -> bytes:
    """Read a file that is no larger than a document may be.

    Raises:
        SourceError: It is missing, unreadable, or too large.
    """
    try:
        if path.exists() and not path.is_file():
            raise SourceError(f"{path} is not a regular file. Name an HTML or text file.")
        with path.open("rb") as file:
            data = file.read(LARGEST_DOCUMENT + 1)
    except FileNotFoundError:
        raise SourceError(
            f"There is no file {path} on this machine. Put it there, or give the right path."
        ) from None
    except OSError as error:
        raise SourceError(
            f"The file {path} cannot be read: {error.strerror or error}. "
            "Make it readable for the user the run has."
        ) from error
    if len(data) > LARGEST_DOCUMENT:
        raise too_large(str(path))
    return data
