"""How much of an article was found, and how much else.

Texts are compared by their shingles, runs of four words, as the corpus's own benchmark does: order
matters, and white space does not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

_WORDS = re.compile(r"\w+")
_LENGTH = 4


@dataclass(frozen=True, slots=True)
class Score:
    """Shares of one, over pages that all count the same."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Matches:
    """Shingles of one page: found, found in error, and missed; shares of all three."""

    right: float
    wrong: float
    missed: float

    @classmethod
    def between(cls, article: str, found: str) -> Matches:
        """Compare what was found with the article."""
        truth, guess = _shingles(article), _shingles(found)
        right = (truth & guess).total()
        wrong, missed = guess.total() - right, truth.total() - right
        total = right + wrong + missed or 1
        return cls(right / total, wrong / total, missed / total)


def score(pages: Iterable[Matches]) -> Score:
    """Add the pages up."""
    matches = list(pages)
    right = sum(page.right for page in matches)
    found = right + sum(page.wrong for page in matches)
    there = right + sum(page.missed for page in matches)
    return Score(right / found if found else 0.0, right / there if there else 0.0)


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = _WORDS.findall(text)
    # A text of fewer words is one shingle.
    last = max(1, len(words) - _LENGTH + 1) if words else 0
    return Counter(tuple(words[at : at + _LENGTH]) for at in range(last))
