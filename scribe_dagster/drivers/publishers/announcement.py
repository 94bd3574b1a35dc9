"""A few words that announce an article, for channels that do not hold the whole of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from scribe_dagster.domain.text import one_line, storable
from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.drivers.publishers.site_entry import Credit

LONGEST_TITLE = 250
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?![A-Za-z])")
_END_OF_A_BLOCK = re.compile(r"(?i)</(?:p|h\d|li|blockquote|tr|table|ul|ol|pre)>|<[bh]r\s*/?>")
_EMPTY_LINES = re.compile(r"\s*\n\s*\n\s*")

Measure = Callable[[str], int]
"""How a service counts the length of a text."""


def utf16_length(text: str) -> int:
    """Count as services do that are written in Java, JavaScript or Swift: an emoji is two."""
    return len(text.encode("utf-16-le")) // 2


def fitted(text: str, limit: int, measure: Measure = utf16_length) -> str:
    """Cut a text to what a service takes, at a word if possible, with an ellipsis."""
    if measure(text) <= limit:
        return text
    kept = text[:limit]
    while kept and measure(kept) >= limit:
        kept = kept[:-1]
    head = kept.rpartition(" ")[0]
    return (head if len(head) > len(kept) // 2 else kept).rstrip(" ,;:.–—-\n") + "…"


@dataclass(frozen=True, slots=True)
class Announcement:
    """What there is to say; nothing in it is HTML, and nothing in it is not public."""

    title: str
    summary: str
    text: str
    """The whole article as text, paragraphs with an empty line between them."""
    link: str | None
    credit: Credit
    language: str | None
    """Its ISO 639 code alone: not every service knows a region, or an underscore."""

    @classmethod
    def of(cls, post: Post) -> Self:
        """Take from an article what announces it."""
        article = post.article
        text, language = plain_text(article.content), _LANGUAGE.match(article.language or "")
        return cls(
            title=one_line(article.title, limit=LONGEST_TITLE),
            summary=" ".join(storable(article.description).split()) or text.partition("\n")[0],
            text=text,
            link=post.link,
            credit=Credit.of(article),
            language=language[0].lower() if language else None,
        )

    def body(self, *, short: bool) -> str:
        """Return the summary, or, where no page can be linked to and there is room, everything."""
        return self.summary if short or self.link else self.text

    @property
    def last_line(self) -> str:
        """Where to read on; without a page of its own, where the article comes from."""
        if self.link:
            return self.link
        where = f" ({self.credit.url})" if self.credit.url else ""
        return f"Source: {self.credit.name}{where}"

    def as_text(self, limit: int, *, measure: Measure = utf16_length, short: bool = True) -> str:
        """Write title, body and last line; it is the body that is cut to make it fit."""
        title, end = self.title, self.last_line
        room = limit - measure(f"{title}\n\n\n\n{end}")
        if room < 1:
            return fitted(title, limit - measure(f"\n\n{end}"), measure) + f"\n\n{end}"
        body = fitted(self.body(short=short), room, measure)
        return "\n\n".join(part for part in (title, body, end) if part)


def plain_text(html: str) -> str:
    """Return an article's HTML as text, with an empty line after each paragraph."""
    from scribe_dagster.domain.sanitise import sanitise_article, visible_text

    marked = _END_OF_A_BLOCK.sub(lambda tag: f"{tag[0]}\n\n", sanitise_article(storable(html)))
    return _EMPTY_LINES.sub("\n\n", visible_text(marked)).strip()
