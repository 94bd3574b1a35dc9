"""Making covers small."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Literal, Self

from scribe_dagster.config import Settings
from scribe_dagster.drivers.images.encoded_image import open_image

if TYPE_CHECKING:
    from PIL.Image import Image

_LONGEST_SIDE = {"webp": 16_383, "avif": 65_535}
"""An image of these formats can be no longer than this, in pixels."""


@dataclass(frozen=True, slots=True)
class ImageOptimiser:
    """Converts images to WebP or AVIF of bounded widths.

    Args:
        max_width: Widest image kept, in pixels; a narrower one is never enlarged.
        quality: 1 to 100.
        image_format: ``webp`` or ``avif``, which is smaller and takes longer to make.
        widths: Widths of narrower renditions, in pixels.
    """

    max_width: int
    quality: int
    image_format: Literal["webp", "avif"] = "webp"
    widths: tuple[int, ...] = ()

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Take format, widths and quality from the settings."""
        return cls(
            max_width=settings.image_max_width,
            quality=settings.image_quality,
            image_format=settings.image_format,
            widths=settings.image_widths,
        )

    def optimise(self, data: bytes) -> bytes:
        """Return the image upright, in sRGB and without metadata.

        Transparency is kept; of an animation, the first frame.

        Raises:
            ImageError: The data is no image, is cut off, or has more than 50 million pixels.
        """
        return self.optimise_all(data)[0]

    def optimise_all(self, data: bytes) -> list[bytes]:
        """Return the image as :meth:`optimise` does, then its renditions, the narrowest first.

        A rendition that would be no narrower than the image is left out.

        Raises:
            ImageError: As :meth:`optimise`.
        """
        from PIL import ImageOps

        with open_image(data) as source:
            picture = _in_srgb(ImageOps.exif_transpose(source))
            widest = self._within(picture, self.max_width)
            narrower = [
                self._within(widest, width)
                for width in sorted(set(self.widths))
                if width < widest.width
            ]
            return [self._encoded(image) for image in (widest, *narrower)]

    def _within(self, picture: Image, width: int) -> Image:
        from PIL.Image import Resampling

        longest = _LONGEST_SIDE[self.image_format]
        image = picture.copy()
        bounds = (min(width, longest), min(picture.height, longest))
        image.thumbnail(bounds, Resampling.LANCZOS, reducing_gap=3.0)
        return image

    def _encoded(self, image: Image) -> bytes:
        stream = BytesIO()
        image.save(stream, self.image_format.upper(), quality=self.quality)
        return stream.getvalue()


def _in_srgb(image: Image) -> Image:
    """Convert to RGB or RGBA, as a browser shows it once the colour profile is gone."""
    from PIL import ImageCms

    mode = "RGBA" if image.has_transparency_data else "RGB"
    profile = image.info.get("icc_profile")
    if profile and image.mode in {"RGB", "RGBA", "CMYK"}:
        try:
            converted = ImageCms.profileToProfile(
                image,
                ImageCms.ImageCmsProfile(BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode=mode,
            )
        except (ImageCms.PyCMSError, OSError):
            # A profile that cannot be read is worth less than the image.
            converted = None
        image = converted or image
    return image.convert(mode)
