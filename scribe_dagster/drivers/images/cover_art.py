"""The background of the local cover: colours, light and geometric shapes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from PIL import Image

from scribe_dagster.drivers.images.cover_canvas import HEIGHT, WIDTH, Canvas


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours that go together: the ground from corner to corner, its light, two accents."""

    ground: str
    depth: str
    glow: str
    accent: str
    second: str
    ink: str = "#ffffff"
    on_accent: str = "#14161c"


PALETTES = (
    Palette("#0c0f2e", "#2a2a7c", "#6d5dfc", "#ff8f6b", "#ffd166"),
    Palette("#04201f", "#0a4b47", "#159a86", "#d9f26b", "#7be6c8"),
    Palette("#210828", "#561652", "#c2377f", "#ffb199", "#ffdca6"),
    Palette("#0b1d13", "#1d4a2e", "#4c9a57", "#ffc145", "#e6f3c4"),
    Palette("#04172f", "#0b3b70", "#1f86d8", "#5ff0e2", "#c6f3ff"),
    Palette("#240910", "#661727", "#cf4248", "#ffc46b", "#ffe3c4"),
    Palette("#0f1318", "#2b343f", "#586a7c", "#7ff0b8", "#d6dee8"),
    Palette("#150b32", "#3d1e84", "#8a49e6", "#6ee7ff", "#f2bdff"),
    Palette("#f7f2e8", "#f0e2cb", "#ffcf9e", "#e4572e", "#1d3f63", "#18202c", "#ffffff"),
    Palette("#f1f5fb", "#dbe5f5", "#b4ccff", "#3457d5", "#ff7a59", "#131b33", "#ffffff"),
)


def orbits(canvas: Canvas, palette: Palette, chance: Random) -> None:
    """A planet, its rings, and moons on them."""
    centre = (chance.uniform(980, 1010), chance.uniform(260, 360))
    radius = chance.uniform(140, 160)
    for step in range(1, 6):
        canvas.ring(centre, radius + step * 74, palette.second, 0.30 - step * 0.045, 1.5)
    canvas.fading_disc(centre, radius, palette.accent, (1, 0.25), turn=chance.uniform(20, 60))
    for step, size, sky in ((1, 22, (80, 110)), (1, 9, (-80, -40)), (2, 13, (-120, -105))):
        angle, reach = math.radians(chance.uniform(*sky)), radius + step * 74
        moon = (centre[0] + reach * math.cos(angle), centre[1] + reach * math.sin(angle))
        canvas.disc(moon, size, palette.second, 1)


def tiles(canvas: Canvas, palette: Palette, chance: Random) -> None:
    """Quarter circles and discs on a grid, thinning out towards the text."""
    side = HEIGHT / 4
    colours = (palette.accent, palette.second, palette.glow, palette.ink)
    for column, (density, opacity) in enumerate(((0.4, 0.2), (0.8, 0.7), (1, 0.95))):
        for row in range(4):
            if chance.random() > density:
                continue
            left, top = WIDTH - (3 - column) * side, row * side
            colour = colours[int(chance.random() * 4)]
            kind = int(chance.random() * 6)
            if kind < 4:
                corner = (left + side * (kind in (1, 2)), top + side * (kind in (2, 3)))
                canvas.sector(corner, side, (kind * 90, kind * 90 + 90), colour, opacity)
            elif kind == 4:
                middle = (left + side / 2, top + side / 2)
                canvas.disc(middle, side / 2, colour, opacity)
                canvas.disc(middle, side / 5, palette.ground, opacity)
            else:
                edge = [(left, top + side), (left + side, top + side), (left + side, top)]
                canvas.polygon(edge, colour, opacity)


def dunes(canvas: Canvas, palette: Palette, chance: Random) -> None:
    """Waves rising to the right under a low sun."""
    sun = (chance.uniform(970, 1060), chance.uniform(170, 230))
    canvas.fading_disc(sun, chance.uniform(95, 125), palette.accent, (1, 0.35))
    phase = chance.uniform(0, 2 * math.pi)
    layers = (
        (palette.second, 0.16),
        (palette.glow, 0.5),
        (palette.accent, 0.22),
        (palette.depth, 1),
    )
    for depth, (colour, opacity) in enumerate(layers):
        ridge = []
        for x in range(0, WIDTH + 9, 8):
            rise = 390 * (x / WIDTH) ** 2.1
            swell = 16 + 22 * x / WIDTH
            wave = swell * math.sin(x / (170 + 30 * depth) + phase + depth * 1.3)
            ridge.append((x, HEIGHT + 40 + depth * 52 - rise + wave))
        canvas.polygon([*ridge, (WIDTH, HEIGHT), (0, HEIGHT)], colour, opacity)


def arcs(canvas: Canvas, palette: Palette, chance: Random) -> None:
    """Broad bands around a corner, like ripples."""
    corner = (WIDTH + chance.uniform(-20, 30), HEIGHT * (chance.random() < 0.5))
    band = chance.uniform(62, 74)
    bands = (
        (palette.glow, 0.14),
        (palette.glow, 0.35),
        (palette.depth, 1),
        (palette.glow, 0.9),
        (palette.second, 0.95),
        (palette.accent, 1),
    )
    for step, (colour, opacity) in enumerate(bands):
        canvas.disc(corner, band * (6.5 - step), colour, opacity)
    for step in range(3):
        canvas.ring(corner, band * (7.3 + step), palette.second, 0.24 - 0.07 * step, 1.5)


def columns(canvas: Canvas, palette: Palette, chance: Random) -> None:
    """Bars of light hanging and standing side by side."""
    wide, gap = 54, 18
    colours = (palette.glow, palette.second, palette.accent)
    for step in range(5):
        left = WIDTH - 24 - (step + 1) * (wide + gap) + gap
        tall = chance.uniform(240, 470) * (1 - 0.07 * step)
        strength = 1 - 0.17 * step
        colour = colours[int(chance.random() * 3)]
        if step % 2:
            canvas.fading_bar((left, -wide), (wide, tall + wide), colour, (0, strength))
        else:
            canvas.fading_bar((left, HEIGHT - tall), (wide, tall + wide), colour, (strength, 0))


COMPOSITIONS: tuple[Callable[[Canvas, Palette, Random], None], ...] = (
    orbits,
    tiles,
    dunes,
    arcs,
    columns,
)


def paint(palette: Palette, chance: Random, *, mirrored: bool) -> Image.Image:
    """Paint a background: shapes on one side, calm for a text on the other.

    Args:
        palette: Its colours.
        chance: Picks the composition and its details.
        mirrored: Put the shapes on the left, for a text that starts on the right.
    """
    ground = _light(palette, chance)
    canvas = Canvas(ground)
    composition = COMPOSITIONS[int(chance.random() * len(COMPOSITIONS))]
    composition(canvas, palette, chance)
    picture = canvas.finish()
    picture.paste(ground.resize(picture.size, Image.Resampling.BICUBIC), mask=_veil())
    if mirrored:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return picture


def _light(palette: Palette, chance: Random) -> Image.Image:
    """Blend ground and depth across the diagonal, and set two soft lights on them.

    The picture is a quarter of the cover's size: light has no edges to lose.
    """
    width, height = WIDTH // 4, HEIGHT // 4
    down = Image.linear_gradient("L")
    diagonal = Image.blend(down, down.rotate(90), 0.6)
    picture = Image.new("RGB", (width, height), palette.ground)
    picture.paste(palette.depth, mask=diagonal.resize((width, height), Image.Resampling.BICUBIC))
    for colour, (x, y), radius, strength in (
        (palette.glow, (chance.uniform(0.66, 0.95), chance.uniform(0, 0.5)), 0.62, 0.62),
        (palette.accent, (chance.uniform(0.4, 0.7), 1.15), 0.45, 0.16),
    ):
        reach = round(radius * width)
        # Pillow's gradient reaches 255 in the corners, and so 180 on the circle within the square.
        spot = Image.radial_gradient("L").point(
            [round(255 * strength * _ease(max(0, 1 - far / 180))) for far in range(256)]
        )
        picture.paste(
            colour,
            (round(x * width) - reach, round(y * height) - reach),
            spot.resize((2 * reach, 2 * reach), Image.Resampling.BICUBIC),
        )
    return picture


def _veil() -> Image.Image:
    """Cover the text's side: almost whole for a third of the width, gone after four fifths."""
    ramp = Image.linear_gradient("L").rotate(90)
    veil = ramp.point(
        [round(219 * _ease(min(1, max(0, (200 - across) / 110)))) for across in range(256)]
    )
    return veil.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)


def _ease(value: float) -> float:
    """Turn a straight ramp from 0 to 1 into one that starts and ends gently."""
    return value * value * (3 - 2 * value)
