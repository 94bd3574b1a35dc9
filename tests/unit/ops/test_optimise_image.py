from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.status import StageOutcome
from scribe_dagster.drivers.images.local_folder import LocalFolder
from scribe_dagster.drivers.images.optimiser import ImageOptimiser
from scribe_dagster.drivers.images.store import ImageStore
from scribe_dagster.ops.optimise_image import optimise_image


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    return ImageStore(LocalFolder(tmp_path))


def a_payload(store: ImageStore) -> ContentPayload:
    stream = BytesIO()
    Image.new("RGB", (600, 300), "teal").save(stream, "PNG")
    image = store.put(stream.getvalue(), alt="A teal field", made_by="openai gpt-image-2")
    return ContentPayload(source_url="https://a.example/x", image=image)


def test_the_cover_and_its_renditions_are_kept_and_the_words_about_it_travel_on(
    store: ImageStore,
) -> None:
    optimiser = ImageOptimiser(400, 80, widths=(100, 200, 4000))

    result = optimise_image(a_payload(store), image_store=store, image_optimiser=optimiser)

    image = result.payload.image
    assert image is not None
    assert (image.media_type, image.width, image.height) == ("image/webp", 400, 200)
    assert (image.alt, image.made_by) == ("A teal field", "openai gpt-image-2")
    assert [(one.width, one.height) for one in image.renditions] == [(100, 50), (200, 100)]
    for rendition in image.renditions:
        assert len(store.read_path(rendition.path)) == rendition.size


def test_without_an_optimiser_the_cover_stays_as_it_is(store: ImageStore) -> None:
    payload = a_payload(store)

    result = optimise_image(payload, image_store=store, image_optimiser=None)

    assert result.outcome is StageOutcome.SKIPPED
    assert result.payload == payload
