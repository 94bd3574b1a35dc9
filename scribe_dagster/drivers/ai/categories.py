"""Which of the offered categories a text names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from scribe_dagster.domain.category import Category

# Thai, Lao, Burmese, Khmer, kana and Han run words together, so no boundary can be asked for.
_SPACELESS = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]"
)


def named_category(categories: Sequence[Category], texts: Iterable[str]) -> Category | None:
    """Return the category whose name stands most often in the texts, as whole words in any case.

    None when no name occurs or two occur equally often: which one is meant is then a guess.
    """
    haystack = "\n".join(texts).casefold()
    counts = [(len(_pattern(category.name).findall(haystack)), category) for category in categories]
    most = max((count for count, _ in counts), default=0)
    leaders = [category for count, category in counts if count == most]
    return leaders[0] if most > 0 and len(leaders) == 1 else None


def _pattern(name: str) -> re.Pattern[str]:
    words = r"\s+".join(re.escape(word) for word in name.casefold().split())
    if not words:
        return re.compile(r"(?!)")
    return re.compile(words if _SPACELESS.search(name) else rf"(?<!\w){words}(?!\w)")
