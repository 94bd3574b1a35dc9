"""Translucent shapes with smooth edges."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageChops, ImageColor, ImageDraw

WIDTH, HEIGHT = 1200, 630

# Shapes are drawn twice as large and halved, which smooths their edges.
_OVERSAMPLING = 2

Point = tuple[float, float]
"""Across and down."""

Span = tuple[float, float]
"""From a first value to a last."""


class Canvas:
    """A picture to lay translucent shapes on, in pixels of the finished cover."""

    def __init__(self, picture: Image.Image) -> None:
        size = (WIDTH * _OVERSAMPLING, HEIGHT * _OVERSAMPLING)
        self._picture = picture.resize(size, Image.Resampling.BICUBIC)
        self._draw = ImageDraw.Draw(self._picture, "RGBA")

    def ring(self, centre: Point, radius: float, colour: str, opacity: float, line: float) -> None:
        """Draw a circle's outline."""
        self._draw.ellipse(
            _scaled(_around(centre, radius)),
            outline=_rgba(colour, opacity),
            width=round(line * _OVERSAMPLING),
        )

    def disc(self, centre: Point, radius: float, colour: str, opacity: float = 1) -> None:
        """Draw a filled circle."""
        self._draw.ellipse(_scaled(_around(centre, radius)), fill=_rgba(colour, opacity))

    def sector(
        self, centre: Point, radius: float, angles: Span, colour: str, opacity: float
    ) -> None:
        """Draw a slice of a disc; angles in degrees, clockwise from three o'clock."""
        self._draw.pieslice(_scaled(_around(centre, radius)), *angles, fill=_rgba(colour, opacity))

    def polygon(self, points: Sequence[Point], colour: str, opacity: float) -> None:
        """Draw a filled polygon."""
        flat = [value * _OVERSAMPLING for point in points for value in point]
        self._draw.polygon(flat, fill=_rgba(colour, opacity))

    def fading_disc(
        self, centre: Point, radius: float, colour: str, opacity: Span, turn: float = 0
    ) -> None:
        """Draw a disc whose opacity runs from the first value to the second.

        It runs downwards, or as far clockwise from that as ``turn`` says, in degrees.
        """
        side = round(2 * radius * _OVERSAMPLING)
        shape = Image.new("L", (side, side))
        ImageDraw.Draw(shape).ellipse((0, 0, side - 1, side - 1), fill=255)
        self._lay(shape, (centre[0] - radius, centre[1] - radius), colour, opacity, turn)

    def fading_bar(self, start: Point, size: Point, colour: str, opacity: Span) -> None:
        """Draw an upright bar with round ends, its opacity running downwards."""
        width, height = (round(value * _OVERSAMPLING) for value in size)
        shape = Image.new("L", (width, height))
        ImageDraw.Draw(shape).rounded_rectangle(
            (0, 0, width - 1, height - 1), min(width, height) / 2, fill=255
        )
        self._lay(shape, start, colour, opacity)

    def finish(self) -> Image.Image:
        """Return the picture at its final size."""
        return self._picture.reduce(_OVERSAMPLING)

    def _lay(
        self, shape: Image.Image, start: Point, colour: str, opacity: Span, turn: float = 0
    ) -> None:
        first, last = opacity
        # Turning the square leaves its corners empty; the disc within it stays covered.
        ramp = Image.linear_gradient("L").rotate(-turn, Image.Resampling.BICUBIC)
        ramp = ramp.point([round(255 * (first + (last - first) * v / 255)) for v in range(256)])
        mask = ImageChops.multiply(shape, ramp.resize(shape.size, Image.Resampling.BICUBIC))
        corner = (round(start[0] * _OVERSAMPLING), round(start[1] * _OVERSAMPLING))
        self._picture.paste(ImageColor.getrgb(colour), corner, mask)


def _around(centre: Point, radius: float) -> tuple[float, float, float, float]:
    return (centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius)


def _scaled(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    left, top, right, bottom = (value * _OVERSAMPLING for value in box)
    return (left, top, right, bottom)


def _rgba(colour: str, opacity: float) -> tuple[int, int, int, int]:
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return (red, green, blue, round(255 * max(0.0, opacity)))
