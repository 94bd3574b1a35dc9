"""When two tags are one."""

from __future__ import annotations

from functools import lru_cache

from slugify import slugify

_LONGEST = 100


@lru_cache(maxsize=10_000)
def topic_slug(name: str) -> str:
    """Return what tags and categories have in common that differ only in spelling.

    It is empty for a name without a letter or a digit.
    """
    # Not in Latin letters, where two Chinese words may look alike; and C, C++ and C# are three.
    return slugify(
        name,
        max_length=_LONGEST,
        allow_unicode=True,
        replacements=[("+", "plus"), ("#", "sharp")],
    )
