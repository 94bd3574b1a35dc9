"""Sentences of a text, and which of them say what it is about."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from unicodedata import east_asian_width

# Narrower than this is a caption, a button or "Read more"; wider is a list run together or a
# paragraph nobody punctuated. In columns: a Chinese character is two wide.
_NARROWEST, _WIDEST = 40, 400

# Shorter words are articles, prepositions and pronouns in most languages.
_SHORTEST_TERM = 5

_BLANK_LINES = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and where it stands in its text, counted from 0."""

    position: int
    text: str


def split_sentences(text: str, language: str | None) -> list[Sentence]:
    """Split a text whose paragraphs are parted by blank lines.

    White space within a sentence is folded, and what holds no letter or digit is left out. A
    paragraph without sentence punctuation, as in Thai, is one sentence.
    """
    from sentencex import segment

    folded = (
        " ".join(sentence.split())
        for paragraph in _BLANK_LINES.split(text)
        for sentence in segment(language or "en", " ".join(paragraph.split()))
    )
    worded = (sentence for sentence in folded if any(map(str.isalnum, sentence)))
    return [Sentence(position, sentence) for position, sentence in enumerate(worded)]


def key_sentences(sentences: list[Sentence], *, title: str = "", limit: int = 5) -> list[Sentence]:
    """Choose the sentences that carry the text, in their original order.

    The first one of a readable length always leads. Each other is scored by what it says and where
    it stands: the mean frequency in the text of its terms (words of five letters or more; those of
    the title count twice), relative to the most frequent term, plus a bonus that falls from 1 for
    the first sentence towards 0 for later ones. In a script without spaces terms hardly recur, and
    the position decides. A sentence is chosen once, however often the text says it, and one that
    only repeats the title is left out.
    """
    distinct = _distinct(sentences, title)
    readable = [s for s in distinct if _NARROWEST <= _columns(s.text) <= _WIDEST] or distinct
    if not readable:
        return sentences[:1]

    terms = {s: _terms(s.text) for s in readable}
    frequency = Counter(term for found in terms.values() for term in found)
    for term in _terms(title):
        frequency[term] *= 2
    highest = max(frequency.values(), default=1) or 1

    def score(sentence: Sentence) -> float:
        found = terms[sentence]
        says = sum(frequency[term] for term in found) / (len(found) * highest) if found else 0.0
        return says + 1 / (1 + sentence.position)

    lead, *others = readable
    best = sorted(others, key=lambda s: (-score(s), s.position))[: limit - 1]
    return [lead, *sorted(best, key=lambda s: s.position)]


def _distinct(sentences: list[Sentence], title: str) -> list[Sentence]:
    first_of_its_kind: dict[str, Sentence] = {}
    for sentence in sentences:
        first_of_its_kind.setdefault(sentence.text.casefold(), sentence)
    first_of_its_kind.pop(" ".join(title.split()).casefold(), None)
    return sorted(first_of_its_kind.values(), key=lambda s: s.position)


def _terms(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.casefold()) if len(word) >= _SHORTEST_TERM}


def _columns(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
