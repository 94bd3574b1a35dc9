"""The order that the built-in stages need among themselves."""

from __future__ import annotations

from collections.abc import Sequence

_NEEDS = {
    "AiRewrite": "Scrape",
    "GenerateImage": "AiRewrite",
    "OptimiseImage": "GenerateImage",
    "CreateArticle": "AiRewrite",
    "Publish": "CreateArticle",
}
"""What makes the input of a stage. A stage of somebody's own may stand in for it."""


def misplaced(names: Sequence[str]) -> str | None:
    """Say which stage stands before the one whose work it needs; None if all is well."""
    for position, name in enumerate(names):
        needed = _NEEDS.get(name)
        if needed is not None and needed in names[position + 1 :]:
            return f"{name} stands before {needed}, and needs what that makes"
    return None
