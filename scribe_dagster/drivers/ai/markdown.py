"""Articles that a model wrote in Markdown although it was asked for HTML."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_FENCE = re.compile(r"\A\s*```[a-z]*\n(?P<inside>.*?)\n?```\s*\Z", re.DOTALL | re.IGNORECASE)
# One of these, and the model has understood.
_BLOCK = re.compile(
    r"<(p|h[1-6]|ul|ol|li|div|section|article|main|body|html|blockquote|table|pre|br|hr)\b[^<>]*>",
    re.IGNORECASE,
)
_TITLE_TAG = re.compile(r"<(/?)h1\b", re.IGNORECASE)


def as_html(content: str) -> str:
    """Return HTML as it stands, and Markdown or plain text as HTML.

    A fence around the whole is taken off, and every ``h1`` becomes an ``h2``: the only ``h1`` of a
    page is its title. The result is no safer than what it was made of: HTML within Markdown is left
    there, for the sanitiser to judge.
    """
    if fenced := _FENCE.match(content):
        content = fenced["inside"]
    html = content if _BLOCK.search(content) else _converter().render(content).strip()
    return _TITLE_TAG.sub(r"<\1h2", html)


@cache
def _converter() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table")
