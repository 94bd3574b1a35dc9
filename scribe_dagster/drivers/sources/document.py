"""A document of unknown kind: refused, or read as HTML or as plain text."""

from __future__ import annotations

from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.drivers.sources.charset import decode
from scribe_dagster.drivers.sources.extraction import extract
from scribe_dagster.drivers.sources.plain_text import read_plain_text
from scribe_dagster.drivers.sources.sniffing import (
    foreign_content,
    foreign_media_type,
    is_html,
    is_html_document,
)
from scribe_dagster.drivers.sources.walls import refuse_wall
from scribe_dagster.errors import SourceError

LARGEST_DOCUMENT = 10_000_000
"""Bytes, decompressed. Pages of articles have a hundredth of it."""


def read_document(
    data: bytes,
    *,
    source: str,
    url: str | None = None,
    media_type: str = "",
    charset: str | None = None,
) -> ScrapedContent:
    """Read a document by its declared media type and, where that says little, by its content.

    Raises:
        SourceError: It is empty, of another kind, holds no text, or hides it behind a wall.
    """
    refuse_media_type(media_type, source=source)
    if not data.strip():
        raise SourceError(f"There is nothing at {source}: it is empty. Give another address.")
    if noun := foreign_content(data, media_type=media_type):
        raise _not_an_article(source, noun)
    text = decode(data, transport_charset=charset)
    if _is_to_be_read_as_html(text, media_type):
        content = extract(text, url=url, source=source)
        refuse_wall(text, content, source=source)
        return content
    return read_plain_text(text, source=source)


def refuse_media_type(media_type: str, *, source: str) -> None:
    """Refuse what is said to be an image, a PDF and so on, before it is read.

    Raises:
        SourceError: The media type is neither HTML nor plain text.
    """
    if noun := foreign_media_type(media_type):
        raise _not_an_article(source, noun)


def too_large(source: str) -> SourceError:
    """Make the error for a document above the limit."""
    return SourceError(
        f"{source} is larger than {LARGEST_DOCUMENT // 1_000_000} MB, and was not read further. "
        "Save the text of the article in a .txt file and process that."
    )


def _is_to_be_read_as_html(text: str, media_type: str) -> bool:
    if media_type in ("text/html", "application/xhtml+xml"):
        return True
    if media_type in ("text/plain", "text/markdown"):
        # Whole pages are often served as plain text; a snippet in a text is only a snippet.
        return is_html_document(text)
    return is_html(text)


def _not_an_article(source: str, noun: str) -> SourceError:
    return SourceError(
        f"{source} is {noun}, neither HTML nor plain text. "
        "Save its text in a .txt file and process that."
    )
