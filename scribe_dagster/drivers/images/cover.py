"""The local cover: a picture with a title on it."""

from __future__ import annotations

import hashlib
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw

from scribe_dagster.drivers.images.cover_art import PALETTES, Palette, paint
from scribe_dagster.drivers.images.cover_canvas import WIDTH
from scribe_dagster.drivers.images.cover_type import MEDIUM, Phrase, set_title, shorten

_MARGIN = 80
_PILL_TOP, _PILL_HEIGHT, _PILL_PADDING, _PILL_TYPE = 72, 46, 22, 23
_TITLE_BOX = (750, 340)
_TITLE_BOTTOM = 500
_FOOTER_BASELINE, _FOOTER_TYPE = 563, 27


def draw_cover(*, title: str, category: str | None, site_name: str | None) -> bytes:
    """Draw a cover and return it as PNG; the same words always give the same bytes.

    A category keeps its colours from article to article; the title picks the composition.
    """
    heading, label, site = Phrase.of(title), Phrase.of(category), Phrase.of(site_name)
    if heading is None:
        # No font here can write the title: the site's name stands in its place.
        heading, site = site, None
    palette = PALETTES[_seed(category or title) % len(PALETTES)]
    first = heading or label
    mirrored = first is not None and first.right_to_left
    # The seed is a hash of the title: what is wanted of the generator is that it repeats.
    chance = Random(_seed(title))  # noqa: S311
    cover = paint(palette, chance, mirrored=mirrored)
    if label:
        _draw_category(cover, label, palette, mirrored=mirrored)
    if heading:
        _draw_title(cover, heading, palette, mirrored=mirrored)
    if site:
        _draw_site_name(cover, site, palette, mirrored=mirrored)
    encoded = BytesIO()
    cover.save(encoded, "PNG")
    return encoded.getvalue()


def _draw_category(cover: Image.Image, label: Phrase, palette: Palette, *, mirrored: bool) -> None:
    font = label.face.font(_PILL_TYPE, MEDIUM)
    text = shorten(label, font, WIDTH / 2)
    width = round(font.getlength(text, direction=label.direction)) + 2 * _PILL_PADDING
    left = WIDTH - _MARGIN - width if mirrored else _MARGIN
    _draw_capsule(cover, (left, _PILL_TOP), (width, _PILL_HEIGHT), palette.accent)
    ImageDraw.Draw(cover).text(
        (left + width / 2, _PILL_TOP + _PILL_HEIGHT * 0.67),
        text,
        fill=palette.on_accent,
        font=font,
        anchor="ms",
        direction=label.direction,
    )


def _draw_title(cover: Image.Image, heading: Phrase, palette: Palette, *, mirrored: bool) -> None:
    draw = ImageDraw.Draw(cover)
    width, height = _TITLE_BOX
    block = set_title(heading, width=width, height=height)
    baseline = _TITLE_BOTTOM - block.line_height * (len(block.lines) - 1) - block.size * 0.24
    for line in block.lines:
        draw.text(
            (WIDTH - _MARGIN if mirrored else _MARGIN, baseline),
            line,
            fill=palette.ink,
            font=block.font,
            anchor="rs" if mirrored else "ls",
            direction=heading.direction,
        )
        baseline += block.line_height


def _draw_site_name(cover: Image.Image, site: Phrase, palette: Palette, *, mirrored: bool) -> None:
    font = site.face.font(_FOOTER_TYPE, MEDIUM)
    rule, thickness, gap = 44, 5, 18
    left = WIDTH - _MARGIN - rule if mirrored else _MARGIN
    _draw_capsule(cover, (left, _FOOTER_BASELINE - 12), (rule, thickness), palette.accent)
    ImageDraw.Draw(cover).text(
        (left - gap if mirrored else left + rule + gap, _FOOTER_BASELINE),
        shorten(site, font, WIDTH / 2),
        fill=palette.ink,
        font=font,
        anchor="rs" if mirrored else "ls",
        direction=site.direction,
    )


def _draw_capsule(
    cover: Image.Image, corner: tuple[int, int], size: tuple[int, int], colour: str
) -> None:
    """Draw a bar with round ends; four times too large at first, for smooth edges."""
    width, height = (4 * side for side in size)
    shape = Image.new("L", (width, height))
    ImageDraw.Draw(shape).rounded_rectangle((0, 0, width - 1, height - 1), height / 2, fill=255)
    cover.paste(colour, corner, shape.reduce(4))


def _seed(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.casefold().encode(errors="replace")).digest()[:8])
