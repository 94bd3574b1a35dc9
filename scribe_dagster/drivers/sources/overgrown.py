"""Markup that is made to keep a parser busy.

The parsers of feeds take time that grows with the square of the attributes of one element, and of
the namespaces of a document: a megabyte of either takes minutes, and a thread cannot be stopped.
"""

from __future__ import annotations

import re

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


def _has_too_many_attributes(opening: str) -> bool:
    """Judge what stands between two opening brackets: a tag, and the text that follows it."""
    tag, bracket, _ = _VALUE.sub("", opening).partition(">")
    # Without a closing bracket it is a text in which a bracket happens to stand.
    return bool(bracket) and len(_BETWEEN_ATTRIBUTES.findall(tag)) > _MOST_ATTRIBUTES
