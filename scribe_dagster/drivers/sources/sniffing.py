"""What a document is: by what it is said to be, and by how it begins."""

from __future__ import annotations

import re
from email.message import Message

from scribe_dagster.drivers.sources.charset import encoding_by_beginning

_MEDIA_TYPES = frozenset({"text/html", "application/xhtml+xml", "text/plain", "text/markdown"})
_UNSAID = frozenset({"", "application/octet-stream", "text/xml", "application/xml"})
_NOUNS = (
    (re.compile(r"application/(x-)?pdf"), "a PDF document"),
    (re.compile(r"application/json|.+\+json"), "JSON data"),
    (re.compile(r"application/(rss|atom)\+xml"), "a feed"),
    (re.compile(r"image/"), "an image"),
    (re.compile(r"audio/"), "audio"),
    (re.compile(r"video/"), "a video"),
    (re.compile(r"application/(zip|gzip|x-.*compressed)"), "an archive"),
    (re.compile(r"application/(msword|vnd\.)"), "an office document"),
)
_MAGIC = (
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"PK\x03\x04", "an archive or an office document"),
    (b"\x1f\x8b", "an archive"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
    (b"\x1aE\xdf\xa3", "a video"),
)
# WHATWG MIME Sniffing, section 3: bytes that no text has.
_BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
# ESC is left out: ISO-2022-JP is written with it.
_CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
_SNIFFED = 1_445

_PROLOGUE = r"(?:\s|\ufeff|<!--(?:(?!-->).)*-->|<\?xml[^>]*>)*"
_HTML_DOCUMENT = re.compile(_PROLOGUE + r"<(?:!doctype\s+html|html)\b", re.I | re.DOTALL)
_HTML_FRAGMENT = re.compile(
    _PROLOGUE + r"<(?:head|title|meta|link|body|header|main|article|section|div|h1|p|table)\b",
    re.I | re.DOTALL,
)
_FEED = re.compile(
    _PROLOGUE
    + r"(?:<!doctype\s+(?:\w+:)?(?:rss|feed|rdf)\b[^>\[]*(?:\[[^\]]*\]\s*)?>)?"
    + _PROLOGUE
    + r"<(?:\w+:)?(?:rss|feed|rdf)\b"
    r"|\s*\{.*?[\"']version[\"']\s*:\s*[\"']https?:\\?/\\?/(?:www\.)?jsonfeed\.org\\?/",
    re.I | re.DOTALL,
)
_FEED_MEDIA_TYPE = re.compile(r"application/((rss|atom|rdf)\+xml|feed\+json)")


def content_type(header: str | None) -> tuple[str, str | None]:
    """Read a ``Content-Type`` header: media type ("" when there is none) and charset."""
    if not header or "/" not in header:
        return "", None
    message = Message()
    # Sent twice, the header arrives as one with a comma in it.
    message["Content-Type"] = header.partition(",")[0].encode("ascii", "replace").decode()
    return message.get_content_type(), message.get_content_charset()


def foreign_media_type(media_type: str) -> str | None:
    """Name what a media type stands for, unless it can be HTML or plain text."""
    if media_type in _MEDIA_TYPES or media_type in _UNSAID:
        return None
    noun = next((noun for pattern, noun in _NOUNS if pattern.match(media_type)), None)
    return f"{noun} ({media_type})" if noun else media_type


def foreign_content(data: bytes, *, media_type: str = "") -> str | None:
    """Name what the data are, unless they can be HTML or plain text."""
    start = data[:_SNIFFED]
    for magic, noun in _MAGIC:
        if start.lstrip().startswith(magic):
            return noun
    if start.startswith(b"RIFF") or start[4:8] == b"ftyp":
        return "an image, audio or a video"
    encoding = encoding_by_beginning(start)
    if is_feed(start.decode(encoding or "ascii", "ignore")):
        return "a feed"
    # A page may hold a stray NUL; a file nobody vouches for may not.
    said_to_be_html = media_type in ("text/html", "application/xhtml+xml")
    is_wide = encoding is not None and encoding != "utf-8"
    if not said_to_be_html and not is_wide and _BINARY.search(start):
        return "binary data"
    if said_to_be_html and _is_noise(start):
        return "binary data"
    return None


def _is_noise(start: bytes) -> bool:
    """Whether there are more control characters than damage explains, and it is no UTF-16."""
    a_share = len(start) / 50
    return len(_CONTROLS.findall(start)) > a_share > start.count(0)


def is_feed_media_type(media_type: str) -> bool:
    """Whether a media type says that a document is a feed."""
    return _FEED_MEDIA_TYPE.fullmatch(media_type) is not None


def is_feed(text: str) -> bool:
    """Whether the text begins as RSS, Atom or a JSON Feed does."""
    return _FEED.match(text[:_SNIFFED]) is not None


def is_html_document(text: str) -> bool:
    """Whether the text is a whole HTML document."""
    return _HTML_DOCUMENT.match(text[:_SNIFFED]) is not None


def is_html(text: str) -> bool:
    """Whether the text is HTML, whole or in part."""
    return is_html_document(text) or _HTML_FRAGMENT.match(text[:_SNIFFED]) is not None
