from __future__ import annotations

import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageCms

from scribe_dagster.config import Settings
from scribe_dagster.drivers.images.optimiser import ImageOptimiser
from scribe_dagster.errors import ErrorKind, ImageError

ORIENTATION = 0x0112
ARTIST = 0x013B


def encoded(image: Image.Image, image_format: str = "PNG", **options: Any) -> bytes:
    stream = BytesIO()
    image.save(stream, image_format, **options)
    return stream.getvalue()


def decoded(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


def png_claiming(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content))
            + kind
            + content
            + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b""))


optimiser = ImageOptimiser(max_width=400, quality=80)


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP", "GIF"])
def test_every_format_a_model_returns_becomes_webp(image_format: str) -> None:
    data = encoded(Image.new("RGB", (300, 200), "#336699"), image_format)

    assert decoded(optimiser.optimise(data)).format == "WEBP"


def test_a_wide_image_is_scaled_to_the_width_and_keeps_its_proportions() -> None:
    data = encoded(Image.new("RGB", (1200, 630)))

    assert decoded(optimiser.optimise(data)).size == (400, 210)


def test_a_narrow_image_is_never_enlarged() -> None:
    data = encoded(Image.new("RGB", (120, 900)))

    assert decoded(optimiser.optimise(data)).size == (120, 900)


def test_an_image_taller_than_webp_allows_is_scaled_to_fit() -> None:
    data = encoded(Image.new("L", (200, 20_000)))

    assert decoded(optimiser.optimise(data)).height == 16_383


def test_a_photo_taken_sideways_is_turned_upright_before_its_width_is_judged() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    data = encoded(Image.new("RGB", (600, 300)), "JPEG", exif=exif)

    assert decoded(optimiser.optimise(data)).size == (300, 600)


def test_metadata_is_dropped() -> None:
    exif = Image.Exif()
    exif[ARTIST] = "Somebody with a street address"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photo = Image.new("RGB", (60, 30))
    data = encoded(photo, "JPEG", exif=exif, icc_profile=profile, comment=b"private")

    result = optimiser.optimise(data)

    assert b"street address" not in result
    assert decoded(result).info.keys() & {"exif", "icc_profile", "xmp", "comment"} == set()


def test_colours_look_the_same_once_their_profile_is_gone() -> None:
    # A profile whose red is sRGB's blue, and the other way about.
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"----").replace(b"bXYZ", b"rXYZ").replace(b"----", b"bXYZ")
    data = encoded(Image.new("RGB", (20, 20), (200, 40, 90)), icc_profile=swapped)

    colour = decoded(optimiser.optimise(data)).convert("RGB").getpixel((10, 10))

    assert isinstance(colour, tuple)
    assert all(abs(got - seen) <= 6 for got, seen in zip(colour, (90, 40, 200), strict=True))


def test_a_broken_colour_profile_costs_the_profile_and_not_the_image() -> None:
    data = encoded(Image.new("RGB", (20, 20), "red"), icc_profile=b"no profile at all")

    assert decoded(optimiser.optimise(data)).size == (20, 20)


@pytest.mark.parametrize(
    "image",
    [
        Image.new("RGBA", (40, 40), (255, 0, 0, 0)),
        Image.new("LA", (40, 40), (120, 0)),
        Image.new("RGBA", (40, 40), (255, 0, 0, 0)).quantize(8),
    ],
    ids=lambda image: image.mode,
)
def test_transparency_is_kept(image: Image.Image) -> None:
    result = decoded(optimiser.optimise(encoded(image)))

    assert result.mode == "RGBA"
    assert result.getchannel("A").getextrema() == (0, 0)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "I;16"])
def test_unusual_colour_modes_are_understood(mode: str) -> None:
    image_format = "JPEG" if mode == "CMYK" else "PNG"
    data = encoded(Image.new(mode, (30, 20)), image_format)

    assert decoded(optimiser.optimise(data)).mode == "RGB"


def test_of_an_animation_the_first_frame_is_kept() -> None:
    frames = [Image.new("RGB", (30, 30), colour) for colour in ("red", "blue")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])

    result = decoded(optimiser.optimise(data))

    assert getattr(result, "n_frames", 1) == 1
    colour = result.convert("RGB").getpixel((15, 15))
    assert isinstance(colour, tuple)
    assert colour[0] > 200
    assert colour[2] < 60


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>502 Bad Gateway</html>",
        b"\x89PNG\r\n\x1a\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        encoded(Image.new("RGB", (20, 20)), "TIFF"),
    ],
)
def test_data_that_is_no_image_of_a_known_format_is_refused(data: bytes) -> None:
    with pytest.raises(ImageError) as caught:
        optimiser.optimise(data)

    assert caught.value.kind is ErrorKind.PERMANENT


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP", "GIF"])
def test_an_image_that_is_cut_off_is_refused(image_format: str) -> None:
    noise = Image.effect_noise((300, 300), 80).convert("RGB")
    data = encoded(noise, image_format)

    with pytest.raises(ImageError, match="cut off or damaged"):
        optimiser.optimise(data[: len(data) // 2])


@pytest.mark.parametrize("side", [8_000, 12_000, 60_000])
def test_a_decompression_bomb_is_refused_by_its_header(side: int) -> None:
    with pytest.raises(ImageError, match="50,000,000 pixels"):
        optimiser.optimise(png_claiming(side, side))


@pytest.mark.filterwarnings("default::PIL.Image.DecompressionBombWarning")
def test_a_bomb_is_refused_where_pillow_would_only_warn() -> None:
    with (
        pytest.warns(Image.DecompressionBombWarning),
        pytest.raises(ImageError, match="50,000,000 pixels"),
    ):
        optimiser.optimise(png_claiming(12_000, 12_000))


def test_pillows_own_limit_is_left_as_it_was() -> None:
    before = Image.MAX_IMAGE_PIXELS

    with pytest.raises(ImageError):
        optimiser.optimise(png_claiming(60_000, 60_000))

    assert before == Image.MAX_IMAGE_PIXELS


def test_many_threads_may_share_one_optimiser() -> None:
    good = encoded(Image.new("RGB", (500, 300), "teal"))
    bomb = png_claiming(12_000, 12_000)

    def attempt(data: bytes) -> bytes | str:
        try:
            return optimiser.optimise(data)
        except ImageError as error:
            return str(error)

    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(attempt, [good, bomb] * 16))

    assert len(set(results)) == 2


def test_what_is_made_comes_from_the_settings() -> None:
    settings = Settings(
        _env_file=None,
        image_max_width=64,
        image_quality=30,
        image_format="avif",
        image_widths="32, 48",
    )

    made = ImageOptimiser.from_settings(settings)

    assert made == ImageOptimiser(64, 30, image_format="avif", widths=(32, 48))


def test_an_image_can_be_made_an_avif_which_keeps_transparency_and_no_metadata() -> None:
    transparent = Image.new("RGBA", (60, 40), (255, 0, 0, 0))
    data = encoded(transparent, exif=exif_with_an_author())

    image = decoded(ImageOptimiser(400, 60, image_format="avif").optimise(data))

    assert (image.format, image.size) == ("AVIF", (60, 40))
    assert image.has_transparency_data
    assert ARTIST not in image.getexif()


def exif_with_an_author() -> Image.Exif:
    exif = Image.Exif()
    exif[ARTIST] = "A Name"
    return exif


@pytest.mark.parametrize("image_format", ["webp", "avif"])
def test_renditions_are_narrower_each_and_of_the_same_format(image_format: Any) -> None:
    several = ImageOptimiser(400, 60, image_format=image_format, widths=(240, 120, 120))

    made = [decoded(data) for data in several.optimise_all(encoded(Image.new("RGB", (900, 600))))]

    assert [image.size for image in made] == [(400, 267), (120, 80), (240, 160)]
    assert {image.format for image in made} == {image_format.upper()}


def test_a_rendition_that_would_be_no_narrower_is_left_out() -> None:
    several = ImageOptimiser(400, 60, widths=(100, 200, 400, 800))

    made = several.optimise_all(encoded(Image.new("RGB", (200, 100))))

    assert [decoded(data).width for data in made] == [200, 100]
