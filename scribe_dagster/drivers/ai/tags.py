"""Tags: a page's own, a model's, and the names a text keeps coming back to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import NamedTuple

from scribe_dagster.domain.text import storable

MOST_TAGS = 8
_LONGEST_TAG = 50

_WORD = re.compile(r"\w+(?:[-&’']\w+)*")
_POSSESSIVE = re.compile(r"[’']s$")
_OPENING = re.compile(r"[\"“„«:]")
_MOST_WORDS_IN_A_NAME = 4

# Lower-case words that hold a name together: Bank of England, Rio de Janeiro.
_JOINERS = frozenset(("of", "de", "del", "la", "du", "da", "do", "von", "van", "der", "al", "und"))


def tidy_tags(tags: Iterable[str], *, limit: int = MOST_TAGS) -> tuple[str, ...]:
    """Drop hash signs, over-long tags and repeats in another case.

    Pages also give a whole list as one tag. It is taken apart when it holds two commas or more: a
    single one may belong to a name (Beshear, Andrew).
    """
    found: dict[str, str] = {}
    for tag in (part for given in tags for part in _parts(given)):
        tidied = " ".join(storable(tag).split()).lstrip("# ")
        if 0 < len(tidied) <= _LONGEST_TAG:
            found.setdefault(tidied.casefold(), tidied)
    return tuple(found.values())[:limit]


def _parts(tag: str) -> list[str]:
    parts = re.split("[,;،、]", tag)
    return parts if len(parts) > 2 else [tag]


def frequent_names(
    sentences: Sequence[str], *, at_least: int = 2, excluding: Container[str] = ()
) -> list[str]:
    """Return the capitalised phrases a text repeats, the most frequent first.

    A word that opens a sentence or a quotation, as any word may, counts only if the text
    capitalises it elsewhere too, and none that the text writes in lower case as often. A short form
    (England) is left out where a phrase that contains it (Bank of England) is at least half as
    frequent. Scripts without capitals give none. ``excluding`` holds names of no interest, in
    lower case.
    """
    split = [list(_words(sentence)) for sentence in sentences]
    forms = Counter(word.text for words in split for word in words)
    inside = {word.text for words in split for word in words if not word.opens}
    counts = Counter(name for words in split for name in _names(words, inside))
    repeated = {
        name: count
        for name, count in counts.items()
        if count >= at_least and forms[name.lower()] < count and name.lower() not in excluding
    }
    distinct = [name for name in repeated if not _is_short_form(name, repeated)]
    return sorted(distinct, key=lambda name: -repeated[name])


class _Word(NamedTuple):
    text: str
    opens: bool
    """Whether it begins a sentence or a quotation."""
    adjoins: bool
    """Whether nothing but a space parts it from the word before."""


def _words(sentence: str) -> Iterator[_Word]:
    end = 0
    for match in _WORD.finditer(sentence):
        word = _POSSESSIVE.sub("", match.group())
        gap = sentence[end : match.start()]
        yield _Word(
            word, opens=match.start() == len(gap) or bool(_OPENING.search(gap)), adjoins=gap == " "
        )
        # A possessive ends its name: "Apple's Vision" is no one thing.
        end = match.end() if word == match.group() else match.start()


def _names(words: Sequence[_Word], inside: set[str]) -> Iterator[str]:
    name: list[str] = []
    for word in words:
        begins = _is_capitalised(word.text) and (not word.opens or word.text in inside)
        goes_on = bool(name) and word.adjoins and (begins or word.text in _JOINERS)
        if not goes_on:
            yield from _finished(name)
            name = []
        if begins or goes_on:
            name.append(word.text)
    yield from _finished(name)


def _finished(name: list[str]) -> Iterator[str]:
    while name and name[-1] in _JOINERS:
        name = name[:-1]
    if 0 < len(name) <= _MOST_WORDS_IN_A_NAME:
        yield " ".join(name)


def _is_capitalised(word: str) -> bool:
    return word[0].isupper() and (len(word) > 2 or (len(word) == 2 and word.isupper()))


def _is_short_form(name: str, counts: dict[str, int]) -> bool:
    return any(
        f" {name} " in f" {longer} " and counts[longer] * 2 >= counts[name]
        for longer in counts
        if longer != name
    )
