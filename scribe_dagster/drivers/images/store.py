"""Where images are kept, named by their content."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol, Self
from urllib.parse import unquote, urlsplit

from scribe_dagster.config import Settings
from scribe_dagster.domain.image import StoredImage
from scribe_dagster.drivers.images import bucket
from scribe_dagster.drivers.images.bucket import Bucket
from scribe_dagster.drivers.images.encoded_image import inspect_image
from scribe_dagster.drivers.images.local_folder import LocalFolder
from scribe_dagster.drivers.images.remote_folder import RemoteFolder
from scribe_dagster.errors import ImageError

_FOLDER = "articles"
_DIGITS_OF_HASH = 16

# What a path of ours looks like; in a bucket there is no folder to resolve any other against.
_PATH = re.compile(r"\w[\w-]*/\w[\w.-]*")


class Folder(Protocol):
    """Where files are kept that never change, by a path within it."""

    def holds(self, path: str) -> bool:
        """Tell whether there is such a file."""

    def write(self, path: str, data: bytes) -> None:
        """Write a whole file: nobody ever sees half of it."""

    def read(self, path: str) -> bytes | None:
        """Return a file's data; None when there is none."""


@dataclass(frozen=True, slots=True)
class ImageStore:
    """A folder of images. A file never changes, so putting the same image twice is harmless."""

    folder: Folder

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Keep images at IMAGE_STORE_URL, else in SCRIBE_HOME.

        Raises:
            ConfigurationError: Nothing can be kept at such a URL.
        """
        if settings.image_store_url is None:
            return cls(LocalFolder(settings.images_dir))
        return cls(folder_at(settings.image_store_url.get_secret_value()))

    def probe(self) -> None:
        """Make sure that an image can be kept, before one is paid for.

        Raises:
            ImageError: None can.
        """
        self.folder.write(f"{_FOLDER}/probe", b"scribe-dagster can write here")

    def put(self, data: bytes, *, alt: str = "", made_by: str = "") -> StoredImage:
        """Keep an image; format and size are read from the data.

        Raises:
            ImageError: The data is no image, or it cannot be written.
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
        if not self.folder.holds(image.path):
            self.folder.write(image.path, data)
        return image

    def read(self, image: StoredImage) -> bytes:
        """Return the data of an image kept earlier.

        Raises:
            ImageError: The store does not have it, or it cannot be read.
        """
        return self.read_path(image.path)

    def read_path(self, path: str) -> bytes:
        """Return the data at a path of an image kept earlier.

        Raises:
            ImageError: The store does not have it, or it cannot be read.
        """
        if not _PATH.fullmatch(path):
            raise ImageError(
                f"The image path {path!r} leads out of the image store. Process the source again."
            )
        data = self.folder.read(path)
        if data is None:
            raise ImageError(
                f"The image store has no {path} in {self.folder}. Workers on several machines must "
                "share SCRIBE_HOME, or an IMAGE_STORE_URL; if the file is lost, process the source "
                "again."
            )
        return data


def folder_at(url: str) -> Folder:
    """Return the folder at a URL; nothing is connected to yet.

    Raises:
        ConfigurationError: Nothing can be kept at such a URL.
    """
    parts = urlsplit(url)
    if parts.scheme in ("", "file"):
        root = Path(unquote(parts.path)).expanduser().absolute()
        return LocalFolder(root, "IMAGE_STORE_URL")
    return Bucket.at(url) if parts.scheme in bucket.SCHEMES else RemoteFolder.at(url)
