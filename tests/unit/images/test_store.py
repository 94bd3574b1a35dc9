from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from scribe_dagster.config import Settings
from scribe_dagster.domain.image import StoredImage
from scribe_dagster.drivers.images.local_folder import LocalFolder
from scribe_dagster.drivers.images.store import ImageStore
from scribe_dagster.errors import ImageError


def image(image_format: str = "PNG", colour: str = "teal") -> bytes:
    stream = BytesIO()
    Image.new("RGB", (12, 8), colour).save(stream, image_format)
    return stream.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> LocalFolder:
    return LocalFolder(tmp_path / "images")


@pytest.fixture
def store(folder: LocalFolder) -> ImageStore:
    return ImageStore(folder)


def files_in(folder: LocalFolder) -> list[str]:
    return sorted(path.name for path in folder.root.rglob("*") if path.is_file())


def test_an_image_is_named_by_its_content_and_described_by_its_header(
    store: ImageStore, folder: LocalFolder
) -> None:
    data = image()

    stored = store.put(data, alt="A teal field", made_by="local cover")

    assert stored == StoredImage(
        path=f"articles/{hashlib.sha256(data).hexdigest()[:16]}.png",
        media_type="image/png",
        width=12,
        height=8,
        size=len(data),
        alt="A teal field",
        made_by="local cover",
    )
    assert store.read(stored) == data
    assert folder.file(stored.path).read_bytes() == data


@pytest.mark.parametrize(
    ("image_format", "extension", "media_type"),
    [
        ("PNG", ".png", "image/png"),
        ("JPEG", ".jpg", "image/jpeg"),
        ("WEBP", ".webp", "image/webp"),
        ("GIF", ".gif", "image/gif"),
        ("AVIF", ".avif", "image/avif"),
    ],
)
def test_the_extension_follows_the_data(
    store: ImageStore, image_format: str, extension: str, media_type: str
) -> None:
    stored = store.put(image(image_format))

    assert stored.path.endswith(extension)
    assert stored.media_type == media_type


def test_a_phones_jpeg_of_several_pictures_is_a_jpeg(store: ImageStore) -> None:
    stream = BytesIO()
    frames = [Image.new("RGB", (12, 8), colour) for colour in ("red", "blue")]
    frames[0].save(stream, "MPO", save_all=True, append_images=frames[1:])

    assert store.put(stream.getvalue()).media_type == "image/jpeg"


def test_putting_the_same_image_again_leaves_the_file_untouched(
    store: ImageStore, folder: LocalFolder
) -> None:
    first = store.put(image())
    written = folder.file(first.path).stat().st_mtime_ns

    second = store.put(image())

    assert second == first
    assert folder.file(second.path).stat().st_mtime_ns == written
    assert len(files_in(folder)) == 1


def test_many_writers_of_one_image_leave_one_whole_file(
    store: ImageStore, folder: LocalFolder
) -> None:
    data = image()

    with ThreadPoolExecutor(8) as threads:
        stored = set(threads.map(lambda _: store.put(data).path, range(32)))

    assert len(stored) == 1
    assert len(files_in(folder)) == 1


def test_a_write_that_fails_leaves_nothing_behind(
    store: ImageStore, folder: LocalFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_room)

    with pytest.raises(ImageError, match=r"No space left on device.*SCRIBE_HOME"):
        store.put(image())

    assert files_in(folder) == []


def test_a_root_that_is_no_folder_is_reported_with_the_setting_to_check(tmp_path: Path) -> None:
    (tmp_path / "images").write_text("a file stands in the way")

    with pytest.raises(ImageError, match="SCRIBE_HOME"):
        ImageStore(LocalFolder(tmp_path / "images")).put(image())


def test_data_that_is_no_image_is_not_kept(store: ImageStore, folder: LocalFolder) -> None:
    with pytest.raises(ImageError, match="not a PNG, JPEG, WebP, GIF or AVIF"):
        store.put(b"not an image")

    assert not folder.root.exists()


def test_a_missing_image_is_reported_with_the_next_step(
    store: ImageStore, folder: LocalFolder
) -> None:
    stored = store.put(image())
    folder.file(stored.path).unlink()

    with pytest.raises(ImageError, match=r"share SCRIBE_HOME.*process the source again"):
        store.read(stored)


@pytest.mark.parametrize("path", ["../secret.png", "/etc/passwd", "articles/../../secret.png"])
def test_a_path_that_leads_out_of_the_store_is_refused(
    store: ImageStore, folder: LocalFolder, path: str
) -> None:
    (folder.root.parent / "secret.png").write_bytes(image())
    forged = StoredImage(path=path, media_type="image/png", width=1, height=1, size=1)

    with pytest.raises(ImageError, match="leads out of the image store"):
        store.read(forged)


def test_a_link_that_leads_out_of_the_store_is_refused(
    store: ImageStore, folder: LocalFolder
) -> None:
    stored = store.put(image())
    outside = folder.root.parent / "secret.png"
    outside.write_bytes(image(colour="red"))
    folder.file(stored.path).unlink()
    (folder.root / stored.path).symlink_to(outside)

    with pytest.raises(ImageError, match="leads out of the image store"):
        store.read(stored)


def test_images_live_in_the_home_folder(tmp_path: Path) -> None:
    made = ImageStore.from_settings(Settings(_env_file=None, scribe_home=tmp_path))

    assert made.folder == LocalFolder(tmp_path / "images")


def test_an_image_cut_off_in_transit_is_not_kept(store: ImageStore) -> None:
    whole = BytesIO()
    Image.effect_noise((400, 400), 90).save(whole, "PNG")

    with pytest.raises(ImageError, match="cut off or damaged"):
        store.put(whole.getvalue()[: len(whole.getvalue()) // 2])
