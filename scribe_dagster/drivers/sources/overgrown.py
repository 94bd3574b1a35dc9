"""Markup that is made to keep a parser busy.

The parsers of pages and feeds take time that grows with the square of the attributes of one
element, and of the namespaces of a document: a megabyte of either takes minutes, and a thread
cannot be stopped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_MOST_TAGS = 200_000
_MOST_NAMESPACES = 1_000
_MOST_ATTRIBUTES = 500
_SHORTEST_SUSPECT = 2_000  # characters; so many attributes need more
_VALUE = re.compile(r"\"[^\"]*\"|'[^']*'")
_BETWEEN_ATTRIBUTES = re.compile(r"[\s=]+")


def is_overgrown(markup: str) -> bool:
    """Whether no feed that people read is like this."""
    return (
        markup.count("<") > _MOST_TAGS
        or markup.count("xmlns") > _MOST_NAMESPACES
        or any(
            _has_too_many_attributes(part)
            for part in markup.split("<")
            if len(part) > _SHORTEST_SUSPECT
        )
    )


def is_overgrown_page(html: str) -> bool:
    """Whether no page that people read is like this.

    It is told by the events of the very parser that will build the page's tree, which takes no time
    as long as no tree is built: no quote or bracket is read here in one way, and there in another.
    """
    from lxml import etree

    try:
        etree.fromstring(html.encode(), etree.HTMLParser(encoding="utf-8", target=_Bounds()))
    except _Overgrown:
        return True
    except etree.LxmlError:  # no page at all: for others to say
        return False
    return False


class _Overgrown(Exception):
    pass


class _Bounds:
    """Receives a parser's events, and ends it when there is too much of something."""

    def __init__(self) -> None:
        self._tags = 0

    def start(self, _tag: str, attributes: Mapping[str, str]) -> None:
        self._tags += 1
        if self._tags > _MOST_TAGS or len(attributes) > _MOST_ATTRIBUTES:
            raise _Overgrown

    def close(self) -> None:
        """Hand nothing over."""


def _has_too_many_attributes(opening: str) -> bool:
    """Judge what stands between two opening brackets: a tag, and the text that follows it."""
    tag, bracket, _ = _VALUE.sub("", opening).partition(">")
    # Without a closing bracket it is a text in which a bracket happens to stand.
    return bool(bracket) and len(_BETWEEN_ATTRIBUTES.findall(tag)) > _MOST_ATTRIBUTES
