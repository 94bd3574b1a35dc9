"""Where images are kept: files on the local disk, named by their content."""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Self
from uuid import uuid4

from scribe_dagster.config import Settings
from scribe_dagster.domain.image import StoredImage
from scribe_dagster.drivers.images.encoded_image import inspect_image
from scribe_dagster.errors import ImageError
from scribe_dagster.home import make_private_folder

_FOLDER = "articles"
_DIGITS_OF_HASH = 16


@dataclass(frozen=True, slots=True)
class ImageStore:
    """A folder of images. A file never changes, so putting the same image twice is harmless."""

    root: Path

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Keep images in SCRIBE_HOME."""
        return cls(settings.images_dir)

    def put(self, data: bytes, *, alt: str = "", made_by: str = "") -> StoredImage:
        """Keep an image; format and size are read from the data.

        Raises:
            ImageError: The data is no image, or the folder cannot be written.
        """
        header = inspect_image(data)
        digest = sha256(data).hexdigest()[:_DIGITS_OF_HASH]
        image = StoredImage(
            path=f"{_FOLDER}/{digest}.{header.extension}",
            media_type=header.media_type,
            width=header.width,
            height=header.height,
            size=len(data),
            alt=alt,
            made_by=made_by,
        )
        file = self.file_of(image)
        try:
            if not file.is_file():
                _write_whole(file, data)
        except OSError as error:
            raise ImageError(
                f"Cannot write {file}: {error.strerror or error}. "
                "Check that SCRIBE_HOME is writable and has room."
            ) from error
        return image

    def read(self, image: StoredImage) -> bytes:
        """Return the data of an image kept earlier.

        Raises:
            ImageError: The store does not have it, or it cannot be read.
        """
        file = self.file_of(image)
        try:
            return file.read_bytes()
        except FileNotFoundError as error:
            raise ImageError(
                f"The image store has no {image.path} in {self.root}. Workers on several machines "
                "must share SCRIBE_HOME; if the file is lost, process the source again."
            ) from error
        except OSError as error:
            raise ImageError(
                f"Cannot read {file}: {error.strerror or error}. Check the rights of SCRIBE_HOME."
            ) from error

    def file_of(self, image: StoredImage) -> Path:
        """Return the file an image is kept in, whether or not it exists.

        Raises:
            ImageError: The path leads out of the store.
        """
        root = self.root.resolve()
        file = (root / image.path).resolve()
        if not file.is_relative_to(root):
            raise ImageError(
                f"The image path {image.path!r} leads out of the image store. "
                "Process the source again."
            )
        return file


def _write_whole(file: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all, even if the power fails."""
    make_private_folder(file.parent)
    partial = file.with_name(f".{file.name}.{uuid4().hex}.part")
    try:
        with os.fdopen(
            os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb"
        ) as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
