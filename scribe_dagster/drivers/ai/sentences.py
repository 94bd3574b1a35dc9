"""Sentences of a text, and which of them say what it is about."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from unicodedata import east_asian_width

# Narrower than this is a caption, a button or "Read more"; wider is a list run together or a
# paragraph nobody punctuated. In columns: a Chinese character is two wide.
_NARROWEST, _WIDEST = 40, 400

# Two sentences in the opening paragraph, if they are no longer than this together.
_LEAD_WIDTH = 320
_POINTS = 3

# Added to the number of a sentence's terms: one lucky term is no reason to quote a sentence.
_FEW_TERMS = 3

# Shorter words are articles, prepositions and pronouns in most languages.
_SHORTEST_TERM = 5

_BLANK_LINES = re.compile(r"\n\s*\n")
_LIST = re.compile(r"\s*[-*•] ")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and where it stands in its text, counted from 0."""

    position: int
    text: str


def split_sentences(text: str, language: str | None) -> list[Sentence]:
    """Split a text whose paragraphs are parted by blank lines.

    White space within a sentence is folded, and what holds no letter or digit is left out. A
    paragraph without sentence punctuation, as in Thai, is one sentence. Lists, whose items mean
    little by themselves, are left out of a text that holds anything else.
    """
    from sentencex import segment

    paragraphs = _BLANK_LINES.split(text)
    prose = [paragraph for paragraph in paragraphs if not _LIST.match(paragraph)]
    folded = (
        " ".join(sentence.split())
        for paragraph in prose or paragraphs
        for sentence in segment(language or "en", " ".join(paragraph.split()))
    )
    worded = (sentence for sentence in folded if any(map(str.isalnum, sentence)))
    return [Sentence(position, sentence) for position, sentence in enumerate(worded)]


@dataclass(frozen=True, slots=True)
class KeySentences:
    """The sentences that carry a text, in its own order."""

    lead: tuple[Sentence, ...]
    points: tuple[Sentence, ...]

    @property
    def opening(self) -> str:
        """The lead as one paragraph, spaced as its script is."""
        opening = ""
        for sentence in self.lead:
            spaced = opening and east_asian_width(opening[-1]) not in "WF"
            opening += f" {sentence.text}" if spaced else sentence.text
        return opening


def key_sentences(sentences: list[Sentence], *, title: str = "") -> KeySentences:
    """Choose up to five sentences: the text's opening, and one point from each third of the rest.

    The opening is the first sentence of a readable length, and the next one where there is room.
    The point of a third is the sentence whose terms (words of five letters or more; those of the
    title count twice) are most frequent in the whole text, on an average that thins out what has
    few terms; the earlier one wins a tie. A sentence is chosen once, however often the text says
    it, and one that only repeats the title is left out.
    """
    distinct = _distinct(sentences, title)
    readable = [s for s in distinct if _NARROWEST <= _columns(s.text) <= _WIDEST] or distinct
    if not readable:
        return KeySentences(tuple(sentences[:1]), ())
    lead = readable[:1]
    if len(readable) > 1 and _columns(readable[0].text + readable[1].text) <= _LEAD_WIDTH:
        lead = readable[:2]
    rest = readable[len(lead) :]

    terms = {s: _terms(s.text) for s in readable}
    frequency = Counter(term for found in terms.values() for term in found)
    for term in _terms(title):
        frequency[term] *= 2

    def weight(sentence: Sentence) -> float:
        found = terms[sentence]
        return sum(frequency[term] for term in found) / (len(found) + _FEW_TERMS)

    cuts = [round(part * len(rest) / _POINTS) for part in range(_POINTS + 1)]
    thirds = [rest[start:end] for start, end in pairwise(cuts) if start < end]
    return KeySentences(tuple(lead), tuple(max(third, key=weight) for third in thirds))


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
