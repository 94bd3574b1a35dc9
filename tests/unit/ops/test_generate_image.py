from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import ClassVar, Self

import pytest
from fakes.payloads import a_full_payload
from PIL import Image

from scribe_dagster.config import Settings
from scribe_dagster.drivers.images.local_folder import LocalFolder
from scribe_dagster.drivers.images.protocol import GeneratedImage, ImageRequest
from scribe_dagster.drivers.images.store import ImageStore
from scribe_dagster.errors import ImageError
from scribe_dagster.ops.generate_image import generate_image


@dataclass
class Painter:
    """Draws a teal field, and says of it what it is told to."""

    name: ClassVar[str] = "painter"
    alt: str = ""
    asked: list[ImageRequest] = field(default_factory=list)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        raise NotImplementedError

    def generate(self, request: ImageRequest) -> GeneratedImage:
        self.asked.append(request)
        stream = BytesIO()
        Image.new("RGB", (12, 8), "teal").save(stream, "PNG")
        return GeneratedImage(stream.getvalue(), "painter", alt=self.alt)


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    return ImageStore(LocalFolder(tmp_path))


def test_nothing_is_drawn_for_money_that_cannot_be_kept(tmp_path: Path) -> None:
    in_the_way = tmp_path / "a file"
    in_the_way.write_text("and no folder", "utf-8")
    painter = Painter()

    with pytest.raises(ImageError, match="Check that SCRIBE_HOME is writable"):
        generate_image(
            a_full_payload(), image_model=painter, image_store=ImageStore(LocalFolder(in_the_way))
        )

    assert painter.asked == []


def test_a_model_is_told_what_the_cover_is_for(store: ImageStore) -> None:
    painter = Painter()

    generate_image(a_full_payload(), image_model=painter, image_store=store)

    assert painter.asked == [
        ImageRequest(
            prompt="A clock tower by the sea",
            title="The harbour clock is back",
            category="Town",
            site_name="Harbour News",
            alt="A clock tower",
            lead_url="https://example.org/clock.jpg",
        )
    ]


@pytest.mark.parametrize(
    ("told", "alt"), [("A clock tower", "A clock tower"), ("", "The harbour clock is back")]
)
def test_what_is_not_known_to_be_shown_is_described_by_the_title(
    store: ImageStore, told: str, alt: str
) -> None:
    result = generate_image(a_full_payload(), image_model=Painter(told), image_store=store)

    assert result.payload.image is not None
    assert result.payload.image.alt == alt
