"""Making covers small."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Self

from scribe_dagster.config import Settings
from scribe_dagster.drivers.images.encoded_image import open_image

if TYPE_CHECKING:
    from PIL.Image import Image

_LONGEST_SIDE = 16_383
"""A WebP image can be no longer than this, in pixels."""


@dataclass(frozen=True, slots=True)
class ImageOptimiser:
    """Converts images to WebP of a bounded width.

    Args:
        max_width: Widest image kept, in pixels; a narrower one is never enlarged.
        quality: WebP quality, 1 to 100.
    """

    max_width: int
    quality: int

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Take width and quality from the settings."""
        return cls(max_width=settings.image_max_width, quality=settings.image_quality)

    def optimise(self, data: bytes) -> bytes:
        """Return the image as WebP, upright, in sRGB and without metadata.

        Transparency is kept; of an animation, the first frame.

        Raises:
            ImageError: The data is no image, is cut off, or has more than 50 million pixels.
        """
        from PIL import Image, ImageOps

        with open_image(data) as source:
            upright = ImageOps.exif_transpose(source)
            picture = _in_srgb(upright)
            bounds = (min(self.max_width, _LONGEST_SIDE), min(picture.height, _LONGEST_SIDE))
            picture.thumbnail(bounds, Image.Resampling.LANCZOS, reducing_gap=3.0)
            encoded = BytesIO()
            picture.save(encoded, "WEBP", quality=self.quality)
        return encoded.getvalue()


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
