"""Files on the local disk."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from scribe_dagster.errors import ImageError
from scribe_dagster.home import make_private_folder


@dataclass(frozen=True, slots=True)
class LocalFolder:
    """A folder whose files appear whole or not at all, even if the power fails."""

    root: Path
    setting: str = "SCRIBE_HOME"
    """The variable by which it was chosen, to be named where something is wrong with it."""

    def __str__(self) -> str:
        return str(self.root)

    def holds(self, path: str) -> bool:
        """Tell whether there is such a file.

        Raises:
            ImageError: The path leads out of the folder.
        """
        return self.file(path).is_file()

    def write(self, path: str, data: bytes) -> None:
        """Write a whole file.

        Raises:
            ImageError: The path leads out of the folder, or it cannot be written.
        """
        file = self.file(path)
        try:
            make_private_folder(file.parent)
            partial = file.with_name(f".{file.name}.{uuid4().hex}.part")
            try:
                descriptor = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
                with os.fdopen(descriptor, "wb") as stream:
                    stream.write(data)
                    stream.flush()
                    os.fsync(stream.fileno())
                partial.replace(file)
            finally:
                partial.unlink(missing_ok=True)
        except OSError as error:
            raise ImageError(
                f"Cannot write {file}: {error.strerror or error}. "
                f"Check that {self.setting} is writable and has room."
            ) from error

    def read(self, path: str) -> bytes | None:
        """Return a file's data; None when there is none.

        Raises:
            ImageError: The path leads out of the folder, or it cannot be read.
        """
        file = self.file(path)
        try:
            return file.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ImageError(
                f"Cannot read {file}: {error.strerror or error}. Check the rights of "
                f"{self.setting}."
            ) from error

    def file(self, path: str) -> Path:
        """Return where a file lies, whether or not it exists.

        Raises:
            ImageError: The path leads out of the folder, if only by a link.
        """
        root = self.root.resolve()
        file = (root / path).resolve()
        if not file.is_relative_to(root):
            raise ImageError(
                f"The image path {path!r} leads out of the image store. Process the source again."
            )
        return file
