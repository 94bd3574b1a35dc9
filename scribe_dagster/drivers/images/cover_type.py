"""The lettering of the local cover: which font can write a text, and how large it may be set."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import fontpkg  # type: ignore[import-untyped]
from PIL import ImageFont, features

from scribe_dagster.domain.text import one_line

BOLD = 750
MEDIUM = 600

_LARGEST, _SMALLEST, _STEP = 96, 46, 2
# Large type reads best in few lines.
_THREE_LINES_DOWN_TO = 76
_MOST_LINES = 4
_MEASURED_AT = 100
_LONGEST = 300

_RIGHT_TO_LEFT = frozenset({"R", "AL"})


@dataclass(frozen=True, slots=True)
class Face:
    """A font family; ``leading`` is the distance between baselines, in ems."""

    family: str
    leading: float

    def font(self, size: float, weight: int) -> ImageFont.FreeTypeFont:
        """Load the font afresh: FreeType's faces are not safe to share between threads."""
        font = ImageFont.truetype(fontpkg.path(self.family, weight), size)
        font.set_variation_by_axes([weight, 100])
        return font

    def lacks(self, characters: set[str]) -> set[str]:
        """Return the characters it would draw as boxes.

        A font draws all that it lacks as one and the same glyph, that of U+FFFF, which no font has.
        """
        path = fontpkg.path(self.family)
        font = ImageFont.truetype(path, 16, layout_engine=ImageFont.Layout.BASIC)
        box = bytes(font.getmask("\uffff"))
        return {character for character in characters if bytes(font.getmask(character)) == box}


# Noto Sans Arabic has Latin letters as well, so each text is set in one face.
_FACES = (Face("Noto Sans", leading=1.15), Face("Noto Sans Arabic", leading=1.5))


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text together with the face that can write it."""

    text: str
    face: Face
    right_to_left: bool

    @property
    def direction(self) -> str | None:
        """The base direction to draw in; Pillow can be told one only where it has raqm."""
        if not features.check("raqm"):
            return None
        return "rtl" if self.right_to_left else "ltr"

    @classmethod
    def of(cls, text: str | None) -> Phrase | None:
        """Find a face for a text.

        Symbols that no face has, such as emoji, are left out; where a letter or a digit is missing,
        or cannot be joined to its neighbours, the answer is None: no text beats a wrong one.
        """
        folded = one_line(unicodedata.normalize("NFC", text or ""), limit=_LONGEST)
        if not folded or (_needs_shaping(folded) and not features.check("raqm")):
            return None
        for face in _FACES:
            missing = face.lacks(set(folded))
            if any(unicodedata.category(character)[0] in "LN" for character in missing):
                continue
            kept = "".join(character for character in folded if character not in missing)
            if kept := " ".join(kept.split()):
                return cls(kept, face, _is_right_to_left(kept))
        return None


@dataclass(frozen=True, slots=True)
class TitleBlock:
    """A title broken into lines; ``line_height`` is in pixels."""

    lines: tuple[str, ...]
    font: ImageFont.FreeTypeFont
    size: int
    line_height: float


def set_title(title: Phrase, *, width: float, height: float) -> TitleBlock:
    """Set a title as large as the box allows, its lines about equally long.

    One that is too long even for four of the smallest lines ends in an ellipsis.
    """
    measure = title.face.font(_MEASURED_AT, BOLD).getlength

    def ems(text: str) -> float:
        return measure(text, direction=title.direction) / _MEASURED_AT

    words = [(word, ems(word)) for word in title.text.split()]
    space = ems(" ")
    for size in range(_LARGEST, _SMALLEST - 1, -_STEP):
        room = width / size
        if max(length for _, length in words) > room:
            continue
        lines = _wrap(words, space, room)
        most = 3 if size >= _THREE_LINES_DOWN_TO else _MOST_LINES
        if len(lines) <= most and len(lines) * title.face.leading * size <= height:
            lines = _balance(words, space, room, len(lines))
            break
    else:
        size, room = _SMALLEST, width / _SMALLEST
        most = min(_MOST_LINES, int(height / (title.face.leading * size)))
        pieces = [piece for word in words for piece in _broken(word, room, ems)]
        lines = _cut(_wrap(pieces, space, room), most, room, ems)
    font = title.face.font(size, BOLD)
    return TitleBlock(tuple(lines), font, size, title.face.leading * size)


def shorten(phrase: Phrase, font: ImageFont.FreeTypeFont, width: float) -> str:
    """Cut a text to one line of at most ``width`` pixels, with an ellipsis."""
    text = phrase.text
    while font.getlength(text, direction=phrase.direction) > width:
        text = text.rstrip("…")[:-1].rstrip() + "…"
    return text


def _wrap(words: Sequence[tuple[str, float]], space: float, room: float) -> list[str]:
    lines: list[str] = []
    used = 0.0
    for word, length in words:
        if lines and used + space + length <= room:
            lines[-1] += f" {word}"
            used += space + length
        else:
            lines.append(word)
            used = length
    return lines


def _balance(
    words: Sequence[tuple[str, float]], space: float, room: float, count: int
) -> list[str]:
    """Wrap to the narrowest measure that still takes no more lines."""
    narrow, wide = max(length for _, length in words), room
    while wide - narrow > 0.1:
        middle = (narrow + wide) / 2
        if len(_wrap(words, space, middle)) > count:
            narrow = middle
        else:
            wide = middle
    return _wrap(words, space, wide)


def _broken(
    word: tuple[str, float], room: float, ems: Callable[[str], float]
) -> list[tuple[str, float]]:
    """Cut a word that is wider than a line into the fewest equal pieces that fit."""
    text, _ = word
    pieces, count = [word], 1
    while count < len(text) and max(length for _, length in pieces) > room:
        count += 1
        step = math.ceil(len(text) / count)
        cuts = [text[start : start + step] for start in range(0, len(text), step)]
        pieces = [(piece, ems(piece)) for piece in cuts]
    return pieces


def _cut(lines: list[str], most: int, room: float, ems: Callable[[str], float]) -> list[str]:
    if len(lines) <= most:
        return lines
    last = lines[most - 1] + "…"
    while ems(last) > room:
        shorter = last.rstrip("…").rpartition(" ")[0] or last.rstrip("…")[:-1]
        last = shorter.rstrip(" ,;:.–—-") + "…"
    return [*lines[: most - 1], last]


def _is_right_to_left(text: str) -> bool:
    """Tell by the first letter with a direction of its own, as the Unicode algorithm does."""
    strong = (unicodedata.bidirectional(character) for character in text)
    return next((way in _RIGHT_TO_LEFT for way in strong if way in {"L", *_RIGHT_TO_LEFT}), False)


def _needs_shaping(text: str) -> bool:
    return any(
        unicodedata.bidirectional(character) in _RIGHT_TO_LEFT
        or unicodedata.name(character, "").startswith("DEVANAGARI")
        for character in text
    )
