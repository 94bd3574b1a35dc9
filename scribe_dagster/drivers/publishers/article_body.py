"""An article's text as HTML, for services that set it in pages of their own."""

from __future__ import annotations

from html import escape

from scribe_dagster.domain.article import Article
from scribe_dagster.domain.sanitise import sanitise_article
from scribe_dagster.domain.text import storable
from scribe_dagster.drivers.publishers.article_locale import direction_of


def article_body(article: Article) -> str:
    """Return the article's HTML, sanitised once more.

    Where it is written from right to left it says so itself: the page around it follows the
    language of the site, which may be another.
    """
    body = sanitise_article(storable(article.content))
    if direction_of(article.language) == "ltr":
        return body
    return f'<div dir="rtl" lang="{escape(article.language or "")}">\n{body}\n</div>'
