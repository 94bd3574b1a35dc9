"""The article in a web page, without the page around it."""

from __future__ import annotations

import re

from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.domain.text import storable
from scribe_dagster.drivers.sources.charset import decode
from scribe_dagster.drivers.sources.language import detect_language
from scribe_dagster.drivers.sources.overgrown import is_overgrown_page
from scribe_dagster.drivers.sources.page_metadata import absolute_url, base_url, read_metadata
from scribe_dagster.drivers.sources.plain_text import text_of
from scribe_dagster.drivers.sources.titles import folded
from scribe_dagster.errors import SourceError

_TAGS = {
    *("p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "li", "a", "br", "pre"),
    *("strong", "b", "em", "i", "u", "sub", "sup", "code", "table", "tr", "th", "td"),
}
# Letters and digits. What is left of a page that holds no article is a menu's words, or a notice;
# the shortest real article is longer in any script.
_SHORTEST_ARTICLE = 50
_FIRST_BLOCK = re.compile(r"<(h[1-6]|p)>.*?</\1>", re.DOTALL)


def extract(
    html: bytes | str,
    *,
    url: str | None,
    source: str | None = None,
    transport_charset: str | None = None,
    fallback_language: str | None = None,
) -> ScrapedContent:
    """Extract the main text of a page and what the page says of itself.

    Args:
        html: The page. Whatever it holds, nothing but a SourceError is raised.
        url: Where it came from; relative links start there.
        source: What messages call it. Default: the URL.
        transport_charset: The charset named by the HTTP response.
        fallback_language: The language to name where neither page nor text tells.

    Raises:
        SourceError: There is no article in the page.
    """
    source = source or url or "the page"
    text = (
        storable(html)
        if isinstance(html, str)
        else decode(html, transport_charset=transport_charset)
    )
    if is_overgrown_page(text):
        raise SourceError(
            f"The page at {source} has more tags or attributes than any that people read, and was "
            "not parsed. Save its text in a .txt file and process that."
        )
    try:
        content = _extract(text, url=url, fallback_language=fallback_language)
    except Exception as error:
        # The page is a stranger's, and so are the parsers it is put through.
        raise SourceError(
            f"The page at {source} cannot be parsed ({type(error).__name__}). "
            "Save its text in a .txt file and process that."
        ) from error
    if content is None:
        raise SourceError(
            f"No article text was found at {source}. It may need a browser or a login to show "
            "it, or list articles rather than be one: give the address of a single article, "
            "or hand in its text."
        )
    return content


def _extract(text: str, *, url: str | None, fallback_language: str | None) -> ScrapedContent | None:
    import trafilatura

    tree = trafilatura.load_html(text)
    if tree is None:  # a fragment is refused unless it is wrapped
        tree = trafilatura.load_html(f"<html><body>{text}</body></html>")
    if tree is None:
        return None
    page = read_metadata(tree, url=url)
    # It asks for JavaScript, and would be the article of a page that is made by nothing else.
    for plea in list(tree.iter("noscript")):
        plea.drop_tree()
    extracted = trafilatura.extract(
        tree,
        output_format="html",
        include_comments=False,
        include_formatting=True,
        include_links=True,
    )
    body = _without_title(simple_html(extracted or "", base=base_url(tree, url)), page.title)
    main_text = text_of(body)
    if sum(char.isalnum() for char in main_text) < _SHORTEST_ARTICLE:
        return None
    return ScrapedContent(
        text=main_text,
        html=body,
        title=page.title,
        author=page.author,
        published_at=page.published_at,
        language=page.language or detect_language(main_text) or fallback_language,
        description=page.description,
        site_name=page.site_name,
        canonical_url=page.canonical_url,
        image_url=page.image_url,
        tags=page.tags,
    )


def _without_title(html: str, title: str | None) -> str:
    # It is kept as the title; in the text it would stand a second time.
    first = _FIRST_BLOCK.match(html)
    if first and title and folded(text_of(first[0])) == folded(title):
        return html[first.end() :].lstrip()
    return html


def simple_html(html: str, *, base: str | None) -> str:
    """Reduce foreign HTML to the prose, lists, tables and links an article is made of."""
    import nh3

    return nh3.clean(
        storable(html),
        tags=_TAGS,
        attributes={"a": {"href"}},
        attribute_filter=lambda _tag, _name, href: absolute_url(base, href),
        url_schemes={"http", "https"},
        link_rel=None,
    ).strip()
