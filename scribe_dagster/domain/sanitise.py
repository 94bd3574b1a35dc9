"""The only HTML an article may hold."""

from __future__ import annotations

import re
from html import unescape

from scribe_dagster.domain.text import storable

_TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "ul", "ol", "li", "blockquote"),
    *("a", "strong", "em", "b", "i", "code", "pre"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"),
}
# Elements whose text is no prose either: they go with everything inside them.
_DROPPED_WHOLE = {
    *("script", "style", "template", "noscript", "iframe", "object", "svg", "math"),
    *("title", "button", "select", "textarea"),
}
_ATTRIBUTES = {
    "a": {"href"},
    "th": {"colspan", "rowspan"},
    "td": {"colspan", "rowspan"},
}
# Where a reader sees the text break, whatever stands in the source.
_END_OF_BLOCK = re.compile(
    r"</(?:p|div|li|h[1-6]|t[dhr]|blockquote|pre|dt|dd|figcaption|caption)\s*>|<[bh]r\b[^<>]*>",
    re.I,
)
_MOST_PASSES = 5
_URL_SCHEMES = {"http", "https", "mailto"}


def sanitise_article(html: str) -> str:
    """Reduce HTML to the prose, lists, tables and links an article body is made of.

    Other elements lose their tags and keep their text; scripts, styles, frames and event handlers
    go altogether. Links lead to http, https or mailto addresses and vouch for nothing; a relative
    one loses its address, because an article is read elsewhere. Images are left out: an article's
    image is its cover. Cleaning twice gives what cleaning once gave.
    """
    clean = _cleaned(storable(html))
    # What stood between two headings may be gone, and the one would then be within the other.
    for _ in range(_MOST_PASSES):
        if (again := _cleaned(clean)) == clean:
            break
        clean = again
    return clean


def _cleaned(html: str) -> str:
    import nh3

    return nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=_DROPPED_WHOLE,
        attributes=_ATTRIBUTES,
        url_schemes=_URL_SCHEMES,
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
    ).strip()


def visible_text(html: str) -> str:
    """Return what a reader of the HTML would see, without markup, trimmed."""
    import nh3

    apart = _END_OF_BLOCK.sub(r"\g<0>\n", storable(html))
    clean = nh3.clean(apart, tags=set(), clean_content_tags=_DROPPED_WHOLE)
    return unescape(clean).strip()
