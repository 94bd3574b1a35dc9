"""Plain text: read as an article, and written out of HTML."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser

from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.domain.text import storable
from scribe_dagster.drivers.sources.language import detect_language
from scribe_dagster.errors import SourceError

LONGEST_TITLE = 120
"""Characters a first line may have to be taken for a title."""

_BLANK_LINES = re.compile(r"\n\s*\n")
_MARKDOWN_HEADING = re.compile(r"#{1,6}\s+")


def read_plain_text(text: str, *, source: str) -> ScrapedContent:
    """Read text whose paragraphs are parted by blank lines.

    A short first line with text after it is the title; where it stands alone, like a heading,
    it is not repeated in the text.

    Raises:
        SourceError: There is not a word in it.
    """
    text = storable(text).removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not any(char.isalnum() for char in text):
        raise SourceError(f"There is no text in {source}. Hand in the text of an article.")
    paragraphs = [part.strip() for part in _BLANK_LINES.split(text) if part.strip()]
    title = _title(paragraphs)
    if title and _is_heading(paragraphs[0]):
        paragraphs = _without_first_line(paragraphs)
    body = "\n\n".join(paragraphs)
    return ScrapedContent(
        text=body,
        html="\n".join(f"<p>{escape(part, quote=False)}</p>" for part in paragraphs),
        title=title,
        language=detect_language(body),
    )


def _title(paragraphs: list[str]) -> str | None:
    line, _, rest = paragraphs[0].partition("\n")
    line = _MARKDOWN_HEADING.sub("", line, count=1).strip()
    has_more = bool(rest.strip()) or len(paragraphs) > 1
    return line if has_more and 0 < len(line) <= LONGEST_TITLE else None


def _is_heading(paragraph: str) -> bool:
    return "\n" not in paragraph or _MARKDOWN_HEADING.match(paragraph) is not None


def _without_first_line(paragraphs: list[str]) -> list[str]:
    rest = paragraphs[0].partition("\n")[2].strip()
    return [rest, *paragraphs[1:]] if rest else paragraphs[1:]


def text_of(html: str) -> str:
    """Write simple HTML as plain text: blank lines between blocks, a dash before list items."""
    writer = _TextWriter()
    writer.feed(html)
    writer.close()
    return writer.text()


class _TextWriter(HTMLParser):
    """Gathers the words of each block; list items follow one another without a blank line."""

    _BLOCKS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote"})
    _LINES = frozenset({"li", "tr"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._blocks: list[list[str]] = [[]]
        self._words: list[str] = []
        self._bullet = ""
        self._verbatim = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._BLOCKS or tag in self._LINES or tag == "pre":
            self._end_line()
        if tag in self._BLOCKS and not (tag in ("p", "ul", "ol") and self._bullet):
            self._end_block()
        if tag == "li":
            self._bullet = "- "
        elif tag == "br":
            self._end_line()
        elif tag in ("td", "th"):
            self._words.append(" ")
        elif tag == "pre":
            self._end_block()
            self._verbatim = True

    def handle_endtag(self, tag: str) -> None:
        if tag in self._BLOCKS or tag in self._LINES or tag == "pre":
            self._end_line()
        if tag == "li":
            self._bullet = ""
        if tag == "pre":
            self._verbatim = False
        if tag in (self._BLOCKS | {"table", "pre"}) and not self._bullet:
            self._end_block()

    def handle_data(self, data: str) -> None:
        if self._verbatim:
            self._blocks[-1].extend(line.rstrip() for line in data.strip("\n").split("\n"))
        else:
            self._words.append(data)

    def text(self) -> str:
        """Return what was gathered."""
        self._end_line()
        return "\n\n".join("\n".join(block) for block in self._blocks if block)

    def _end_line(self) -> None:
        line = " ".join("".join(self._words).split())
        self._words.clear()
        if line:
            self._blocks[-1].append(self._bullet + line)
            # What else the item holds is set beneath its first line.
            self._bullet = self._bullet and "  "

    def _end_block(self) -> None:
        if self._blocks[-1]:
            self._blocks.append([])
