"""Reading encoded image data that somebody else made, with suspicion."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from scribe_dagster.errors import ImageError

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

# Below Pillow's own limit: decoded, this many pixels already take 200 MB.
MOST_PIXELS = 50_000_000

# What is opened, by Pillow's names.
_OPENED = ("PNG", "JPEG", "WEBP", "GIF", "AVIF")

# Extension and media type. Pillow opens a JPEG of several pictures, as phones make it, as an MPO;
# every other reader takes it for a JPEG.
_TYPES = {
    "PNG": ("png", "image/png"),
    "JPEG": ("jpg", "image/jpeg"),
    "MPO": ("jpg", "image/jpeg"),
    "WEBP": ("webp", "image/webp"),
    "GIF": ("gif", "image/gif"),
    "AVIF": ("avif", "image/avif"),
}


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """What an image says of itself; width and height in pixels."""

    extension: str
    media_type: str
    width: int
    height: int


@contextmanager
def open_image(data: bytes) -> Iterator[ImageFile]:
    """Open a PNG, JPEG, WebP, GIF or AVIF for decoding.

    The size is judged by the header, before a pixel is decoded.

    Raises:
        ImageError: The data is none of these, is cut off or damaged, or has more than 50 million
            pixels. What the block raises while it decodes is reported the same way.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(BytesIO(data), formats=_OPENED) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Image.DecompressionBombError
            yield image
    except UnidentifiedImageError as error:
        raise ImageError(
            f"The data ({len(data):,} bytes) is not a PNG, JPEG, WebP, GIF or AVIF image. "
            "Look at what the image model returns."
        ) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageError(
            f"The image has more than {MOST_PIXELS:,} pixels. Ask for a smaller one."
        ) from error
    except Exception as error:
        # Pillow's parsers raise whatever broken data happens to lead them into.
        raise ImageError(
            f"The image ({len(data):,} bytes) is cut off or damaged. Generate it again."
        ) from error


def inspect_image(data: bytes) -> ImageHeader:
    """Tell an image's format and size, having decoded it whole: a cut-off one has them too.

    Raises:
        ImageError: As :func:`open_image`.
    """
    with open_image(data) as image:
        image.load()
        extension, media_type = _TYPES[image.format or ""]
        return ImageHeader(extension, media_type, image.width, image.height)
